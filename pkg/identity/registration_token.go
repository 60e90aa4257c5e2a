package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Bounds of a registration token.
const (
	maxRegistrationUses     = 10_000
	maxRegistrationLifetime = 365 * 24 * time.Hour
)

// RegistrationToken is an initial access token (RFC 7591 §1.2): who holds it may
// register so many clients, for so long, on its terms. On the wire it is id.secret.
type RegistrationToken struct {
	ID      string                  `json:"id"`
	Secret  []byte                  `json:"secret"` // SHA-256
	Created time.Time               `json:"created"`
	Expires time.Time               `json:"expires"`
	Uses    int                     `json:"uses"` // that are left
	Terms   oauth.RegistrationTerms `json:"terms"`
}

// There are few, so they lie in one partition, where they can be listed.
const registrationPartition = "registration"

func registrationKey(id string) store.Key {
	return store.Key{Partition: registrationPartition, Sort: "token#" + id}
}

// AddRegistrationToken makes a registration token, which cannot be had again.
func (c *Clients) AddRegistrationToken(ctx context.Context, terms oauth.RegistrationTerms, uses int, lifetime time.Duration) (RegistrationToken, oauth.Secret, error) {
	switch {
	case uses < 1 || uses > maxRegistrationUses:
		return RegistrationToken{}, "", oauth.InvalidRequest.Errorf("a token is for 1 to %d registrations", maxRegistrationUses)
	case lifetime < time.Minute || lifetime > maxRegistrationLifetime:
		return RegistrationToken{}, "", oauth.InvalidRequest.Errorf("a token lives from 1m to %s", maxRegistrationLifetime)
	}
	if slices.ContainsFunc(terms.Scope, oauth.Administers) { // a stranger would make a machine that administers
		return RegistrationToken{}, "", oauth.InvalidRequest.Errorf("terms: no client registers itself for what administers this provider; register it yourself")
	}
	for _, grant := range terms.GrantTypes {
		if grant != oauth.ClientCredentials && grant != oauth.Password {
			return RegistrationToken{}, "", oauth.InvalidRequest.Errorf("terms: %s is no grant type that has to be allowed; client_credentials and password are", grant)
		}
	}
	secret, now := oauth.Secret(rand.Text()), c.now().UTC()
	token := RegistrationToken{ID: rand.Text(), Secret: secret.Hash(), Created: now, Expires: now.Add(lifetime), Uses: uses, Terms: terms}
	err := c.table.Write(ctx, store.Put(registrationKey(token.ID), token).Until(token.Expires).IfAbsent())
	if err == nil {
		c.trail.Record(ctx, audit.Event{Kind: audit.RegistrationTokenMade, Object: token.ID})
	}
	return token, oauth.Secret(token.ID + "." + string(secret)), wrap("add registration token", err)
}

// RegistrationTokens returns the tokens that can still be used.
func (c *Clients) RegistrationTokens(ctx context.Context) ([]RegistrationToken, error) {
	records, err := store.All(ctx, c.table, registrationPartition, "token#")
	if err != nil {
		return nil, fmt.Errorf("list registration tokens: %w", err)
	}
	tokens := make([]RegistrationToken, len(records))
	for i, record := range records {
		if tokens[i], err = store.Decode[RegistrationToken](record); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// DeleteRegistrationToken ends a token; what was registered by it stays. For an unknown
// one the error is store.ErrNotFound.
func (c *Clients) DeleteRegistrationToken(ctx context.Context, id string) error {
	if _, err := c.table.Get(ctx, registrationKey(id)); err != nil {
		return fmt.Errorf("load registration token: %w", err)
	}
	err := c.table.Write(ctx, store.Delete(registrationKey(id)))
	if err == nil {
		c.trail.Record(ctx, audit.Event{Kind: audit.RegistrationTokenRevoked, Object: id})
	}
	return wrap("delete registration token", err)
}

// Permit is leave to register. Its only sources are Clients.Permit and OpenPermit.
type Permit struct {
	terms   *oauth.RegistrationTerms
	token   oauth.Secret // "": nothing is spent
	spend   RegistrationToken
	version string
}

// OpenPermit is everybody's leave, where registration is open.
func OpenPermit(terms oauth.RegistrationTerms) Permit { return Permit{terms: &terms} }

// Permit is the leave that a registration token gives, with the standard scope where it
// names none. It returns invalid_token.
func (c *Clients) Permit(ctx context.Context, token oauth.Secret, standard oauth.Scope) (Permit, error) {
	id, secret, _ := strings.Cut(string(token), ".")
	refused := oauth.InvalidToken.Errorf("the registration token is unknown, used up or has expired")
	if id == "" || len(token) > 128 {
		return Permit{}, refused
	}
	kept, version, err := store.Load[RegistrationToken](ctx, c.table, registrationKey(id))
	if isNotFound(err) {
		return Permit{}, refused
	}
	if err != nil {
		return Permit{}, fmt.Errorf("load registration token: %w", err)
	}
	if subtle.ConstantTimeCompare(kept.Secret, oauth.Secret(secret).Hash()) != 1 || !c.now().Before(kept.Expires) {
		return Permit{}, refused
	}
	terms := kept.Terms
	if len(terms.Scope) == 0 {
		terms.Scope = standard
	}
	return Permit{&terms, token, kept, version}, nil
}

// spent is the change that counts one use, in the same write as the client that it is
// for: of many at once, as many succeed as there are uses.
func (p Permit) spent() []store.Change {
	if p.token == "" {
		return nil
	}
	key, left := registrationKey(p.spend.ID), p.spend
	if left.Uses--; left.Uses < 1 {
		return []store.Change{store.Delete(key).IfVersion(p.version)}
	}
	return []store.Change{store.Put(key, left).Until(left.Expires).IfVersion(p.version)}
}

var errNoPermit = errors.New("identity: a registration without a permit")
