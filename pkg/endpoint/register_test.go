package endpoint_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// webClient is a client that anybody may register, with members changed: a nil value
// leaves one out.
func webClient(changes map[string]any) string {
	metadata := map[string]any{"redirect_uris": []string{"https://rp.example.com/callback"}}
	for name, value := range changes {
		if metadata[name] = value; value == nil {
			delete(metadata, name)
		}
	}
	document, _ := json.Marshal(metadata) // text and numbers
	return string(document)
}

// send sends JSON, as the bearer of a token where there is one.
func (s *site) send(method, path, document, token string) answer {
	s.t.Helper()
	headers := []string{"Content-Type: application/json"}
	if token != "" {
		headers = append(headers, "Authorization: Bearer "+token)
	}
	return s.call(method, path, document, headers...)
}

// registrationToken makes an initial access token for so many uses.
func (s *site) registrationToken(uses int, terms oauth.RegistrationTerms) string {
	s.t.Helper()
	_, token, err := s.clients.AddRegistrationToken(s.t.Context(), terms, uses, time.Hour)
	must(s.t, err)
	return string(token)
}

// openRegistration is a site where everybody may register, and who did.
func openRegistration(t *testing.T, settings ...string) *site {
	return open(t, append([]string{"REGISTRATION=open"}, settings...)...)
}

// own is the path of a client's own registration.
func own(a answer) string { return strings.TrimPrefix(a.text("registration_client_uri"), issuer) }

func TestRegistration(t *testing.T) {
	s := openRegistration(t)
	a := s.send("POST", "/register", webClient(map[string]any{"client_name": "RP", "client_name#de": "Vertraut", "unheard_of": []int{1}}), "")
	if a.StatusCode != 201 || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %s %v", a, a.Header)
	}
	for name, want := range map[string]string{
		"client_name": "RP", "token_endpoint_auth_method": "client_secret_basic", "application_type": "web",
		"grant_types": "[authorization_code]", "response_types": "[code]", "id_token_signed_response_alg": "RS256",
		"subject_type": "public", "scope": "openid profile email address phone offline_access",
		"redirect_uris": "[https://rp.example.com/callback]", "client_secret_expires_at": "0",
		"registration_client_uri": issuer + "/register/" + a.text("client_id"), "client_name#de": "<nil>", "unheard_of": "<nil>",
	} {
		if got := fmt.Sprint(a.json[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if len(a.text("client_id")) < 26 || len(a.text("client_secret")) < 52 || len(a.text("registration_access_token")) < 52 || a.json["client_id_issued_at"] == nil {
		t.Errorf("got %s", a)
	}
	public := s.send("POST", "/register", webClient(map[string]any{"token_endpoint_auth_method": "none"}), "")
	if _, secret := public.json["client_secret"]; public.StatusCode != 201 || secret || public.json["client_secret_expires_at"] != nil || public.json["without_pkce"] != nil {
		t.Errorf("a public client: got %s", public)
	}
}

// Clients of RFC 7591 alone name no application_type.
func TestRegistrationOfAnInstalledApp(t *testing.T) {
	s := openRegistration(t)
	for _, uri := range []string{"http://localhost:33418/callback", "http://127.0.0.1/callback", "com.example.app:/callback"} {
		a := s.send("POST", "/register", webClient(map[string]any{"redirect_uris": []string{uri}, "token_endpoint_auth_method": "none"}), "")
		if a.StatusCode != 201 || a.text("application_type") != "native" {
			t.Errorf("%s: got %s", uri, a)
		}
	}
}

func TestRegistrationRefusals(t *testing.T) {
	s := openRegistration(t)
	jwks := json.RawMessage(josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
	uris := func(uris ...string) map[string]any { return map[string]any{"redirect_uris": uris} }
	for name, c := range map[string]struct {
		changes map[string]any
		code    oauth.Code
	}{
		"redirect-uri-regfrag":                     {uris("https://rp.example.com/callback#fragment"), oauth.InvalidRedirectURI},
		"redirect-uri-regfrag, empty":              {uris("https://rp.example.com/callback#"), oauth.InvalidRedirectURI},
		"no redirect_uris":                         {uris(), oauth.InvalidClientMetadata},
		"redirect_uris left out":                   {map[string]any{"redirect_uris": nil}, oauth.InvalidClientMetadata},
		"http of a web client":                     {uris("http://rp.example.com/callback"), oauth.InvalidRedirectURI},
		"http on a loopback address, web":          {map[string]any{"redirect_uris": []string{"http://127.0.0.1/callback"}, "application_type": "web"}, oauth.InvalidRedirectURI},
		"http on a loopback address beside https":  {uris("http://127.0.0.1/callback", "https://rp.example.com/callback"), oauth.InvalidRedirectURI},
		"a private scheme, web":                    {map[string]any{"redirect_uris": []string{"com.example.app:/callback"}, "application_type": "web"}, oauth.InvalidRedirectURI},
		"http elsewhere, native":                   {map[string]any{"redirect_uris": []string{"http://rp.example.com/"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O03 javascript":                           {map[string]any{"redirect_uris": []string{"javascript:alert(1)"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O03 data":                                 {map[string]any{"redirect_uris": []string{"data:text/html,x"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O03 vbscript":                             {map[string]any{"redirect_uris": []string{"vbscript:x"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O03 file":                                 {map[string]any{"redirect_uris": []string{"file:///etc/passwd"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O03 a custom scheme without a dot":        {map[string]any{"redirect_uris": []string{"myapp:/callback"}, "application_type": "native"}, oauth.InvalidRedirectURI},
		"O10 at the provider itself":               {uris("https://rp.example.com/", issuer+"/logout/confirm"), oauth.InvalidRedirectURI},
		"O10 the same, in other words":             {uris("HTTPS://" + strings.ToUpper(strings.TrimPrefix(issuer, "https://")) + ".:443/consent"), oauth.InvalidRedirectURI},
		"a wildcard":                               {uris("https://*.example.com/"), oauth.InvalidRedirectURI},
		"an unknown application_type":              {map[string]any{"application_type": "desktop"}, oauth.InvalidClientMetadata},
		"3rd-party-init by http":                   {map[string]any{"initiate_login_uri": "http://rp.example.com/login"}, oauth.InvalidClientMetadata},
		"3rd-party-init by http here":              {map[string]any{"initiate_login_uri": "http://localhost/login"}, oauth.InvalidClientMetadata},
		"idtoken-unsigned":                         {map[string]any{"id_token_signed_response_alg": "none"}, oauth.InvalidClientMetadata},
		"the implicit flow":                        {map[string]any{"response_types": []string{"id_token"}}, oauth.InvalidClientMetadata},
		"the implicit grant":                       {map[string]any{"grant_types": []string{"authorization_code", "implicit"}}, oauth.InvalidClientMetadata},
		"O54 the password grant":                   {map[string]any{"grant_types": []string{"password"}}, oauth.InvalidClientMetadata},
		"client_credentials":                       {map[string]any{"grant_types": []string{"client_credentials"}}, oauth.InvalidClientMetadata},
		"no scope that can be had":                 {map[string]any{"scope": "admin"}, oauth.InvalidClientMetadata},
		"a scope with a quote":                     {map[string]any{"scope": `"`}, oauth.InvalidClientMetadata},
		"client_secret_jwt":                        {map[string]any{"token_endpoint_auth_method": "client_secret_jwt"}, oauth.InvalidClientMetadata},
		"private_key_jwt without keys":             {map[string]any{"token_endpoint_auth_method": "private_key_jwt"}, oauth.InvalidClientMetadata},
		"jwks and jwks_uri":                        {map[string]any{"jwks": jwks, "jwks_uri": "https://rp.example.com/jwks"}, oauth.InvalidClientMetadata},
		"O26 jwks_uri by http":                     {map[string]any{"jwks_uri": "http://169.254.169.254/"}, oauth.InvalidClientMetadata},
		"O26 logo_uri by http":                     {map[string]any{"logo_uri": "http://rp.example.com/logo.png"}, oauth.InvalidClientMetadata},
		"O26 policy_uri that a browser runs":       {map[string]any{"policy_uri": "javascript:alert(1)"}, oauth.InvalidClientMetadata},
		"O26 backchannel_logout_uri":               {map[string]any{"backchannel_logout_uri": "http://10.0.0.1/"}, oauth.InvalidClientMetadata},
		"O28 a name with a control character":      {map[string]any{"client_name": "a\u0000b"}, oauth.InvalidClientMetadata},
		"redirect_uris is a text":                  {map[string]any{"redirect_uris": "https://rp.example.com/callback"}, oauth.InvalidClientMetadata},
		"redirect_uris holds a number":             {map[string]any{"redirect_uris": []any{1}}, oauth.InvalidClientMetadata},
		"default_max_age is a text":                {map[string]any{"default_max_age": "1"}, oauth.InvalidClientMetadata},
		"registration-sector-bad: cannot be asked": {map[string]any{"sector_identifier_uri": "https://rp.example.invalid/", "subject_type": "pairwise"}, oauth.InvalidClientMetadata},
		"pairwise with two hosts":                  {map[string]any{"redirect_uris": []string{"https://a.example.com/", "https://b.example.com/"}, "subject_type": "pairwise"}, oauth.InvalidClientMetadata},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.send("POST", "/register", webClient(c.changes), "")
			s.wants(a, 400, c.code)
			if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got the header %v", a.Header)
			}
		})
	}
}

func TestO52RegistrationDocuments(t *testing.T) {
	s := openRegistration(t)
	good := webClient(nil)
	for name, c := range map[string]struct {
		document, contentType string
		refused               bool
	}{
		"with a charset":            {good, "application/json; charset=utf-8", false},
		"null stands for nothing":   {strings.Replace(good, "{", `{"client_name":null,"jwks":null,`, 1), "application/json", false},
		"a form":                    {"redirect_uris=x", "application/x-www-form-urlencoded", true},
		"no content type":           {good, "", true},
		"nothing":                   {"", "application/json", true},
		"an array":                  {"[" + good + "]", "application/json", true},
		"two documents":             {good + good, "application/json", true},
		"a member twice":            {strings.Replace(good, "{", `{"redirect_uris":["https://evil.example.com/"],`, 1), "application/json", true},
		"a member twice, deep":      {strings.Replace(good, "{", `{"x":{"y":1,"y":2},`, 1), "application/json", true},
		"nested without end":        {strings.Replace(good, "{", `{"x":`+strings.Repeat("[", 9)+strings.Repeat("]", 9)+`,`, 1), "application/json", true},
		"not UTF-8":                 {strings.Replace(good, "rp", "\xff", 1), "application/json", true},
		"O53 longer than 64 kB":     {strings.Replace(good, "{", `{"x":"`+strings.Repeat("x", 64<<10)+`",`, 1), "application/json", true},
		"the other case is unknown": {strings.Replace(good, "redirect_uris", "Redirect_URIs", 1), "application/json", true},
	} {
		a := s.call("POST", "/register", c.document, "Content-Type: "+c.contentType)
		if got := a.StatusCode == 400; got != c.refused || !got && a.StatusCode != 201 {
			t.Errorf("%s: got %s", name, a)
		}
	}
	a := s.send("POST", "/register", strings.Replace(good, "{", `{"CLIENT_NAME":"x","client_name":"RP","Client_Name":"y",`, 1), "")
	if a.text("client_name") != "RP" {
		t.Errorf("J28: got %s", a)
	}
}

func TestO26WhatOperatorsAloneMaySetIsLeftOut(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	wanted := map[string]any{
		"skip_consent": true, "without_confirmation": true, "without_pkce": true, "resource": []string{"https://api.example.com/new"}, "audience": []string{apiResource},
		"allowed_cors_origins": []string{"https://evil.example.com"}, "access_token_lifetime": 86400, "access_token_signed_response_alg": "HS256",
		"client_id": "chosen", "client_secret": strings.Repeat("s", 40), "scope": "openid read admin", "dynamic": map[string]any{"terms": map[string]any{"scope": "admin"}},
	}
	a := s.send("POST", "/register", webClient(wanted), s.registrationToken(1, oauth.RegistrationTerms{}))
	if a.StatusCode != 201 || a.text("client_id") == "chosen" || a.text("client_secret") == wanted["client_secret"] || a.text("scope") != "openid" {
		t.Errorf("got %s", a)
	}
	check := func(a answer) {
		t.Helper()
		for _, name := range []string{"skip_consent", "without_confirmation", "without_pkce", "resource", "audience", "allowed_cors_origins", "access_token_lifetime", "access_token_signed_response_alg", "dynamic"} {
			if a.json[name] != nil {
				t.Errorf("%s is %v", name, a.json[name])
			}
		}
	}
	check(a)
	wanted["client_id"] = a.text("client_id")
	delete(wanted, "client_secret")
	again := s.send("PUT", own(a), webClient(wanted), a.text("registration_access_token"))
	if again.StatusCode != 200 || again.text("scope") != "openid" {
		t.Errorf("got %s", again)
	}
	check(again)
}

func TestRegistrationTerms(t *testing.T) {
	s := open(t, "REGISTRATION=token", "REGISTRATION_SCOPE=openid email")
	a := s.send("POST", "/register", webClient(nil), s.registrationToken(1, oauth.RegistrationTerms{}))
	if a.text("scope") != "openid email" || a.json["without_pkce"] != nil {
		t.Errorf("the standard terms: got %s", a)
	}
	service := map[string]any{"grant_types": []string{"client_credentials"}, "redirect_uris": nil}
	token := s.registrationToken(1, oauth.RegistrationTerms{
		Scope: oauth.Scope{"read"}, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, WithoutPKCE: true,
	})
	a = s.send("POST", "/register", webClient(service), token)
	if a.StatusCode != 201 || a.text("scope") != "read" || a.json["without_pkce"] != true {
		t.Fatalf("the token's terms: got %s", a)
	}
	if got := s.post("/token", "grant_type=client_credentials", a.text("client_id"), a.text("client_secret")); got.text("scope") != "read" {
		t.Errorf("got %s", got)
	}
	// The terms hold for as long as the client does.
	service["client_id"], service["grant_types"] = a.text("client_id"), []string{"client_credentials", "password"}
	s.wants(s.send("PUT", own(a), webClient(service), a.text("registration_access_token")), 400, oauth.InvalidClientMetadata)
}

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

func TestO26RegistrationIsOffUnlessItIsTurnedOn(t *testing.T) {
	s := open(t)
	token := s.registrationToken(1, oauth.RegistrationTerms{})
	for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
		for _, path := range []string{"/register", "/register/app"} {
			if a := s.send(method, path, webClient(nil), token); a.StatusCode != 404 && a.StatusCode != 405 {
				t.Errorf("%s %s: got %s", method, path, a)
			}
		}
	}
	for setting, want := range map[string]any{"off": nil, "token": issuer + "/register", "open": issuer + "/register"} {
		if got := open(t, "REGISTRATION="+setting).call("GET", "/.well-known/openid-configuration", "").json["registration_endpoint"]; got != want {
			t.Errorf("%s: discovery says %v", setting, got)
		}
	}
}

func TestO26RegistrationNeedsAToken(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	a := s.send("POST", "/register", webClient(nil), "")
	s.wants(a, 401, oauth.InvalidToken)
	if got := a.Header.Get("WWW-Authenticate"); got != `Bearer realm="ostiary"` {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	good := s.registrationToken(2, oauth.RegistrationTerms{})
	id, secret, _ := strings.Cut(good, ".")
	for name, token := range map[string]string{
		"made up": "x", "a good id": id, "a good id and another secret": id + ".x", "another id": "x." + secret,
		"an access token": s.signIn("&scope=openid").text("access_token"), "long": strings.Repeat("x", 4000), "a key": "token#" + good,
	} {
		a := s.send("POST", "/register", webClient(nil), token)
		s.wants(a, 401, oauth.InvalidToken)
		if !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Errorf("%s: WWW-Authenticate is %q", name, a.Header.Get("WWW-Authenticate"))
		}
	}
	s.wants(s.call("POST", "/register", webClient(nil), "Content-Type: application/json", "Authorization: Basic "+good), 401, oauth.InvalidToken)
	s.wants(s.send("POST", "/register?access_token="+good, webClient(nil), ""), 401, oauth.InvalidToken)
	// What is refused spends nothing.
	s.wants(s.send("POST", "/register", webClient(map[string]any{"redirect_uris": nil}), good), 400, oauth.InvalidClientMetadata)
	s.wants(s.send("POST", "/register", webClient(nil), good), 201, "")
	s.wants(s.send("POST", "/register", webClient(nil), good), 201, "")
	s.wants(s.send("POST", "/register", webClient(nil), good), 401, oauth.InvalidToken)
}

func TestO26ATokenRegistersAsManyAsItIsFor(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	token := s.registrationToken(3, oauth.RegistrationTerms{})
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if a := s.send("POST", "/register", webClient(nil), token); a.StatusCode == 201 {
				made.Add(1)
			} else {
				s.wants(a, 401, oauth.InvalidToken)
			}
		})
	}
	wg.Wait()
	if made.Load() != 3 {
		t.Errorf("%d clients were registered, want 3", made.Load())
	}
}

func TestO26ATokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "REGISTRATION=token")
		token := s.registrationToken(9, oauth.RegistrationTerms{})
		s.wants(s.send("POST", "/register", webClient(nil), token), 201, "")
		time.Sleep(time.Hour)
		s.wants(s.send("POST", "/register", webClient(nil), token), 401, oauth.InvalidToken)
	})
}

func TestO26OpenRegistrationIsBoundPerAddress(t *testing.T) {
	s := openRegistration(t, "LOCKOUT_ADDRESS_ATTEMPTS=10")
	for range 10 {
		s.wants(s.send("POST", "/register", webClient(nil), ""), 201, "")
	}
	s.wants(s.send("POST", "/register", webClient(nil), ""), 403, oauth.AccessDenied)
	s.wants(s.send("POST", "/register", webClient(nil), s.registrationToken(1, oauth.RegistrationTerms{})), 201, "")
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

func TestO33NoOtherOriginReadsARegistration(t *testing.T) {
	s := openRegistration(t)
	a := s.call("POST", "/register", webClient(nil), "Content-Type: application/json", "Origin: https://app.example.com")
	if got := a.Header.Get("Access-Control-Allow-Origin"); a.StatusCode != 201 || got != "" {
		t.Errorf("got %s, for the origin %q", a, got)
	}
	if a := s.call("OPTIONS", "/register", "", "Origin: https://app.example.com"); a.Header.Get("Access-Control-Allow-Origin") != "" || a.StatusCode != 405 {
		t.Errorf("preflight: got %s %v", a, a.Header)
	}
}

func TestRegistrationLogoURIPolicyURITosURI(t *testing.T) {
	s := openRegistration(t)
	links := map[string]any{
		"logo_uri": "https://rp.example.com/logo.png", "policy_uri": "https://rp.example.com/policy", "tos_uri": "https://rp.example.com/tos",
		"client_uri": "https://rp.example.com/", "initiate_login_uri": "https://rp.example.com/login",
	}
	a := s.send("POST", "/register", webClient(links), "")
	read := s.send("GET", own(a), "", a.text("registration_access_token"))
	for name, want := range links {
		if a.json[name] != want || read.json[name] != want {
			t.Errorf("%s: got %v, then %v", name, a.json[name], read.json[name])
		}
	}
	if read.StatusCode != 200 || read.Header.Get("Content-Type") != "application/json" { // 3rd-party-init
		t.Errorf("got %s", read)
	}
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

func TestRegistrationSectorURI(t *testing.T) {
	listed := []string{"https://rp.example.com/callback", "https://other.example.com/callback"}
	var fetched atomic.Int32
	sector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		_ = json.NewEncoder(w).Encode(listed)
	}))
	t.Cleanup(sector.Close)
	here := openRegistration(t, "ISSUER=http://localhost:8080")
	pairwise := map[string]any{"sector_identifier_uri": sector.URL, "subject_type": "pairwise", "redirect_uris": listed}
	if a := here.send("POST", "/register", webClient(pairwise), ""); a.StatusCode != 201 || a.text("subject_type") != "pairwise" {
		t.Errorf("registration-sector-uri: got %s", a)
	}
	pairwise["redirect_uris"] = []string{"https://elsewhere.example.com/callback"}
	here.wants(here.send("POST", "/register", webClient(pairwise), ""), 400, oauth.InvalidClientMetadata) // registration-sector-bad
	if fetched.Load() != 2 {
		t.Errorf("the sector was asked %d times", fetched.Load())
	}
	// O26: from an issuer that is elsewhere, this machine is not called.
	pairwise["redirect_uris"] = listed
	away := openRegistration(t)
	away.wants(away.send("POST", "/register", webClient(pairwise), ""), 400, oauth.InvalidClientMetadata)
	if fetched.Load() != 2 {
		t.Error("O26: this machine was called")
	}
}

func TestO26LogosArePeoplesBrowsersBusiness(t *testing.T) {
	var fetched atomic.Int32
	rp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		_, _ = io.WriteString(w, "[]")
	}))
	t.Cleanup(rp.Close)
	s := openRegistration(t, "ISSUER=http://localhost:8080")
	a := s.send("POST", "/register", webClient(map[string]any{
		"logo_uri": rp.URL, "policy_uri": rp.URL, "tos_uri": rp.URL, "client_uri": rp.URL, "jwks_uri": rp.URL, "backchannel_logout_uri": rp.URL,
	}), "")
	if a.StatusCode != 201 || fetched.Load() != 0 {
		t.Errorf("got %s after %d calls", a, fetched.Load())
	}
}

func TestO50ARegistrationLeavesNoSecretInTheLog(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	token := s.registrationToken(2, oauth.RegistrationTerms{})
	a := s.send("POST", "/register", webClient(nil), token)
	for _, method := range []string{"GET", "PUT", "DELETE", "GET"} {
		s.send(method, own(a), webClient(map[string]any{"client_id": a.text("client_id"), "client_secret": "a-wrong-secret"}), a.text("registration_access_token"))
	}
	s.send("POST", "/register", webClient(nil), token+"x")
	signer := s.keyed(nil)
	used := assertion(signer, "k1")
	s.post("/token", asserted(credentialsGrant, used))
	s.post("/token", asserted(credentialsGrant, used))
	_, half, _ := strings.Cut(token, ".")
	for name, value := range map[string]string{
		"registration token": half, "client secret": a.text("client_secret"), "registration access token": a.text("registration_access_token"),
		"wrong secret": "a-wrong-secret", "assertion": used[strings.LastIndex(used, "."):],
	} {
		if value == "" || strings.Contains(s.logged.String(), value) {
			t.Errorf("%s is in the log", name)
		}
	}
}

func TestARegisteredClientWithKeys(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	signer := josetest.New(oauth.RS256)
	a := s.send("POST", "/register", webClient(map[string]any{
		"token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{"client_credentials"}, "redirect_uris": nil,
		"jwks": json.RawMessage(josetest.JWKS(signer.JWK("k1", ""))),
	}), s.registrationToken(1, oauth.RegistrationTerms{Scope: oauth.Scope{"read"}, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}))
	if _, secret := a.json["client_secret"]; a.StatusCode != 201 || secret {
		t.Fatalf("got %s", a)
	}
	id := a.text("client_id")
	if got := s.post("/token", asserted(credentialsGrant, assertion(signer, "k1", "iss="+id, "sub="+id))); got.StatusCode != 200 {
		t.Errorf("got %s", got)
	}
	if methods := []any{a.json["token_endpoint_auth_method"], a.json["jwks"] != nil}; !slices.Equal(methods, []any{"private_key_jwt", true}) {
		t.Errorf("got %v", methods)
	}
}
