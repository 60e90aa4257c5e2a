package issue

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// mapped applies a client's mappings to what a target says. known is all that the client
// may know about the person: a mapping calls things by other names and says them at other
// places, but gives nothing that the scope, or a claim asked for by name, does not.
func mapped(rules []oauth.ClaimMapping, says, known claims) claims {
	result := claims{}
	for name, value := range says {
		gone := func(rule oauth.ClaimMapping) bool { return rule.From == name || rule.Omit && rule.Claim == name }
		if !slices.ContainsFunc(rules, gone) {
			result[name] = value
		}
	}
	for _, rule := range rules {
		value := rule.Value
		if rule.From != "" {
			value = known[rule.From]
		}
		if rule.Omit || value == nil {
			continue
		}
		if rule.From == rule.Claim {
			result[rule.Claim] = value
		} else {
			result.say(rule.Claim, value)
		}
	}
	return result
}

// rulesAt are the mappings that count at a target.
func rulesAt(target oauth.ClaimTarget, mappings []oauth.ClaimMapping) []oauth.ClaimMapping {
	var rules []oauth.ClaimMapping
	for _, mapping := range mappings {
		if mapping.At(target) {
			rules = append(rules, mapping)
		}
	}
	return rules
}
