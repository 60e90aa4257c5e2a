package openid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"
)

// logoutParameters are those of a logout request, by name and value.
type logoutParameters func(c *client, hint string) []string

// logout is sections 5 and 6.
func logout(t *testing.T, p *provider) {
	t.Run("rp-initiated-logout", func(t *testing.T) {
		c, hint := signedIn(t, p, nil)
		left, err := c.person.Go(t.Context(), end(c, "id_token_hint", hint, "post_logout_redirect_uri", goodbye, "state", state))
		check(t, err)
		if left.URL.String() != onward() {
			t.Errorf("went on to %s", left.URL)
		}
		isOut(t, c)
	})
	t.Run("no-state", func(t *testing.T) {
		c, hint := signedIn(t, p, nil)
		left, err := c.person.Go(t.Context(), end(c, "id_token_hint", hint, "post_logout_redirect_uri", goodbye))
		check(t, err)
		if left.URL.String() != goodbye {
			t.Errorf("went on to %s", left.URL)
		}
		isOut(t, c)
	})
	for name, parameters := range refusedLogouts(t) {
		t.Run(name, func(t *testing.T) {
			c, hint := signedIn(t, p, nil)
			page, err := c.person.Open(t.Context(), end(c, parameters(c, hint)...))
			check(t, err)
			if page.URL == nil || page.Status != http.StatusBadRequest || page.Text("logout-result") == "" {
				t.Fatalf("got %+v", page)
			}
		})
	}
	for name, parameters := range map[string]logoutParameters{
		"no-params":                   func(*client, string) []string { return nil },
		"only-state":                  func(*client, string) []string { return []string{"state", state} },
		"no-post-logout-redirect-uri": func(_ *client, hint string) []string { return []string{"id_token_hint", hint} },
	} {
		t.Run(name, func(t *testing.T) {
			c, hint := signedIn(t, p, nil)
			page, err := c.person.Open(t.Context(), end(c, parameters(c, hint)...))
			check(t, err)
			if page.Has("logout-confirm") {
				page, err = c.person.Press(t.Context(), page, "logout-confirm", nil)
				check(t, err)
			}
			if !strings.Contains(page.Text("logout-result"), "signed out") {
				t.Errorf("got %d %s", page.Status, page.Source)
			}
			isOut(t, c)
		})
	}
	t.Run("back-channel", func(t *testing.T) { backChannel(t, p) })
	t.Run("front-channel", func(t *testing.T) { frontChannel(t, p) })
}

// refusedLogouts must not lead to the client.
func refusedLogouts(t *testing.T) map[string]logoutParameters {
	return map[string]logoutParameters{
		"bad-post-logout-redirect-uri": func(_ *client, hint string) []string {
			return []string{"id_token_hint", hint, "post_logout_redirect_uri", goodbye + "/foo"}
		},
		"query-added-to-": func(_ *client, hint string) []string {
			return []string{"id_token_hint", hint, "post_logout_redirect_uri", goodbye + "?foo=bar"}
		},
		"modified-id-token-hint": func(_ *client, hint string) []string {
			return []string{"id_token_hint", unsigned(t, hint), "post_logout_redirect_uri", goodbye}
		},
		"bad-id-token-hint": func(c *client, hint string) []string {
			return []string{"id_token_hint", swapped(t, c, hint), "post_logout_redirect_uri", goodbye}
		},
		"no-id-token-hint": func(*client, string) []string { return []string{"post_logout_redirect_uri", goodbye, "state", state} },
		"another client's ID": func(_ *client, hint string) []string {
			return []string{"id_token_hint", hint, "client_id", "other", "post_logout_redirect_uri", goodbye}
		},
	}
}

func signedIn(t *testing.T, p *provider, more map[string]any) (*client, string) {
	t.Helper()
	c := p.newClient(t, more)
	return c, c.signIn(t).text("id_token")
}

// end is a logout request.
func end(c *client, parameters ...string) string {
	query := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	return c.Issuer + "/logout?" + query.Encode()
}

// onward is where the person goes afterwards, with nothing but the state.
func onward() string { return goodbye + "?" + url.Values{"state": {state}}.Encode() }

func isOut(t *testing.T, c *client) {
	t.Helper()
	if got := c.authorize(t, "prompt=none"); got.Get("error") != "login_required" {
		t.Errorf("still signed in: %v", got)
	}
}

// unsigned is the token with alg none.
func unsigned(t *testing.T, token string) string {
	t.Helper()
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + strings.Split(token, ".")[1] + "."
}

// swapped is the token as its client could make it: iss and aud the other way round.
func swapped(t *testing.T, c *client, token string) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	check(t, err)
	var claims map[string]any
	check(t, json.Unmarshal(payload, &claims))
	claims["iss"], claims["aud"] = claims["aud"], c.Issuer
	content, err := json.Marshal(claims)
	check(t, err)
	return strings.Split(token, ".")[0] + "." + base64.RawURLEncoding.EncodeToString(content) + "." + strings.Split(token, ".")[2]
}

// backChannel: what the logout token says, as the person goes on.
func backChannel(t *testing.T, p *provider) {
	told := make(chan *http.Request, 1)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		told <- r
	}))
	t.Cleanup(site.Close)
	c, hint := signedIn(t, p, map[string]any{"backchannel_logout_uri": site.URL + "/back", "backchannel_logout_session_required": true})
	left, err := c.person.Go(t.Context(), end(c, "id_token_hint", hint, "post_logout_redirect_uri", goodbye))
	check(t, err)
	if left.URL.String() != goodbye {
		t.Errorf("went on to %s", left.URL)
	}
	var r *http.Request
	select {
	case r = <-told:
	case <-t.Context().Done():
		t.Fatal("nobody was told")
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(r.PostForm) != 1 {
		t.Errorf("got %s %v %v", r.Method, r.Header, r.PostForm)
	}
	token := r.PostForm.Get("logout_token")
	signed, said := c.idToken(t, tokens{"id_token": hint}), c.idToken(t, tokens{"id_token": token})
	for _, claim := range []string{"iss", "aud", "sub", "sid"} {
		if said[claim] == nil || said[claim] != signed[claim] {
			t.Errorf("%s is %v, in the id_token %v", claim, said[claim], signed[claim])
		}
	}
	events, err := json.Marshal(said["events"])
	check(t, err)
	if string(events) != `{"http://schemas.openid.net/event/backchannel-logout":{}}` {
		t.Errorf("events is %s", events)
	}
	if _, there := said["nonce"]; there || said["jti"] == "" || number(t, said["exp"]) <= number(t, said["iat"]) {
		t.Errorf("the logout token says %v", said)
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	check(t, err)
	if !strings.Contains(string(header), `"logout+jwt"`) || !strings.Contains(string(header), `"RS256"`) {
		t.Errorf("its header is %s", header)
	}
}

// frontChannel: the page loads the client's URI with iss and sid, and goes on.
func frontChannel(t *testing.T, p *provider) {
	const front = "https://app.example.com/front?a=b"
	c, hint := signedIn(t, p, map[string]any{"frontchannel_logout_uri": front, "frontchannel_logout_session_required": true})
	page, err := c.person.Open(t.Context(), end(c, "id_token_hint", hint, "post_logout_redirect_uri", goodbye, "state", state))
	check(t, err)
	sid, _ := c.idToken(t, tokens{"id_token": hint})["sid"].(string)
	frame := `<iframe src="` + front + `&amp;iss=` + url.QueryEscape(c.Issuer) + `&amp;sid=` + url.QueryEscape(sid) + `"`
	if sid == "" || !strings.Contains(page.Source, frame) {
		t.Errorf("no %s in %s", frame, page.Source)
	}
	if !strings.HasSuffix(page.Header.Get("Refresh"), "url="+onward()) {
		t.Errorf("it goes on to %q", page.Header.Get("Refresh"))
	}
	isOut(t, c)
}

// encrypted: what a client has registered keys for, only it can read.
func encrypted(t *testing.T, p *provider) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	public, err := jwk.FromRaw(private.Public())
	check(t, err)
	for name, value := range map[string]any{"use": "enc", "kid": "e", "alg": "ECDH-ES"} {
		check(t, public.Set(name, value))
	}
	c := p.newClient(t, map[string]any{
		"jwks":                            map[string]any{"keys": []jwk.Key{public}},
		"id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "A256GCM",
		"userinfo_signed_response_alg": "RS256", "userinfo_encrypted_response_alg": "ECDH-ES", "userinfo_encrypted_response_enc": "A128CBC-HS256",
	})
	made := c.signIn(t, "scope=openid email")
	status, header, userinfo := c.get(t, "/userinfo", made.text("access_token"))
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "application/jwt") {
		t.Fatalf("got %d %s %s", status, header.Get("Content-Type"), userinfo)
	}
	for name, token := range map[string]string{"id_token": made.text("id_token"), "userinfo": string(userinfo)} {
		content, err := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.ECDH_ES, private))
		check(t, err)
		got := c.idToken(t, tokens{"id_token": string(content)})
		if got["iss"] != c.Issuer || got["aud"] != c.ID || got["sub"] == "" || name == "userinfo" && (got["email"] != "alice@example.com" || got["nonce"] != nil) {
			t.Errorf("%s says %v", name, got)
		}
	}
}
