package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// keySite is what is published at every jwks_uri of a test.
type keySite struct {
	mu      sync.Mutex
	doc     string
	err     error
	fetches int
}

func (s *keySite) get(ctx context.Context, _ string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	return []byte(s.doc), errors.Join(s.err, ctx.Err())
}

// kids publishes keys with these names, all of them one key.
func (s *keySite) kids(kids ...string) {
	signer := josetest.New(oauth.ES256)
	jwks := make([]string, len(kids))
	for i, kid := range kids {
		jwks[i] = signer.JWK(kid, "")
	}
	s.doc = josetest.JWKS(jwks...)
}

// keySites runs the test in fake time with clients that see the site, which publishes
// the keys a and b.
func keySites(t *testing.T, test func(*testing.T, *keySite, func(kid string, want error, fetches int))) {
	synctest.Test(t, func(t *testing.T) {
		site := &keySite{}
		site.kids("a", "b")
		clients := identity.NewClients(nil, nil)
		clients.FetchBy(site.get)
		client := oauth.Client{ID: "app"}
		client.JWKSURI = "https://app.example.com/jwks.json"
		test(t, site, func(kid string, want error, fetches int) {
			t.Helper()
			site.fetches = 0
			key, err := clients.AssertionKeys(client, oauth.ES256).Key(t.Context(), kid)
			if !errors.Is(err, want) || err == nil && key.ID() != kid || site.fetches != fetches {
				t.Errorf("%s: got %v, %v after %d fetches; want %v after %d", kid, key, err, site.fetches, want, fetches)
			}
		})
	})
}

func TestKeysOfAClientAreFetchedOnceAnHour(t *testing.T) {
	keySites(t, func(_ *testing.T, _ *keySite, wants func(string, error, int)) {
		wants("a", nil, 1)
		wants("b", nil, 0)
		time.Sleep(time.Hour - time.Second)
		wants("a", nil, 0)
		time.Sleep(time.Second)
		wants("a", nil, 1)
	})
}

func TestJ38UnknownKidsOfAClientCostOneFetchAMinute(t *testing.T) {
	keySites(t, func(_ *testing.T, site *keySite, wants func(string, error, int)) {
		wants("a", nil, 1)
		site.kids("c")
		wants("c", nil, 1) // a rotated key works at once: OpenID Connect Core §10.1.1
		wants("x", verify.ErrUnknownKey, 0)
		time.Sleep(time.Minute - time.Second)
		wants("y", verify.ErrUnknownKey, 0)
		time.Sleep(time.Second)
		wants("z", verify.ErrUnknownKey, 1)
		wants("c", nil, 0)
	})
}

func TestJ39AKeyThatAClientWithdrewIsGone(t *testing.T) {
	keySites(t, func(_ *testing.T, site *keySite, wants func(string, error, int)) {
		wants("a", nil, 1)
		site.kids("c")
		wants("c", nil, 1)
		wants("a", verify.ErrUnknownKey, 0)
	})
}

func TestTheLastGoodKeysOfAClientServeADay(t *testing.T) {
	for name, broken := range map[string]func(*keySite){
		"unreachable":               func(s *keySite) { s.err = errors.New("no answer") },
		"a page that says sorry":    func(s *keySite) { s.doc = "<p>sorry</p>" },
		"J05 two keys with one kid": func(s *keySite) { s.kids("a", "a") },
		"J04 secrets among public keys": func(s *keySite) {
			s.doc = strings.Replace(s.doc, `{"kid":"b"`, `{"kty":"oct","k":"AAAA"},{"kid":"b"`, 1)
		},
		"J37 more than 16 kB": func(s *keySite) { s.doc += strings.Repeat(" ", 16<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			keySites(t, func(_ *testing.T, site *keySite, wants func(string, error, int)) {
				wants("a", nil, 1)
				broken(site)
				time.Sleep(time.Hour)
				wants("a", nil, 1)
				wants("a", nil, 0)
				time.Sleep(10 * time.Second)
				wants("a", nil, 1)
				time.Sleep(23 * time.Hour)
				wants("a", verify.ErrKeysUnavailable, 1)
				wants("a", verify.ErrKeysUnavailable, 0)
			})
		})
	}
}

func TestWhoHangsUpDoesNotEndTheFetch(t *testing.T) {
	site := &keySite{}
	site.kids("a")
	asking, hangUp := context.WithCancel(t.Context())
	clients := identity.NewClients(nil, nil)
	clients.FetchBy(func(ctx context.Context, uri string) ([]byte, error) {
		hangUp() // in the middle of it
		return site.get(ctx, uri)
	})
	client := oauth.Client{ID: "app"}
	client.JWKSURI = "https://app.example.com/jwks.json"
	for range 2 { // nor does it count as a failure, after which others would have to wait
		if _, err := clients.AssertionKeys(client, oauth.ES256).Key(asking, "a"); err != nil {
			t.Error(err)
		}
		asking = t.Context()
	}
}

func TestKeysThatMovedAreFetchedAnew(t *testing.T) {
	site := &keySite{}
	site.kids("a")
	clients := identity.NewClients(nil, nil)
	clients.FetchBy(site.get)
	for i, uri := range []string{"https://app.example.com/1", "https://app.example.com/2"} {
		client := oauth.Client{ID: "app"}
		client.JWKSURI = uri
		if _, err := clients.AssertionKeys(client, oauth.ES256).Key(t.Context(), "a"); err != nil || site.fetches != i+1 {
			t.Errorf("%d: %v after %d fetches", i, err, site.fetches)
		}
	}
}

func TestKeysOfManyClientsDoNotFillMemory(t *testing.T) {
	site := &keySite{}
	site.kids("a")
	clients := identity.NewClients(nil, nil)
	clients.FetchBy(site.get)
	ask := func(i int) {
		t.Helper()
		client := oauth.Client{ID: fmt.Sprint("app", i)}
		client.JWKSURI = "https://app.example.com/jwks.json"
		if _, err := clients.AssertionKeys(client, oauth.ES256).Key(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	for i := range 300 {
		ask(i)
	}
	site.fetches = 0
	for i := range 300 {
		ask(i)
	}
	if site.fetches < 44 { // 300 less 256
		t.Errorf("of 300 clients %d were fetched again", site.fetches)
	}
}

func TestKeysCannotBeFetchedFromEverywhere(t *testing.T) {
	client := oauth.Client{ID: "app"}
	client.JWKSURI = "https://app.example.com/jwks.json"
	if _, err := identity.NewClients(nil, nil).EncryptionKey(t.Context(), client, oauth.ECDHES); !errors.Is(err, verify.ErrKeysUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestEncryptionKeyFromJWKSURI(t *testing.T) {
	site := &keySite{doc: string(clientKeys(t, `,"use":"sig"`))}
	clients := identity.NewClients(nil, nil)
	clients.FetchBy(site.get)
	client := oauth.Client{ID: "app"}
	client.JWKSURI = "https://app.example.com/jwks.json"
	if key, err := clients.EncryptionKey(t.Context(), client, oauth.ECDHES); err == nil {
		t.Errorf("got %v, which is for signatures", key)
	}
	site.doc = string(clientKeys(t, `,"use":"enc","kid":"e"`))
	if key, err := clients.EncryptionKey(t.Context(), client, oauth.ECDHES); err != nil || key.ID != "e" {
		t.Errorf("published a moment later: got %v, %v", key, err)
	}
}

func TestMetadataOfAClientWithKeys(t *testing.T) {
	clients, _ := newClients(t)
	ec := json.RawMessage(josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
	rsa := json.RawMessage(strings.Replace(josetest.JWKS(josetest.New(oauth.RS256).JWK("a", "")), `"alg":"RS256",`, "", 1))
	const uri = "https://app.example.com/jwks.json"
	for name, c := range map[string]struct {
		change func(*oauth.ClientMetadata)
		member string // named in the description; empty: registered
	}{
		"jwks":                        {func(m *oauth.ClientMetadata) { m.JWKS = ec }, ""},
		"jwks_uri":                    {func(m *oauth.ClientMetadata) { m.JWKSURI = uri }, ""},
		"an alg that the key is for":  {func(m *oauth.ClientMetadata) { m.JWKS, m.TokenEndpointAuthSigningAlg = ec, oauth.ES256 }, ""},
		"PS256 by an RSA key for any": {func(m *oauth.ClientMetadata) { m.JWKS, m.TokenEndpointAuthSigningAlg = rsa, oauth.PS256 }, ""},
		"encryption to jwks_uri":      {func(m *oauth.ClientMetadata) { m.JWKSURI, m.IDTokenEncryptedResponseAlg = uri, oauth.ECDHES }, ""},
		"no keys":                     {func(*oauth.ClientMetadata) {}, "needs jwks or jwks_uri"},
		"both":                        {func(m *oauth.ClientMetadata) { m.JWKS, m.JWKSURI = ec, uri }, "must not both"},
		"an alg that no key is for":   {func(m *oauth.ClientMetadata) { m.JWKS, m.TokenEndpointAuthSigningAlg = ec, oauth.RS256 }, "jwks has no key"},
		"a key for encryption alone":  {func(m *oauth.ClientMetadata) { m.JWKS = clientKeys(t, `,"use":"enc"`) }, "jwks has no key"},
		"an alg by a secret":          {func(m *oauth.ClientMetadata) { m.JWKSURI, m.TokenEndpointAuthSigningAlg = uri, oauth.HS256 }, "token_endpoint_auth_signing_alg"},
		"O26 jwks_uri by plain http":  {func(m *oauth.ClientMetadata) { m.JWKSURI = "http://app.example.com/jwks.json" }, "jwks_uri"},
		"O26 jwks_uri in a file":      {func(m *oauth.ClientMetadata) { m.JWKSURI = "file:///etc/passwd" }, "jwks_uri"},
		"a secret besides":            {func(m *oauth.ClientMetadata) { m.JWKSURI, m.Contacts = uri, []string{"secret"} }, "client_secret"},
	} {
		metadata := oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.PrivateKeyJWT, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}
		c.change(&metadata)
		registration := identity.Registration{ClientMetadata: metadata}
		if len(metadata.Contacts) > 0 {
			registration.Secret = oauth.Secret(strings.Repeat("s", 32))
		}
		client, secret, err := clients.Add(t.Context(), registration)
		switch {
		case c.member == "" && (err != nil || secret != "" || len(client.Secrets) != 0):
			t.Errorf("%s: got %v and %d secrets", name, err, len(client.Secrets))
		case c.member != "" && (code(err) != oauth.InvalidClientMetadata || !strings.Contains(err.Error(), c.member)):
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestACredentialIsExchangedForAKeyAndNotBack(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "app"})
	keyed := func(m *oauth.ClientMetadata) error {
		m.TokenEndpointAuthMethod, m.JWKSURI = oauth.PrivateKeyJWT, "https://app.example.com/jwks.json"
		return nil
	}
	after, err := clients.Update(t.Context(), "app", keyed)
	if err != nil || len(after.Secrets) != 0 {
		t.Fatalf("got %v, and the secrets %v", err, after.Secrets)
	}
	_, err = clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error { m.TokenEndpointAuthMethod = oauth.ClientSecretPost; return nil })
	if code(err) != oauth.InvalidClientMetadata {
		t.Errorf("a secret out of nothing: got %v", err)
	}
	if _, _, err := clients.RotateSecret(t.Context(), "app", 0); code(err) != oauth.InvalidClientMetadata {
		t.Errorf("a new secret of a client without: got %v", err)
	}
}
