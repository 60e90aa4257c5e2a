package pages_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// subject signs the code of an answer in, and returns whose it is.
func (b *browser) subject(client string, answer url.Values) string {
	b.t.Helper()
	p := b.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback},
		"client_id": {client}, "code_verifier": {verifier},
	})
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	must(b.t, json.Unmarshal([]byte(p.body), &tokens))
	parts := strings.Split(tokens.IDToken, ".")
	if len(parts) != 3 {
		b.t.Fatalf("got %v and %s", answer, p.body)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(b.t, err)
	var claims struct {
		Subject string `json:"sub"`
	}
	must(b.t, json.Unmarshal(payload, &claims))
	return claims.Subject
}

// Two are signed in in one browser, bob in use: whoever a request names answers it,
// and the next request that names nobody is bob's still.
func TestAHintChoosesAmongWhoIsSignedIn(t *testing.T) {
	s := open(t)
	s.register("apart", func(m *oauth.ClientMetadata) { m.SkipConsent, m.SubjectType = true, oauth.PairwiseSubject })
	b := s.browser()
	b.signIn("alice").answer()
	hint, apart := b.idToken("first"), b.idToken("apart")
	alice := b.subject("first", b.get(request("first")).answer())
	aliceApart := b.subject("apart", b.get(request("apart")).answer())
	verified := true
	for name, claims := range map[string]oauth.StandardClaims{
		"dora": {Email: "dora@example.com", EmailVerified: &verified}, "erin": {Email: "erin@example.com"},
	} {
		_, err := s.people.Add(t.Context(), identity.NewUser{Username: name, Password: password, StandardClaims: claims})
		must(t, err)
		b.signIn(name).answer()
	}
	dora := b.subject("first", b.get(request("first", "login_hint", "dora")).answer())
	b.signIn("bob").answer()
	bob := b.subject("first", b.get(request("first")).answer())
	for name, c := range map[string]struct{ client, parameter, value, want string }{
		"id_token_hint":                                {"first", "id_token_hint", hint, alice},
		"id_token_hint of a pairwise":                  {"apart", "id_token_hint", apart, aliceApart},
		"sub by the claims parameter":                  {"first", "claims", `{"id_token":{"sub":{"value":"` + alice + `"}}}`, alice},
		"login_hint":                                   {"first", "login_hint", "Alice", alice},
		"login_hint of who is in use":                  {"first", "login_hint", "bob", bob},
		"login_hint of nobody here":                    {"first", "login_hint", "carol", bob},
		"login_hint, an address":                       {"first", "login_hint", "Dora@example.com", dora},
		"login_hint, an address that may be anybody's": {"first", "login_hint", "erin@example.com", bob},
		"nobody": {"first", "state", "a state", bob},
	} {
		for _, prompt := range []string{"none", ""} {
			answer := b.get(request(c.client, c.parameter, c.value, "prompt", prompt)).answer()
			if got := b.subject(c.client, answer); got != c.want {
				t.Errorf("%s, prompt=%s: got %s, want %s", name, prompt, got, c.want)
			}
		}
	}
}

// What a hint has chosen stays chosen from page to page, until the person says
// otherwise.
func TestAHintPreselectsThroughThePages(t *testing.T) {
	s := open(t)
	b := s.browser()
	b.signIn("alice").answer()
	hint := b.idToken("first")
	b.signIn("bob").answer()
	p := b.follow(b.get(request("app", "login_hint", "alice")))
	if p.shows(t, "consent-approve"); !strings.Contains(p.body, "alice") {
		t.Errorf("asks somebody else: %s", p.body)
	}
	if answer := b.submit(p, "decision", "approve").answer(); !answer.Has("code") {
		t.Errorf("got %v", answer)
	}
	if answer := b.get(request("app", "prompt", "none")).answer(); answer.Get("error") != "consent_required" {
		t.Errorf("bob has agreed to what alice was asked: %v", answer)
	}
	p = b.follow(b.get(request("first", "id_token_hint", hint, "prompt", "login")))
	if p.shows(t, "login-form"); !strings.Contains(p.body, `value="alice"`) {
		t.Errorf("asks for the password of somebody else: %s", p.body)
	}
	b.submit(p, "username", "alice", "password", password).answer()

	b.signIn("bob").answer()
	p = b.follow(b.get(request("first", "login_hint", "alice", "prompt", "select_account")))
	p = b.submit(p, "account", between(p.body, `name="account" value="`, `"`, "Bob Example"))
	if who := b.subject("first", p.answer()); who != b.subject("first", b.get(request("first", "login_hint", "bob")).answer()) {
		t.Errorf("the person chose bob, and got %s", who)
	}
	p = b.follow(b.get(request("app", "login_hint", "alice", "prompt", "consent select_account")))
	p = b.follow(b.submit(p, "account", between(p.body, `name="account" value="`, `"`, "Bob Example")))
	if p.shows(t, "consent-approve"); !strings.Contains(p.body, "bob") {
		t.Errorf("the person chose bob, and somebody else is asked: %s", p.body)
	}
}

// Whom the hint names, and only they, may be filled in.
func TestAHintOfSomebodyElseFillsInNobody(t *testing.T) {
	s := open(t)
	b := s.browser()
	b.signIn("alice").answer()
	hint := b.idToken("first")
	other := s.browser()
	other.signIn("bob").answer()
	p := other.follow(other.get(request("first", "id_token_hint", hint)))
	if p.shows(t, "login-form"); strings.Contains(p.body, `value="bob"`) {
		t.Errorf("got %s", p.body)
	}
	if answer := other.get(request("first", "id_token_hint", hint, "prompt", "none")).answer(); answer.Get("error") != "login_required" {
		t.Errorf("got %v", answer)
	}
}
