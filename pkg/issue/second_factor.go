package issue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ProofLifetime is for how long what somebody has shown first waits for the second, and
// how old a sign-in may be at which somebody adds a factor.
const ProofLifetime = 10 * time.Minute

// Proof is what somebody has shown of who they are where that is not enough: it waits in
// the progress of one request, bound to that person. It is no session, and opens nothing.
type Proof struct {
	UserID string                  `json:"sub"`
	Epoch  int                     `json:"epoch"` // the person's, at the time
	How    identity.Authentication `json:"how"`
}

// ErrNoProof means that somebody must begin anew: what they have shown first is too old,
// was taken back, or was never there.
var ErrNoProof = errors.New("issue: nothing was proved, or too long ago")

// Half is somebody who has proved who they are by one factor. Its only source is
// HalfProven.
type Half struct {
	identity.User
	How   identity.Authentication
	Fresh bool // it was no longer ago than ProofLifetime
}

// HalfProven returns who may show a second factor for a request: whoever has shown a
// first one for it, else who is signed in. The error is invalid_request, by ErrNoProof,
// when that is nobody.
func (i *Issuer) HalfProven(ctx context.Context, progress Progress, signedIn *identity.SignedIn) (Half, error) {
	if proof := progress.Proven; i.waits(proof) {
		user, err := i.users.Get(ctx, proof.UserID)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && user.Epoch != proof.Epoch: // disabling moves it on, too
			return Half{}, errNoProof()
		case err != nil:
			return Half{}, err
		}
		return Half{user, proof.How, true}, nil
	}
	if signedIn == nil {
		return Half{}, errNoProof()
	}
	how := identity.Authentication{Time: signedIn.AuthTime, AMR: signedIn.AMR, ACR: signedIn.ACR, Elsewhere: signedIn.Elsewhere}
	return Half{signedIn.User, how, i.fresh(signedIn.AuthTime)}, nil
}

func errNoProof() error {
	return oauth.InvalidRequest.Errorf("the first factor must be shown again: %w", ErrNoProof)
}

// waits reports whether a proof still waits for the second.
func (i *Issuer) waits(proof *Proof) bool { return proof != nil && i.fresh(proof.How.Time) }

func (i *Issuer) fresh(at time.Time) bool { return i.now().Sub(at) < ProofLifetime }

// And is what a first and a second factor show together (RFC 8176 §2). The time is that
// of the first, so that nobody counts as having typed a password who has not.
func (h Half) And(amr ...string) identity.Authentication {
	both := h.How
	both.ACR = oauth.ACRMultiFactor
	both.AMR = union(h.How.AMR, append(amr, oauth.AMRMultiFactor))
	return both
}

// Suffices reports whether what somebody has just shown is enough for a session and this
// request. Who has a second factor is asked for it wherever they go.
func (i *Issuer) Suffices(ctx context.Context, req AuthorizationRequest, client oauth.Client, user identity.User, acr string) (bool, error) {
	if acr == oauth.ACRMultiFactor {
		return true, nil
	}
	if demanded, err := i.demandsMore(ctx, req, client, user, acr); demanded || err != nil {
		return false, err
	}
	set, err := i.factors.Of(ctx, user.ID)
	return !set.Any(), err
}

// demandsMore reports whether a second factor is demanded of who was signed in by this
// class: by the client, a group, or the request.
func (i *Issuer) demandsMore(ctx context.Context, req AuthorizationRequest, client oauth.Client, user identity.User, acr string) (bool, error) {
	if acr == oauth.ACRMultiFactor {
		return false, nil
	}
	if len(client.RequiredACRValues) > 0 && !oauth.ACRCovers(acr, client.RequiredACRValues) {
		return true, nil
	}
	for _, wanted := range [][]string{
		req.Claims.essentialACR(), // OpenID Connect Core §5.5.1.1
		req.ACRValues,             // wishes, which we can fulfil: RFC 9470 §5
	} {
		if slices.Contains(wanted, oauth.ACRMultiFactor) && !oauth.ACRCovers(acr, wanted) {
			return true, nil
		}
	}
	groups, err := i.users.GroupsOf(ctx, user)
	if err != nil {
		return false, fmt.Errorf("groups: %w", err)
	}
	return slices.ContainsFunc(groups, func(g identity.Group) bool { return g.SecondFactor }), nil
}

// further is the step of somebody who must show a second factor. Who has none adds one,
// for which a first factor shown long ago will not do: a stolen session would gain a
// factor of the thief's.
func (i *Issuer) further(ctx context.Context, userID string, fresh bool) (Step, error) {
	set, err := i.factors.Of(ctx, userID)
	switch {
	case err != nil:
		return "", err
	case set.Any():
		return SecondFactor, nil
	case fresh:
		return AddFactor, nil
	default:
		return SignIn, nil
	}
}

// reported is the acr that tokens say: the class of the sign-in, or one of those that the
// request demands and the sign-in includes (OpenID Connect Core §5.5.1.1).
func (r AuthorizationRequest) reported(acr string) string {
	needed := r.Claims.essentialACR()
	if slices.Contains(needed, acr) || !oauth.ACRCovers(acr, needed) {
		return acr
	}
	for _, class := range slices.Backward(oauth.ACRValues()) {
		if slices.Contains(needed, class) {
			return class
		}
	}
	return acr
}
