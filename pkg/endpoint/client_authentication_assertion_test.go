package endpoint_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const keyedID = "keyed"

// keyed registers a client that proves by a key who it is, and returns what signs for
// it.
func (s *site) keyed(change func(*oauth.ClientMetadata)) josetest.Signer {
	s.t.Helper()
	signer := josetest.New(oauth.ES256)
	metadata := oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.PrivateKeyJWT, Scope: oauth.Scope{"openid", "read"},
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials, oauth.Password, oauth.RefreshToken},
	}
	metadata.JWKS = json.RawMessage(josetest.JWKS(signer.JWK("k1", "")))
	if change != nil {
		change(&metadata)
	}
	s.register(identity.Registration{ID: keyedID, ClientMetadata: metadata})
	return signer
}

var assertions atomic.Int64

// assertion is a good one that has not been used, with members changed.
func assertion(signer josetest.Signer, kid string, changes ...string) string {
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": keyedID, "sub": keyedID, "aud": issuer, "jti": fmt.Sprint("j", assertions.Add(1)), "exp": now + 60,
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		claims[name] = value
	}
	payload, _ := json.Marshal(claims) // text and numbers
	return signer.Token("JWT", kid, string(payload))
}

// asserted is the form of a client that sends the assertion.
func asserted(form, assertion string) string {
	return form + "&" + url.Values{"client_assertion_type": {oauth.ClientAssertionType}, "client_assertion": {assertion}}.Encode()
}

const credentialsGrant = "grant_type=client_credentials&scope=read"

func TestO18PrivateKeyJWTAtEveryDoor(t *testing.T) {
	s := open(t)
	signer := s.keyed(nil)
	for name, aud := range map[string]string{"server": issuer + "/token", "ensure-client-assertion-with-iss-aud-succeeds": issuer} {
		a := s.post("/token", asserted(credentialsGrant, assertion(signer, "k1", "aud="+aud)))
		if a.StatusCode != 200 || a.text("access_token") == "" {
			t.Errorf("%s: got %s", name, a)
		}
	}
	a := s.post("/token", asserted(credentialsGrant+"&client_id="+keyedID, assertion(signer, "k1")))
	seen := s.post("/introspect", asserted("token="+a.text("access_token"), assertion(signer, "k1")))
	if seen.json["active"] != true {
		t.Errorf("introspection: got %s", seen)
	}
	if gone := s.post("/revoke", asserted("token="+a.text("access_token"), assertion(signer, "k1"))); gone.StatusCode != 200 {
		t.Errorf("revocation: got %s", gone)
	}
	seen = s.post("/introspect", asserted("token="+a.text("access_token"), assertion(signer, "k1")))
	if seen.json["active"] != false {
		t.Errorf("revoked: got %s", seen)
	}
}

func TestO18AnAssertionWorksOnce(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	signer := s.keyed(nil)
	spent := assertion(signer, "k1")
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if a := s.post("/token", asserted(credentialsGrant, spent)); a.StatusCode == 200 {
				good.Add(1)
			} else {
				s.wants(a, 401, oauth.InvalidClient)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("one assertion worked %d times", good.Load())
	}
	s.wants(s.post("/introspect", asserted("token=x", spent)), 401, oauth.InvalidClient) // nor at another door

	// J16: the same jti in other bytes is the same assertion.
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(signer, "k1", "jti=j1", "x=1"))), 200, "")
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(signer, "k1", "jti=j1", "x=2"))), 401, oauth.InvalidClient)

	// Another client's jti is another, though it looks the same.
	other := s.send("POST", "/register", webClient(map[string]any{
		"token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{"client_credentials"}, "redirect_uris": nil,
		"jwks": json.RawMessage(josetest.JWKS(signer.JWK("k1", ""))),
	}), s.registrationToken(1, oauth.RegistrationTerms{Scope: oauth.Scope{"read"}, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}})).text("client_id")
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(signer, "k1", "iss="+other, "sub="+other, "jti=j1"))), 200, "")

	// Who has not the key spends nothing.
	mine := assertion(signer, "k1", "jti=mine")
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(josetest.New(oauth.ES256), "k1", "jti=mine"))), 401, oauth.InvalidClient)
	s.wants(s.post("/token", asserted(credentialsGrant, mine)), 200, "")
}

func TestO17OneMethodAndTheRegisteredOne(t *testing.T) {
	s := open(t)
	signer := s.keyed(nil)
	of := func(id string) string { return assertion(signer, "k1", "iss="+id, "sub="+id) }
	for name, c := range map[string]struct {
		form   string
		basic  []string
		status int
		code   oauth.Code
	}{
		"an assertion and Basic":             {asserted(credentialsGrant, of(secretID)), []string{secretID, secret}, 400, oauth.InvalidRequest},
		"an assertion and a secret":          {asserted(credentialsGrant+"&client_secret="+secret, of(keyedID)), nil, 400, oauth.InvalidRequest},
		"its type alone, and Basic":          {credentialsGrant + "&client_assertion_type=x", []string{secretID, secret}, 400, oauth.InvalidRequest},
		"an assertion without its type":      {credentialsGrant + "&client_assertion=" + of(keyedID), nil, 400, oauth.InvalidRequest},
		"a type without an assertion":        {asserted(credentialsGrant, ""), nil, 400, oauth.InvalidRequest},
		"SAML":                               {credentialsGrant + "&client_assertion=x&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer", nil, 400, oauth.InvalidRequest},
		"another client_id beside":           {asserted(credentialsGrant+"&client_id="+secretID, of(keyedID)), nil, 401, oauth.InvalidClient},
		"a client registered for a secret":   {asserted(credentialsGrant, of(secretID)), nil, 401, oauth.InvalidClient},
		"a public client":                    {asserted(credentialsGrant, of(publicID)), nil, 401, oauth.InvalidClient},
		"an unknown client":                  {asserted(credentialsGrant, of("nobody")), nil, 401, oauth.InvalidClient},
		"a keyed client by client_id alone":  {credentialsGrant + "&client_id=" + keyedID, nil, 401, oauth.InvalidClient},
		"a keyed client by a made-up secret": {credentialsGrant, []string{keyedID, secret}, 401, oauth.InvalidClient},
		"what is no JWT":                     {asserted(credentialsGrant, "x"), nil, 401, oauth.InvalidClient},
		"an assertion for another provider":  {asserted(credentialsGrant, assertion(signer, "k1", "aud=https://other.example.com")), nil, 401, oauth.InvalidClient},
		"a good one after all that":          {asserted(credentialsGrant, of(keyedID)), nil, 200, ""},
	} {
		t.Run(name, func(t *testing.T) { s.wants(s.post("/token", c.form, c.basic...), c.status, c.code) })
	}
}

func TestTokenEndpointAuthSigningAlgIsHonoured(t *testing.T) {
	s := open(t)
	rsa := josetest.New(oauth.RS256)
	s.keyed(func(m *oauth.ClientMetadata) {
		jwk := strings.Replace(rsa.JWK("k1", ""), `"alg":"RS256",`, "", 1) // for RS256 and PS256
		m.JWKS, m.TokenEndpointAuthSigningAlg = json.RawMessage(josetest.JWKS(jwk)), oauth.PS256
	})
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(rsa, "k1"))), 401, oauth.InvalidClient)
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(josetest.New(oauth.PS256), "k1"))), 200, "")
}

// keySite is a client's own site, with its keys.
type keySite struct {
	*httptest.Server
	mu      sync.Mutex
	doc     string
	fetches int
}

func newKeySite(t *testing.T, doc string) *keySite {
	k := &keySite{doc: doc}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.fetches++
		_, _ = io.WriteString(w, k.doc)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *keySite) publish(doc string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.doc = doc
}

func TestRefreshTokenRPKeyRotation(t *testing.T) {
	s := open(t, "ISSUER=http://localhost:8080")
	before, after := josetest.New(oauth.RS256), josetest.New(oauth.ES256)
	keys := newKeySite(t, josetest.JWKS(before.JWK("k1", "")))
	s.keyed(func(m *oauth.ClientMetadata) { m.JWKS, m.JWKSURI = nil, keys.URL })
	const aud = "aud=http://localhost:8080"
	signIn := "grant_type=password&username=alice&password=" + url.QueryEscape(password)
	tokens := s.post("/token", asserted(signIn, assertion(before, "k1", aud)))
	if tokens.StatusCode != 200 {
		t.Fatalf("registration-jwks-uri: got %s", tokens)
	}
	keys.publish(josetest.JWKS(after.JWK("k2", "")))
	again := s.post("/token", asserted("grant_type=refresh_token&refresh_token="+url.QueryEscape(tokens.text("refresh_token")), assertion(after, "k2", aud)))
	if again.StatusCode != 200 {
		t.Errorf("refresh-token-rp-key-rotation: got %s", again)
	}
	s.wants(s.post("/token", asserted(credentialsGrant, assertion(before, "k1", aud))), 401, oauth.InvalidClient) // withdrawn
	for i := range 8 {
		s.wants(s.post("/token", asserted(credentialsGrant, assertion(after, fmt.Sprint("x", i), aud))), 401, oauth.InvalidClient)
	}
	if keys.fetches != 2 {
		t.Errorf("the keys were fetched %d times, want 2", keys.fetches)
	}
}

func TestAnswersAreEncryptedToKeysAtJWKSURI(t *testing.T) {
	s := open(t, "ISSUER=http://localhost:8080")
	signing := josetest.New(oauth.ES256).JWK("s", `"use":"sig"`)
	encryption := strings.Replace(josetest.New(oauth.ES256).JWK("e", `"use":"enc"`), `"alg":"ES256"`, `"alg":"ECDH-ES"`, 1)
	keys := newKeySite(t, josetest.JWKS(signing, encryption))
	s.register(identity.Registration{ID: keyedID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"openid"},
		ResponseMetadata: oauth.ResponseMetadata{
			JWKSURI: keys.URL, IDTokenEncryptedResponseAlg: oauth.ECDHES, UserinfoEncryptedResponseAlg: oauth.ECDHES,
		},
	}})
	signIn := func() answer {
		return s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password), keyedID, secret)
	}
	tokens := signIn()
	me := s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token"))
	for name, token := range map[string]string{"id_token": tokens.text("id_token"), "userinfo": string(me.body)} {
		header, _, _ := strings.Cut(token, ".")
		if decoded, err := base64.RawURLEncoding.DecodeString(header); err != nil || strings.Count(token, ".") != 4 || !strings.Contains(string(decoded), `"kid":"e"`) {
			t.Errorf("%s: got %s, %v", name, decoded, err)
		}
	}
	if keys.fetches != 1 {
		t.Errorf("the keys were fetched %d times", keys.fetches)
	}
	keys.Close()
	if again := signIn(); again.StatusCode != 200 {
		t.Errorf("with the client's site gone: got %s", again)
	}
}

func TestO26KeysInsideAreNotFetched(t *testing.T) {
	s := open(t) // whose issuer is not on this machine
	signer := josetest.New(oauth.ES256)
	keys := newKeySite(t, josetest.JWKS(signer.JWK("k1", "")))
	s.keyed(func(m *oauth.ClientMetadata) {
		m.JWKS, m.JWKSURI = nil, strings.Replace(keys.URL, "http://127.0.0.1", "https://localhost", 1)
	})
	a := s.post("/token", asserted(credentialsGrant, assertion(signer, "k1")))
	s.wants(a, 401, oauth.InvalidClient)
	// Otherwise whoever registers a name would learn which address it has inside.
	if told := a.text("error_description"); told != "the client's keys cannot be had" {
		t.Errorf("told %s", told)
	}
	if !strings.Contains(s.logged.String(), "127.0.0.1 is not a public address") {
		t.Errorf("the operator is not told why: %s", s.logged.String())
	}
	if keys.fetches != 0 {
		t.Errorf("this machine was called %d times", keys.fetches)
	}
}

// TestO26DeadKeysForEncryptionAreNoOutageOfOurs: whoever registered a dead address, or
// keys of another kind, could otherwise ring our alarm, and learn what lies inside.
func TestO26DeadKeysForEncryptionAreNoOutageOfOurs(t *testing.T) {
	s := open(t, "ISSUER=http://localhost:8080")
	dead := newKeySite(t, "")
	dead.Close()
	for name, uri := range map[string]string{
		"dead":            dead.URL,
		"of another kind": newKeySite(t, josetest.JWKS(josetest.New(oauth.RS256).JWK("k1", ""))).URL,
	} {
		client := oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"openid"}}
		client.JWKSURI, client.UserinfoEncryptedResponseAlg = uri, oauth.ECDHES
		s.register(identity.Registration{ID: "u" + name[:1], Secret: secret, ClientMetadata: client})
		client.UserinfoEncryptedResponseAlg, client.IDTokenEncryptedResponseAlg = "", oauth.ECDHES
		s.register(identity.Registration{ID: "i" + name[:1], Secret: secret, ClientMetadata: client})
		signIn := func(id string) answer {
			return s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password), id, secret)
		}
		for door, a := range map[string]answer{
			"token":    signIn("i" + name[:1]),
			"userinfo": s.call("GET", "/userinfo", "", "Authorization: Bearer "+signIn("u"+name[:1]).text("access_token")),
		} {
			s.wants(a, 400, oauth.InvalidRequest)
			if told := a.text("error_description"); told != "the client's keys cannot be had, and nothing goes unencrypted" {
				t.Errorf("%s, %s: told %s", name, door, told)
			}
		}
	}
	if log := s.logged.String(); strings.Contains(log, "ERROR") || !strings.Contains(log, "connection refused") {
		t.Errorf("logged %s", log)
	}
}

func TestDiscoveryKnowsHowClientsAuthenticate(t *testing.T) {
	metadata := open(t).call("GET", "/.well-known/openid-configuration", "")
	for _, door := range []string{"token", "revocation", "introspection"} {
		methods, _ := metadata.json[door+"_endpoint_auth_methods_supported"].([]any)
		algs, _ := metadata.json[door+"_endpoint_auth_signing_alg_values_supported"].([]any)
		if !slices.Contains(methods, any("private_key_jwt")) || len(algs) != 5 || slices.Contains(algs, any("HS256")) || slices.Contains(algs, any("none")) {
			t.Errorf("%s: got %v, %v", door, methods, algs)
		}
	}
}
