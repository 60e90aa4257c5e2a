package keys

import (
	"cmp"
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

// kind is what a takeover is recorded as.
func (how Takeover) kind() audit.Kind {
	if how == Withdrawing {
		return audit.KeysWithdrawn
	}
	return audit.KeysRotated
}

// record records that the ring has changed: +ID is a new key, -ID one that is published
// no longer. Where nobody is said to be at it, it is the schedule.
func (r *Ring) record(ctx context.Context, kind audit.Kind, report Report) {
	var changed []string
	for _, id := range report.Made {
		changed = append(changed, "+"+id)
	}
	for _, id := range report.Removed {
		changed = append(changed, "-"+id)
	}
	r.trail.Record(ctx, audit.Event{
		Kind: cmp.Or(kind, audit.KeysRotated), Actor: audit.Acting(ctx, audit.System("rotation")), Changed: changed,
	})
}
