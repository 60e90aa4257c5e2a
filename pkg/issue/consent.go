package issue

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ConsentRecord is what a person has agreed to let a client have. It lasts until
// it is withdrawn.
type ConsentRecord struct {
	ClientID string      `json:"client_id"`
	Scope    oauth.Scope `json:"scope"`
	Claims   []string    `json:"claims,omitempty"` // beyond the scope, by name
	Given    time.Time   `json:"given"`            // at first
	Changed  time.Time   `json:"changed"`
}

const consentPrefix = "consent#"

func consentKey(userID, clientID string) store.Key {
	return store.Key{Partition: identity.Partition(userID), Sort: consentPrefix + clientID}
}

// covers reports whether the request asks for nothing that was not agreed to.
func (c ConsentRecord) covers(req AuthorizationRequest) bool {
	if c.Given.IsZero() || !req.Scope.Within(c.Scope) {
		return false
	}
	known := append(released(c.Scope, nil), c.Claims...) // an attribute asked for by name is agreed to by name
	return !slices.ContainsFunc(req.Claims.Names(), func(name string) bool { return !slices.Contains(known, name) })
}

// consent returns what was agreed to, the zero value for nothing. What was agreed to
// with a client that is no more does not count for one that took its ID.
func (i *Issuer) consent(ctx context.Context, userID string, client oauth.Client) (ConsentRecord, error) {
	given, _, err := store.Load[ConsentRecord](ctx, i.durable, consentKey(userID, client.ID))
	if errors.Is(err, store.ErrNotFound) || err == nil && given.Changed.Before(client.IssuedAt) {
		return ConsentRecord{}, nil
	}
	return given, err
}

// Consents returns what a person has agreed to, in the order of the clients' IDs.
func (i *Issuer) Consents(ctx context.Context, userID string) ([]ConsentRecord, error) {
	records, err := store.All(ctx, i.durable, consentKey(userID, "").Partition, consentPrefix)
	if err != nil {
		return nil, err
	}
	given := make([]ConsentRecord, len(records))
	for n, record := range records {
		if given[n], err = store.Decode[ConsentRecord](record); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// GrantConsent remembers that a person agreed to scope and claims, beside what they
// agreed to before. It is written with the person's own record: no consent is left of who
// is being deleted.
func (i *Issuer) GrantConsent(ctx context.Context, userID, clientID string, scope oauth.Scope, claims ClaimsRequest) error {
	client, err := i.clients.Get(ctx, clientID)
	if err != nil {
		return err
	}
	var given ConsentRecord
	for {
		err := i.users.Beside(ctx, userID, func(ctx context.Context, who identity.Standing) (changes []store.Change, err error) {
			if err := who.Here(); err != nil {
				return nil, err
			}
			given, changes, err = i.agreeing(ctx, userID, client, scope, claims)
			return changes, err
		})
		var conflict *store.Conflict
		if errors.As(err, &conflict) { // somebody else came first
			continue
		}
		if err == nil {
			i.recordConsent(ctx, userID, given, scope)
		}
		return err
	}
}

// agreeing is a consent with scope and claims added, and the change that keeps it.
func (i *Issuer) agreeing(ctx context.Context, userID string, client oauth.Client, scope oauth.Scope, claims ClaimsRequest) (ConsentRecord, []store.Change, error) {
	key := consentKey(userID, client.ID)
	given, version, err := store.Load[ConsentRecord](ctx, i.durable, key)
	absent := errors.Is(err, store.ErrNotFound)
	if err != nil && !absent {
		return given, nil, err
	}
	now := i.now().UTC()
	if absent || given.Changed.Before(client.IssuedAt) {
		given = ConsentRecord{ClientID: client.ID, Given: now}
	}
	given.Scope = union(given.Scope, scope)
	given.Claims = union(given.Claims, claims.Names())
	given.Changed = now
	if absent {
		return given, []store.Change{store.Put(key, given).IfAbsent()}, nil
	}
	return given, []store.Change{store.Put(key, given).IfVersion(version)}, nil
}

// union adds to a list what it lacks.
func union[S ~[]string](list S, more []string) S {
	list = slices.Clone(list)
	for _, word := range more {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// WithdrawConsent forgets the consent and ends what came of it. The consent goes
// first: a code redeemed meanwhile misses it and opens no grant, and when this breaks
// off, doing it again is enough.
func (i *Issuer) WithdrawConsent(ctx context.Context, userID, clientID string) error {
	if err := i.durable.Write(ctx, store.Delete(consentKey(userID, clientID))); err != nil {
		return err
	}
	i.trail.Record(ctx, audit.Event{
		Kind: audit.ConsentWithdrawn, Subject: userID, Client: clientID, Actor: audit.Acting(ctx, audit.Person(userID)),
	})
	return i.endGrants(ctx, userID, func(f family) bool { return f.ClientID == clientID })
}
