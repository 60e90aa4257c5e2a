package endpoint_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
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
