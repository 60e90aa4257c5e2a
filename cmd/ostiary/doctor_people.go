package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// peopleLookedAt bounds what is read of a large deployment: whoever an older version
// added is not found by their address, so that a few of them are among the first.
const peopleLookedAt = 200

// checkPeople says when people cannot be found by their confirmed addresses, because a
// version added them that kept no record of those, or whoever had the address before them
// is gone. Where there is nobody there is nothing to say.
func (d *doctor) checkPeople(ctx context.Context, b *backend) {
	users := b.people()
	found, _, err := users.List(ctx, "", store.Page{Limit: peopleLookedAt})
	due := make([]bool, len(found))
	if err == nil {
		reading, readingCtx := errgroup.WithContext(ctx)
		reading.SetLimit(16)
		for i, person := range found {
			reading.Go(func() (err error) {
				due[i], err = users.Unindexed(readingCtx, person)
				return err
			})
		}
		err = reading.Wait()
	}
	if err != nil {
		d.fail("people", explained(err).Error(), "")
		return
	}
	missing := 0
	for _, one := range due {
		if one {
			missing++
		}
	}
	switch {
	case missing > 0:
		d.warn("people", fmt.Sprintf("of the first %d people %d are not found by their confirmed address", len(found), missing),
			"have everybody found with: ostiary user reindex")
	case len(found) > 0:
		d.pass("people", "the first %d are found by their confirmed addresses, where they have one", len(found))
	}
}

// checkDeletions says when deletions broke off and nobody has finished them. Where there
// are none there is nothing to say.
func (d *doctor) checkDeletions(ctx context.Context, b *backend) {
	left, err := b.deletions(d.cfg).UnfinishedDeletions(ctx)
	switch {
	case err != nil:
		d.fail("deletions", explained(err).Error(), "")
	case len(left) > 0:
		d.warn("deletions", counted(len(left), "deletion")+" broke off: who is leaving can do nothing, and part of what was theirs is still there",
			d.advice("serve finishes them within five minutes of its start", "look at the deliver function's schedule and log: it finishes them every minute")+
				"; at once: ostiary user delete --unfinished")
	}
}
