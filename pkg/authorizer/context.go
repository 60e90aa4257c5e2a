package authorizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// contextClaim is a claim that is passed on to the API.
type contextClaim struct{ claim, key string }

// maxValue bounds a context value; a longer one is cut, and ends in truncated.
const (
	maxValue  = 2048
	truncated = "...[truncated]"
)

// parseContextClaims checks CONTEXT_CLAIMS. Keys in the context have letters,
// digits and underscores only; claims with other characters get underscores.
func parseContextClaims(names []string) ([]contextClaim, config.Faults) {
	var claims []contextClaim
	var faults config.Faults
	taken := []string{"sub", "client_id", "scope", "exp", "error", "challenge", "principalId", "integrationLatency"}
	for _, name := range names {
		key := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, name)
		if key == "" || slices.Contains(taken, key) {
			faults = append(faults, fmt.Sprintf("CONTEXT_CLAIMS: %q is taken, or empty", name))
		}
		taken = append(taken, key)
		claims = append(claims, contextClaim{name, key})
	}
	return claims, faults
}

// contextValue is one thing that the API learns: a string, number or boolean.
type contextValue struct {
	key   string
	value any
}

// context is what the API learns. Values are flat: REST APIs pass nested ones and
// then fail the integration. The token itself is never in it.
func (a *Authorizer) context(e *event, t oauth.AccessToken, p policy) []contextValue {
	values := make([]contextValue, 0, 6+len(a.claims))
	if !anonymous(t) {
		values = append(values, contextValue{"sub", t.Subject}, contextValue{"client_id", t.ClientID}, contextValue{"scope", limit(t.Scope.String())})
	}
	for _, c := range a.claims {
		if value, ok := flat(t.Claims[c.claim]); ok {
			values = append(values, contextValue{c.key, value})
		}
	}
	if e.kind == webSocket && !anonymous(t) {
		// Nobody asks again while the connection lasts: the API has to end it.
		values = append(values, contextValue{"exp", t.Expires.Unix()})
	}
	if p.challenge != "" {
		values = append(values, contextValue{"challenge", p.challenge})
	}
	if p.denied {
		values = append(values, contextValue{"error", string(p.code)})
	}
	return values
}

// flat makes a claim a string, number or boolean: a list of scalars is joined by
// spaces, anything deeper is JSON. It is false for null and for what is absent.
func flat(claim any) (any, bool) {
	switch v := claim.(type) {
	case nil:
		return nil, false
	case string:
		return limit(v), true
	case float64, bool:
		return v, true
	case []any:
		if words, ok := scalars(v); ok {
			return limit(strings.Join(words, " ")), true
		}
	}
	text, err := json.Marshal(claim)
	return limit(string(text)), err == nil
}

func scalars(list []any) ([]string, bool) {
	words := make([]string, 0, len(list))
	for _, element := range list {
		switch v := element.(type) {
		case string:
			words = append(words, v)
		case float64:
			words = append(words, strconv.FormatFloat(v, 'f', -1, 64))
		case bool:
			words = append(words, strconv.FormatBool(v))
		default:
			return nil, false
		}
	}
	return words, true
}

// limit cuts a long value. The marker sticks to what it cuts, so that no shorter
// word comes out whole that was the beginning of another.
func limit(s string) string {
	if len(s) <= maxValue {
		return s
	}
	end := maxValue - len(truncated)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + truncated
}
