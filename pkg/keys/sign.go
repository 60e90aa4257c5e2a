package keys

import (
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Sign makes a JWT: claims, which encoding/json must marshal to an object, signed
// with the active key of alg (RFC 7519 §7.1). The claims are not judged, except
// that a name which JSON must escape is refused, and a token that we would not
// read back.
func (r *Ring) Sign(ctx context.Context, alg oauth.Alg, typ string, claims any) (string, error) {
	if r.sealer == nil {
		return "", errors.New("keys: this ring was opened without a sealer and cannot sign")
	}
	held, err := r.current(ctx)
	if err != nil {
		return "", err
	}
	now := r.now()
	if now.Sub(held.confirmed) > r.policy.PublishAhead {
		// A successor that we do not know may be signing by now, and our key be on its
		// way out of the published set.
		return "", oauth.TemporarilyUnavailable.Errorf("the signing keys could not be read for %s", r.policy.PublishAhead)
	}
	key, ok := held.signing(alg, now)
	if !ok {
		return "", oauth.TemporarilyUnavailable.Errorf("there is no %s key that signs: %w", alg, store.ErrNotFound)
	}
	if key.Custody != "" {
		return r.signEntrusted(ctx, held, key.keyRecord, typ, claims)
	}
	if err := r.sealer.permitted(ctx); err != nil {
		return "", err
	}
	signer, err := key.signer(ctx, r.sealer)
	if err != nil {
		return "", err
	}
	return compact(alg, signer.id, typ, claims, signer.sign)
}

// permitted asks whether what was sealed may still be used, even where it has been
// opened before: whoever disables the wrapping key means us to stop.
func (s *Sealer) permitted(ctx context.Context) error {
	if _, err := s.dataKey(ctx, false); err != nil {
		return fmt.Errorf("keys: signing: %w", oauth.TemporarilyUnavailable.Errorf("the signing keys are sealed now: %w", err))
	}
	return nil
}
