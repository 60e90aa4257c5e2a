package keys

import (
	"context"
	"crypto"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A Custodian holds private keys that never leave it, and signs with them: KMS.
//
// An error that wraps ErrUnavailable has a cause that will pass; every other one is
// a decision. What comes back need not be checked for its origin: the Ring verifies
// each signature before it lets a token out.
type Custodian interface {
	// PublicKey returns the public half of a key, which must be one that signs by alg.
	PublicKey(ctx context.Context, id string, alg oauth.Alg) (crypto.PublicKey, error)

	// Sign signs the SHA-256 digest of what is to be signed. An ECDSA signature is in
	// DER (RFC 3279 §2.2.3), a PSS one has a salt as long as the digest.
	Sign(ctx context.Context, id string, alg oauth.Alg, digest []byte) ([]byte, error)
}

// Entrusted is a key whose private half a Custodian has.
type Entrusted struct {
	Alg oauth.Alg
	ID  string // what the Custodian calls it: an ARN
}

// wanted returns the key that is to sign by alg: the last one listed.
func (p Policy) wanted(alg oauth.Alg) (Entrusted, bool) {
	for i := len(p.Entrusted) - 1; i >= 0; i-- {
		if p.Entrusted[i].Alg == alg {
			return p.Entrusted[i], true
		}
	}
	return Entrusted{}, false
}

// lists reports whether the configuration names the key that a record speaks of. A
// record alone does not decide whom we ask to sign.
func (p Policy) lists(k keyRecord) bool {
	for _, e := range p.Entrusted {
		if e.Alg == k.Alg && e.ID == k.Custody {
			return true
		}
	}
	return false
}
