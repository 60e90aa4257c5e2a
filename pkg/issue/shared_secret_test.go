package issue_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A client or an API that is registered for HS256 knows the key, and can sign what
// it likes. It gets no further than what the person granted it.
func TestAForgedTokenGetsNoFurtherThanItsGrant(t *testing.T) {
	s := withReader(t, func(m *oauth.ClientMetadata) {
		m.AccessTokenSignedResponseAlg = oauth.HS256
	})
	own := s.tokens(readerID, s.code(readerID, "scope=openid")).AccessToken
	others := claimsOf(t, s.tokens(webID, s.code(webID, "scope=openid email")).AccessToken)
	for name, c := range map[string]struct {
		change func(claims map[string]any)
		good   bool
	}{
		"as it was":              {func(map[string]any) {}, true},
		"a wider scope":          {func(claims map[string]any) { claims["scope"] = "openid email" }, false},
		"another client's grant": {func(claims map[string]any) { claims["grant_id"], claims["scope"] = others["grant_id"], "openid" }, false},
		"another person":         {func(claims map[string]any) { claims["sub"] = s.bob.ID }, false},
		"a grant made up":        {func(claims map[string]any) { claims["grant_id"] = "made up" }, false},
		"a reference made up":    {func(claims map[string]any) { claims["grant_id"] = ".bWFkZSB1cA" }, false},
		"a reference of nothing": {func(claims map[string]any) { claims["grant_id"] = "." }, false},
		"a reference, not ours":  {func(claims map[string]any) { claims["grant_id"] = ".AQ" }, false},
		"no base64":              {func(claims map[string]any) { claims["grant_id"] = ".!" }, false},
		"no grant":               {func(claims map[string]any) { delete(claims, "grant_id") }, false},
		"a number for a grant":   {func(claims map[string]any) { claims["grant_id"] = 5 }, false},
		"a list for a grant":     {func(claims map[string]any) { claims["grant_id"] = []any{claims["grant_id"]} }, false},
		"null for a grant":       {func(claims map[string]any) { claims["grant_id"] = nil }, false},
	} {
		claims := claimsOf(t, own)
		c.change(claims)
		token, err := keys.SignHS256([]byte(secret), oauth.TypAccessToken, numbers(claims))
		must(t, err)
		_, err = s.userinfo(token)
		if (err == nil) != c.good || err != nil && code(err) != oauth.InvalidToken {
			t.Errorf("%s: got %v", name, err)
		}
		if active := s.introspected(readerID, token).Active; active != c.good {
			t.Errorf("%s: introspection says %v", name, active)
		}
	}
}

// numbers makes the times whole again that a map of any holds as floats.
func numbers(claims map[string]any) map[string]any {
	for name, value := range claims {
		if n, ok := value.(float64); ok {
			claims[name] = int64(n)
		}
	}
	return claims
}
