package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// recordRefusal records a password that was wrong, and with the last one of a window
// that the account is locked. For a name that nobody has as much is written as for one
// that somebody has, and nothing of the name: people type passwords there.
func (u *Users) recordRefusal(ctx context.Context, userID string, why error, a attempt) {
	u.trail.Record(ctx, audit.Event{
		Kind: audit.SignInFailed, Outcome: audit.Refused, Subject: userID, Reason: why.Error(), Method: "pwd", Address: a.address,
	})
	if a.last {
		u.trail.Record(ctx, audit.Event{
			Kind: audit.SignInLocked, Outcome: audit.Refused, Subject: userID, Reason: "the account has had its attempts", Address: a.address,
		})
	}
}

// recordAddressLocked records that a network takes its last attempt of a window.
func (u *Users) recordAddressLocked(ctx context.Context, address string) {
	u.trail.Record(ctx, audit.Event{
		Kind: audit.SignInLocked, Outcome: audit.Refused, Reason: "the network has had its attempts", Address: address,
	})
}

// toldRefusals is how often in a window the trail hears that one and the same was refused.
const toldRefusals = 10

// TellsRefusal reports whether the trail is to hear once more that somebody was refused
// something of a kind: whoever is refused may come as often as they like, and must not
// fill the table.
func (u *Users) TellsRefusal(ctx context.Context, kind, who string) bool {
	told := counterKey(kind, who)
	told.Sort = "told"
	_, err := u.state.Count(ctx, told, 1, store.Limit{Max: toldRefusals, Window: u.lockout.Window})
	return !errors.Is(err, store.ErrLimit)
}

// recordDelayed records that an attempt came too soon: once for each account and network
// in a window, for whoever does not wait may come as often as they like. turn is what was
// not given, name the account, "" for a whole network.
func (u *Users) recordDelayed(ctx context.Context, turn store.Key, a attempt, name string, refusal error) {
	if u.trail == nil || !errors.As(refusal, new(*TooSoon)) {
		return
	}
	told := store.Key{Partition: turn.Partition, Sort: "told"}
	if _, err := u.state.Count(ctx, told, 1, store.Limit{Max: 1, Window: u.lockout.Window}); err != nil {
		return
	}
	e := audit.Event{Kind: audit.SignInDelayed, Outcome: audit.Refused, Reason: "too many wrong passwords came from the network", Address: a.address}
	if name != "" {
		kept, _, err := u.lookUp(ctx, name) // which takes as long whether anybody has the name
		if err != nil {
			return
		}
		e.Subject, e.Reason = kept.ID, "too many wrong passwords came for the account"
	}
	u.trail.Record(ctx, e)
}
