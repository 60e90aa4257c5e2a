package authorizer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// issuers are Tokens of every issuer in the settings.
type issuers struct {
	signed   *verify.Issuers
	opaque   []opaque // the longest prefix first
	userinfo map[string]*verify.Userinfo
	fetched  []*verify.RemoteKeys // for the log
}

// keysState is the age of the oldest keys, and how often fetching any was tried.
func (i *issuers) keysState() (oldest time.Duration, tries int) {
	for _, keys := range i.fetched {
		age, n := keys.State()
		oldest, tries = max(oldest, age), tries+n
	}
	return oldest, tries
}

// opaque is an issuer that is asked about tokens that begin so.
type opaque struct {
	prefix string
	tokens *verify.Introspection
}

func (i *issuers) add(prefix string, tokens *verify.Introspection) {
	i.opaque = append(i.opaque, opaque{prefix, tokens})
	slices.SortStableFunc(i.opaque, func(a, b opaque) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
}

// Verify implements Tokens. A token is shown to at most one issuer, lest one learn
// another's.
func (i *issuers) Verify(ctx context.Context, token string) (oauth.AccessToken, error) {
	for _, o := range i.opaque {
		if o.prefix != "" && strings.HasPrefix(token, o.prefix) || o.prefix == "" && !signed(token) {
			return o.tokens.Verify(ctx, token)
		}
	}
	t, err := i.signed.Verify(ctx, token)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	if userinfo := i.userinfo[t.Issuer]; userinfo != nil {
		return userinfo.Add(ctx, t, token)
	}
	return t, nil
}

// signed reports whether the token looks like a JWT: three parts, of which the first
// begins with the brace of an object (RFC 7515 §7.1).
func signed(token string) bool {
	return strings.Count(token, ".") == 2 && strings.HasPrefix(token, "e")
}
