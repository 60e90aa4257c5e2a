package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A person who has shown that they receive mail at an address is found by it as by their
// username. One record says whose it is, and is written with the person's own, so that
// the two never tell different stories. An address that nobody has confirmed finds
// nobody: otherwise whoever enters a stranger's first would get what is meant for them
// (account pre-hijacking). Of several people who confirmed one address the first is
// found; the others sign in by their usernames.

// address is what the person is found by beside the username, "" for nothing: their
// confirmed address in the form that Username returns. One with letters beyond ASCII is
// none, for they may look like others (CVE-2019-19844); mail goes to the address as it is
// kept, in any case.
func (user User) address() string {
	if user.EmailVerified == nil || !*user.EmailVerified || !visibleASCII(user.Email) || !strings.Contains(user.Email, "@") {
		return ""
	}
	name, err := Username(user.Email)
	if err != nil {
		return ""
	}
	return name
}

// readdressed are the changes that go with a person's record when the address that they
// are found by becomes another, or has no record yet.
func (u *Users) readdressed(ctx context.Context, id, before, after string) ([]store.Change, error) {
	var changes []store.Change
	if after != "" {
		owner, _, err := u.owner(ctx, after)
		if err != nil {
			return nil, err
		}
		if owner == "" {
			changes = append(changes, store.Put(u.emails.key(after), nameRecord{id}).IfAbsent())
		}
	}
	if before != "" && before != after {
		owner, version, err := u.owner(ctx, before)
		if err != nil {
			return nil, err
		}
		if owner == id {
			changes = append(changes, store.Delete(u.emails.key(before)).IfVersion(version))
		}
	}
	return changes, nil
}

// owner returns who is found by an address, "" for nobody.
func (u *Users) owner(ctx context.Context, address string) (id, version string, err error) {
	found, version, err := store.Load[nameRecord](ctx, u.users, u.emails.key(address))
	if isNotFound(err) {
		return "", "", nil
	}
	return found.ID, version, wrap("load address", err)
}

// outrunByAddress reports whether a write failed because somebody else came first at the
// record of an address.
func (u *Users) outrunByAddress(err error) bool {
	var conflict *store.Conflict
	return errors.As(err, &conflict) && conflict.Key == u.emails.key(conflict.Key.Sort)
}

// named returns whose the name is, as a username or else as an address. What is typed
// with an at sign costs two reads, whoever has it.
func (u *Users) named(ctx context.Context, name string) (id string, byAddress bool, err error) {
	var byName nameRecord
	var owner string
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		byName, _, err = store.Load[nameRecord](asking, u.users, u.names.key(name))
		if isNotFound(err) {
			return nil
		}
		return wrap("load username", err)
	})
	if strings.Contains(name, "@") {
		group.Go(func() (err error) {
			owner, _, err = u.owner(asking, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", false, err
	}
	if byName.ID != "" {
		return byName.ID, false, nil
	}
	return owner, owner != "", nil
}

// What Reindex finds.
const (
	AddressIndexed = "indexed" // by now
	AddressKnown   = "known"   // already
	AddressShared  = "shared"  // somebody else is found by it
	AddressNone    = "none"    // no confirmed address
)

// Unindexed reports whether Reindex would have the person found by their confirmed
// address. It changes nothing.
func (u *Users) Unindexed(ctx context.Context, user User) (bool, error) {
	address := user.address()
	if address == "" {
		return false, nil
	}
	owner, _, err := u.owner(ctx, address)
	return owner == "", err
}

// Reindex has a person found by their confirmed address who was added before there was a
// record of that, and says what it found.
func (u *Users) Reindex(ctx context.Context, id string) (string, error) {
	for {
		kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
		if err != nil {
			return "", fmt.Errorf("load user: %w", err)
		}
		address := kept.address()
		if address == "" {
			return AddressNone, nil
		}
		switch owner, _, err := u.owner(ctx, address); {
		case err != nil:
			return "", err
		case owner == id:
			return AddressKnown, nil
		case owner != "":
			return AddressShared, nil
		}
		err = u.users.Write(ctx, store.Check(userKey(id)).IfVersion(version), store.Put(u.emails.key(address), nameRecord{id}).IfAbsent())
		if !outrun(err, userKey(id)) && !u.outrunByAddress(err) {
			return AddressIndexed, wrap("index address", err)
		}
	}
}
