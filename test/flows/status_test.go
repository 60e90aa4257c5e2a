package flows

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// isRevokedAtTheGate demands that the status list, as it is now, revokes the token.
func (s *site) isRevokedAtTheGate(t *testing.T, token string) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	lists, err := verify.NewStatusLists(verify.StatusListPolicy{
		Issuer: issuer, Keys: s.ring,
		Fetch: func(ctx context.Context, _, etag string) (fetch.Response, error) {
			list, err := s.issuer.StatusList(ctx, 0, etag)
			return fetch.Response{Body: []byte(list.Token)}, err
		},
	})
	must(t, err)
	if err := lists.Check(t.Context(), oauth.AccessToken{Issuer: issuer, Claims: claims}); !oauth.InvalidToken.In(err) {
		t.Errorf("a gate takes a revoked token: %v", err)
	}
}
