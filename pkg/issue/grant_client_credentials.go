package issue

import (
	"context"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// clientCredentials gives a client a token to act for itself (RFC 6749 §4.4).
type clientCredentials struct{ *Issuer }

// Approve grants the scope that makes sense without a person, and no refresh
// token (RFC 6749 §4.4.3).
func (g clientCredentials) Approve(_ context.Context, r Request) (Approval, error) {
	if r.Client.Public() { // RFC 6749 §4.4
		return Approval{}, oauth.UnauthorizedClient.Errorf("a public client cannot act for itself")
	}
	scope, err := grantScope(r)
	if err != nil {
		return Approval{}, err
	}
	if personal(scope) {
		if r.Params.Has("scope") {
			return Approval{}, oauth.InvalidScope.Errorf("%s need a person", strings.Join(needPerson(), ", "))
		}
		scope = withoutPersonal(scope)
	}
	audience, err := g.audience(r, scope)
	if err != nil {
		return Approval{}, err
	}
	return Approval{Client: r.Client, Scope: scope, Audience: audience}, nil
}

// needPerson are the scope values that mean nothing where nobody has signed in.
func needPerson() []string { return []string{oauth.OpenID, oauth.OfflineAccess, oauth.ProviderTokens} }

func personal(scope oauth.Scope) bool { return slices.ContainsFunc(needPerson(), scope.Has) }

func withoutPersonal(scope oauth.Scope) oauth.Scope {
	about := oauth.ScopeClaims()
	return slices.DeleteFunc(slices.Clone(scope), func(token string) bool {
		return slices.Contains(needPerson(), token) || about[token] != nil
	})
}
