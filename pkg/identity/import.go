package identity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// OnConflict says what an import does with people who are there already. The zero
// value refuses them.
type OnConflict int

// What can be done.
const (
	RefuseStanding OnConflict = iota
	SkipStanding
	UpdateStanding
)

// Outcome is what has become of a person in an import.
type Outcome string

// What can become of one who is not refused.
const (
	Imported Outcome = "imported"
	Updated  Outcome = "updated"
	Skipped  Outcome = "skipped"
)

// errSame ends an update that would change nothing.
var errSame = errors.New("identity: nothing to change")

// Import adds a person, or deals with the one who is there already. An update brings
// claims, attributes, a username for a known sub, groups and roles beside those that they
// have, and a password to somebody who has none. It takes nothing back: a password that
// was set here is newer than the file, and who is disabled here stays so.
func (u *Users) Import(ctx context.Context, n NewUser, on OnConflict) (Outcome, error) {
	_, err := u.add(ctx, n, audit.UserImported, nil)
	switch {
	case err == nil:
		return Imported, nil
	case on == SkipStanding && errors.Is(err, ErrTaken):
		return Skipped, nil
	case on == UpdateStanding && errors.Is(err, ErrTaken):
		return u.importUpdate(ctx, n)
	}
	return "", err
}

// CheckImport is Import without its writes: it tells what would become of the person,
// as long as nobody changes anything meanwhile.
func (u *Users) CheckImport(ctx context.Context, n NewUser, on OnConflict) (Outcome, error) {
	if err := checkNewUser(n); err != nil {
		return "", err
	}
	if _, err := u.fitted(ctx, nil, n.Attributes); err != nil {
		return "", err
	}
	for _, name := range n.Groups {
		if _, err := u.Group(ctx, name); err != nil {
			return "", err
		}
	}
	standing, err := u.standing(ctx, n)
	if isNotFound(err) {
		err = u.noClient(ctx, n.ID)
	}
	switch {
	case isNotFound(err):
		return Imported, nil
	case err != nil && !errors.Is(err, ErrTaken):
		return "", err
	case on == SkipStanding:
		return Skipped, nil
	case err != nil:
		return "", err
	case on == UpdateStanding:
		before := membersOf(standing.StandardClaims)
		if err := overlay(&standing, n); errors.Is(err, errSame) {
			return Skipped, nil
		} else if err != nil {
			return "", err
		}
		return Updated, checkChangedClaims(before, standing.StandardClaims)
	}
	return "", oauth.InvalidRequest.Errorf("the username or the sub is taken: %w", ErrTaken)
}

// noClient is store.ErrNotFound where no client has the ID, which Users.write refuses as a
// sub.
func (u *Users) noClient(ctx context.Context, id string) error {
	if id == "" {
		return store.ErrNotFound
	}
	if _, err := u.users.Get(ctx, clientKey(id)); err != nil {
		return wrap("load client", err)
	}
	return oauth.InvalidRequest.Errorf("the sub is a client's: %w", ErrTaken)
}

// checkNewUser holds a person to what can be told without looking at others.
func checkNewUser(n NewUser) error {
	name, err := Username(n.Username)
	if err != nil {
		return err
	}
	if n.ID != "" {
		if err := cmp.Or(checkIdentifier("sub", n.ID), checkReachable("sub", n.ID)); err != nil {
			return err
		}
	}
	if n.Password != "" && n.PasswordHash == "" {
		if _, err := prepareNew(n.Password, name); err != nil {
			return err
		}
	} else if _, err := givenHash(n); err != nil {
		return err
	}
	return errors.Join(checkClaims(n.StandardClaims), checkGroups(n.Groups), checkRoles(n.Roles))
}

// standing returns whom a file means: the one with its sub, else with its username.
// The username of somebody with another sub is no match: an update would change a
// stranger.
func (u *Users) standing(ctx context.Context, n NewUser) (userRecord, error) {
	byName, err := u.ByUsername(ctx, n.Username)
	if err != nil && !isNotFound(err) {
		return userRecord{}, err
	}
	id := n.ID
	if id == "" {
		id = byName.ID
	}
	if byName.ID != "" && byName.ID != id {
		return userRecord{}, oauth.InvalidRequest.Errorf("the username is that of another sub: %w", ErrTaken)
	}
	if id == "" {
		return userRecord{}, store.ErrNotFound
	}
	kept, _, err := store.Load[userRecord](ctx, u.users, userKey(id))
	return kept, wrap("load user", err)
}

func (u *Users) importUpdate(ctx context.Context, n NewUser) (Outcome, error) {
	standing, err := u.standing(ctx, n)
	if isNotFound(err) {
		return "", oauth.InvalidRequest.Errorf("the sub is a client's: %w", ErrTaken)
	}
	if err != nil {
		return "", err
	}
	hash := ""
	if standing.PasswordHash == "" {
		if hash, err = u.firstHash(ctx, n, standing.Username); err != nil {
			return "", err
		}
		if err := u.hasher.level.raise(ctx, hash); err != nil {
			return "", err
		}
	}
	n.Password, n.PasswordHash = "", hash
	_, err = u.rewrite(ctx, standing.ID, func(kept *userRecord) error {
		before := membersOf(kept.StandardClaims)
		if err := overlay(kept, n); err != nil {
			return err
		}
		if n.UpdatedAt == 0 {
			kept.UpdatedAt = u.now().Unix()
		}
		return checkChangedClaims(before, kept.StandardClaims)
	})
	if errors.Is(err, errSame) {
		return Skipped, nil
	}
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.UserImported, Subject: standing.ID, Method: string(Updated)})
	}
	return Updated, err
}

// overlay lays what a file says over what is known.
func overlay(kept *userRecord, n NewUser) error {
	before, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode user: %w", err)
	}
	claims, err := json.Marshal(n.StandardClaims)
	if err != nil {
		return fmt.Errorf("encode claims: %w", err)
	}
	if err := json.Unmarshal(claims, &kept.StandardClaims); err != nil {
		return fmt.Errorf("decode claims: %w", err)
	}
	if kept.Username, err = Username(n.Username); err != nil {
		return err
	}
	if n.Disabled && !kept.Disabled {
		kept.Disabled, kept.Epoch = true, kept.Epoch+1
	}
	if kept.PasswordHash == "" {
		kept.PasswordHash = n.PasswordHash
	}
	kept.Groups = sorted(append(kept.Groups, n.Groups...))
	for _, role := range n.Roles {
		if !slices.Contains(kept.Roles, role) {
			kept.Roles = append(kept.Roles, role)
		}
	}
	if n.Attributes != nil {
		kept.Attributes = laidOver(kept.Attributes, n.Attributes)
	}
	after, err := json.Marshal(kept)
	if err == nil && bytes.Equal(before, after) {
		return errSame
	}
	return wrap("encode user", err)
}
