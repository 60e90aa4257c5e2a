package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// What a run that was killed has done after it wrote down how far it had come, the next
// one has to find out.

// sub is that of an entry to which its file gives none: as hard to guess as any, and the
// same in the next run.
func (c *checkpoint) sub(n int) string {
	if c == nil || c.named.Seed == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(c.named.Seed))
	fmt.Fprint(mac, n)
	return base32.StdEncoding.EncodeToString(mac.Sum(nil))[:26]
}

// added reports whether the import has added this user before.
func (c *checkpoint) added(ctx context.Context, users *identity.Users, n identity.NewUser) (bool, error) {
	user, err := users.Get(ctx, n.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	name, _ := identity.Username(n.Username)
	return err == nil && user.Username == name && !user.Created.Before(c.named.Started), err
}

// updated is what the import has done to somebody who is, by now, as the file has them.
func (c *checkpoint) updated(ctx context.Context, users *identity.Users, n identity.NewUser) (identity.Outcome, error) {
	user, err := users.Get(ctx, n.ID)
	if n.ID == "" {
		user, err = users.ByUsername(ctx, n.Username)
	}
	switch {
	case err != nil:
		return "", err
	case !user.Created.Before(c.named.Started):
		return identity.Imported, nil
	case user.UpdatedAt >= c.named.Started.Unix():
		return identity.Updated, nil
	}
	return identity.Skipped, nil
}
