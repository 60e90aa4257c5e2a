package factor

import (
	"context"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Change is what becomes of a person's factors, as they hear of it.
type Change string

// The changes of which a person hears, whoever made them: a factor of somebody else's is a
// way into their account, and one of theirs that is gone may be a way round it.
const (
	PasskeyAdded   Change = "passkey added"
	PasskeyRemoved Change = "passkey removed"
	AppAdded       Change = "app added"
	AppRemoved     Change = "app removed"
	CodesMade      Change = "codes made"
	CodesRemoved   Change = "codes removed"
	AllRemoved     Change = "all removed"
)

// Changes are all of them.
func Changes() []Change {
	return []Change{PasskeyAdded, PasskeyRemoved, AppAdded, AppRemoved, CodesMade, CodesRemoved, AllRemoved}
}

// Tell has a person hear of a change.
type Tell func(ctx context.Context, who identity.User, what Change) error

// NotifyBy has people told of changes. It is called before anybody is served; nobody is
// told without it.
func (f *Factors) NotifyBy(tell Tell) { f.tell = tell }

// change makes the changes to a person's factors that decide chooses, from what they have:
// by identity.Users.Beside, so that each of several at once decides on what the one before
// has left. The person is told before, once: a letter about a change that then fails costs
// a second look, a change without one costs the account.
func (f *Factors) change(
	ctx context.Context, userID string, what Change,
	decide func(context.Context, identity.Standing, Set) ([]store.Change, error),
) (made bool, err error) {
	told := false
	err = f.people.Beside(ctx, userID, func(ctx context.Context, who identity.Standing) ([]store.Change, error) {
		made = false
		set, err := f.Of(ctx, userID)
		if err != nil {
			return nil, err
		}
		changes, err := decide(ctx, who, set)
		if err != nil || len(changes) == 0 {
			return nil, err
		}
		made = true
		if f.tell == nil || what == "" || told {
			return changes, nil
		}
		told = true
		return changes, f.tell(ctx, who.User, what)
	})
	return made && err == nil, err
}

// remove takes factors away, and with the last one the recovery codes: they stand in for
// one that is lost, and would for the next one, too.
func (f *Factors) remove(
	ctx context.Context, userID string, what Change, kind, object string,
	decide func(context.Context, identity.Standing, Set) (left Set, gone []store.Change, err error),
) error {
	codes := false
	made, err := f.change(ctx, userID, what, func(ctx context.Context, who identity.Standing, set Set) ([]store.Change, error) {
		left, gone, err := decide(ctx, who, set)
		codes = len(gone) > 0 && !left.Any() && set.RecoveryCodes > 0
		if codes {
			gone = append(gone, store.Delete(keyOf(userID, recoveryKind)))
		}
		return gone, err
	})
	if made {
		f.record(ctx, audit.FactorRemoved, userID, kind, object)
	}
	if made && codes {
		f.record(ctx, audit.FactorRemoved, userID, recoveryKind, "")
	}
	return err
}

// without is the set without the passkey of a handle, and that passkey, if it is in it.
func (s Set) without(handle string) (Set, *Passkey) {
	at := slices.IndexFunc(s.Passkeys, func(p Passkey) bool { return p.Handle() == handle })
	if at < 0 {
		return s, nil
	}
	gone := s.Passkeys[at]
	s.Passkeys = slices.Delete(slices.Clone(s.Passkeys), at, at+1)
	return s, &gone
}
