package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func TestAPersonConnectsAndDisconnectsAnotherAccount(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.CreateUsers = false })
	b := s.browser()
	b.signIn("alice")
	p := b.get("/account/security")
	p.shows(t, "connect-there")
	p = b.follow(b.get(b.away(b.submit(p, "connect", "there"), op)))
	if p.shows(t, "security-page"); !strings.Contains(p.body, "jo@example.com") || !strings.Contains(p.body, "Over There") {
		t.Fatalf("got %s", p.body)
	}
	if strings.Contains(p.body, "connect-there") {
		t.Error("what is connected can be connected once more")
	}
	if answer := s.browser().comeBy(op).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	linked := identity.Linked{Issuer: op.Issuer, Subject: "jo-there"}
	p = b.follow(b.submit(p, "linked", linked.ID()))
	p.shows(t, "connect-there")
	s.browser().comeBy(op).shows(t, "upstream-unknown")
}

// Whoever is in an account would connect one of theirs, to come back.
func TestPeopleAreToldWhatIsConnectedWithTheirAccount(t *testing.T) {
	s, op := openPost(t), elsewhere.Open(t)
	s.there(op, nil)
	b := s.browser()
	hears := func(what string) {
		t.Helper()
		got := s.mails()
		if len(got) != 1 || got[0].To.String() != "carol@example.com" || !strings.Contains(got[0].Text, what) {
			t.Errorf("got %v, want one mail to carol that says %q", got, what)
		}
	}
	b.signIn("carol")
	connected := b.follow(b.get(b.away(b.submit(b.get("/account/security"), "connect", "there"), op)))
	hears("was connected with your account at Example")
	b.submit(connected, "linked", identity.Linked{Issuer: op.Issuer, Subject: "jo-there"}.ID())
	hears("no longer")
}

// A stranger's page has a person's browser begin, or end, what connects the stranger's
// identity with the person's account (RFC 9700 §4.7.1).
func TestO44LinkingIsNotBegunOrEndedByAStranger(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	victim, attacker := s.browser(), s.browser()
	victim.signIn("alice")
	attacker.signIn("bob")
	none := func(what string) {
		t.Helper()
		alice, err := s.people.ByUsername(t.Context(), "alice")
		must(t, err)
		if linked, err := s.people.Linked(t.Context(), alice.ID); err != nil || len(linked) != 0 {
			t.Errorf("%s: got %+v %v", what, linked, err)
		}
	}
	form := attacker.get("/account/security")
	token := strings.Split(strings.SplitN(form.body, `name="token" value="`, 2)[1], `"`)[0]
	if p := victim.post("/account/security", url.Values{"token": {token}, "connect": {"there"}}); p.StatusCode == http.StatusSeeOther {
		t.Errorf("begun by another's token: %s", p.location())
	}
	victim.header.Set("Sec-Fetch-Site", "cross-site")
	if p := victim.post("/account/security", url.Values{"connect": {"there"}}); p.StatusCode == http.StatusSeeOther {
		t.Errorf("begun by another site: %s", p.location())
	}
	none("begun")
	back := attacker.away(attacker.submit(form, "connect", "there"), op)
	victim.get(back).shows(t, "error-page") // the attacker's answer, in the victim's browser
	none("ended")

	victim.header.Set("Sec-Fetch-Site", "same-origin")
	back = victim.away(victim.submit(victim.get("/account/security"), "connect", "there"), op)
	victim.signIn("bob") // somebody else has come to this browser since
	victim.get(back).shows(t, "error-page")
	none("another person")

	victim.signIn("alice")
	back = victim.away(victim.submit(victim.get("/account/security"), "connect", "there"), op)
	victim.submit(victim.get("/logout"))
	victim.signIn("alice") // it is another session that came back
	victim.get(back).shows(t, "error-page")
	none("another session")
}

func TestAnIdentityIsOnePersons(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	for _, name := range []string{"alice", "bob"} {
		b := s.browser()
		b.signIn(name)
		b.follow(b.get(b.away(b.submit(b.get("/account/security"), "connect", "there"), op))).shows(t, "security-page")
	}
	alice, err := s.people.ByLinked(t.Context(), op.Issuer, "jo-there")
	if err != nil || alice.Username != "alice" {
		t.Errorf("got %+v %v", alice, err)
	}
}

func TestTheLastWayToSignInStays(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	b := s.browser()
	b.comeBy(op).answer()
	p := b.get("/account/security")
	p = b.submit(p, "linked", identity.Linked{Issuer: op.Issuer, Subject: "jo-there"}.ID())
	if p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "you could not sign in any more") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	if answer := s.browser().comeBy(op).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
}
