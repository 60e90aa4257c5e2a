package authorizer

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// replaces reports whether the deployment was configured for lmammino/oidc-authorizer
// and for nothing of ours. JWKS_URI is common to both, and all that theirs needs.
func replaces(cfg config.Config) bool {
	ours := cfg.Issuer != "" || len(cfg.Audience) > 0 || cfg.JWKSFile != "" || cfg.HS256Secret != "" || cfg.RouteScopes != ""
	return !ours && (cfg.OIDCAuthorizer != config.OIDCAuthorizer{} || cfg.JWKSURI != "")
}

// compatible makes settings of the variables of lmammino/oidc-authorizer. Left empty
// they mean "any" there: tokens of any issuer, for any API. Here they are faults.
func compatible(cfg config.Config) (Settings, error) {
	theirs := cfg.OIDCAuthorizer
	issuers, faults := accepted("ACCEPTED_ISSUERS", theirs.AcceptedIssuers, "tokens of any issuer with a key in the set",
		"set it to what the tokens say in iss")
	audiences, more := accepted("ACCEPTED_AUDIENCES", theirs.AcceptedAudiences, "tokens for any API (RFC 8725 section 3.9)",
		"set it to the API's identifier, as in aud; for Amazon Cognito to the ids of its clients")
	if faults = append(faults, more...); cfg.JWKSURI == "" {
		faults = append(faults, "JWKS_URI is not set")
	}
	if theirs.TokenValidationCEL != "" {
		// Passed over, it would let in whom it kept out.
		faults = append(faults, "TOKEN_VALIDATION_CEL is not evaluated here: say it by required_claims or routes in AUTHORIZER_SETTINGS, and remove it")
	}
	s := Settings{ContextClaims: principalClaims(theirs.PrincipalIDClaims), HTTPResponse: cfg.HTTPResponse}
	ttl := Duration(cfg.ResultTTL)
	s.ResultTTL = &ttl
	for _, issuer := range issuers {
		one := IssuerSettings{Issuer: issuer, Audience: audiences, JWKSURI: cfg.JWKSURI, Profile: profileOf(issuer, theirs.TokenProfile)}
		if !slices.Contains(verify.Profiles(), one.Profile) || one.Profile == verify.ProfileHS256 {
			faults = append(faults, fmt.Sprintf("TOKEN_PROFILE is %q; it may be rfc9068, oidc-id-token, cognito or entra", theirs.TokenProfile))
			break
		}
		if one.Algs, more = algsOf(one.Profile, theirs.AcceptedAlgorithms); more != nil {
			faults = append(faults, more...)
			break
		}
		s.Issuers = append(s.Issuers, one)
	}
	if len(faults) > 0 {
		return Settings{}, faults
	}
	return s, nil
}

// besideTheirs lists the variables of the other authorizer that would be passed over
// because there are some of ours: each was meant to keep somebody out.
func besideTheirs(cfg config.Config) config.Faults {
	theirs := cfg.OIDCAuthorizer
	var faults config.Faults
	for _, v := range []struct{ name, value string }{
		{"ACCEPTED_ALGORITHMS", theirs.AcceptedAlgorithms},
		{"ACCEPTED_AUDIENCES", theirs.AcceptedAudiences},
		{"ACCEPTED_ISSUERS", theirs.AcceptedIssuers},
		{"TOKEN_PROFILE", theirs.TokenProfile},
		{"TOKEN_VALIDATION_CEL", theirs.TokenValidationCEL},
	} {
		if v.value != "" {
			faults = append(faults, v.name+" is of another authorizer and has no effect beside our own variables: remove it, or those")
		}
	}
	return faults
}

// accepted reads a list that must name somebody.
func accepted(name, list, otherwise, mend string) ([]string, config.Faults) {
	values := commas(list)
	switch {
	case len(values) == 0:
		return nil, config.Faults{fmt.Sprintf("%s is not set, which would accept %s: %s", name, otherwise, mend)}
	case slices.Contains(values, "*"):
		return nil, config.Faults{fmt.Sprintf("%s has a *, which stands for nothing in tokens: %s", name, mend)}
	}
	return values, nil
}

// commas splits a list as they do: spaces around the values do not count.
func commas(list string) []string {
	var values []string
	for value := range strings.SplitSeq(list, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// principalClaims are passed on in the context. The principal itself is always the
// sub: a preferred_username may change hands (OpenID Connect Core §5.7).
func principalClaims(list string) []string {
	always := []string{"sub", "client_id", "scope"}
	return slices.DeleteFunc(commas(list), func(claim string) bool { return slices.Contains(always, claim) })
}

// profileOf is the profile that is named, or the one that the issuer is known to
// write.
func profileOf(issuer, named string) verify.Profile {
	if named != "" {
		return verify.Profile(named)
	}
	host, path := strings.TrimPrefix(issuer, "https://"), ""
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		host, path = u.Hostname(), u.Path
	}
	switch {
	case strings.HasPrefix(host, "cognito-idp."):
		return verify.ProfileCognito
	case host == "login.microsoftonline.com", host == "sts.windows.net":
		return verify.ProfileEntra
	case strings.HasSuffix(host, ".auth0.com"):
		return verify.ProfileAuth0
	case strings.HasSuffix(host, ".okta.com"), strings.HasSuffix(host, ".oktapreview.com"):
		return verify.ProfileOkta
	case strings.Contains(path, "/realms/"):
		return verify.ProfileKeycloak
	case host == "accounts.google.com": // its access tokens are opaque
		return verify.ProfileIDToken
	}
	return verify.ProfileRFC9068
}

// algsOf are the algorithms of the profile that are accepted: all, when none is
// named. Of those that they know and nobody here speaks, there must be others.
func algsOf(profile verify.Profile, list string) ([]oauth.Alg, config.Faults) {
	named := commas(list)
	if len(named) == 0 {
		return nil, nil // the profile's
	}
	var algs []oauth.Alg
	for _, name := range named {
		if slices.Contains(profile.Algs(), oauth.Alg(name)) {
			algs = append(algs, oauth.Alg(name))
		}
	}
	if len(algs) == 0 {
		return nil, config.Faults{fmt.Sprintf("ACCEPTED_ALGORITHMS is %q; the profile %s has %v", list, profile, profile.Algs())}
	}
	return algs, nil
}
