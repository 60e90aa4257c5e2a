package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ErrUnknown means that nobody here is who has come, and nobody is to be made.
var ErrUnknown = errors.New("upstream: no account here")

// ConnectError means that an account here has the address that the provider has
// verified. Whose it is the provider cannot say: its owner signs in to it first.
type ConnectError struct{ User identity.User }

func (*ConnectError) Error() string { return "upstream: an account here has the same address" }

// Account returns whose account it is. The issuer and its subject decide, and nothing
// else: an address changes hands, and anybody can write one into a directory of their
// own (OpenID Connect Core §5.7, THREATS.md O44). Who is not known gets an account where
// the provider may make them, a *ConnectError, or ErrUnknown.
func (r *RelyingParty) Account(ctx context.Context, v Vouched) (identity.User, error) {
	for range 3 {
		user, err := r.users.ByLinked(ctx, v.Issuer, v.Subject)
		if err == nil && user.Disabled {
			r.trail.Record(ctx, audit.Event{
				Kind: audit.IdentityRefused, Outcome: audit.Refused, Object: v.Provider.ID, Subject: user.ID, Reason: "the account is disabled",
			})
			return identity.User{}, oauth.AccessDenied.Errorf("the account is disabled")
		}
		if err == nil {
			return r.users.Follow(ctx, user, v.Linked())
		}
		if !errors.Is(err, store.ErrNotFound) {
			return identity.User{}, err
		}
		if err := r.sameAddress(ctx, v); err != nil {
			return identity.User{}, err
		}
		if !v.Provider.CreateUsers {
			r.trail.Record(ctx, audit.Event{
				Kind: audit.IdentityRefused, Outcome: audit.Refused, Object: v.Provider.ID, Reason: "nobody here is who the provider says",
			})
			return identity.User{}, ErrUnknown
		}
		user, err = r.create(ctx, v)
		if !errors.Is(err, identity.ErrTaken) {
			return user, err
		}
		// Somebody was faster: this very person in another window, most likely.
	}
	return identity.User{}, ErrUnknown
}

// sameAddress returns a *ConnectError where somebody here has the verified address. Of a
// provider that is not trusted no address is looked up: it could find out who is here.
func (r *RelyingParty) sameAddress(ctx context.Context, v Vouched) error {
	email, ok := v.verifiedEmail()
	if !ok {
		return nil
	}
	holder, err := r.users.Holder(ctx, email.String()) // by username, or by their confirmed address
	if err != nil || holder.ID == "" {
		return err
	}
	return &ConnectError{holder}
}

// verifiedEmail is the address that may be acted upon: one that is believed, in ASCII
// (unicode look-alikes: THREATS.md O43).
func (v Vouched) verifiedEmail() (mail.Address, bool) {
	if v.Claims.EmailVerified == nil || !*v.Claims.EmailVerified {
		return mail.Address{}, false
	}
	email, err := mail.ParseAddress(v.Claims.Email)
	return email, err == nil
}

// create adds the person together with the link to who they are there, so that of two
// first visits at once one makes an account and the other finds it.
func (r *RelyingParty) create(ctx context.Context, v Vouched) (identity.User, error) {
	var user identity.User
	var err error
	for _, username := range v.usernames() {
		user, err = r.users.AddLinked(ctx, identity.NewUser{Username: username, StandardClaims: v.Claims}, v.Linked())
		if !errors.Is(err, identity.ErrTaken) {
			break
		}
		if _, known := r.users.ByLinked(ctx, v.Issuer, v.Subject); known == nil {
			break
		}
	}
	return user, err
}

// usernames are those that a new person may have, the best first. A verified address is
// theirs alone. What else they are called there they chose, or anybody did: with the
// provider's ID before it, it can be nobody's name here (pre-registration: nobody takes
// the name that somebody else will want to sign up by).
func (v Vouched) usernames() []string {
	var names []string
	if email, ok := v.verifiedEmail(); ok {
		names = append(names, email.String())
	}
	sum := sha256.Sum256([]byte(v.Issuer + "\x00" + v.Subject))
	short := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	prefix := v.Provider.ID + ":"
	if called := v.Claims.PreferredUsername; called != "" && len(called) <= 64 {
		for _, name := range []string{prefix + called, prefix + called + "-" + short} {
			if _, err := identity.Username(name); err == nil {
				names = append(names, name)
			}
		}
	}
	return append(names, prefix+short, prefix+strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])))
}

// Linked is what is kept of who has come, for the next time.
func (v Vouched) Linked() identity.Linked {
	return identity.Linked{Issuer: v.Issuer, Subject: v.Subject, Provider: v.Provider.ID, Name: v.Name(), Claims: &v.Claims}
}
