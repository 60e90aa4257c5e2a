package issue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ClientAccess is what a client may have of a person: what they agreed to, and what it
// was given, with or without asking them.
type ClientAccess struct {
	ClientID string       `json:"client_id"`
	Client   oauth.Client `json:"-"` // with an ID alone when it is registered no more
	Scope    oauth.Scope  `json:"scope"`
	Claims   []string     `json:"claims,omitempty"` // beyond the scope, by name
	Since    time.Time    `json:"given"`            // the person agreed, or it was given something
	Used     time.Time    `json:"used,omitzero"`    // the last time that it was given tokens; zero for never
	Away     bool         `json:"offline"`          // it acts while the person is away
}

// Access returns what clients may have of a person, in the order of the clients' IDs. It
// is what the person is shown, and whoever administers: neither takes back what the other
// does not see.
func (i *Issuer) Access(ctx context.Context, userID string) ([]ClientAccess, error) {
	var consents []ConsentRecord
	var grants []grantRecord
	group, reading := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		consents, err = i.Consents(reading, userID)
		return err
	})
	group.Go(func() (err error) {
		grants, err = i.grantsOf(reading, userID, func(f family) bool { return i.now().Before(f.RefreshExpires) })
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found := map[string]ClientAccess{}
	for _, c := range consents {
		found[c.ClientID] = ClientAccess{Scope: c.Scope, Claims: c.Claims, Since: c.Given}
	}
	for _, g := range grants {
		found[g.ClientID] = found[g.ClientID].with(g.family)
	}
	return i.clientsOf(ctx, found)
}

// with adds what a grant gave.
func (a ClientAccess) with(f family) ClientAccess {
	a.Scope, a.Claims = union(a.Scope, f.Scope), union(a.Claims, f.Claims.Names())
	if a.Since.IsZero() || f.Opened.Before(a.Since) {
		a.Since = f.Opened
	}
	for _, used := range []time.Time{f.Opened, f.Rotated} {
		if used.After(a.Used) {
			a.Used = used
		}
	}
	a.Away = a.Away || f.offline()
	return a
}

// clientsOf loads the clients of what was found. What is kept for one that is registered
// no more is shown too: the person may want it gone.
func (i *Issuer) clientsOf(ctx context.Context, found map[string]ClientAccess) ([]ClientAccess, error) {
	all := make([]ClientAccess, 0, len(found))
	for id, access := range found {
		access.ClientID, access.Client.ID = id, id
		all = append(all, access)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for n := range all {
		group.Go(func() error {
			client, err := i.clients.Get(ctx, all[n].Client.ID)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			all[n].Client = client
			return err
		})
	}
	err := group.Wait()
	slices.SortFunc(all, func(a, b ClientAccess) int { return cmp.Compare(a.Client.ID, b.Client.ID) })
	return all, err
}
