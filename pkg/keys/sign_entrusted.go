package keys

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// signEntrusted has a token signed by the Custodian of its key.
func (r *Ring) signEntrusted(ctx context.Context, held *heldRing, k keyRecord, typ string, claims any) (string, error) {
	if r.custodian == nil {
		return "", errors.New("keys: this ring was opened without a custodian, who has the signing keys")
	}
	if !r.policy.lists(k) {
		return "", oauth.TemporarilyUnavailable.Errorf("the %s key %s is not listed for signing: list it until its successor signs", k.Alg, k.Custody)
	}
	token, err := compact(k.Alg, k.ID, typ, claims, func(input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		signature, err := r.custodian.Sign(ctx, k.Custody, k.Alg, digest[:])
		if err != nil {
			return nil, oauth.TemporarilyUnavailable.Errorf("the custodian of the signing key does not sign: %w", err)
		}
		if k.Alg == oauth.ES256 {
			return fixedECDSA(signature, p256)
		}
		return signature, nil
	})
	if err != nil {
		return "", err
	}
	return token, held.genuine(token, typ, k.ID)
}

// genuine reads a token as its receiver will, with the published key. One wrong
// signature by RSA can give the private key away (Boneh, DeMillo and Lipton, 1997),
// and a custodian that was pointed to another key makes tokens that nobody can
// verify: both end here, for a tenth of what asking the custodian costs.
func (h *heldRing) genuine(token, typ, kid string) error {
	public, ok := h.set.Key(kid)
	if !ok {
		return fmt.Errorf("keys: signing key %s is not published", kid)
	}
	jws, err := jose.ParseCompact(token, maxTokenBytes(typ))
	if err == nil {
		err = jws.Verify(public)
	}
	if err != nil {
		return fmt.Errorf("keys: what the custodian made is no signature of key %s: %w", kid, err)
	}
	return nil
}
