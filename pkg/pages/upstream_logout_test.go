package pages_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

// token makes a logout token.
func logoutToken(t *testing.T, op *elsewhere.OpenID, change func(header, claims map[string]any)) string {
	t.Helper()
	now := time.Now().Unix()
	header := map[string]any{"alg": "ES256", "kid": "key", "typ": oauth.TypLogoutToken}
	claims := map[string]any{
		"iss": op.Issuer, "aud": "house", "iat": now, "exp": now + 120, "jti": "one", "sub": "jo-there", "sid": "theirs",
		"events": map[string]any{oauth.LogoutEvent: map[string]any{}},
	}
	if change != nil {
		change(header, claims)
	}
	h, err := json.Marshal(header)
	must(t, err)
	c, err := json.Marshal(claims)
	must(t, err)
	return op.Signer.Compact(string(h), string(c))
}

func (s *site) told(token string) page {
	return s.browser().post("/upstream/there/logout", url.Values{"logout_token": {token}})
}

// in reports whether the browser is signed in.
func (b *browser) in() bool {
	return strings.HasPrefix(b.get(request("first")).location(), callback)
}

func TestASessionEndsWithTheOneThatItRestsOn(t *testing.T) {
	for name, c := range map[string]struct {
		change func(header, claims map[string]any)
		in     bool
	}{
		"sub and sid":         {nil, false},
		"sid alone":           {func(_, claims map[string]any) { delete(claims, "sub") }, false},
		"sub alone, all":      {func(_, claims map[string]any) { delete(claims, "sid") }, false},
		"typ JWT":             {func(header, _ map[string]any) { header["typ"] = "JWT" }, false},
		"another session":     {func(_, claims map[string]any) { claims["sid"] = "another" }, true},
		"another person":      {func(_, claims map[string]any) { claims["sub"] = "somebody-else" }, true},
		"one of two audience": {func(_, claims map[string]any) { claims["aud"] = []string{"other", "house"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			var trail bytes.Buffer
			s.issuer.RecordIn(audit.New(nil, slog.New(slog.NewJSONHandler(&trail, nil)), audit.Options{}))
			s.there(op, nil)
			op.Person["sid"] = "theirs"
			b, local := s.browser(), s.browser()
			b.comeBy(op).answer()
			local.signIn("alice").answer()
			if p := s.told(logoutToken(t, op, c.change)); p.StatusCode != http.StatusOK {
				t.Errorf("got %d %s", p.StatusCode, p.body)
			}
			if b.in() != c.in || !local.in() {
				t.Errorf("they are signed in: %v, and who signed in here: %v", b.in(), local.in())
			}
			if told := strings.Contains(trail.String(), `"actor":{"type":"system","id":"logout at there"}`); told == c.in {
				t.Errorf("the trail tells who ended a session: %v, %s", told, trail.String())
			}
		})
	}
}

// Every rule of Back-Channel Logout §2.6, each by a token that breaks it alone.
func TestALogoutTokenIsHeldToEveryRule(t *testing.T) {
	claim := func(name string, value any) func(header, claims map[string]any) {
		return func(_, claims map[string]any) { claims[name] = value }
	}
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	op.Person["sid"] = "theirs"
	b := s.browser()
	b.comeBy(op).answer()
	for name, change := range map[string]func(header, claims map[string]any){
		"another issuer":   claim("iss", "https://evil.example.com"),
		"another audience": claim("aud", "other"),
		"a nonce":          claim("nonce", "n"),
		"no events":        claim("events", nil),
		"another event":    claim("events", map[string]any{"https://example.com/other": map[string]any{}}),
		"events as a text": claim("events", oauth.LogoutEvent),
		"no jti":           claim("jti", ""),
		"expired":          claim("exp", time.Now().Add(-time.Minute).Unix()),
		"good for ever":    claim("exp", time.Now().Add(1000*time.Hour).Unix()),
		"no exp":           func(_, claims map[string]any) { delete(claims, "exp") },
		"no iat":           func(_, claims map[string]any) { delete(claims, "iat") },
		"of the future":    claim("iat", time.Now().Add(time.Hour).Unix()),
		"nobody":           func(_, claims map[string]any) { delete(claims, "sub"); delete(claims, "sid") },
		"an access token":  func(header, _ map[string]any) { header["typ"] = "at+jwt" },
		"alg none":         func(header, _ map[string]any) { header["alg"] = "none" },
		"unknown key":      func(header, _ map[string]any) { header["kid"] = "other" },
	} {
		if p := s.told(logoutToken(t, op, change)); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "invalid_request") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
	forged := josetest.New(oauth.ES256)
	if p := s.told((&elsewhere.OpenID{Signer: forged, Issuer: op.Issuer}).Signer.Token("logout+jwt", "key", `{}`)); p.StatusCode != http.StatusBadRequest {
		t.Errorf("signed by another: got %d %s", p.StatusCode, p.body)
	}
	if !b.in() {
		t.Error("one of them has ended the session")
	}
}

func TestALogoutTokenEndsNothingThatBeginsLater(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	token := logoutToken(t, op, nil)
	if p := s.told(token); p.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", p.StatusCode, p.body)
	}
	op.Person["sid"] = "theirs"
	b := s.browser()
	b.comeBy(op).answer()
	if p := s.told(token); p.StatusCode != http.StatusBadRequest {
		t.Errorf("replayed: got %d", p.StatusCode)
	}
	if !b.in() {
		t.Error("it has ended what came after it")
	}
}

func TestWhoSignsOutHereIsSignedOutThere(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.PropagateLogout = true })
	b := s.browser()
	b.comeBy(op).answer()
	p := b.submit(b.get("/logout"))
	to, err := url.Parse(p.location())
	must(t, err)
	query := to.Query()
	if !strings.HasPrefix(p.location(), op.Issuer+"/end?") || query.Get("post_logout_redirect_uri") != issuer+"/upstream/signed-out" ||
		query.Get("client_id") != "house" || strings.Count(query.Get("id_token_hint"), ".") != 2 {
		t.Fatalf("got %d %s", p.StatusCode, p.location())
	}
	if b.in() {
		t.Error("signed in here still")
	}
	if strings.Contains(s.logged.String(), query.Get("id_token_hint")) {
		t.Error("the id_token is logged")
	}
	stranger := s.browser()
	stranger.get(request("first"))
	stranger.get("/upstream/signed-out?state="+query.Get("state")).shows(t, "logout-result")
	b.get("/upstream/signed-out?state="+query.Get("state")).shows(t, "logout-result")
	b.get("/upstream/signed-out").shows(t, "logout-result")
}

func TestAnOutageThereKeepsNobodySignedInHere(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.PropagateLogout = true })
	op.Metadata = func(doc map[string]any) { delete(doc, "end_session_endpoint") }
	b := s.browser()
	b.comeBy(op).answer()
	b.submit(b.get("/logout")).shows(t, "logout-result")
	if b.in() {
		t.Error("signed in still")
	}
}
