package identity

import (
	"encoding/json"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const maxConstantBytes = 1 << 10

// checkClaimsMapping keeps mappings to what is said about people. What tokens are judged
// by, nobody but the provider says.
func checkClaimsMapping(m oauth.ClientMetadata) error {
	if len(m.ClaimsMapping) > maxListLength {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping has more than %d members", maxListLength)
	}
	for i, rule := range m.ClaimsMapping {
		if err := checkClaimMapping(rule); err != nil {
			return err
		}
		for _, target := range oauth.ClaimTargets() {
			twice := func(other oauth.ClaimMapping) bool { return other.Claim == rule.Claim && other.At(target) }
			if rule.At(target) && slices.ContainsFunc(m.ClaimsMapping[:i], twice) {
				return oauth.InvalidClientMetadata.Errorf("claims_mapping says twice what %s is in %s", rule.Claim, target)
			}
		}
	}
	return nil
}

func checkClaimMapping(rule oauth.ClaimMapping) error {
	if err := checkMappedName(rule.Claim); err != nil {
		return err
	}
	ways := 0
	for _, way := range []bool{rule.From != "", len(rule.Value) > 0, rule.Omit} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping of %s needs one of from, value and omit", rule.Claim)
	}
	for i, target := range rule.In {
		if !slices.Contains(oauth.ClaimTargets(), target) || slices.Contains(rule.In[:i], target) {
			return oauth.InvalidClientMetadata.Errorf("claims_mapping of %s: in lists access_token, id_token and userinfo, each once", rule.Claim)
		}
	}
	switch {
	case rule.Omit:
		return nil
	case oauth.IsVerification(rule.Claim): // a lie that other people's accounts hang on
		return oauth.InvalidClientMetadata.Errorf("claims_mapping cannot say what %s is; it can be omitted", rule.Claim)
	case rule.From != "":
		return checkMappedName(rule.From)
	}
	return checkConstant(rule)
}

func checkMappedName(name string) error {
	if !oauth.IsClaimName(name) {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping: a claim's name must have 1 to 128 of a-z, A-Z, 0-9 and _-.:/")
	}
	if oauth.IsProtocolClaim(name) {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping: %s is for the provider alone to say", name)
	}
	return nil
}

func checkConstant(rule oauth.ClaimMapping) error {
	if len(rule.Value) > maxConstantBytes {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping of %s: value is longer than %d bytes", rule.Claim, maxConstantBytes)
	}
	if !json.Valid(rule.Value) {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping of %s: value is no JSON", rule.Claim)
	}
	if _, err := jose.ParseClaims(slices.Concat([]byte(`{"value":`), rule.Value, []byte(`}`))); err != nil {
		return oauth.InvalidClientMetadata.Errorf("claims_mapping of %s: value is JSON that readers understand in different ways", rule.Claim)
	}
	return nil
}
