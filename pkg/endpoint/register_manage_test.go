package endpoint_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// own is the path of a client's own registration.
func own(a answer) string { return strings.TrimPrefix(a.text("registration_client_uri"), issuer) }

// TestO26AClientCannotTakeBackWhatAnOperatorTook: nor need it do without what it was given.
func TestO26AClientCannotTakeBackWhatAnOperatorTook(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	a := s.send("POST", "/register", webClient(map[string]any{"grant_types": []string{"authorization_code", "password"}}), s.registrationToken(1, oauth.RegistrationTerms{
		Scope: oauth.Scope{"openid", "read"}, GrantTypes: []oauth.GrantType{oauth.Password, oauth.ClientCredentials}, WithoutPKCE: true,
	}))
	replace := func(scope string, grants ...string) answer {
		changes := map[string]any{"client_id": a.text("client_id"), "scope": scope, "grant_types": grants}
		return s.send("PUT", own(a), webClient(changes), a.text("registration_access_token"))
	}
	if got := replace("openid"); got.text("scope") != "openid" {
		t.Errorf("what it gave up itself: got %s", got)
	}
	if got := replace("openid read", "authorization_code", "password"); got.text("scope") != "openid read" || got.json["without_pkce"] != true {
		t.Errorf("and takes again: got %s", got)
	}
	_, err := s.clients.Update(t.Context(), a.text("client_id"), func(m *oauth.ClientMetadata) error {
		m.Scope, m.GrantTypes, m.WithoutPKCE = oauth.Scope{"openid", "write"}, []oauth.GrantType{oauth.AuthorizationCode}, false
		m.AccessTokenLifetime, m.AccessTokenSignedResponseAlg, m.SkipConsent = 60, oauth.RS256, true
		return nil
	})
	must(t, err)
	if got := replace("openid read write", "authorization_code", "refresh_token"); got.text("scope") != "openid write" || got.json["without_pkce"] != nil {
		t.Errorf("what the operator took: got %s", got)
	}
	if got := replace("openid"); got.json["access_token_lifetime"] != 60.0 || got.text("access_token_signed_response_alg") != "RS256" || got.json["skip_consent"] != nil {
		t.Errorf("how its tokens are made, and the trust in what it was: got %s", got)
	}
	s.wants(replace("openid", "authorization_code", "password"), 400, oauth.InvalidClientMetadata)
	s.wants(replace("openid", "authorization_code", "client_credentials"), 400, oauth.InvalidClientMetadata)
}

// TestO26AClientReplacesItselfSoOften: it could have us fetch from others without end.
func TestO26AClientReplacesItselfSoOften(t *testing.T) {
	s := openRegistration(t, "LOCKOUT_ADDRESS_ATTEMPTS=10")
	one, other := s.send("POST", "/register", webClient(nil), ""), s.send("POST", "/register", webClient(nil), "")
	replaces := func(a answer) answer {
		return s.send("PUT", own(a), webClient(map[string]any{"client_id": a.text("client_id")}), a.text("registration_access_token"))
	}
	for range 10 {
		s.wants(replaces(one), 200, "")
	}
	s.wants(replaces(one), 403, oauth.AccessDenied)
	s.wants(replaces(other), 200, "")
}

func TestManagingARegistration(t *testing.T) {
	s := openRegistration(t)
	a := s.send("POST", "/register", webClient(map[string]any{"client_name": "before", "contacts": []string{"a@example.com"}}), "")
	token, id := a.text("registration_access_token"), a.text("client_id")
	read := s.send("GET", own(a), "", token)
	if read.text("client_id") != id || read.text("registration_access_token") != token || read.json["registration_client_uri"] != a.json["registration_client_uri"] ||
		read.json["client_secret"] != nil || read.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("GET: got %s", read)
	}
	changed := webClient(map[string]any{"client_id": id, "client_secret": a.text("client_secret"), "client_name": "after", "registration_access_token": "x"})
	put := s.send("PUT", own(a), changed, token)
	if put.StatusCode != 200 || put.text("client_name") != "after" || put.json["contacts"] != nil || put.json["client_secret"] != nil || put.text("registration_access_token") != token {
		t.Errorf("PUT: got %s", put)
	}
	s.wants(s.post("/token", "grant_type=authorization_code&code=a.b&redirect_uri=x", id, a.text("client_secret")), 400, oauth.InvalidGrant) // the secret is as it was
	if gone := s.send("DELETE", own(a), "", token); gone.StatusCode != 204 || len(gone.body) != 0 {
		t.Errorf("DELETE: got %s", gone)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		s.wants(s.send(method, own(a), changed, token), 401, oauth.InvalidToken)
	}
	s.wants(s.post("/token", "grant_type=authorization_code&code=a.b&redirect_uri=x", id, a.text("client_secret")), 401, oauth.InvalidClient)
}

func TestManagingARegistrationNeedsItsToken(t *testing.T) {
	s := openRegistration(t)
	a, other := s.send("POST", "/register", webClient(nil), ""), s.send("POST", "/register", webClient(nil), "")
	for name, c := range map[string]struct{ path, token string }{
		"no token":                    {own(a), ""},
		"another client's":            {own(a), other.text("registration_access_token")},
		"the client's secret":         {own(a), a.text("client_secret")},
		"a client of an operator":     {"/register/" + secretID, a.text("registration_access_token")},
		"an unknown client":           {"/register/nobody", a.text("registration_access_token")},
		"an initial access token":     {own(a), s.registrationToken(1, oauth.RegistrationTerms{})},
		"a client_id that cannot be":  {"/register/%00", a.text("registration_access_token")},
		"an operator's client, empty": {"/register/" + secretID, " "},
	} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			got := s.send(method, c.path, webClient(nil), c.token)
			s.wants(got, 401, oauth.InvalidToken)
			if !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: WWW-Authenticate is %q", name, got.Header.Get("WWW-Authenticate"))
			}
		}
	}
	token := a.text("registration_access_token")
	for name, changes := range map[string]map[string]any{
		"no client_id":                      nil,
		"another's client_id":               {"client_id": other.text("client_id")},
		"another secret":                    {"client_id": a.text("client_id"), "client_secret": strings.Repeat("s", 52)},
		"no longer confidential":            {"client_id": a.text("client_id"), "token_endpoint_auth_method": "none"},
		"O10 at the provider itself":        {"client_id": a.text("client_id"), "redirect_uris": []string{issuer + "/logout/confirm"}},
		"a redirect URI that may not be":    {"client_id": a.text("client_id"), "redirect_uris": []string{"http://rp.example.com/"}},
		"HS256 with a secret only hashed":   {"client_id": a.text("client_id"), "id_token_signed_response_alg": "HS256"},
		"a sector that does not know of it": {"client_id": a.text("client_id"), "sector_identifier_uri": "https://rp.example.invalid/"},
	} {
		got := s.send("PUT", own(a), webClient(changes), token)
		if got.StatusCode != 400 {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestDeletingARegistrationEndsItsGrants(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	terms := oauth.RegistrationTerms{GrantTypes: []oauth.GrantType{oauth.Password}}
	a := s.send("POST", "/register", webClient(map[string]any{"grant_types": []string{"password", "refresh_token"}, "token_endpoint_auth_method": "client_secret_post"}), s.registrationToken(1, terms))
	credentials := "&client_id=" + a.text("client_id") + "&client_secret=" + a.text("client_secret")
	tokens := s.post("/token", "grant_type=password&username=alice&password=correct+horse+battery&scope=openid"+credentials)
	if tokens.StatusCode != 200 {
		t.Fatalf("got %s", tokens)
	}
	s.send("DELETE", own(a), "", a.text("registration_access_token"))
	s.wants(s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token")), 401, oauth.InvalidToken)
	s.wants(s.post("/token", "grant_type=refresh_token&refresh_token="+tokens.text("refresh_token")+credentials), 401, oauth.InvalidClient)
}
