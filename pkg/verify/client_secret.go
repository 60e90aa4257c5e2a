package verify

import (
	"crypto/subtle"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ClientSecret checks a confidential client's secret (RFC 6749 §2.3.1) against
// all of its secrets that have not expired: two are good while one replaces the
// other. It returns invalid_client.
func ClientSecret(client oauth.Client, secret oauth.Secret, now time.Time) error {
	if client.Public() {
		return oauth.InvalidClient.Errorf("the client has no secret")
	}
	hash := secret.Hash()
	good := 0
	for _, known := range client.Secrets {
		if !known.Expires.IsZero() && !now.Before(known.Expires) {
			continue
		}
		// Comparing in constant time, and with every secret, keeps the time from
		// telling how much of a guess was right, or which secret it was.
		good |= subtle.ConstantTimeCompare(hash, known.Hash)
	}
	if good != 1 {
		return oauth.InvalidClient.Errorf("wrong client secret")
	}
	return nil
}
