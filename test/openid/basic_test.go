package openid_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// basic is section 1: what must simply work.
func basic(t *testing.T, p *provider) {
	c := p.newClient(t, nil)
	for name, changes := range map[string][]string{
		"server":                           nil,
		"alternate-happy-flow":             {"scope=email openid"},
		"display-page":                     {"display=page"},
		"display-popup":                    {"display=popup"},
		"request-with-unknown-parameter":   {"extra=foobar"},
		"request-without-nonce":            {"nonce="},
		"login-hint":                       {"login_hint=buffy@example.com"},
		"ui-locales":                       {"ui_locales=se"},
		"claims-locales":                   {"claims_locales=se"},
		"request-with-valid-pkce-succeeds": {"code_challenge_method=S256"},
	} {
		if made := c.signIn(t, changes...); made.text("id_token") == "" {
			t.Errorf("%s: got %v", name, made)
		}
	}
	// request-with-acr-values: one that is advertised is had; one that is not is a wish.
	const advertised = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
	for _, wishes := range []string{advertised, "1 2"} {
		if acr := c.idToken(t, c.signIn(t, "acr_values="+wishes))["acr"]; acr != advertised {
			t.Errorf("acr_values=%s: acr is %v", wishes, acr)
		}
	}
	posts := p.newClient(t, map[string]any{"token_endpoint_auth_method": "client_secret_post"})
	posts.signIn(t)
	userinfoDoors(t, c)
	postedRequest(t, c)
	codeReuse(t, c)
	refreshing(t, c)
}

// userinfoDoors: userinfo-get, -post-header, -post-body.
func userinfoDoors(t *testing.T, c *client) {
	t.Helper()
	made := c.signIn(t)
	token := made.text("access_token")
	for name, ask := range map[string]func() (*http.Request, error){
		"get": func() (*http.Request, error) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Issuer+"/userinfo", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			return r, err
		},
		"post-header": func() (*http.Request, error) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.Issuer+"/userinfo", nil)
			r.Header.Set("Authorization", "bearer "+token)
			return r, err
		},
		"post-body": func() (*http.Request, error) {
			body := strings.NewReader(url.Values{"access_token": {token}}.Encode())
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.Issuer+"/userinfo", body)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r, err
		},
	} {
		r, err := ask()
		check(t, err)
		status, header, body := c.send(t, r)
		var got map[string]any
		if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK || got["sub"] != c.idToken(t, made)["sub"] ||
			!strings.HasPrefix(header.Get("Content-Type"), "application/json") {
			t.Errorf("userinfo-%s: got %d %s", name, status, body)
		}
	}
}

// postedRequest: ensure-post-request-succeeds. The client's page posts the form; the
// browser then has no cookie that came along, and is sent on by GET.
func postedRequest(t *testing.T, c *client) {
	t.Helper()
	_, query, _ := strings.Cut(c.request(), "?")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.Issuer+"/authorize", strings.NewReader(query))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := c.http.Transport.RoundTrip(r)
	check(t, err)
	response.Body.Close()
	onward, err := response.Location()
	check(t, err)
	arrived, err := c.person.Go(t.Context(), onward.String())
	check(t, err)
	c.redeem(t, arrived.Params())
}

// codeReuse: codereuse, and what the first use gave at userinfo.
func codeReuse(t *testing.T, c *client) {
	t.Helper()
	answer := c.authorize(t)
	made := c.redeem(t, answer)
	status, got := c.token(t, url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}, "code_verifier": {c.verifier},
	})
	if status != http.StatusBadRequest || got.text("error") != "invalid_grant" {
		t.Errorf("codereuse: got %d %v", status, got)
	}
	if status, header, _ := c.get(t, "/userinfo", made.text("access_token")); status != http.StatusUnauthorized ||
		!strings.Contains(header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("codereuse-30seconds: userinfo answers %d %v", status, header)
	}
}

// refreshing: refresh-token.
func refreshing(t *testing.T, c *client) {
	t.Helper()
	made := c.signIn(t, "scope=openid offline_access", "prompt=consent")
	first, token := c.idToken(t, made), made.text("refresh_token")
	status, fresh := c.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if status != http.StatusOK || fresh.text("access_token") == "" {
		t.Fatalf("got %d %v", status, fresh)
	}
	second := c.idToken(t, fresh)
	for _, claim := range []string{"iss", "sub", "aud", "azp", "auth_time", "sid"} {
		if fmt.Sprint(first[claim]) != fmt.Sprint(second[claim]) {
			t.Errorf("%s was %v and is %v", claim, first[claim], second[claim])
		}
	}
	if number(t, second["iat"]) < number(t, first["iat"]) || second["nonce"] != nil && second["nonce"] != first["nonce"] {
		t.Errorf("the id_token was %v and is %v", first, second)
	}
	c.userinfo(t, fresh)
	status, stolen := c.newClient(t, nil).token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fresh.text("refresh_token")}})
	if status != http.StatusBadRequest || stolen.text("error") != "invalid_grant" {
		t.Errorf("client 2 with client 1's token: got %d %v", status, stolen)
	}
}
