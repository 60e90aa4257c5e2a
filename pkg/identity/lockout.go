package identity

import (
	"context"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Lockout says how often somebody may guess.
type Lockout struct {
	Attempts        int           // wrong passwords that an account may receive in a window
	AddressAttempts int           // sign-ins that an address may try in a window
	Window          time.Duration // how long a window is, from its first attempt
}

// attempt is a sign-in that may look at the password, and the turns it took for that.
type attempt struct {
	name, network string
	turns         []store.Key
	address       string
	last          bool // that the account has in this window
}

// reserve takes one attempt from the network and one from the account before the
// password is looked at, so that parallel guesses cannot outrun the count, and the
// turns of both. Names are counted whether anybody has them or not.
func (u *Users) reserve(ctx context.Context, name, address string) (attempt, error) {
	if u.lockout.Attempts <= 0 || u.lockout.AddressAttempts <= 0 || u.lockout.Window <= 0 {
		return attempt{}, errors.New("identity: nobody can sign in without a lockout")
	}
	a := attempt{name: name, network: inbound.Network(address), address: address}
	n, err := u.count(ctx, counterKey("address", a.network), u.lockout.AddressAttempts)
	if err != nil {
		return attempt{}, err
	}
	if n == u.lockout.AddressAttempts {
		u.recordAddressLocked(ctx, address)
	}
	excess, err := u.networkExcess(ctx, a.network, n)
	if err != nil {
		return attempt{}, err
	}
	if err := u.takeTurn(ctx, &a, turnKey("address", a.network), excess); err != nil {
		u.recordDelayed(ctx, turnKey("address", a.network), a, "", err)
		return attempt{}, err
	}
	if err := u.reserveAccount(ctx, &a, u.lockout.Attempts); err != nil {
		u.recordDelayed(ctx, accountTurn(a), a, name, err)
		return attempt{}, err
	}
	return a, nil
}

// reserveAccount takes one of the attempts that an account has at most, and its turn. It
// gives everything back where it fails.
func (u *Users) reserveAccount(ctx context.Context, a *attempt, most int) error {
	n, err := u.count(ctx, counterKey("account", a.name), most)
	if err != nil {
		u.returnTurns(ctx, *a) // or who tries a locked account again would have the others wait
		return err
	}
	if err := u.takeTurn(ctx, a, accountTurn(*a), n-promptAttempts+1); err != nil {
		// Nobody has looked at the password: otherwise a stranger who does not wait
		// would use up the account's attempts faster than one who does.
		u.release(ctx, *a)
		return err
	}
	a.last = n == most
	return nil
}

func accountTurn(a attempt) store.Key { return turnKey("account", a.name+"\x00"+a.network) }

func (u *Users) count(ctx context.Context, key store.Key, most int) (int, error) {
	n, err := u.state.Count(ctx, key, 1, store.Limit{Max: most, Window: u.lockout.Window})
	if errors.Is(err, store.ErrLimit) {
		return 0, oauth.InvalidGrant.Errorf("too many attempts; try again later: %w", err)
	}
	return n, wrap("count the attempt", err)
}

// release gives the account's attempt and the turns back after a right password. The
// address gets no attempt back: otherwise whoever has one good account could guess at
// others for ever. A failure leaves one attempt taken until the window ends, which is
// better than turning away who knows the password.
func (u *Users) release(ctx context.Context, a attempt) {
	_, _ = u.state.Count(ctx, counterKey("account", a.name), -1, store.Limit{Max: u.lockout.Attempts, Window: u.lockout.Window})
	u.returnTurns(ctx, a)
}

// counterKey hashes what a stranger chose, which may be long, or a mistyped password.
func counterKey(kind, what string) store.Key {
	return store.Key{Partition: "attempts#" + kind + "#" + store.Digest(what), Sort: "count"}
}
