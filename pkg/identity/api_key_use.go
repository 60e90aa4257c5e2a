package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// apiKeyIssuer stands where a token has its issuer, so that nobody takes what a key
// may do for what a person's token says.
const apiKeyIssuer = "urn:ostiary:api-key"

// Check returns what a key may do, as if a token said it. It returns invalid_token for
// one that is unknown, disabled or expired. For which API it is stands in Audience,
// and is the caller's to compare.
func (k *APIKeys) Check(ctx context.Context, key string) (oauth.AccessToken, error) {
	a, err := k.genuine(ctx, oauth.Secret(key))
	if err != nil {
		return oauth.AccessToken{}, err
	}
	if a.Disabled {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("the API key is disabled")
	}
	if !k.now().Before(a.Expires) {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("the API key has expired")
	}
	k.note(ctx, a.ID)
	t := oauth.AccessToken{
		Issuer: apiKeyIssuer, Subject: "api-key#" + a.ID, ID: a.ID, Audience: a.Audience, Scope: a.Scope,
		IssuedAt: a.Created, Expires: a.Expires, Claims: map[string]any{"name": a.Name},
	}
	if a.ClientID != "" { // as its own tokens say: RFC 9068 §2.2
		t.Subject, t.ClientID = a.ClientID, a.ClientID
	}
	if a.UsageIdentifierKey != "" {
		t.Claims[oauth.UsageIdentifierKey] = a.UsageIdentifierKey
	}
	return t, nil
}

// usedRecord says on which day a key was used last.
type usedRecord struct{ Day string }

func usedKey(id string) store.Key { return store.Key{Partition: "api-key#" + id, Sort: "used"} }

// note remembers the day, by one write a day and process. That it fails keeps nobody
// out: it is for people who wonder whether a key is still needed.
func (k *APIKeys) note(ctx context.Context, id string) {
	today := k.now().UTC().Format(time.DateOnly)
	k.mu.Lock()
	known := k.noted[id] == today
	k.noted[id] = today
	k.mu.Unlock()
	if !known {
		_ = k.state.Write(ctx, store.Put(usedKey(id), usedRecord{today}).Until(k.now().Add(usedKept)))
	}
}

// LastUsed returns the day on which the key was used last, in UTC, "" when that is not
// known.
func (k *APIKeys) LastUsed(ctx context.Context, id string) (string, error) {
	used, _, err := store.Load[usedRecord](ctx, k.state, usedKey(id))
	if isNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("load an API key's last use: %w", err)
	}
	return used.Day, nil
}
