package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// User is a person. The password's hash is no part of it: nothing but a sign-in
// needs it.
type User struct {
	ID       string    `json:"sub"`      // never changes, never used again (OpenID Connect Core §2)
	Username string    `json:"username"` // in the form that Username returns
	Disabled bool      `json:"disabled,omitempty"`
	Leaving  bool      `json:"leaving,omitempty"` // their deletion has begun
	Epoch    int       `json:"epoch"`             // sessions and grants born in an earlier epoch are over
	Created  time.Time `json:"created"`
	Groups   []string  `json:"groups,omitempty"` // the names of those that they belong to, in order
	Roles    []string  `json:"roles,omitempty"`  // their own, beside those of their groups

	// Attributes are the operator's own claims: see Users.Attributes.
	Attributes Values `json:"attributes,omitempty"`

	oauth.StandardClaims
}

// userRecord is what lies at userKey.
type userRecord struct {
	User
	PasswordHash string `json:"password_hash,omitempty"` // PHC; empty: cannot sign in by password
}

// nameRecord is what lies at a unique name.
type nameRecord struct {
	ID string `json:"id"`
}

// ErrTaken means that somebody else has the username or the identifier.
var ErrTaken = errors.New("identity: taken")

// Partition is where all records of a person lie, in either table.
func Partition(userID string) string { return "user#" + userID }

func userKey(id string) store.Key { return store.Key{Partition: Partition(id), Sort: "user"} }

// Get returns the user with this ID, or store.ErrNotFound. What is behind its pointers
// is shared and must not be changed; Update is for that.
func (u *Users) Get(ctx context.Context, id string) (User, error) {
	if id == "" {
		return User{}, store.ErrNotFound
	}
	record, err := u.users.Get(ctx, userKey(id))
	if err != nil {
		return User{}, fmt.Errorf("load user: %w", err)
	}
	return u.decoded.decode(id, record)
}

// ByUsername returns the user with this username, however it is typed, or
// store.ErrNotFound.
func (u *Users) ByUsername(ctx context.Context, username string) (User, error) {
	name, err := Username(username)
	if err != nil {
		return User{}, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	found, _, err := store.Load[nameRecord](ctx, u.users, u.names.key(name))
	if err != nil {
		return User{}, fmt.Errorf("load username: %w", err)
	}
	return u.Get(ctx, found.ID)
}

// List returns users in the order of their usernames, those that begin with
// prefix. page.After is the username after which to begin; the returned page goes
// on from here and is the zero Page after the last user.
func (u *Users) List(ctx context.Context, prefix string, page store.Page) ([]User, store.Page, error) {
	if prefix != "" {
		mapped, err := Username(prefix)
		if err != nil {
			return nil, store.Page{}, err
		}
		prefix = mapped
	}
	names, next, err := u.names.list(ctx, prefix, page)
	if err != nil {
		return nil, store.Page{}, fmt.Errorf("list usernames: %w", err)
	}
	users, err := u.each(ctx, names)
	return users, next, err
}
