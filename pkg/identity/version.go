package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ErrVersion means that a record is at another version than the one that a change was
// meant for: somebody else has written to it since it was read.
var ErrVersion = errors.New("identity: the record is at another version")

// GetAt is Get, with the version that the record is at, for who wants to change what
// they have seen and nothing else.
func (u *Users) GetAt(ctx context.Context, id string) (User, string, error) {
	if id == "" {
		return User{}, "", store.ErrNotFound
	}
	kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
	if err != nil {
		return User{}, "", fmt.Errorf("load user: %w", err)
	}
	return kept.User, version, nil
}

// GetAt is Get, with the version that the record is at.
func (c *Clients) GetAt(ctx context.Context, id string) (oauth.Client, string, error) {
	return c.load(ctx, id)
}

// GroupAt is Group, with the version that the record is at.
func (u *Users) GroupAt(ctx context.Context, name string) (Group, string, error) {
	g, version, err := u.loadGroup(ctx, name)
	return g, groupVersion(version), err
}

// groupVersion is a group's version as it is told: administrators have one before there
// is a record of them.
func groupVersion(version string) string { return cmp.Or(version, "unwritten") }

// sameVersion holds a record's version to the one that a change is meant for, if any.
func sameVersion(meant, version string) error {
	if meant != "" && meant != version {
		return ErrVersion
	}
	return nil
}
