package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// NewUser is a person to be added. Its JSON form is what can be imported.
type NewUser struct {
	ID       string       `json:"sub,omitempty"` // made when empty; given when people move here from elsewhere
	Username string       `json:"username"`
	Password oauth.Secret `json:"password,omitempty"`

	// PasswordHash is a hash from elsewhere instead of a password: of Argon2, scrypt or
	// PBKDF2 in PHC form, of bcrypt, or as docs/import.md lists. It is replaced by one of
	// ours, of today's cost, when its owner first signs in.
	PasswordHash string `json:"password_hash,omitempty"`

	Disabled bool     `json:"disabled,omitempty"`
	Groups   []string `json:"groups,omitempty"` // which must be there
	Roles    []string `json:"roles,omitempty"`

	Attributes Values `json:"attributes,omitempty"` // of which the schema must know
	oauth.StandardClaims
}

// Add adds a person. One without a password exists and cannot sign in by one.
// The error wraps ErrTaken when the username or the ID is somebody else's.
func (u *Users) Add(ctx context.Context, n NewUser) (User, error) {
	return u.add(ctx, n, audit.UserCreated, nil)
}

// add is Add, recorded as what it is, with what else is to be written of the person at
// once, if anything.
func (u *Users) add(ctx context.Context, n NewUser, how audit.Kind, with func(userID string) []store.Change) (User, error) {
	name, err := Username(n.Username)
	if err != nil {
		return User{}, err
	}
	if err := errors.Join(checkClaims(n.StandardClaims), checkGroups(n.Groups), checkRoles(n.Roles)); err != nil {
		return User{}, err
	}
	attributes, err := u.fitted(ctx, nil, n.Attributes)
	if err != nil {
		return User{}, err
	}
	hash, err := u.firstHash(ctx, n, name)
	if err != nil {
		return User{}, err
	}
	made := userRecord{PasswordHash: hash, User: User{
		ID: n.ID, Username: name, Disabled: n.Disabled, Created: u.now().UTC(), StandardClaims: n.StandardClaims,
		Groups: sorted(n.Groups), Roles: n.Roles, Attributes: attributes,
	}}
	if made.UpdatedAt == 0 {
		made.UpdatedAt = made.Created.Unix()
	}
	if made.ID == "" {
		made.ID = rand.Text()
	} else { // nothing that was somebody's of this ID before is theirs: they begin at another epoch
		made.Epoch = int(made.Created.Unix())
	}
	if err := cmp.Or(checkIdentifier("sub", made.ID), checkReachable("sub", made.ID)); err != nil {
		return User{}, err
	}
	if err := u.hasher.level.raise(ctx, hash); err != nil {
		return User{}, err
	}
	var besides []store.Change
	if with != nil {
		besides = with(made.ID)
	}
	if err := u.write(ctx, made, besides...); err != nil {
		return made.User, err
	}
	ctx = audit.WithActor(ctx, adds(ctx, how, made.ID))
	u.trail.Record(ctx, audit.Event{Kind: how, Subject: made.ID})
	u.recordGroups(ctx, made.ID, nil, made.Groups)
	return made.User, nil
}

// write puts a new user where there is none.
func (u *Users) write(ctx context.Context, made userRecord, with ...store.Change) error {
	claims := slices.ContainsFunc(with, func(c store.Change) bool { return c.Key == u.emails.key(made.address()) })
	for {
		var found []store.Change
		if !claims {
			var err error
			if found, err = u.readdressed(ctx, made.ID, "", made.address()); err != nil {
				return err
			}
		}
		joining, err := u.enrolled(ctx, made.ID, nil, made.Groups)
		if err != nil {
			return err
		}
		err = u.users.Write(ctx, append(slices.Concat(joining, found, with),
			store.Put(u.names.key(made.Username), nameRecord{made.ID}).IfAbsent(),
			store.Put(userKey(made.ID), made).IfAbsent(),
			// A user whose sub is a client's id would pass for that client wherever
			// tokens are told apart by their subject (RFC 9700 §4.15).
			store.Check(clientKey(made.ID)).IfAbsent(),
		)...)
		if !outrunByGroup(err, made.Groups) && (claims || !u.outrunByAddress(err)) {
			return wrap("add user", u.taken(err))
		}
	}
}

// firstHash returns the hash that a new user begins with.
func (u *Users) firstHash(ctx context.Context, n NewUser, username string) (string, error) {
	if n.Password == "" || n.PasswordHash != "" {
		return givenHash(n)
	}
	prepared, err := prepareNew(n.Password, username)
	if err != nil {
		return "", err
	}
	return u.hasher.hash(ctx, prepared)
}

// givenHash returns the hash that a new user brings, as it is kept; "" for none.
func givenHash(n NewUser) (string, error) {
	switch {
	case n.Password != "" && n.PasswordHash != "":
		return "", oauth.InvalidRequest.Errorf("a password and a password_hash are given; one is enough")
	case n.PasswordHash != "":
		return keptHash(n.PasswordHash)
	}
	return "", nil
}

// taken turns a conflict over a unique name into what the caller did wrong.
func (u *Users) taken(err error) error {
	var conflict *store.Conflict
	if !errors.As(err, &conflict) || !conflict.Found() {
		return err
	}
	if u.outrunByAddress(err) {
		return oauth.InvalidRequest.Errorf("the address is somebody's already: %w", ErrTaken)
	}
	if conflict.Key == u.names.key(conflict.Key.Sort) {
		return oauth.InvalidRequest.Errorf("the username is taken: %w", ErrTaken)
	}
	if strings.HasPrefix(conflict.Key.Partition, linkedPrefix) {
		return oauth.InvalidRequest.Errorf("somebody signs in by this identity: %w", ErrTaken)
	}
	return oauth.InvalidRequest.Errorf("the sub is taken: %w", ErrTaken)
}
