package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestSignInAndConsentLeadToACode(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app", "scope", "openid email photos:read")))
	for _, id := range []string{"login-form", "username", "password", "login-submit"} {
		p.shows(t, id)
	}
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	for _, id := range []string{"consent-approve", "consent-deny"} {
		p.shows(t, id)
	}
	for _, want := range []string{"Holiday Photos", "email address", "photos:read", "alice"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the consent page does not say %q: %s", want, p.body)
		}
	}
	answer := b.submit(p, "decision", "approve").answer()
	if answer.Get("state") != "a state" || answer.Get("iss") != issuer {
		t.Errorf("got %v", answer)
	}
	token := b.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback},
		"client_id": {"app"}, "code_verifier": {verifier},
	})
	if token.StatusCode != http.StatusOK || !strings.Contains(token.body, "id_token") {
		t.Errorf("got %d %s", token.StatusCode, token.body)
	}
	if again := b.get(request("app", "scope", "openid email photos:read")).answer(); again.Get("code") == "" {
		t.Errorf("single sign-on: got %v", again)
	}
	if other := b.get(request("first")).answer(); other.Get("code") == "" {
		t.Errorf("single sign-on to another client: got %v", other)
	}
	b.follow(b.get(request("app", "scope", "openid email profile"))).shows(t, "consent-approve") // the scope has grown
}

func TestDenialTellsTheClient(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app")))
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	denied := b.submit(p, "decision", "deny")
	if answer := denied.answer(); answer.Get("error") != "access_denied" || answer.Get("state") != "a state" || answer.Has("code") {
		t.Errorf("got %v", answer)
	}
	b.submit(p, "decision", "approve").shows(t, "error-page") // one request, one answer
}

func TestWrongPasswordAndLockoutSayWhatToDo(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app")))
	for range 3 {
		p = b.submit(p, "username", "alice", "password", "wrong password")
		p.shows(t, "login-error")
		if p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "wrong") || !strings.Contains(p.body, `value="alice"`) {
			t.Errorf("got %d %s", p.StatusCode, p.body)
		}
	}
	p = b.submit(p, "username", "alice", "password", password)
	if p.shows(t, "login-error"); !strings.Contains(p.body, "too many attempts. Try again in 15 min") {
		t.Errorf("got %s", p.body)
	}
}

func TestO38APageSaysForHowLongToWait(t *testing.T) {
	b := open(t, "LOCKOUT_ATTEMPTS=10").browser()
	p := b.follow(b.get(request("app")))
	for range 4 {
		p = b.submit(p, "username", "alice", "password", "wrong password")
	}
	if p.shows(t, "login-error"); !strings.Contains(p.body, "too many attempts. Try again in 1 min") || p.Header.Get("Retry-After") == "" {
		t.Errorf("got %v %s", p.Header, p.body)
	}
}

func TestPromptDecidesWhatIsShown(t *testing.T) {
	s := open(t)
	b := s.browser()
	if answer := b.get(request("first", "prompt", "none")).answer(); answer.Get("error") != "login_required" {
		t.Errorf("none, signed out: got %v", answer)
	}
	if len(b.jar.Cookies(&url.URL{Scheme: "https", Host: "id.example.com", Path: "/"})) > 0 {
		t.Error("prompt=none left a cookie behind")
	}
	b.signIn("alice").answer()
	if answer := b.get(request("first", "prompt", "none")).answer(); answer.Get("code") == "" {
		t.Errorf("none, signed in: got %v", answer)
	}
	if answer := b.get(request("app", "prompt", "none")).answer(); answer.Get("error") != "consent_required" {
		t.Errorf("none, no consent: got %v", answer)
	}
	again := b.follow(b.get(request("first", "prompt", "login")))
	if again.shows(t, "login-form"); !strings.Contains(again.body, `value="alice"`) {
		t.Errorf("login: got %s", again.body)
	}
	b.follow(b.get(request("first", "max_age", "0"))).shows(t, "login-form")
	b.follow(b.get(request("first", "prompt", "consent"))).shows(t, "consent-approve")
	b.follow(b.get(request("first", "prompt", "select_account"))).shows(t, "account-another")
}

func TestAccountsStandSideBySide(t *testing.T) {
	s := open(t)
	b := s.browser()
	b.signIn("alice").answer()
	b.signIn("bob").answer()
	p := b.follow(b.get(request("first", "prompt", "select_account")))
	for _, want := range []string{"Alice Example", "Bob Example"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s: %s", want, p.body)
		}
	}
	alice := between(p.body, `name="account" value="`, `"`, "Alice Example")
	b.submit(p, "account", alice).answer()
	if p := b.follow(b.get(request("first", "prompt", "login"))); !strings.Contains(p.body, `value="alice"`) {
		t.Errorf("alice is not in use: %s", p.body)
	}
	p = b.follow(b.get(request("first", "prompt", "select_account")))
	b.follow(b.submit(p, "account", "another")).shows(t, "login-form")
}

// between returns what stands last between two texts before a third.
func between(s, before, after, landmark string) string {
	s = s[:strings.Index(s, landmark)]
	s = s[strings.LastIndex(s, before)+len(before):]
	return s[:strings.Index(s, after)]
}

func TestFormPostHoldsTheWholeAnswer(t *testing.T) {
	b := open(t).browser()
	b.signIn("alice").answer()
	for name, c := range map[string]struct{ path, want string }{
		"code":  {request("first", "response_mode", "form_post"), `name="code"`},
		"error": {request("app", "response_mode", "form_post", "prompt", "none"), `value="consent_required"`},
		"early": {request("app", "response_mode", "form_post", "response_type", ""), `value="invalid_request"`},
	} {
		p := b.get(c.path)
		if p.StatusCode != http.StatusOK || !strings.Contains(p.body, `action="`+callback+`"`) || !strings.Contains(p.body, c.want) ||
			!strings.Contains(p.body, `name="state" value="a state"`) || !strings.Contains(p.body, `name="iss"`) {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

// A template that judges URLs by itself knows no private schemes.
func TestFormPostReachesAnApp(t *testing.T) {
	s := open(t)
	const redirect = "com.example.app:/cb?from=us"
	s.register("installed", func(m *oauth.ClientMetadata) { m.RedirectURIs, m.ApplicationType = []string{redirect}, "native" })
	b := s.browser()
	b.signIn("alice").answer()
	p := b.get(request("installed", "redirect_uri", redirect, "response_mode", "form_post", "prompt", "none"))
	if p.shows(t, "response-form"); !strings.Contains(p.body, `action="`+redirect+`"`) {
		t.Errorf("got %s", p.body)
	}
}

func TestRequestByPostWorksLikeByGet(t *testing.T) {
	b := open(t).browser()
	_, query, _ := strings.Cut(request("first"), "?")
	form, _ := url.ParseQuery(query)
	b.follow(b.post("/authorize", form)).shows(t, "login-form")
	b.signIn("alice").answer()
	stranger := b.site.browser() // whose form another site has posted: no Lax cookie comes along
	p := stranger.post("/authorize", form)
	if p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.location(), "/authorize?") {
		t.Fatalf("got %d %s", p.StatusCode, p.location())
	}
	b.get(p.location()).answer() // the browser follows, with the cookie
	b.post("/authorize", form).answer()
}

func TestNoMoreThanFiveAccountsAreKept(t *testing.T) {
	s := open(t, "LOCKOUT_ADDRESS_ATTEMPTS=100")
	b := s.browser()
	names := []string{"carol", "dave", "erin", "frank", "grace", "heidi"}
	for _, name := range names {
		_, err := s.people.Add(t.Context(), identity.NewUser{Username: name, Password: password})
		must(t, err)
		b.signIn(name).answer()
	}
	p := b.follow(b.get(request("first", "prompt", "select_account")))
	if got := strings.Count(p.body, `class="username"`); got != 5 || strings.Contains(p.body, "carol") {
		t.Errorf("got %d accounts: %s", got, p.body)
	}
	carol, err := s.people.ByUsername(t.Context(), "carol")
	must(t, err)
	sessions := identity.NewSessions(s.state, s.people, identity.SessionLimits{Idle: 1e12, Absolute: 1e15})
	if left, err := sessions.List(t.Context(), carol.ID); err != nil || len(left) > 0 {
		t.Errorf("carol's session lives on without a browser: %v %v", left, err)
	}
}

func TestAStalePageSaysSo(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("first")))
	b.submit(p, "username", "alice", "password", password).answer()
	again := b.submit(p, "username", "alice", "password", password) // the back button
	if again.shows(t, "error-page"); again.StatusCode != http.StatusBadRequest || !strings.Contains(again.body, "has expired") {
		t.Errorf("got %d %s", again.StatusCode, again.body)
	}
	if unknown := b.get("/nothing"); unknown.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", unknown.StatusCode)
	}
	if wrong := b.post("/consent?interaction=x", nil); wrong.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d", wrong.StatusCode)
	}
}

// While a person thinks, the request can become one that nobody may make.
func TestARequestThatDoesNotStandIsAnsweredByAPage(t *testing.T) {
	for name, change := range map[string]func(*site) error{
		"the redirect URI is withdrawn": func(s *site) error {
			_, err := s.clients.Update(t.Context(), "first", func(m *oauth.ClientMetadata) error {
				m.RedirectURIs = []string{callback + "/new"}
				return nil
			})
			return err
		},
		"the ID is another client's": func(s *site) error {
			err := s.clients.Delete(t.Context(), "first")
			s.register("first", func(m *oauth.ClientMetadata) { m.SkipConsent = true })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			b := s.browser()
			p := b.follow(b.get(request("first")))
			must(t, change(s))
			p = b.submit(p, "username", "alice", "password", password)
			if p.shows(t, "error-page"); p.StatusCode != http.StatusBadRequest || p.location() != "" {
				t.Errorf("got %d %s", p.StatusCode, p.location())
			}
		})
	}
}

// A browser shows the second answer.
func TestASecondClickIsAnsweredLikeTheFirst(t *testing.T) {
	s := open(t)
	b := s.browser()
	p := b.follow(b.get(request("first")))
	var both sync.WaitGroup
	both.Add(2)
	var count atomic.Int32
	s.state.wait = func() {
		if count.Add(1) <= 2 { // the first count of each
			both.Done()
			both.Wait()
		}
	}
	answers := make([]page, 2)
	var clicks sync.WaitGroup
	for i := range answers {
		clicks.Go(func() { answers[i] = b.submit(p, "username", "alice", "password", password) })
	}
	clicks.Wait()
	for _, answer := range answers {
		if answer.answer().Get("code") == "" {
			t.Errorf("got %s", answer.location())
		}
	}
}

func TestAnIssuerWithAPathKeepsIt(t *testing.T) {
	b := open(t, "ISSUER="+issuer+"/tenants/a").browser() // the path is taken off before the doors
	p := b.get(request("first"))
	if !strings.HasPrefix(p.location(), "/tenants/a/sign-in?interaction=") {
		t.Fatalf("got %s", p.location())
	}
	p = b.get(strings.TrimPrefix(p.location(), "/tenants/a"))
	if !strings.Contains(p.body, `action="/tenants/a/sign-in"`) {
		t.Errorf("got %s", p.body)
	}
}
