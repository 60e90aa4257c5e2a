package identity_test

import (
	"slices"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A class of sign-in that nobody can reach would let nobody in.
func TestRequiredACRValuesCanBeHad(t *testing.T) {
	clients, _ := newClients(t)
	for value, good := range map[string]bool{oauth.ACRMultiFactor: true, oauth.ACRPassword: true, "gold": false, "": false} {
		m := oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}}
		m.RequiredACRValues = []string{value}
		if _, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: m}); (err == nil) != good {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

// TestO26ADemandStays: a client that registered itself does not shed what an operator
// demands of the people who use it.
func TestO26ADemandStays(t *testing.T) {
	clients, _ := newClients(t)
	m := oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}}
	made, err := clients.Register(t.Context(), identity.OpenPermit(oauth.RegistrationTerms{Scope: oauth.Scope{"openid"}}), m)
	if err != nil {
		t.Fatal(err)
	}
	demanded := []string{oauth.ACRMultiFactor}
	if _, err := clients.Update(t.Context(), made.ID, func(m *oauth.ClientMetadata) error {
		m.RequiredACRValues, m.IdentityProviders = demanded, []string{"there"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	replaced, err := clients.ReplaceOwn(t.Context(), made.Client, m)
	if err != nil || !slices.Equal(replaced.RequiredACRValues, demanded) || !slices.Equal(replaced.IdentityProviders, []string{"there"}) {
		t.Errorf("got %v %v", replaced.RequiredACRValues, err)
	}
}

// TestO26AClientDoesNotGiveItselfTokensOfOthers: whose tokens of other providers a client
// may have an operator says.
func TestO26AClientDoesNotGiveItselfTokensOfOthers(t *testing.T) {
	clients, _ := newClients(t)
	m := oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}, ProviderTokens: []string{"there"}}
	m.GrantTypes = []oauth.GrantType{oauth.AuthorizationCode, oauth.TokenExchange}
	terms := oauth.RegistrationTerms{Scope: oauth.Scope{"openid", "provider_tokens"}, GrantTypes: []oauth.GrantType{oauth.TokenExchange}}
	made, err := clients.Register(t.Context(), identity.OpenPermit(terms), m)
	if err != nil || len(made.Client.ProviderTokens) > 0 {
		t.Errorf("got %v %v", made.Client.ProviderTokens, err)
	}
}
