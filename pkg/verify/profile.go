package verify

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Profile is what kind of token an issuer writes.
type Profile string

// The profiles.
const (
	ProfileRFC9068  Profile = "rfc9068"       // access tokens as RFC 9068 has them
	ProfileIDToken  Profile = "oidc-id-token" // id_tokens: OpenID Connect Core §2
	ProfileCognito  Profile = "cognito"       // access tokens of Amazon Cognito user pools
	ProfileEntra    Profile = "entra"         // access tokens of Microsoft Entra ID, for APIs of one's own
	ProfileAuth0    Profile = "auth0"         // access tokens of Auth0's own profile
	ProfileKeycloak Profile = "keycloak"      // access tokens of Keycloak
	ProfileOkta     Profile = "okta"          // access tokens of Okta's authorization servers
	ProfileHS256    Profile = "hs256"         // of services that share a secret
)

// Profiles returns all of them.
func Profiles() []Profile {
	return []Profile{
		ProfileRFC9068, ProfileIDToken, ProfileCognito, ProfileEntra, ProfileAuth0, ProfileKeycloak, ProfileOkta, ProfileHS256,
	}
}

// Algs returns the algorithms with which an issuer of the profile may sign.
func (p Profile) Algs() []oauth.Alg {
	switch p {
	case ProfileHS256:
		return []oauth.Alg{oauth.HS256}
	case ProfileCognito, ProfileEntra:
		return []oauth.Alg{oauth.RS256}
	default:
		return []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256, oauth.EdDSA, oauth.ES384}
	}
}

// rules are what a profile fills in. It cannot skip a check: signature, issuer and
// times are the same for all, and each of the others asks it one question.
type rules struct {
	types []string // accepted as typ; "" is a header without

	// kind refuses what is no token of this kind though its typ fits: RFC 8725 §3.12,
	// mutually exclusive rules for each kind of token.
	kind func(p Policy, claims jose.Claims) error

	audience func(p Policy, claims jose.Claims) ([]string, error) // for whom it is
	iat      bool                                                 // whether iat must be there

	client, id         string                                         // the claims with the client's id and the token's own
	needClient, needID bool                                           // whether they must be there
	fill               func(t *oauth.AccessToken, claims jose.Claims) // what these claims do not say
	scope              string                                         // the claim with the scope; "" for none
}

// profiles is the list of profiles: a new one is a line here.
var profiles = map[Profile]*rules{
	ProfileRFC9068: {
		types: []string{oauth.TypAccessToken, "application/" + oauth.TypAccessToken}, // RFC 9068 §4
		kind:  anyKind, audience: audienceClaim,
		iat: true, client: "client_id", needClient: true, id: "jti", needID: true, scope: "scope", // RFC 9068 §2.2
	},
	ProfileIDToken: {
		types: []string{"JWT", ""},
		kind:  idTokenKind, audience: idTokenAudience,
		iat: true, client: "azp", id: "jti", fill: clientOfAudience,
	},
	ProfileCognito: {
		types: []string{"", "JWT"},
		kind:  cognitoKind, audience: cognitoAudience,
		iat: true, client: "client_id", id: "jti", fill: clientOfAudience, scope: "scope",
	},
	ProfileEntra: {
		types: []string{"JWT"},
		kind:  entraKind, audience: audienceClaim,
		iat: true, client: "azp", id: "uti", fill: entraClientID, scope: "scp",
	},
	ProfileAuth0: {
		types: []string{"JWT"},
		kind:  auth0Kind, audience: audienceClaim,
		iat: true, client: "azp", needClient: true, id: "jti", scope: "scope",
	},
	ProfileKeycloak: {
		types: []string{"JWT", oauth.TypAccessToken}, // as the client is configured
		kind:  keycloakKind, audience: audienceClaim,
		iat: true, client: "azp", needClient: true, id: "jti", needID: true, scope: "scope",
	},
	ProfileOkta: {
		types: []string{"", "JWT"},
		kind:  oktaKind, audience: audienceClaim,
		iat: true, client: "cid", needClient: true, id: "jti", needID: true, fill: oktaScope,
	},
	ProfileHS256: {
		types: []string{"JWT", ""},
		kind:  sharedSecretKind, audience: audienceClaim,
		client: "client_id", id: "jti", scope: "scope",
	},
}

// rulesFor returns the rules that a token with this header is judged by. A service
// that shares a secret may write RFC 9068's access tokens too, as each API of Auth0
// may choose to get, and is held to it when it says so.
func (p Policy) rulesFor(h jose.Header) (*rules, error) {
	r := profiles[p.Profile]
	if slices.Contains(r.types, h.Type) { // RFC 8725 §3.11
		return r, nil
	}
	access := profiles[ProfileRFC9068]
	both := p.Profile == ProfileAuth0 || p.Profile == ProfileHS256 && !p.NoIss && !p.NoAud
	if both && slices.Contains(access.types, h.Type) {
		return access, nil
	}
	return nil, oauth.InvalidToken.Errorf("typ is not that of this issuer's access tokens")
}

func anyKind(Policy, jose.Claims) error { return nil }

// audienceClaim refuses tokens for other APIs (RFC 9068 §4, RFC 8707 §2): one
// identifier is equal to one of ours; no prefix counts.
func audienceClaim(p Policy, claims jose.Claims) ([]string, error) {
	audience, present, err := claims.Strings("aud")
	if err != nil {
		return nil, oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	ours := func(a string) bool { return slices.Contains(p.Audience, a) }
	switch {
	case p.NoAud && !present, p.AnyAudience:
	case !slices.ContainsFunc(audience, ours): // what has an aud is not for everybody: RFC 7519 §4.1.3
		return nil, oauth.InvalidToken.Errorf("not a token for this audience")
	}
	return audience, nil
}

// absent refuses a token that has one of the claims, which mark another kind.
func absent(claims jose.Claims, what string, marks ...string) error {
	for _, mark := range marks {
		if _, present := claims[mark]; present {
			return oauth.InvalidToken.Errorf("%s: it has %s", what, mark)
		}
	}
	return nil
}

// says refuses a token in which a claim is there and none of the values.
func says(claims jose.Claims, name string, values ...string) error {
	value, present, err := claims.String(name)
	if err != nil || present && !slices.Contains(values, value) {
		return oauth.InvalidToken.Errorf("another kind of token: its %s says so", name)
	}
	return nil
}

// clientOfAudience takes an id_token's one audience for its client.
func clientOfAudience(t *oauth.AccessToken, _ jose.Claims) {
	if t.ClientID == "" && len(t.Audience) == 1 {
		t.ClientID = t.Audience[0]
	}
}
