package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO02ErrorsBeforeTheClientIsTrustedAreRendered(t *testing.T) {
	b := open(t).browser()
	for name, path := range map[string]string{
		"client_id":    request("nobody"),
		"redirect_uri": request("app", "redirect_uri", "https://evil.example.com/"),
		"state":        request("app", "state", strings.Repeat("s", 600)),
		"is repeated":  request("app") + "&state=again", // O52
	} {
		p := b.get(path)
		if p.shows(t, "error-page"); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, name) || p.location() != "" {
			t.Errorf("%s: got %d %s %s", name, p.StatusCode, p.location(), p.body)
		}
	}
}

func TestO04FormsAreAnsweredBySeeOther(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app")))
	for _, fields := range [][]string{{"username", "alice", "password", password}, {"decision", "approve"}} {
		answer := b.submit(p, fields...)
		if answer.StatusCode != http.StatusSeeOther {
			t.Errorf("got %d", answer.StatusCode)
		}
		p = b.follow(answer)
	}
}

func TestO04NoDoorRedirectsAForm(t *testing.T) {
	s := open(t)
	for _, path := range []string{"//sign-in", "/x/../sign-in", "/./consent", "/sign-in//", "/logout/../authorize"} {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, issuer+path, strings.NewReader("password=x")))
		if w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s: got %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}

// Every page has the headers that it needs, its style's hash is the style's, and it
// loads nothing of anybody else.
func TestO05O15O51EveryPageIsGuarded(t *testing.T) {
	s := open(t)
	b := s.browser()
	signIn := b.follow(b.get(request("app")))
	consent := b.follow(b.submit(signIn, "username", "alice", "password", password))
	all := map[string]page{
		"sign-in": signIn, "consent": consent, "error": b.get(request("nobody")),
		"select": b.follow(b.get(request("app", "prompt", "select_account"))), "sign-out": b.get("/logout"),
		"form_post": b.get(request("app", "response_mode", "form_post", "prompt", "none")),
	}
	for name, p := range all {
		for header, want := range map[string]string{
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := p.Header.Get(header); got != want {
				t.Errorf("%s: got %s %q, want %q", name, header, got, want)
			}
		}
		policy := p.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src " + hashOf(p.body, "style")} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: got the policy %s, want %s", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: got the policy %s", name, policy)
		}
		if regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+)=`).MatchString(p.body) {
			t.Errorf("%s: has a style or a script in an attribute: %s", name, p.body)
		}
	}
	if p := all["form_post"]; !strings.Contains(p.Header.Get("Content-Security-Policy"), "script-src "+hashOf(p.body, "script")) {
		t.Errorf("form_post: the script may not run: %s", p.Header.Get("Content-Security-Policy"))
	}
}

// Of plain http, which a loopback issuer speaks, no browser is told to ask by https.
func TestALoopbackIssuerIsNotHeldToHTTPS(t *testing.T) {
	p := open(t, "ISSUER=http://localhost:8080").browser().get("/logout")
	if got := p.Header.Get("Strict-Transport-Security"); p.StatusCode != http.StatusOK || got != "" {
		t.Errorf("got %d %q", p.StatusCode, got)
	}
}

// hashOf is the source expression of an element's content.
func hashOf(body, element string) string {
	_, rest, _ := strings.Cut(body, "<"+element+">")
	content, _, _ := strings.Cut(rest, "</"+element+">")
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestO10AnInteractionIsItsBrowsersOwn(t *testing.T) {
	s := open(t)
	attacker, victim := s.browser(), s.browser()
	p := attacker.follow(attacker.get(request("first")))
	victim.get(request("first")) // has a cookie, but another
	for name, other := range map[string]*browser{"another browser": victim, "no cookie": s.browser()} {
		answer := other.submit(p, "username", "bob", "password", password)
		if answer.shows(t, "error-page"); len(answer.Cookies()) > 0 {
			t.Errorf("%s: signed in: %v", name, answer.Cookies())
		}
	}
}

func TestO10FormsOfOtherSitesAreRefused(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("first")))
	for name, c := range map[string]struct {
		site, origin string
		admitted     bool
	}{
		"another site":                        {"cross-site", "https://evil.example.com", false},
		"a neighbour":                         {"same-site", "https://www.example.com", false},
		"another site, as if ours":            {"cross-site", issuer, false},
		"an older browser, another site":      {"", "https://evil.example.com", false},
		"an older browser, under no-referrer": {"", "null", true},
		"an older browser, ours":              {"", issuer, true},
		"ours, under no-referrer":             {"same-origin", "null", true},
		"no browser":                          {"", "", true},
	} {
		b.header = http.Header{}
		for header, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				b.header.Set(header, value)
			}
		}
		answer := b.submit(p, "username", "", "password", "x")
		if admitted := strings.Contains(answer.body, "login-error"); admitted != c.admitted {
			t.Errorf("%s: got admitted %v: %s", name, admitted, answer.body)
		}
	}
}

func TestO28NothingThatAStrangerWroteIsMarkup(t *testing.T) {
	const attack = `"><script>alert(1)</script>`
	s := open(t)
	s.register("mean", func(m *oauth.ClientMetadata) {
		m.ClientName = "<b>" + attack
		m.LogoURI = "https://app.example.com/logo.png?a=1;script-src%20*"
		m.PolicyURI = "https://app.example.com/?q=" + url.QueryEscape(attack)
	})
	b := s.browser()
	p := b.follow(b.get(request("mean", "login_hint", attack, "ui_locales", attack)))
	wrong := b.submit(p, "username", attack, "password", attack)
	consent := b.follow(b.submit(p, "username", "alice", "password", password))
	bad := b.get(request(attack))
	posted := b.get(request("mean", "prompt", "none", "response_mode", "form_post", "state", attack)) // O29
	for name, p := range map[string]page{"sign-in": p, "wrong": wrong, "consent": consent, "error": bad, "form_post": posted} {
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "<b>") {
			t.Errorf("%s: got %s", name, p.body)
		}
		if policy := p.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src *") || strings.Contains(policy, "script-src%20") {
			t.Errorf("%s: got the policy %s", name, policy)
		}
	}
	if !strings.Contains(html.UnescapeString(posted.body), `name="state" value="`+attack+`"`) {
		t.Errorf("the state is not whole: %s", posted.body)
	}
	consent.shows(t, "client-logo")
	consent.shows(t, "client-policy")
}

func TestO30NoHeaderHoldsAControlByte(t *testing.T) {
	b := open(t).browser()
	b.signIn("alice").answer()
	p := b.get(request("first", "state", "a\r\nSet-Cookie: x=1\x7f"))
	if location := p.location(); strings.ContainsFunc(location, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		t.Errorf("got %q", location)
	}
	if got := p.answer().Get("state"); got != "a\r\nSet-Cookie: x=1\x7f" {
		t.Errorf("got the state %q", got)
	}
}

func TestO41EverySignInMakesANewSession(t *testing.T) {
	b := open(t).browser()
	session := func() string {
		for _, cookie := range b.jar.Cookies(&url.URL{Scheme: "https", Host: "id.example.com", Path: "/"}) {
			if cookie.Name == "__Host-ostiary-session" {
				return cookie.Value
			}
		}
		return ""
	}
	b.signIn("alice").answer()
	before := session()
	b.signIn("alice").answer()
	if after := session(); after == before || strings.Contains(after, "~") {
		t.Errorf("got the cookie %s after %s", after, before)
	}
	thief := b.site.browser()
	r := httptest.NewRequest(http.MethodGet, issuer+request("first", "prompt", "none"), nil)
	r.AddCookie(&http.Cookie{Name: "__Host-ostiary-session", Value: before})
	w := httptest.NewRecorder()
	thief.handler.ServeHTTP(w, r)
	if location := w.Result().Header.Get("Location"); !strings.Contains(location, "login_required") {
		t.Errorf("the session before is good: %s", location)
	}
}

func TestO42CookiesAreForUsAlone(t *testing.T) {
	s := open(t)
	b := s.browser()
	first := b.get(request("first"))
	signedIn := b.submit(b.follow(first), "username", "alice", "password", password)
	for _, cookie := range append(first.Cookies(), signedIn.Cookies()...) {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" ||
			cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("got %s", cookie.Raw)
		}
		secret := cookie.Value[strings.LastIndex(cookie.Value, ".")+1:]
		if len(secret) < 52 { // 260 bits in base32
			t.Errorf("%s has a secret of %d characters", cookie.Name, len(secret))
		}
		if strings.Contains(s.logged.String(), secret) {
			t.Errorf("%s is in the log", cookie.Name)
		}
	}
	if len(first.Cookies()) != 1 || len(signedIn.Cookies()) != 1 {
		t.Errorf("got %v and %v", first.Cookies(), signedIn.Cookies())
	}
	plain := open(t, "ISSUER=http://localhost").browser()
	cookies := plain.get(request("first")).Cookies()
	if len(cookies) != 1 || cookies[0].Name != "ostiary-browser" || cookies[0].Secure {
		t.Errorf("plain http: got %v", cookies)
	}
}

// Issuers on one host would sign each other's people out, or in.
func TestO42IssuersOnOneHostHaveCookiesOfTheirOwn(t *testing.T) {
	seen := map[string]string{}
	for _, issuer := range []string{
		"https://id.example.com", "https://id.example.com:8443", "https://id.example.com/one", "https://id.example.com/two", "https://id.example.com/one/two",
	} {
		cookies := open(t, "ISSUER="+issuer).browser().get(request("first")).Cookies()
		if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-ostiary-browser") || cookies[0].Path != "/" {
			t.Fatalf("%s: got %v", issuer, cookies)
		}
		if other, taken := seen[cookies[0].Name]; taken {
			t.Errorf("%s has the cookie of %s", issuer, other)
		}
		seen[cookies[0].Name] = issuer
	}
}

func TestO50TheLogHasNoSecretAndTheReferenceIsInIt(t *testing.T) {
	s := open(t)
	b := s.browser()
	p := b.follow(b.get(request("app", "state", "secret-state")))
	b.submit(p, "username", "alice", "password", "wrong-password-typed")
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	code := b.submit(p, "decision", "approve").answer().Get("code")
	for _, secret := range []string{password, "wrong-password-typed", "secret-state", code, "alice"} {
		if strings.Contains(s.logged.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, s.logged)
		}
	}
	if !strings.Contains(s.logged.String(), `"outcome":"invalid_grant","duration_ms"`) {
		t.Errorf("the wrong password is not in the log: %s", s.logged)
	}
	p = b.get(request("nobody"))
	reference := regexp.MustCompile(`id="error-reference"[^>]*>([A-Z2-7]{4}-[A-Z2-7]{4})<`).FindStringSubmatch(p.body)
	if reference == nil || !strings.Contains(s.logged.String(), reference[1]) {
		t.Errorf("the reference %v is not in the log", reference)
	}
}

func TestO52BodyAndQueryAreNotMixed(t *testing.T) {
	b := open(t).browser()
	path := request("app")
	p := b.post(path, url.Values{"state": {"other"}})
	if p.shows(t, "error-page"); p.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d", p.StatusCode)
	}
}

// Who was asked is who agrees.
func TestConsentIsThatOfThePersonWhoSawThePage(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app")))
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	p.shows(t, "consent-approve")
	b.signIn("bob").answer() // in another window
	asked := b.follow(b.submit(p, "decision", "approve"))
	if asked.shows(t, "consent-approve"); !strings.Contains(asked.body, "bob") {
		t.Errorf("got %s", asked.body)
	}
}

// Nobody agrees before they have done what comes before.
func TestConsentWaitsForTheSignInThatTheClientWants(t *testing.T) {
	b := open(t).browser()
	b.signIn("alice").answer()
	p := b.follow(b.get(request("app")))
	p.shows(t, "consent-approve")
	sid := between(p.body, `name="account" value="`, `"`, "consent-deny")
	p = b.follow(b.get(request("app", "prompt", "login")))
	form := url.Values{"interaction": {between(p.body, `name="interaction" value="`, `"`, "login-submit")}, "account": {sid}, "decision": {"approve"}}
	b.follow(b.post("/consent", form)).shows(t, "login-form")
	if answer := b.get(request("app", "prompt", "none")).answer(); answer.Get("error") != "consent_required" {
		t.Errorf("got %v", answer)
	}
}
