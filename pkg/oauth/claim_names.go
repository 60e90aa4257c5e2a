package oauth

import (
	"slices"
	"strings"
)

// protocolClaims say who issued a token, about whom, for whom, until when and how it was
// obtained. What verifiers decide by is ours alone to say: RFC 7519 §4.1, RFC 9068 §2.2,
// OpenID Connect Core §2 and §5.6.2, and the drafts whose claims we use.
func protocolClaims() []string {
	return []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "cty", "alg",
		"azp", "nonce", "auth_time", "at_hash", "c_hash", "s_hash", "acr", "amr", "sid", "sub_jwk", "sub_id",
		"client_id", "scope", "scp", "grant_id", "cnf", "act", "may_act", "status", "authorization_details",
		"events", "toe", "txn", "token_type", "token_use", "active", "username",
		"_claim_names", "_claim_sources", "_sd", "_sd_alg", "vct", UsageIdentifierKey,
	}
}

// IsProtocolClaim reports whether a claim is one that a token's meaning rests on.
// Nobody's data, no mapping and no hook may say it; nor another spelling of it, because
// some readers match names without regard to case.
func IsProtocolClaim(name string) bool { return spelled(protocolClaims(), name) }

// IsRegisteredClaim reports whether a claim has a meaning already, so that no attribute
// can be called so: those of the protocol, those of OpenID Connect Core §5.1 and those of
// RFC 9068 §2.2.3.1.
func IsRegisteredClaim(name string) bool {
	if IsProtocolClaim(name) || spelled([]string{"entitlements", "verified_claims"}, name) {
		return true
	}
	for _, names := range ScopeClaims() {
		if spelled(names, name) {
			return true
		}
	}
	return false
}

// IsVerification reports whether a claim says that another was verified, on which other
// people's accounts may hang elsewhere: it is said of what we have verified alone (OpenID
// Connect Core §5.7).
func IsVerification(name string) bool {
	return spelled([]string{"email_verified", "phone_number_verified"}, name)
}

func spelled(names []string, name string) bool {
	return slices.ContainsFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
}

const maxClaimNameBytes = 128

// IsClaimName reports whether a name can be that of a claim beside the registered ones:
// a word, or a URL that keeps it apart from others' (RFC 7519 §4.2). It holds nothing
// that would have to be escaped.
func IsClaimName(name string) bool {
	return name != "" && len(name) <= maxClaimNameBytes && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.:/", r)
	})
}
