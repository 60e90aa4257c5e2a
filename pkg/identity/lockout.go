package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Lockout says how often somebody may guess.
type Lockout struct {
	Attempts        int           // wrong passwords that an account may receive in a window
	AddressAttempts int           // sign-ins that an address may try in a window
	Window          time.Duration // how long a window is, from its first attempt
}

// reserve takes one attempt from the address and one from the account before the
// password is looked at, so that parallel guesses cannot outrun the count. Names
// are counted whether anybody has them or not.
func (u *Users) reserve(ctx context.Context, name, address string) error {
	if u.lockout.Attempts <= 0 || u.lockout.AddressAttempts <= 0 || u.lockout.Window <= 0 {
		return errors.New("identity: nobody can sign in without a lockout")
	}
	for _, counter := range []struct {
		key store.Key
		max int
	}{
		{counterKey("address", network(address)), u.lockout.AddressAttempts},
		{counterKey("account", name), u.lockout.Attempts},
	} {
		_, err := u.state.Count(ctx, counter.key, 1, store.Limit{Max: counter.max, Window: u.lockout.Window})
		if errors.Is(err, store.ErrLimit) {
			return oauth.InvalidGrant.Errorf("too many attempts; try again later: %w", err)
		}
		if err != nil {
			return fmt.Errorf("count the attempt: %w", err)
		}
	}
	return nil
}

// release gives the account's attempt back after a right password. The address
// gets nothing back: otherwise whoever has one good account could guess at others
// for ever. A failure leaves one attempt taken until the window ends, which is
// better than turning away who knows the password.
func (u *Users) release(ctx context.Context, name string) {
	_, _ = u.state.Count(ctx, counterKey("account", name), -1, store.Limit{Max: u.lockout.Attempts, Window: u.lockout.Window})
}

// counterKey hashes what a stranger chose, which may be long, or a mistyped password.
func counterKey(kind, what string) store.Key {
	sum := sha256.Sum256([]byte(what))
	return store.Key{Partition: "attempts#" + kind + "#" + base64.RawURLEncoding.EncodeToString(sum[:]), Sort: "count"}
}

// network returns what one stranger can freely choose addresses from: the address
// itself, or the /64 that every IPv6 subscriber has (RFC 6177 §2).
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits fit
		return prefix.String()
	}
	return ip.String()
}
