package issue

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// unlessEnded ends a grant that was just opened when what it stands on has ended
// meanwhile. Whoever ends a consent, a session or what a person has ends that first
// and then the grants that they find, so either they find this one or this misses
// what has ended.
func (i *Issuer) unlessEnded(ctx context.Context, a Approval) error {
	err := i.stands(ctx, a)
	if !refusal(err) {
		return err
	}
	if failed := i.endGrant(ctx, grantKey(a.User.ID, a.GrantID)); failed != nil {
		return failed
	}
	return err
}

func (i *Issuer) stands(ctx context.Context, a Approval) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if a.SessionID != "" && !a.Scope.Has(oauth.OfflineAccess) {
			return i.sessionLives(ctx, a.User.ID, a.SessionID) // and its person
		}
		_, err := i.liveUser(ctx, a.User.ID, a.User.Epoch)
		return err
	})
	if a.SessionID != "" && !a.Client.SkipConsent {
		group.Go(func() error {
			given, err := i.consent(ctx, a.User.ID, a.Client)
			if err == nil && !given.covers(AuthorizationRequest{Scope: a.Scope, Claims: a.Claims}) {
				return oauth.InvalidGrant.Errorf("the consent was withdrawn") // or given anew since, to less
			}
			return err
		})
	}
	return group.Wait()
}
