package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// web is a client that signs people in.
func web() oauth.ClientMetadata {
	return oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/back"}}
}

// clientKeys returns the JWK set of a client with one P-256 key, with more members
// where given.
func clientKeys(t testing.TB, more ...string) json.RawMessage {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := `{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"` + strings.Join(more, "") + `}`
	return json.RawMessage(`{"keys":[` + jwk + `]}`)
}

func TestDefaultsOfAClientThatSignsPeopleIn(t *testing.T) {
	clients, _ := newClients(t)
	metadata := web()
	metadata.JWKS, metadata.UserinfoEncryptedResponseAlg = clientKeys(t), oauth.ECDHES
	client, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: metadata})
	if err != nil {
		t.Fatal(err)
	}
	if !client.Allows(oauth.AuthorizationCode) || len(client.GrantTypes) != 1 ||
		strings.Join(client.ResponseTypes, " ") != "code" || client.ApplicationType != "web" ||
		client.UserinfoEncryptedResponseEnc != oauth.A128CBCHS256 || client.IDTokenEncryptedResponseEnc != "" {
		t.Errorf("got %+v", client.ClientMetadata)
	}
}

func TestOpenIDMetadata(t *testing.T) {
	clients, _ := newClients(t)
	public := func(m *oauth.ClientMetadata) { m.TokenEndpointAuthMethod = oauth.NoAuth }
	negative := -1
	for name, c := range map[string]struct {
		change func(*oauth.ClientMetadata)
		member string // named in the description; empty: registered
	}{
		"code":                       {func(*oauth.ClientMetadata) {}, ""},
		"code of a public client":    {public, ""},
		"the implicit response type": {func(m *oauth.ClientMetadata) { m.ResponseTypes = []string{"id_token"} }, "response_types"},
		"a hybrid response type":     {func(m *oauth.ClientMetadata) { m.ResponseTypes = []string{"code id_token"} }, "response_types"},
		"code twice":                 {func(m *oauth.ClientMetadata) { m.ResponseTypes = []string{"code", "code"} }, "response_types"},
		"no response type":           {func(m *oauth.ClientMetadata) { m.ResponseTypes = []string{} }, "response_types"},
		"code without its grant": {func(m *oauth.ClientMetadata) {
			m.ResponseTypes, m.GrantTypes = []string{"code"}, []oauth.GrantType{oauth.Password}
		}, "response_types"},
		"its grant without redirection": {func(m *oauth.ClientMetadata) {
			m.RedirectURIs, m.GrantTypes = nil, []oauth.GrantType{oauth.AuthorizationCode}
		}, "redirect_uris"},
		"an unknown kind":            {func(m *oauth.ClientMetadata) { m.ApplicationType = "desktop" }, "application_type"},
		"an age of 68 years":         {func(m *oauth.ClientMetadata) { m.DefaultMaxAge = new(1<<31 - 1) }, ""},
		"an age past counting":       {func(m *oauth.ClientMetadata) { m.DefaultMaxAge = new(1 << 31) }, "default_max_age"},
		"a negative age":             {func(m *oauth.ClientMetadata) { m.DefaultMaxAge = &negative }, "default_max_age"},
		"21 acr values":              {func(m *oauth.ClientMetadata) { m.DefaultACRValues = strings.Split(strings.Repeat("a", 21), "") }, "default_acr_values"},
		"an acr with a line break":   {func(m *oauth.ClientMetadata) { m.DefaultACRValues = []string{"a\nb"} }, "default_acr_values"},
		"no PKCE with a secret":      {func(m *oauth.ClientMetadata) { m.WithoutPKCE = true }, ""},
		"O07: no PKCE and no secret": {func(m *oauth.ClientMetadata) { public(m); m.WithoutPKCE = true }, "without_pkce"},
		"trusted with a secret":      {func(m *oauth.ClientMetadata) { m.SkipConsent, m.RedirectURIs = true, []string{"com.example.app:/back"} }, ""},
		"trusted on a domain":        {func(m *oauth.ClientMetadata) { public(m); m.SkipConsent = true }, ""},
		"O16: trusted by a scheme": {func(m *oauth.ClientMetadata) {
			public(m)
			m.SkipConsent, m.RedirectURIs = true, append(m.RedirectURIs, "com.example.app:/back")
		}, "skip_consent"},
		"a page to sign in from":       {func(m *oauth.ClientMetadata) { m.InitiateLoginURI = "https://app.example.com/start" }, ""},
		"a page in clear":              {func(m *oauth.ClientMetadata) { m.InitiateLoginURI = "http://app.example.com/start" }, "initiate_login_uri"},
		"a fragment to sign out at":    {func(m *oauth.ClientMetadata) { m.BackchannelLogoutURI = "https://app.example.com/out#a" }, "backchannel_logout_uri"},
		"a user to sign out at":        {func(m *oauth.ClientMetadata) { m.BackchannelLogoutURI = "https://a@app.example.com/out" }, "backchannel_logout_uri"},
		"signing out elsewhere":        {func(m *oauth.ClientMetadata) { m.BackchannelLogoutURI = "https://logout.example.net/out?a=b" }, ""},
		"a frame of its own":           {func(m *oauth.ClientMetadata) { m.FrontchannelLogoutURI = "https://app.example.com/out?a=b" }, ""},
		"somebody else's frame":        {func(m *oauth.ClientMetadata) { m.FrontchannelLogoutURI = "https://example.com/out" }, "frontchannel_logout_uri"},
		"a frame at another port":      {func(m *oauth.ClientMetadata) { m.FrontchannelLogoutURI = "https://app.example.com:8443/out" }, "frontchannel_logout_uri"},
		"a frame with a fragment":      {func(m *oauth.ClientMetadata) { m.FrontchannelLogoutURI = "https://app.example.com/out#a" }, "frontchannel_logout_uri"},
		"signed userinfo":              {func(m *oauth.ClientMetadata) { m.UserinfoSignedResponseAlg = oauth.RS256 }, ""},
		"userinfo signed by none":      {func(m *oauth.ClientMetadata) { m.UserinfoSignedResponseAlg = "none" }, "userinfo_signed_response_alg"},
		"userinfo by a shared nothing": {func(m *oauth.ClientMetadata) { public(m); m.UserinfoSignedResponseAlg = oauth.HS256 }, "userinfo_signed_response_alg"},
		"public keys":                  {func(m *oauth.ClientMetadata) { m.JWKS = clientKeys(t) }, ""},
		"a private key":                {func(m *oauth.ClientMetadata) { m.JWKS = clientKeys(t, `,"d":"AA"`) }, "private"},
		"a shared key":                 {func(m *oauth.ClientMetadata) { m.JWKS = json.RawMessage(`{"keys":[{"kty":"oct","k":"AA"}]}`) }, "jwks"},
		"no keys":                      {func(m *oauth.ClientMetadata) { m.JWKS = json.RawMessage(`{"keys":[]}`) }, "jwks"},
		"keys that are none":           {func(m *oauth.ClientMetadata) { m.JWKS = json.RawMessage(`"keys"`) }, "jwks"},
		"keys of 17 kB":                {func(m *oauth.ClientMetadata) { m.JWKS = clientKeys(t, `,"x5c":["`+strings.Repeat("A", 17<<10)+`"]`) }, "jwks"},
		"an encrypted id_token":        {func(m *oauth.ClientMetadata) { m.JWKS, m.IDTokenEncryptedResponseAlg = clientKeys(t), oauth.ECDHES }, ""},
		"encryption without a key":     {func(m *oauth.ClientMetadata) { m.IDTokenEncryptedResponseAlg = oauth.ECDHES }, "jwks"},
		"encryption to another key":    {func(m *oauth.ClientMetadata) { m.JWKS, m.IDTokenEncryptedResponseAlg = clientKeys(t), oauth.RSAOAEP256 }, "jwks"},
		"encryption to a key that signs": {func(m *oauth.ClientMetadata) {
			m.JWKS, m.IDTokenEncryptedResponseAlg = clientKeys(t, `,"use":"sig"`), oauth.ECDHES
		}, "jwks"},
		"encryption by RSA1_5": {func(m *oauth.ClientMetadata) { m.JWKS, m.UserinfoEncryptedResponseAlg = clientKeys(t), "RSA1_5" }, "RSA1_5"},
		"encryption by half": {func(m *oauth.ClientMetadata) {
			m.JWKS, m.UserinfoEncryptedResponseAlg, m.UserinfoEncryptedResponseEnc = clientKeys(t), oauth.ECDHES, "A128GCM"
		}, "A128GCM"},
		"content encryption alone": {func(m *oauth.ClientMetadata) { m.UserinfoEncryptedResponseEnc = oauth.A256GCM }, "userinfo_encrypted_response_alg"},
		"an unknown subject type":  {func(m *oauth.ClientMetadata) { m.SubjectType = "secret" }, "subject_type"},
		"one subject for all":      {func(m *oauth.ClientMetadata) { m.SubjectType = oauth.PublicSubject }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			metadata := web()
			c.change(&metadata)
			_, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: metadata})
			e := oauth.AsError(err)
			switch {
			case c.member == "" && err != nil:
				t.Errorf("got %v, want it registered", err)
			case c.member != "" && (err == nil || e.Code != oauth.InvalidClientMetadata && e.Code != oauth.InvalidRedirectURI || !strings.Contains(e.Description, c.member)):
				t.Errorf("got %v, want a refusal that names %s", err, c.member)
			}
		})
	}
}

func TestUserinfoByHS256NeedsTheSecretInClear(t *testing.T) {
	clients, _ := newClients(t)
	metadata := web()
	metadata.UserinfoSignedResponseAlg = oauth.HS256
	client, secret, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: metadata})
	if err != nil {
		t.Fatal(err)
	}
	if clear, err := clients.SecretInClear(t.Context(), client); err != nil || clear != secret {
		t.Errorf("got %v, want the secret", err)
	}
}
