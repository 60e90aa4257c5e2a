package pages_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestO26AClientThatRegisteredItselfIsNoNameAlone: it may call itself what we are called,
// but where the answer goes it cannot make up.
func TestO26AClientThatRegisteredItselfIsNoNameAlone(t *testing.T) {
	s := open(t)
	for uri, want := range map[string]string{
		"https://photos.evil.example.com:8443/cb": "photos.evil.example.com:8443", "com.example.evil:/cb": "com.example.evil:",
		"http://127.0.0.1:4711/cb": "127.0.0.1:4711",
	} {
		made, err := s.clients.Register(t.Context(), identity.OpenPermit(oauth.RegistrationTerms{Scope: oauth.Scope{"openid"}}), oauth.ClientMetadata{
			ClientName: "id.example.com", TokenEndpointAuthMethod: oauth.NoAuth, RedirectURIs: []string{uri},
			AuthorizationMetadata: oauth.AuthorizationMetadata{ApplicationType: "native"},
		})
		must(t, err)
		b := s.browser()
		p := b.follow(b.get(request(made.ID, "redirect_uri", uri, "scope", "openid")))
		p = b.follow(b.submit(p, "username", "alice", "password", password))
		p.shows(t, "consent-self")
		if told := between(p.body, `id="consent-self"`, "</p>", `id="consent-form"`); !strings.Contains(told, want) {
			t.Errorf("got %s, want %s", told, want)
		}
	}
	b := s.browser()
	p := b.follow(b.get(request("app")))
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	if p.shows(t, "consent-form"); strings.Contains(p.body, "consent-self") {
		t.Error("a client that an operator registered is said to have registered itself")
	}
}
