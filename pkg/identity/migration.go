package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ErrNotThere is what a migration answers of a name that the old system does not know,
// or whose password is another.
var ErrNotThere = errors.New("identity: the old system knows no such user and password")

// errAnybody is of an old system that says yes to everybody.
var errAnybody = errors.New("the old system takes a user and password that nobody has")

// Migration asks the system that people are moving from whether a password is right,
// once for each of them. It returns who they are, of which Username is not used, or
// ErrNotThere. It must end by itself.
type Migration func(ctx context.Context, username string, password oauth.Secret) (NewUser, error)

// MigrateBy has people whom nobody knows here moved over when they first sign in. It
// must be called before anybody does.
//
// Every sign-in that would be refused asks once: for an unknown name with what was
// typed, for a known one with a name and a password that nobody has, so that neither
// the time nor an outage tells who is known here, and no password of somebody who has
// moved goes back. A sign-in that asks has taken its attempt beforehand.
func (u *Users) MigrateBy(ask Migration) { u.migration = ask }

// migrate returns who has just moved over; the zero User when nobody has. An old system
// that does not answer refuses everybody alike: to take it for a no would tell people
// that their password is wrong.
func (u *Users) migrate(ctx context.Context, kept userRecord, name string, password typed) (User, error) {
	if u.migration == nil {
		return User{}, nil
	}
	_, err := Username(name)
	decoy := kept.ID != "" || err != nil // what is no username is nobody's there either
	if decoy {
		_, err = u.migration(ctx, "nobody-"+strings.ToLower(rand.Text()), oauth.Secret(rand.Text()))
		if err == nil {
			err = errAnybody
		}
		return User{}, unanswered(err)
	}
	found, err := u.migration(ctx, name, oauth.Secret(password.raw))
	if err != nil {
		return User{}, unanswered(err)
	}
	return u.moveIn(ctx, found, name, password)
}

// unanswered is nil for a no.
func unanswered(err error) error {
	if errors.Is(err, ErrNotThere) {
		return nil
	}
	return oauth.TemporarilyUnavailable.Errorf("nobody new can sign in at the moment; try again later: %w", err)
}

// moveIn adds the person, with our own hash of the password: even of a short list of
// common ones, for that is the password they have.
func (u *Users) moveIn(ctx context.Context, found NewUser, name string, password typed) (User, error) {
	hash, err := u.hasher.hash(ctx, password.prepared)
	if err != nil {
		return User{}, err
	}
	found.Username, found.Password, found.PasswordHash = name, "", hash
	user, err := u.add(ctx, found, audit.UserMovedIn, nil)
	if errors.Is(err, ErrTaken) {
		return u.movedIn(ctx, name, password)
	}
	if err != nil {
		// What the old system said is wrong, and nothing that was typed.
		return User{}, fmt.Errorf("move %s in: %s", found.ID, oauth.AsError(err).Description)
	}
	if user.Disabled {
		return User{}, nil
	}
	return user, nil
}

// movedIn is for whom another sign-in was quicker. Whoever has taken the name may be
// somebody else, so the password is looked at again.
func (u *Users) movedIn(ctx context.Context, name string, password typed) (User, error) {
	kept, _, err := u.lookUp(ctx, name)
	if err != nil {
		return User{}, err
	}
	verdict, err := u.hasher.verify(ctx, kept.PasswordHash, password)
	if err != nil || refusal(kept, verdict.match) != nil {
		return User{}, err
	}
	return kept.User, nil
}
