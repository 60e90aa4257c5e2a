package upstream

import (
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Preset is what is known of a provider that many people use. What each of its operators
// has for themselves it leaves open.
type Preset struct {
	Name     string
	Settings Settings
	Needs    string // what must be said beside it: issuer or tenant, "" for nothing
}

// Presets are the providers that are known, in the order of their names.
func Presets() []Preset {
	standard := oauth.Scope{oauth.OpenID, oauth.Profile, oauth.Email}
	openID := func(name, label, issuer, needs string, change func(*Settings)) Preset {
		s := Settings{Preset: name, Name: label, Kind: OpenID, Issuer: issuer, Auth: oauth.ClientSecretBasic, Scope: standard}
		change(&s)
		return Preset{name, s, needs}
	}
	plain := func(*Settings) {}
	return []Preset{
		openID("apple", "Apple", "https://appleid.apple.com", "", func(s *Settings) {
			s.Scope, s.ResponseMode, s.Auth = oauth.Scope{oauth.OpenID, "name", oauth.Email}, oauth.FormPost, AppleSecret
		}),
		openID("auth0", "Auth0", "", "issuer", plain),
		openID("cognito", "Amazon Cognito", "", "issuer", plain),
		openID("entra", "Microsoft", "", "tenant", func(s *Settings) {
			s.Auth, s.AssertionAudience = oauth.ClientSecretPost, AudienceTokenEndpoint
		}),
		{"github", Settings{
			Preset: "github", Name: "GitHub", Kind: GitHub, Issuer: "https://github.com", Auth: oauth.ClientSecretPost,
			Scope: oauth.Scope{"read:user", "user:email"},
		}, ""},
		openID("google", "Google", google, "", plain),
		openID("keycloak", "Keycloak", "", "issuer", func(s *Settings) { s.RequireAuthTime = true }),
		openID("okta", "Okta", "", "issuer", func(s *Settings) {
			s.RequireAuthTime, s.AssertionAudience = true, AudienceTokenEndpoint
		}),
		openID("openid", "", "", "issuer", plain),
	}
}

const (
	google    = "https://accounts.google.com"
	microsoft = "https://login.microsoftonline.com/"
)

// ForTenants makes the settings those of Microsoft Entra's tenants: of one, whose issuer
// is its own, or of several, or all by *, for which one issuer is a pattern.
func (s *Settings) ForTenants(tenants []string) {
	if len(tenants) == 1 && tenants[0] != "*" {
		s.Issuer, s.DiscoveryURI, s.Tenants = microsoft+tenants[0]+"/v2.0", "", nil
		return
	}
	s.Issuer, s.Tenants = microsoft+TenantPattern+"/v2.0", tenants
	s.DiscoveryURI = microsoft + "organizations/v2.0/.well-known/openid-configuration"
}

// PresetNames are the names of the presets, for a command's help.
func PresetNames() string {
	var names []string
	for _, preset := range Presets() {
		names = append(names, preset.Name)
	}
	return strings.Join(names, ", ")
}
