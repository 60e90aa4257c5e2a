package upstream

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const (
	maxWordBytes   = 512
	maxURIBytes    = 2048
	maxSecretBytes = 16 << 10

	maxIDLength  = 32
	maxNameRunes = 64
	maxList      = 50
)

// checkID keeps an ID harmless in a path, a form and a username.
func checkID(id string) error {
	bad := strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
	if bad || id == "" || len(id) > maxIDLength || id[0] == '-' || id == oauth.LocalProvider {
		return oauth.InvalidRequest.Errorf("an ID has 1 to %d characters a-z, 0-9 and -, and is not %s", maxIDLength, oauth.LocalProvider)
	}
	return nil
}

// check is every rule that settings must keep.
func (s Settings) check() error {
	for _, rule := range []func() error{s.checkLengths, s.checkWords, s.checkURIs, s.checkTenants, s.checkAuth, s.checkAlg, s.checkLists} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// checkLengths keeps every text to what is read with the provider at each sign-in.
func (s Settings) checkLengths() error {
	for _, each := range []struct {
		name, text string
		most       int
	}{
		{"preset", s.Preset, maxWordBytes},
		{"client_id", s.ClientID, maxWordBytes},
		{"key_id", s.KeyID, maxWordBytes},
		{"team_id", s.TeamID, maxWordBytes},
		{"scope", s.Scope.String(), maxURIBytes},
		{"issuer", s.Issuer, maxURIBytes},
		{"discovery_uri", s.DiscoveryURI, maxURIBytes},
		{"api_uri", s.APIURI, maxURIBytes},
	} {
		if len(each.text) > each.most {
			return oauth.InvalidRequest.Errorf("%s is longer than %d bytes", each.name, each.most)
		}
	}
	return nil
}

func (s Settings) checkWords() error {
	switch {
	case strings.TrimSpace(s.Name) == "" || utf8.RuneCountInString(s.Name) > maxNameRunes || strings.ContainsFunc(s.Name, unicode.IsControl):
		return oauth.InvalidRequest.Errorf("name must have 1 to %d characters", maxNameRunes)
	case s.Kind != OpenID && s.Kind != GitHub:
		return oauth.InvalidRequest.Errorf("kind must be %s or %s", OpenID, GitHub)
	case s.ClientID == "" || len(s.ClientID) > 512:
		return oauth.InvalidRequest.Errorf("client_id is what the provider knows this one by; it is missing")
	case s.ResponseMode != "" && s.ResponseMode != oauth.Query && s.ResponseMode != oauth.FormPost:
		return oauth.InvalidRequest.Errorf("response_mode must be query or form_post")
	case s.Kind == OpenID && !s.Scope.Has(oauth.OpenID): // OpenID Connect Core §3.1.2.1
		return oauth.InvalidRequest.Errorf("scope must hold openid")
	}
	return nil
}

// checkURIs wants https, or plain http to this machine, which the dialer then allows
// only where this provider itself is on it.
func (s Settings) checkURIs() error {
	issuer := strings.Replace(s.Issuer, TenantPattern, "tenant", 1)
	for _, each := range []struct{ name, uri string }{{"issuer", issuer}, {"discovery_uri", s.DiscoveryURI}, {"api_uri", s.APIURI}} {
		u, err := url.Parse(each.uri)
		switch {
		case each.uri == "" && each.name != "issuer":
		case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(each.uri, "#"):
			return oauth.InvalidRequest.Errorf("%s must be an https URL", each.name)
		case !oauth.SecureURI(u):
			return oauth.InvalidRequest.Errorf("%s must be https", each.name)
		}
	}
	return nil
}

// checkTenants wants to be told whom an issuer for many may speak for: every company
// with a tenant is one of them (THREATS.md O44).
func (s Settings) checkTenants() error {
	many := strings.Contains(s.Issuer, TenantPattern)
	switch {
	case many && (s.DiscoveryURI == "" || len(s.Tenants) == 0):
		return oauth.InvalidRequest.Errorf("an issuer with %s needs discovery_uri and tenants", TenantPattern)
	case !many && len(s.Tenants) > 0:
		return oauth.InvalidRequest.Errorf("tenants are for an issuer with %s", TenantPattern)
	}
	return nil
}

func (s Settings) checkAuth() error {
	switch s.Auth {
	case oauth.ClientSecretBasic, oauth.ClientSecretPost, oauth.PrivateKeyJWT, oauth.NoAuth:
	case AppleSecret:
		if s.KeyID == "" || s.TeamID == "" {
			return oauth.InvalidRequest.Errorf("Apple needs key_id and team_id beside the key")
		}
	default:
		return oauth.InvalidRequest.Errorf("token_endpoint_auth_method must be client_secret_basic, client_secret_post, private_key_jwt or none")
	}
	if a := s.AssertionAudience; a != "" && a != AudienceIssuer && a != AudienceTokenEndpoint {
		return oauth.InvalidRequest.Errorf("assertion_audience must be %s or %s", AudienceIssuer, AudienceTokenEndpoint)
	}
	return nil
}

// checkAlg lets an id_token be signed by the client secret only where somebody said so,
// and then by nothing else.
func (s Settings) checkAlg() error {
	algs := append(verify.ProfileIDToken.Algs(), oauth.HS256)
	if s.IDTokenAlg != "" && !slices.Contains(algs, s.IDTokenAlg) {
		return oauth.InvalidRequest.Errorf("id_token_signed_response_alg must be one of %v", algs)
	}
	if s.IDTokenAlg.Symmetric() && s.Auth != oauth.ClientSecretBasic && s.Auth != oauth.ClientSecretPost {
		return oauth.InvalidRequest.Errorf("HS256 needs a client secret")
	}
	return nil
}

func (s Settings) checkLists() error {
	if len(s.Domains) > maxList || len(s.ACRValues) > maxList || len(s.Tenants) > maxList ||
		len(s.Claims) > maxList || len(s.ACR) > maxList || len(s.RequiredClaims) > maxList {
		return oauth.InvalidRequest.Errorf("a list has more than %d values", maxList)
	}
	if err := s.checkMembers(); err != nil {
		return err
	}
	for _, domain := range s.Domains {
		if domain != foldDomain(domain) || !strings.Contains(domain, ".") || strings.ContainsAny(domain, "@ /:") {
			return oauth.InvalidRequest.Errorf("domains must be such as example.com, in lower case")
		}
	}
	for ours := range s.Claims {
		if !slices.Contains(mapped(), ours) {
			return oauth.InvalidRequest.Errorf("claims: %s is none that a provider can fill in", ours)
		}
	}
	return nil
}

// checkMembers keeps what is in lists and mappings to what is read with the provider at
// each sign-in, as checkLengths does.
func (s Settings) checkMembers() error {
	names := func(m map[string]string) []string {
		return slices.AppendSeq(slices.Collect(maps.Keys(m)), maps.Values(m))
	}
	type list struct {
		name   string
		values []string
	}
	lists := []list{
		{"domains", s.Domains}, {"acr_values", s.ACRValues}, {"tenants", s.Tenants}, {"claims", names(s.Claims)}, {"acr", names(s.ACR)},
	}
	for claim, values := range s.RequiredClaims {
		if len(values) > maxList {
			return oauth.InvalidRequest.Errorf("required_claims: a list has more than %d values", maxList)
		}
		lists = append(lists, list{"required_claims", append([]string{claim}, values...)})
	}
	for _, each := range lists {
		if slices.ContainsFunc(each.values, func(value string) bool { return len(value) > maxWordBytes }) {
			return oauth.InvalidRequest.Errorf("%s: a value is longer than %d bytes", each.name, maxWordBytes)
		}
	}
	return nil
}

// checkSecret says whether a secret will do what it is for, before anybody needs it.
func (s Settings) checkSecret(secret oauth.Secret) error {
	switch {
	case len(secret) > maxSecretBytes:
		return oauth.InvalidRequest.Errorf("the secret is longer than %d bytes", maxSecretBytes)
	case secret == "" && s.NeedsSecret():
		return oauth.InvalidRequest.Errorf("the provider needs a client secret, or a private key")
	case s.IDTokenAlg.Symmetric():
		if _, err := jose.NewSecretKey("", []byte(secret)); err != nil {
			return oauth.InvalidRequest.Errorf("the client secret cannot verify HS256: %w", err)
		}
	case s.ownKey():
		if _, err := parsePrivateKey(secret); err != nil {
			return oauth.InvalidRequest.Errorf("the private key must be ECDSA P-256 or RSA, in PEM: %w", err)
		}
	}
	return nil
}
