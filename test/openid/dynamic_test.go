package openid_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// section3 is the Dynamic profile, as far as it goes without the implicit flow.
func section3(t *testing.T, p *provider) {
	for name, rule := range map[string]func(*testing.T, *provider){
		"0 registration and deletion":                                     registrationAndDeletion,
		"idtoken-rs256":                                                   idTokenRS256,
		"userinfo-rs256":                                                  userinfoRS256,
		"ensure-redirect-uri-in-authorization-request":                    redirectURIInRequest,
		"redirect-uri-query":                                              redirectURIQuery,
		"redirect-uri-regfrag and other refusals":                         registrationRefused,
		"registration-logo-uri, -policy-uri and -tos-uri":                 linksOnTheLoginPage,
		"server, registration-jwks-uri and refresh-token-rp-key-rotation": keyRotation,
		"registration-sector-uri":                                         sectorURI,
		"3rd-party-init":                                                  thirdPartyInit,
		"without PKCE":                                                    withoutPKCE,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule(t, p)
		})
	}
}

func registrationAndDeletion(t *testing.T, p *provider) {
	d := p.newDynamic(t, nil)
	uri, token := d.registered.text("registration_client_uri"), d.registered.text("registration_access_token")
	if d.registered["client_secret_expires_at"] != 0.0 || d.Secret == "" || !strings.HasPrefix(uri, "https://") || token == "" {
		t.Errorf("got %v", d.registered)
	}
	made := d.signIn(t)
	if status, _ := p.manage(t, http.MethodDelete, uri, nil, token); status != http.StatusNoContent {
		t.Errorf("DELETE: got %d", status)
	}
	if status, _, _ := p.get(t, "/userinfo", made.text("access_token")); status != http.StatusUnauthorized {
		t.Errorf("its access token: got %d", status)
	}
}

func idTokenRS256(t *testing.T, p *provider) {
	for _, more := range []map[string]any{nil, {"id_token_signed_response_alg": "RS256"}} {
		made := p.newDynamic(t, more).signIn(t)
		p.idToken(t, made)
		message, err := jws.ParseString(made.text("id_token"))
		check(t, err)
		if header := message.Signatures()[0].ProtectedHeaders(); header.Algorithm() != jwa.RS256 || header.KeyID() == "" {
			t.Errorf("got %s, kid %q", header.Algorithm(), header.KeyID())
		}
	}
}

func userinfoRS256(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{"userinfo_signed_response_alg": "RS256"})
	status, header, body := p.get(t, "/userinfo", d.signIn(t, "scope=openid email").text("access_token"))
	if status != http.StatusOK || header.Get("Content-Type") != "application/jwt" {
		t.Fatalf("got %d %s", status, header.Get("Content-Type"))
	}
	got := p.idToken(t, tokens{"id_token": string(body)})
	if got["iss"] != p.Issuer || got["aud"] != d.ID || got["email"] != "alice@example.com" || got["nonce"] != nil {
		t.Errorf("got %v", got)
	}
	_, _, metadata := p.get(t, "/.well-known/openid-configuration", "")
	var advertised struct {
		Algs []string `json:"userinfo_signing_alg_values_supported"`
		URI  string   `json:"registration_endpoint"`
	}
	check(t, json.Unmarshal(metadata, &advertised))
	if !slices.Contains(advertised.Algs, "RS256") || advertised.URI != p.Issuer+"/register" {
		t.Errorf("advertised: %+v", advertised)
	}
}

func redirectURIInRequest(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{"redirect_uris": []string{callback, callback + "/2"}})
	page, err := d.person.Open(t.Context(), d.request("redirect_uri="))
	check(t, err)
	if page.Status != http.StatusBadRequest || !strings.Contains(page.Text("error-page"), "redirect_uri") {
		t.Errorf("got %d %s", page.Status, page.Text("error-page"))
	}
}

func redirectURIQuery(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{"redirect_uris": []string{callback + "?bar=foo"}})
	arrived, err := d.person.Go(t.Context(), d.request("redirect_uri="+callback+"?bar=foo"))
	check(t, err)
	if !strings.HasPrefix(arrived.URL.RawQuery, "bar=foo&") || !arrived.Params().Has("code") {
		t.Errorf("OK: arrived at %s", arrived.URL)
	}
	for name, uri := range map[string]string{"mismatch": callback + "?bar=other", "added": callback + "?bar=foo&more=1", "left out": callback} {
		page, err := d.person.Open(t.Context(), d.request("redirect_uri="+uri))
		check(t, err)
		if !page.Has("error-page") {
			t.Errorf("%s: got %d at %s", name, page.Status, page.URL)
		}
	}
}

func registrationRefused(t *testing.T, p *provider) {
	for name, c := range map[string]struct {
		more map[string]any
		want string
	}{
		"redirect-uri-regfrag":                {map[string]any{"redirect_uris": []string{callback + "#foobar"}}, "invalid_redirect_uri"},
		"http for a web client":               {map[string]any{"redirect_uris": []string{"http://app.example.com/"}}, "invalid_redirect_uri"},
		"idtoken-unsigned":                    {map[string]any{"id_token_signed_response_alg": "none"}, "invalid_client_metadata"},
		"3rd-party-init by http":              {map[string]any{"initiate_login_uri": "http://app.example.com/"}, "invalid_client_metadata"},
		"registration-sector-bad":             {map[string]any{"sector_identifier_uri": newApplication(t).URL + "/elsewhere", "subject_type": "pairwise"}, "invalid_client_metadata"},
		"registration-sector-bad, not listed": {map[string]any{"sector_identifier_uri": newApplication(t).URL + "/sector", "redirect_uris": []string{callback + "/3"}}, "invalid_client_metadata"},
	} {
		if status, got := p.register(t, c.more); status != http.StatusBadRequest || got.text("error") != c.want {
			t.Errorf("%s: got %d %v", name, status, got)
		}
	}
}

func linksOnTheLoginPage(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{
		"logo_uri": "https://app.example.com/logo.png", "policy_uri": "https://app.example.com/policy", "tos_uri": "https://app.example.com/tos",
	})
	page, err := d.person.Open(t.Context(), d.request())
	check(t, err)
	for id, uri := range map[string]string{"client-logo": "/logo.png", "client-policy": "/policy", "client-tos": "/tos"} {
		if !page.Has(id) || !strings.Contains(page.Source, "https://app.example.com"+uri) {
			t.Errorf("no %s on the login page", id)
		}
	}
}

func keyRotation(t *testing.T, p *provider) {
	site := newApplication(t)
	first := site.newKey(t, "first")
	d := p.newDynamic(t, map[string]any{
		"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": site.URL, "grant_types": []string{"authorization_code", "refresh_token"},
	})
	code := func() url.Values {
		answer := d.authorize(t, "scope=openid offline_access", "prompt=consent")
		return url.Values{"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}, "code_verifier": {d.verifier}}
	}
	status, made := d.byKey(t, code(), first, p.Issuer+"/token")
	if status != http.StatusOK || made.text("id_token") == "" {
		t.Fatalf("server, registration-jwks-uri: got %d %v", status, made)
	}
	if status, got := d.byKey(t, code(), first, p.Issuer); status != http.StatusOK {
		t.Errorf("ensure-client-assertion-with-iss-aud-succeeds: got %d %v", status, got)
	}
	second := site.newKey(t, "second")
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {made.text("refresh_token")}}
	if status, made = d.byKey(t, refresh, second, p.Issuer+"/token"); status != http.StatusOK {
		t.Errorf("refresh-token-rp-key-rotation: got %d %v", status, made)
	}
	third := newApplication(t).newKey(t, "third")
	for i := range 5 {
		check(t, third.Set("kid", fmt.Sprint("unknown", i)))
		if status, got := d.byKey(t, refresh, third, p.Issuer); status != http.StatusUnauthorized || got.text("error") != "invalid_client" {
			t.Errorf("another's key: got %d %v", status, got)
		}
	}
	if got := site.fetches.Load(); got != 2 {
		t.Errorf("jwks_uri was fetched %d times, want 2", got)
	}
}

func sectorURI(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{"sector_identifier_uri": newApplication(t).URL + "/sector", "subject_type": "pairwise"})
	other := p.newDynamic(t, nil)
	if a, b := p.idToken(t, d.signIn(t))["sub"], p.idToken(t, other.signIn(t))["sub"]; a == b || a == nil {
		t.Errorf("sub is %v for a pairwise client, and %v for a public one", a, b)
	}
}

func thirdPartyInit(t *testing.T, p *provider) {
	const uri = "https://app.example.com/initiate"
	d := p.newDynamic(t, map[string]any{"initiate_login_uri": uri})
	status, read := p.manage(t, http.MethodGet, d.registered.text("registration_client_uri"), nil, d.registered.text("registration_access_token"))
	if d.registered["initiate_login_uri"] != uri || status != http.StatusOK || read["initiate_login_uri"] != uri {
		t.Errorf("got %v, then %d %v", d.registered, status, read)
	}
}

// withoutPKCE: the suite's confidential clients send none, its public ones do.
func withoutPKCE(t *testing.T, p *provider) {
	d := p.newDynamic(t, map[string]any{"token_endpoint_auth_method": "client_secret_post"})
	answer := d.authorize(t, "code_challenge=", "code_challenge_method=")
	status, got := d.token(t, url.Values{"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}})
	if status != http.StatusOK {
		t.Errorf("confidential: got %d %v", status, got)
	}
	public := p.newDynamic(t, map[string]any{"token_endpoint_auth_method": "none"})
	if answer := public.authorize(t, "code_challenge=", "code_challenge_method="); answer.Get("error") != "invalid_request" {
		t.Errorf("public: got %v", answer)
	}
}
