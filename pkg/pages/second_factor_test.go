package pages_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/authenticator"
)

// app is an authenticator app, which knows the key that a page showed.
type app []byte

func (a app) code() string {
	mac := hmac.New(sha1.New, a)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&(1<<31-1)%1000000)
}

// next is a code that was not used yet.
func (a app) next() string {
	time.Sleep(30 * time.Second)
	return a.code()
}

// scans reads the key off the page.
func scans(p page) app {
	p.t.Helper()
	key := regexp.MustCompile(`id="app-key"[^>]*>([A-Z2-7 ]+)<`).FindStringSubmatch(p.body)
	if key == nil {
		p.t.Fatalf("no key in %d %s", p.StatusCode, p.body)
	}
	secret, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(key[1], " ", ""))
	must(p.t, err)
	return secret
}

// options are what the page asks of a passkey.
func (p page) options() string {
	p.t.Helper()
	found := regexp.MustCompile(`id="passkey-form"[^>]* data-options="([^"]*)"`).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("no passkey in %d %s", p.StatusCode, p.body)
	}
	return html.UnescapeString(found[1])
}

// account is the user of this name.
func (s *site) account(username string) identity.User {
	s.t.Helper()
	user, err := s.people.ByUsername(s.t.Context(), username)
	must(s.t, err)
	return user
}

// strict is a client that demands two factors.
func (s *site) strict() {
	s.t.Helper()
	s.register("strict", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.RequiredACRValues = true, []string{oauth.ACRMultiFactor}
	})
}

// types signs in by password where a request of the client leads.
func (b *browser) types(username, client string, parameters ...string) page {
	b.t.Helper()
	p := b.follow(b.get(request(client, parameters...)))
	p.shows(b.t, "login-form")
	return b.follow(b.press(p, "login-form", "username", username, "password", password))
}

// installs has alice add an app at the sign-in that demands it, and returns it with the
// page of recovery codes.
func (b *browser) installs() (app, page) {
	b.t.Helper()
	p := b.types("alice", "strict", "prompt", "login")
	p.shows(b.t, "add-app")
	p = b.follow(b.get(p.href("add-app")))
	phone := scans(p)
	return phone, b.submit(p, "code", phone.code())
}

// enrols has somebody who is signed in add a passkey of this device.
func (b *browser) enrols(d *authenticator.Device) page {
	b.t.Helper()
	p := b.get("/second-factor/passkey")
	return b.submit(p, "credential", d.Create(p.options()), "name", "Blue key")
}

// href is where the link of this ID leads.
func (p page) href(id string) string {
	p.t.Helper()
	found := regexp.MustCompile(`id="` + id + `"[^>]* href="([^"]*)"`).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("no link %s in %d %s", id, p.StatusCode, p.body)
	}
	return html.UnescapeString(found[1])
}

// tokens redeems the answer, and returns what the id_token and the access token say.
func (b *browser) tokens(p page, client string) (idToken, accessToken map[string]any) {
	b.t.Helper()
	answer := b.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {p.answer().Get("code")}, "redirect_uri": {callback},
		"client_id": {client}, "code_verifier": {verifier},
	})
	var made struct {
		IDToken     string `json:"id_token"`
		AccessToken string `json:"access_token"`
	}
	must(b.t, json.Unmarshal([]byte(answer.body), &made))
	for token, claims := range map[string]*map[string]any{made.IDToken: &idToken, made.AccessToken: &accessToken} {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		must(b.t, err)
		must(b.t, json.Unmarshal(payload, claims))
	}
	return idToken, accessToken
}

// says demands what both tokens say of how somebody signed in.
func (b *browser) says(p page, client, acr string, amr ...any) {
	b.t.Helper()
	one, other := b.tokens(p, client)
	for _, claims := range []map[string]any{one, other} {
		if got, _ := claims["amr"].([]any); claims["acr"] != acr || !slices.Equal(got, amr) {
			b.t.Errorf("got acr %v, amr %v; want %s, %v", claims["acr"], claims["amr"], acr, amr)
		}
	}
}

// Who has no second factor adds one in the sign-in that demands it, and is signed in by
// it; from then on they are asked for it at clients that demand none, too.
func TestAFactorIsAddedWhereItIsDemanded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "LOCKOUT_ATTEMPTS=5")
		s.strict()
		b := s.browser()
		phone, p := b.installs()
		p.shows(t, "recovery-codes")
		code := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindStringSubmatch(p.body)
		b.says(b.follow(b.get(p.href("continue"))), "strict", oauth.ACRMultiFactor, "pwd", "otp", "mfa")

		other := s.browser()
		p = other.types("alice", "first")
		p.shows(t, "factor-form")
		if wrong := other.press(p, "factor-form", "code", "000000"); wrong.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("got %d", wrong.StatusCode)
		}
		if again := other.press(p, "factor-form", "code", phone.code()); again.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("O45: a code was taken twice: %d", again.StatusCode)
		}
		other.says(other.follow(other.press(p, "factor-form", "code", phone.next())), "first", oauth.ACRMultiFactor, "pwd", "otp", "mfa")

		third := s.browser() // whose phone is lost
		p = third.types("alice", "first")
		third.says(third.follow(third.press(p, "recovery-form", "recovery_code", strings.ToLower(code[1]))), "first", oauth.ACRMultiFactor, "pwd", "otp", "mfa")
	})
}

// What demands a second factor: a client, a group, an essential acr, a wish that nothing
// else fulfils.
func TestWhatDemandsASecondFactor(t *testing.T) {
	s := open(t)
	s.strict()
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "staff", SecondFactor: true})
	must(t, err)
	_, err = s.people.Add(t.Context(), identity.NewUser{Username: "carol", Password: password, Groups: []string{"staff"}})
	must(t, err)
	s.register("wishing", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.DefaultACRValues = true, []string{oauth.ACRMultiFactor}
	})
	essential := `{"id_token":{"acr":{"essential":true,"values":["gold","` + oauth.ACRMultiFactor + `"]}}}`
	for name, c := range map[string]struct {
		username, client string
		parameters       []string
		demanded         bool
	}{
		"nobody":                         {"bob", "first", nil, false},
		"the client":                     {"bob", "strict", nil, true},
		"the client, whatever is wished": {"bob", "strict", []string{"acr_values", oauth.ACRPassword}, true},
		"a group":                        {"carol", "first", nil, true},
		"an essential acr":               {"bob", "first", []string{"claims", essential}, true},
		"a wish":                         {"bob", "first", []string{"acr_values", oauth.ACRMultiFactor}, true},
		"one of two wishes":              {"bob", "first", []string{"acr_values", oauth.ACRMultiFactor + " " + oauth.ACRPassword}, false},
		"a wish that nobody fulfils":     {"bob", "first", []string{"acr_values", "gold"}, false},
		"a wish by default":              {"bob", "wishing", nil, true},
		"a default that is overridden":   {"bob", "wishing", []string{"acr_values", oauth.ACRPassword}, false},
	} {
		p := s.browser().types(c.username, c.client, c.parameters...)
		if demanded := strings.Contains(p.body, `id="add-app"`); demanded != c.demanded {
			t.Errorf("%s: got %d %s %s", name, p.StatusCode, p.location(), p.body)
		}
	}
}

func (b *browser) cookieNamed(name string) *http.Cookie {
	for _, cookie := range b.jar.Cookies(mustURL(b.t, issuer)) {
		if strings.HasPrefix(cookie.Name, "__Host-"+name) {
			return cookie
		}
	}
	return nil
}

// hidden is the value of a hidden field.
func (p page) hidden(name string) string {
	p.t.Helper()
	found := regexp.MustCompile(`type="hidden" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("no field %s in %d %s", name, p.StatusCode, p.body)
	}
	return html.UnescapeString(found[1])
}

func mustURL(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	must(t, err)
	return u
}

// The script is ours alone, and runs where there is a passkey to ask for.
func TestTheScriptRunsWhereItIsNeeded(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app")))
	if want := "script-src " + hashOf(p.body, "script"); !strings.Contains(p.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("got %s, want %s", p.Header.Get("Content-Security-Policy"), want)
	}
	p = b.follow(b.press(p, "login-form", "username", "alice", "password", password))
	p.shows(t, "consent-approve")
	if strings.Contains(p.Header.Get("Content-Security-Policy"), "script-src") || strings.Contains(p.body, "<script") {
		t.Errorf("a page without a passkey: got %s", p.Header.Get("Content-Security-Policy"))
	}
}

// Another site has nobody's browser send our forms.
func TestFormsAboutFactorsAreOurOwn(t *testing.T) {
	b := open(t).browser()
	b.opens("/account", "alice")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{"/sign-in/passkey", "/second-factor", "/second-factor/app", "/second-factor/passkey", "/second-factor/recovery"} {
		if p := b.post(path, url.Values{}); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "by another site") {
			t.Errorf("%s: got %d %s", path, p.StatusCode, p.location())
		}
	}
}
