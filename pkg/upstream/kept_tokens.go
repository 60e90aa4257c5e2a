package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// keptTokens is what is sealed of what a provider gave. They are texts, since an
// oauth.Secret would be written as nothing.
type keptTokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token,omitempty"`
	Scope   string `json:"scope,omitempty"`
}

func keptOf(given Given) keptTokens {
	return keptTokens{string(given.AccessToken), string(given.RefreshToken), given.Scope}
}

// maxKeptBytes bounds what is kept for one identity: some providers write a person's
// groups into their tokens.
const maxKeptBytes = 64 << 10

// keptPurpose binds sealed tokens to the person and the identity that they lie with.
func keptPurpose(userID, id string) string { return "tokens of the identity " + id + " of " + userID }

// tokenKeyPurpose binds the key of a provider's tokens to the provider.
func tokenKeyPurpose(id string) string { return "key of the tokens of provider " + id }

// Keep keeps what the provider gave for the person, where that is wanted of it. Where it
// gave no refresh token this time, as many do only once, the one before stays.
func (r *RelyingParty) Keep(ctx context.Context, userID string, v Vouched) error {
	if !v.Provider.KeepTokens {
		return nil
	}
	own, err := r.Providers.tokenKey(ctx, v.Provider)
	if err != nil {
		return err
	}
	id := v.Linked().ID()
	for {
		kept, err := r.users.LinkedTokensOf(ctx, userID, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		fresh := keptOf(v.Given)
		if fresh.Scope == "" {
			fresh.Scope = v.Provider.Scope.String() // RFC 6749 §5.1
		}
		if fresh.Refresh == "" {
			before, _ := openKept(own, userID, kept) // there is none, or it is of another key
			fresh.Refresh = before.Refresh
		}
		kept = identity.LinkedTokens{ID: id, Version: kept.Version, Provider: v.Provider.ID, Expires: v.Given.Expires, Kept: r.now().UTC()}
		if kept.Sealed, err = sealKept(own, userID, id, fresh); err != nil {
			return err
		}
		err = r.users.KeepLinkedTokens(ctx, userID, kept)
		if errors.Is(err, store.ErrNotFound) {
			return nil // it is the person's no more
		}
		if !errors.As(err, new(*store.Conflict)) {
			return err
		}
	}
}

// sealKept returns nil for more than is kept.
func sealKept(own keys.OwnKey, userID, id string, t keptTokens) ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode tokens: %w", err)
	}
	if len(text) > maxKeptBytes {
		return nil, nil
	}
	return own.Seal(text, keptPurpose(userID, id))
}

func openKept(own keys.OwnKey, userID string, kept identity.LinkedTokens) (keptTokens, error) {
	text, err := own.Open(kept.Sealed, keptPurpose(userID, kept.ID))
	if err != nil {
		return keptTokens{}, err
	}
	var t keptTokens
	return t, json.Unmarshal(text, &t)
}

// tokenKey opens the key of a provider's tokens. They lie with people, so many that
// nobody could visit them all: the key lies with the provider, and goes when the provider
// is deleted, or moves elsewhere, or its tokens are wanted no more.
func (p *Providers) tokenKey(ctx context.Context, of Provider) (keys.OwnKey, error) {
	return p.sealer.OwnKey(ctx, of.TokenKey, tokenKeyPurpose(of.ID))
}

// keyed returns the key that a provider's tokens are to have, nil for none.
func (p *Providers) keyed(ctx context.Context, now Provider, before Settings) ([]byte, error) {
	switch {
	case !now.KeepTokens:
		return nil, nil
	case now.TokenKey != nil && !now.moved(before):
		return now.TokenKey, nil
	default:
		return p.sealer.NewOwnKey(ctx, tokenKeyPurpose(now.ID))
	}
}
