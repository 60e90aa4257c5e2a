package pages

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// named puts the account that a request names first, and reports whether there is
// one. It is so for this request alone: who is in use for the next one, nobody changes
// by a link.
func (p *Pages) named(ctx context.Context, req issue.AuthorizationRequest, client oauth.Client, a accounts) (accounts, bool, error) {
	for _, each := range a.all {
		named, err := p.issuer.IsNamed(ctx, req, client, each.User)
		if err != nil {
			return accounts{}, false, err
		}
		if named {
			return a.use(each), true, nil
		}
	}
	return a, false, nil
}
