package identity_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestMetadataIsRefusedWithItsMember(t *testing.T) {
	clients, _ := newClients(t)
	many := make([]string, 21)
	for i := range many {
		many[i] = strings.Repeat("a", i+1)
	}
	for name, c := range map[string]struct {
		metadata oauth.ClientMetadata
		member   string // named in the description
	}{
		"an unknown grant":                  {oauth.ClientMetadata{GrantTypes: []oauth.GrantType{"implicit"}}, "implicit"},
		"a grant twice":                     {oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.Password, oauth.Password}}, "grant_types"},
		"no grant":                          {oauth.ClientMetadata{GrantTypes: []oauth.GrantType{}}, "grant_types"},
		"codes with nowhere to send them":   {oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}}, "redirect_uris"},
		"a public client for itself":        {oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}, "client_credentials"},
		"a public client without a grant":   {oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.NoAuth}, "grant_types"},
		"an unknown auth method":            {oauth.ClientMetadata{TokenEndpointAuthMethod: "client_secret_jwt"}, "client_secret_jwt"},
		"id tokens by none":                 {oauth.ClientMetadata{IDTokenSignedResponseAlg: "none"}, "id_token_signed_response_alg"},
		"access tokens by none":             {oauth.ClientMetadata{AccessTokenSignedResponseAlg: "none"}, "access_token_signed_response_alg"},
		"an algorithm that nobody signs by": {oauth.ClientMetadata{IDTokenSignedResponseAlg: oauth.ES384}, "ES384"},
		"HS256 of a public client": {
			oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password}, IDTokenSignedResponseAlg: oauth.HS256},
			"id_token_signed_response_alg",
		},
		"HS256 access tokens of a public client": {
			oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password}, AccessTokenSignedResponseAlg: oauth.HS256},
			"access_token_signed_response_alg",
		},
		"a name with a line break":      {oauth.ClientMetadata{ClientName: "App\nadmin"}, "client_name"},
		"a name of 257 bytes":           {oauth.ClientMetadata{ClientName: strings.Repeat("a", 257)}, "client_name"},
		"a contact that is not UTF-8":   {oauth.ClientMetadata{Contacts: []string{"\xff"}}, "contacts"},
		"21 contacts":                   {oauth.ClientMetadata{Contacts: many}, "contacts"},
		"a resource twice":              {oauth.ClientMetadata{Resource: []string{"a", "a"}}, "resource"},
		"21 resources":                  {oauth.ClientMetadata{Resource: many}, "resource"},
		"an empty resource":             {oauth.ClientMetadata{Resource: []string{""}}, "resource"},
		"a resource with a fragment":    {oauth.ClientMetadata{Resource: []string{"https://api.example.com#a"}}, "resource"},
		"a resource that is half a URI": {oauth.ClientMetadata{Resource: []string{"://api"}}, "resource"},
		"a resource with a space":       {oauth.ClientMetadata{Resource: []string{"a b"}}, "resource"},
		"an audience of 513 bytes":      {oauth.ClientMetadata{Audience: []string{strings.Repeat("a", 513)}}, "audience"},
		"a lifetime of a second":        {oauth.ClientMetadata{AccessTokenLifetime: 1}, "access_token_lifetime"},
		"a lifetime of a week":          {oauth.ClientMetadata{AccessTokenLifetime: 7 * 86400}, "access_token_lifetime"},
		"a lifetime that overflows":     {oauth.ClientMetadata{AccessTokenLifetime: math.MaxInt}, "access_token_lifetime"},
		"a negative lifetime":           {oauth.ClientMetadata{AccessTokenLifetime: -3600}, "access_token_lifetime"},
		"a logo that is code":           {oauth.ClientMetadata{LogoURI: "javascript:alert(1)"}, "logo_uri"},
		"a page without encryption":     {oauth.ClientMetadata{ClientURI: "http://example.com"}, "client_uri"},
		"terms inline":                  {oauth.ClientMetadata{TosURI: "data:text/html,hello"}, "tos_uri"},
		"a sign-in page that is code":   {oauth.ClientMetadata{AuthorizationMetadata: oauth.AuthorizationMetadata{InitiateLoginURI: "javascript:alert(1)"}}, "initiate_login_uri"},
		"a sector of a file":            {oauth.ClientMetadata{AuthorizationMetadata: oauth.AuthorizationMetadata{SectorIdentifierURI: "file:///x"}}, "sector_identifier_uri"},
		"signing out in clear":          {oauth.ClientMetadata{LogoutMetadata: oauth.LogoutMetadata{BackchannelLogoutURI: "http://app.example.com"}}, "backchannel_logout_uri"},
		"a frame that is code":          {oauth.ClientMetadata{LogoutMetadata: oauth.LogoutMetadata{FrontchannelLogoutURI: "data:text/html,x"}}, "frontchannel_logout_uri"},
		"a policy without a host":       {oauth.ClientMetadata{PolicyURI: "https:///policy"}, "policy_uri"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: c.metadata})
			if e := oauth.AsError(err); err == nil || e.Code != oauth.InvalidClientMetadata || !strings.Contains(e.Description, c.member) {
				t.Errorf("got %v, want invalid_client_metadata that names %s", err, c.member)
			}
		})
	}
	for _, id := range []string{"with space", "line\nbreak", "é", strings.Repeat("a", 256)} {
		if _, _, err := clients.Add(t.Context(), identity.Registration{ID: id}); code(err) != oauth.InvalidClientMetadata {
			t.Errorf("client_id %.10q: %v", id, err)
		}
	}
}

func TestAllowedCORSOriginsAreOrigins(t *testing.T) {
	clients, _ := newClients(t)
	for origin, want := range map[string]oauth.Code{
		"https://app.example.com":      "",
		"https://app.example.com:8443": "",
		"http://localhost:3000":        "",
		"http://127.0.0.1":             "",
		"http://[::1]:5173":            "",
		"http://app.example.com":       oauth.InvalidClientMetadata,
		"https://app.example.com/":     oauth.InvalidClientMetadata,
		"https://app.example.com:443":  oauth.InvalidClientMetadata,
		"http://localhost:80":          oauth.InvalidClientMetadata,
		"https://app.example.com:":     oauth.InvalidClientMetadata,
		"https://App.example.com":      oauth.InvalidClientMetadata,
		"https://*.example.com":        oauth.InvalidClientMetadata,
		"https://a@app.example.com":    oauth.InvalidClientMetadata,
		"https://app.example.com?a":    oauth.InvalidClientMetadata,
		"app.example.com":              oauth.InvalidClientMetadata,
		"file://":                      oauth.InvalidClientMetadata,
		"null":                         oauth.InvalidClientMetadata,
		"*":                            oauth.InvalidClientMetadata,
		"":                             oauth.InvalidClientMetadata,
	} {
		_, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: oauth.ClientMetadata{AllowedCORSOrigins: []string{origin}}})
		if code(err) != want {
			t.Errorf("%q: got %v, want %q", origin, err, want)
		}
	}
}
