package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// O47: a scanner opens every link, and its reader's browser once more; only the button
// spends it, and only once.
func TestO47AScannersGetSpendsNothing(t *testing.T) {
	s := openPost(t)
	b, scanner := s.browser(), s.browser()
	b.asks("carol")
	link := s.linkIn(s.mails())
	for range 3 {
		scanner.get(link).shows(t, "password-form")
		if p := scanner.send(http.MethodHead, link, nil); p.StatusCode != http.StatusOK {
			t.Errorf("got %d", p.StatusCode)
		}
	}
	form := b.get(link)
	b.submit(form, "password", newPassword).shows(t, "password-done")
	for name, p := range map[string]page{"again": b.submit(form, "password", password), "the page": b.get(link)} {
		if p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "does not work any more") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

// O37: nobody learns from the page, from its status or from the work behind it whether
// there is an account, whether it has an address, or is kept out.
func TestO37ResetTellsNobodyWhoHasAnAccount(t *testing.T) {
	s := openPost(t)
	_, err := s.people.Add(t.Context(), identity.NewUser{
		Username: "dave", Password: password, StandardClaims: oauth.StandardClaims{Email: "dave@example.com"}, Disabled: true,
	})
	must(t, err)
	b := s.browser()
	b.get("/reset") // has a cookie now
	want := b.asks("carol")
	for _, name := range []string{"alice", "dave", "nobody", "carol@example.com", "not a name \u0131", ""} {
		p := s.browser().asks(name)
		if p.StatusCode != want.StatusCode || p.body != want.body {
			t.Errorf("%q: got %d %s", name, p.StatusCode, p.body)
		}
	}
	if sent := s.mails(); len(sent) != 1 || sent[0].To.String() != "carol@example.com" {
		t.Errorf("got %v", sent)
	}
}

// O37: a stranger fills no mailbox, and does not learn when it is full; and asks as often
// as they may guess.
func TestO38AskingIsCounted(t *testing.T) {
	s := openPost(t, "LOCKOUT_ADDRESS_ATTEMPTS=10")
	b := s.browser()
	for range 5 {
		b.asks("carol")
		b.asks("nobody")
	}
	if sent := s.mails(); len(sent) != 3 {
		t.Errorf("got %d mails", len(sent))
	}
	for _, name := range []string{"carol", "nobody"} {
		if p := b.submit(b.get("/reset"), "username", name); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "too many attempts") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

// O43: two names that look alike are one, or two; the mail goes to the one account's own
// address, whatever was typed.
func TestO43MailGoesToTheAddressThatIsKept(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	for _, typed := range []string{"CAROL", "\uff43arol"} { // full width
		b.asks(typed)
	}
	b.asks("c\u0430rol") // a Cyrillic letter
	for _, sent := range s.mails() {
		if sent.To.String() != "carol@example.com" {
			t.Errorf("got a mail to %s", sent.To)
		}
	}
	if got := len(s.tray.List()); got != 2 {
		t.Errorf("got %d mails, want 2", got)
	}
}

// O31: whatever host a request names, the link in the mail is the issuer's.
func TestO31LinksAreTheIssuers(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	for name, value := range map[string]string{
		"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "Forwarded": "host=evil.example.com", "X-Forwarded-Proto": "http", "X-Original-Host": "evil.example.com",
	} {
		b.header.Set(name, value)
	}
	b.asks("carol")
	sent := s.mails()
	s.linkIn(sent)
	if strings.Contains(sent[0].Text+sent[0].HTML, "evil") {
		t.Errorf("got %s", sent[0].Text)
	}
}

// O47: the link is good where its person is signed in, or a stranger's click would
// confirm an address of theirs for somebody else's account.
func TestO47ALinkIsBoundToTheBrowser(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.signIn("carol").answer()
	b.submit(b.get("/account/email")).shows(t, "email-sent")
	link := s.linkIn(s.mails())
	stranger, bob := s.browser(), s.browser()
	bob.signIn("bob").answer()
	for _, other := range []*browser{stranger, bob} {
		if p := other.submit(other.get(link)); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "where you are signed in") {
			t.Errorf("got %d %s", p.StatusCode, p.body)
		}
	}
	b.submit(b.get(link)).shows(t, "email-done")
}

// What lies in the tables opens no account: handles are hashed, mails sealed (O51).
func TestLinksAreKeptByNobody(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.asks("carol")
	var kept strings.Builder
	for shard := range 8 {
		records, _, err := s.state.List(t.Context(), "outbox#"+string(rune('0'+shard)), "due#", store.Page{Limit: 100})
		must(t, err)
		for _, record := range records {
			kept.Write(record.Value)
		}
	}
	link := s.linkIn(s.mails())
	_, secret, _ := strings.Cut(link, ".com/reset/password?link=")
	_, secret, _ = strings.Cut(secret, ".")
	if kept.Len() == 0 || secret == "" || strings.Contains(kept.String(), secret) || strings.Contains(kept.String(), "carol") ||
		strings.Contains(s.logged.String(), secret) || strings.Contains(s.logged.String(), "carol@example.com") {
		t.Errorf("got %s and the log %s", kept.String(), s.logged)
	}
}

// Another site can have a browser send a form, but none of these.
func TestO10SelfServiceTakesOwnFormsOnly(t *testing.T) {
	s := openSignUp(t)
	b := s.browser()
	b.signIn("carol").answer()
	b.header.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{"/reset", "/reset/password", "/account/email", "/email/confirm", "/sign-up", "/sign-up/finish"} {
		if p := b.post(path, nil); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "sent by another site") {
			t.Errorf("%s: got %d %s", path, p.StatusCode, p.body)
		}
	}
}
