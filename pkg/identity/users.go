package identity

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Users are the people who may sign in.
type Users struct {
	users, state store.Table
	names        shards
	emails       shards
	lockout      Lockout
	hasher       *hasher
	migration    Migration // nil: nobody moves in
	breaches     Breaches  // nil: no list of leaked passwords is asked
	trail        *audit.Trail
	tellLinked   TellLinked // nil: nobody is told
	tellMoved    TellMoved  // the same
	decoded      decoded[User]
	schema       keptSchema
	now          func() time.Time
}

// NewUsers keeps people in the users table and counts their sign-ins in the state
// table. There should be one Users a process, for it computes one password hash at
// a time. With the zero Lockout nobody can sign in.
func NewUsers(users, state store.Table, lockout Lockout) *Users {
	return &Users{
		users:   users,
		state:   state,
		names:   shards{users, "username"},
		emails:  shards{users, "email"},
		lockout: lockout,
		hasher:  newHasher(&level{table: users, now: time.Now}),
		now:     time.Now,
	}
}

// HashCalls returns how many password hashes were computed, so that a test can
// tell whether strangers learn from the time which usernames exist.
func (u *Users) HashCalls() int64 { return u.hasher.calls.Load() }

// each loads the users that the names belong to, without those deleted meanwhile.
func (u *Users) each(ctx context.Context, names []store.Record) ([]User, error) {
	loaded := make([]*User, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for i, record := range names {
		group.Go(func() error {
			name, err := store.Decode[nameRecord](record)
			if err != nil {
				return err
			}
			user, err := u.Get(ctx, name.ID)
			if isNotFound(err) {
				return nil
			}
			loaded[i] = &user
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	users := make([]User, 0, len(names))
	for _, user := range loaded {
		if user != nil {
			users = append(users, *user)
		}
	}
	return users, nil
}
