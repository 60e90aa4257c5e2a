package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Subject returns the sub by which the client knows a person: the person's own, or
// for a pairwise client one that no client of another sector is told, so that two
// of them cannot find out that they serve the same person (OpenID Connect Core
// §8.1). It cannot be turned back into the person without the salt.
func (c *Clients) Subject(ctx context.Context, client oauth.Client, userID string) (string, error) {
	return c.pairwise(ctx, client, "", userID)
}

// SessionID returns the sid by which the client knows a session. It is as telling as
// a sub: clients that see one sid serve one person.
func (c *Clients) SessionID(ctx context.Context, client oauth.Client, sid string) (string, error) {
	return c.pairwise(ctx, client, "sid\x00", sid)
}

// pairwise returns the client's name for something, which kind tells from other
// things of the same name.
func (c *Clients) pairwise(ctx context.Context, client oauth.Client, kind, name string) (string, error) {
	if client.SubjectType != oauth.PairwiseSubject || name == "" {
		return name, nil
	}
	sector, err := c.Sector(client)
	if err != nil {
		return "", fmt.Errorf("sector of client %s: %v", client.ID, err) // registered, so no fault of a request
	}
	salt, err := c.pairwiseSalt(ctx)
	if err != nil {
		return "", err
	}
	return pairwiseName(salt, sector, kind+name), nil
}

// pairwiseName separates the sector from the rest by a byte that neither a host nor
// an ID holds.
func pairwiseName(salt []byte, sector, name string) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(sector + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// saltRecord is what lies at saltKey. Without it every pairwise sub is another, so
// nothing ever deletes or replaces it.
type saltRecord struct {
	Sealed []byte `json:"sealed"`
}

const saltPurpose = "salt of pairwise subjects"

func saltKey() store.Key { return store.Key{Partition: "pairwise", Sort: "salt"} }

// pairwiseSalt opens the salt, which never changes, so it is read once.
func (c *Clients) pairwiseSalt(ctx context.Context) ([]byte, error) {
	sealed := c.salt.Load()
	if sealed == nil {
		kept, _, err := store.Load[saltRecord](ctx, c.table, saltKey())
		if err != nil {
			return nil, fmt.Errorf("load salt: %w", err)
		}
		sealed = &kept.Sealed
		c.salt.Store(sealed)
	}
	salt, err := c.sealer.Open(ctx, *sealed, saltPurpose)
	return salt, wrap("open salt", err)
}

// makeSalt makes sure that there is a salt, before a client is registered that
// needs it: who signs people in may not be allowed to write here. Of several makers
// at once one makes it.
func (c *Clients) makeSalt(ctx context.Context) error {
	_, err := c.table.Get(ctx, saltKey())
	if !isNotFound(err) {
		return wrap("look for salt", err)
	}
	salt := make([]byte, sha256.Size)
	_, _ = rand.Read(salt) // never fails
	sealed, err := c.sealer.Seal(ctx, salt, saltPurpose)
	if err != nil {
		return fmt.Errorf("seal salt: %w", err)
	}
	err = c.table.Write(ctx, store.Put(saltKey(), saltRecord{sealed}).IfAbsent())
	if outrun(err, saltKey()) {
		return nil
	}
	return wrap("keep salt", err)
}
