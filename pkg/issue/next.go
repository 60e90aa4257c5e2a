package issue

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Step is what a person has to do next, before a client gets its answer.
type Step string

// Steps.
const (
	SignIn        Step = "sign-in"
	CreateAccount Step = "sign-up"
	SelectAccount Step = "select-account"
	SecondFactor  Step = "second-factor"
	AddFactor     Step = "second-factor/add"
	Connect       Step = "connect"
	Consent       Step = "consent"
	Done          Step = "done" // Authorize
)

// Progress is what a person has done for one request. It tells a sign-in made
// because the client wanted one from a session that was there before.
type Progress struct {
	SignedInAt  time.Time `json:"signed_in_at,omitzero"`
	ConsentedBy string    `json:"consented_by,omitempty"` // the person's ID: nobody agrees for another
	Selected    bool      `json:"selected,omitempty"`
	Proven      *Proof    `json:"proven,omitempty"` // by a first factor, where a second is due

	Connecting *Connecting `json:"connecting,omitempty"`
}

// Connecting is who somebody is at another provider, which has verified the address of
// an account here. It is connected when the owner of the account has signed in to it, and
// wants it.
type Connecting struct {
	identity.Linked
	UserID string `json:"user"`
}

// silent says why a client that wants no page gets no answer (OpenID Connect Core
// §3.1.2.6).
func (s Step) silent() error {
	switch s {
	case SignIn:
		return oauth.LoginRequired.Errorf("the person is not signed in, or not as this request wants it")
	case Consent:
		return oauth.ConsentRequired.Errorf("the person has not agreed to this")
	default:
		return oauth.InteractionRequired.Errorf("the person must be asked")
	}
}

// Next says what a request still needs of the person. signedIn is nil when nobody
// is signed in. An error is a *Refusal: under prompt=none for want of any step, and
// where no step can help.
func (i *Issuer) Next(ctx context.Context, req AuthorizationRequest, client oauth.Client,
	signedIn *identity.SignedIn, progress Progress,
) (Step, error) {
	step, err := i.next(ctx, req, client, signedIn, progress)
	if err == nil && step != Done && req.prompts(oauth.PromptNone) {
		err = i.unasked(ctx, req, client, signedIn, step)
	}
	if err != nil {
		return "", &Refusal{req, err}
	}
	return step, nil
}

// unasked says why a client that wants no page gets no answer. Where the person has agreed
// to nothing with it, it is not told whether it is they whom it names: it could find out
// unseen who comes by, by asking for one after the other.
func (i *Issuer) unasked(ctx context.Context, req AuthorizationRequest, client oauth.Client, signedIn *identity.SignedIn, step Step) error {
	if req.HintSubject != "" && signedIn != nil && !client.SkipConsent {
		given, err := i.consent(ctx, signedIn.User.ID, client)
		if err != nil {
			return err
		}
		if given.Given.IsZero() {
			return SignIn.silent()
		}
	}
	if step == Consent && impersonable(client, req.RedirectURI) {
		return oauth.InteractionRequired.Errorf("nothing proves who the client is, so the person must see a page")
	}
	return step.silent()
}

func (i *Issuer) next(ctx context.Context, req AuthorizationRequest, client oauth.Client,
	signedIn *identity.SignedIn, progress Progress,
) (Step, error) {
	if i.waits(progress.Proven) {
		return i.further(ctx, progress.Proven.UserID, true)
	}
	here := signedIn != nil && progress.signedIn(signedIn.Session)
	if req.prompts(oauth.PromptCreate) && !here {
		return CreateAccount, nil // who has an account signs in from there
	}
	if signedIn == nil {
		return SignIn, nil
	}
	if req.prompts(oauth.PromptSelectAccount) && !progress.Selected && !here {
		return SelectAccount, nil
	}
	again, err := i.mustSignIn(ctx, req, client, signedIn, here)
	if err != nil {
		return "", err
	}
	if again {
		return SignIn, nil
	}
	more, err := i.demandsMore(ctx, req, client, signedIn.User, signedIn.ACR)
	if err != nil {
		return "", err
	}
	if more {
		return i.further(ctx, signedIn.User.ID, i.fresh(signedIn.AuthTime))
	}
	if progress.Connecting != nil && progress.Connecting.UserID == signedIn.User.ID && here {
		return Connect, nil
	}
	if req.Scope, err = i.agreeable(ctx, signedIn.User, req.Scope); err != nil {
		return "", err
	}
	agreed, err := i.agreed(ctx, req, client, signedIn.User.ID, progress)
	if err != nil {
		return "", err
	}
	if !agreed {
		return Consent, nil
	}
	return Done, nil
}

// signedIn reports whether the session's last sign-in was made for this request.
// Seconds are compared, as auth_time has them.
func (p Progress) signedIn(session identity.Session) bool {
	return !p.SignedInAt.IsZero() && session.AuthTime.Unix() >= p.SignedInAt.Unix()
}

// mustSignIn decides whether the session will do. A sign-in made here is never
// asked for again: where it was not enough, the request fails.
func (i *Issuer) mustSignIn(ctx context.Context, req AuthorizationRequest, client oauth.Client, signedIn *identity.SignedIn, here bool) (bool, error) {
	subject, err := i.subject(ctx, client, signedIn.User)
	if err != nil {
		return false, err
	}
	if req.HintSubject != "" && req.HintSubject != subject {
		if here { // OpenID Connect Core §3.1.2.1, id_token_hint
			return false, oauth.LoginRequired.Errorf("somebody else signed in than the request names")
		}
		return true, nil
	}
	if !client.AdmitsBy(signedIn.By()) {
		if here {
			return false, oauth.AccessDenied.Errorf("people sign in by another provider to use this client")
		}
		return true, nil
	}
	needed := req.Claims.essentialACR()
	if needed != nil && !oauth.ACRCovers(signedIn.ACR, needed) && !slices.Contains(needed, oauth.ACRMultiFactor) {
		if here { // OpenID Connect Core §5.5.1.1
			return false, oauth.UnmetAuthenticationRequirements.Errorf("the sign-in was not of the class that the request demands")
		}
		return true, nil
	}
	switch {
	case here:
		return false, nil
	case req.prompts(oauth.PromptLogin):
		return true, nil
	case req.MaxAge != nil && *req.MaxAge == 0: // as prompt=login: OpenID Connect Core §3.1.2.1
		return true, nil
	case req.MaxAge != nil:
		return i.now().Sub(signedIn.Proved()) > time.Duration(*req.MaxAge)*time.Second, nil
	}
	return false, nil
}

// agreed reports whether the person needs no asking for consent.
func (i *Issuer) agreed(ctx context.Context, req AuthorizationRequest, client oauth.Client, userID string, progress Progress) (bool, error) {
	if progress.ConsentedBy == userID {
		return true, nil
	}
	progress.ConsentedBy = "" // what another account of this browser did
	switch {
	case req.prompts(oauth.PromptConsent):
		return false, nil
	// Any app on a device can claim a private scheme or listen on a loopback port, and
	// with it take the name of a client that was agreed to. It gets nothing unless the
	// person has seen a page; the cost is one click (RFC 8252 §8.6).
	case impersonable(client, req.RedirectURI) && !progress.Selected && progress.SignedInAt.IsZero():
		return false, nil
	case client.SkipConsent:
		return true, nil
	}
	given, err := i.consent(ctx, userID, client)
	return given.covers(req), err
}

// impersonable reports whether nothing proves that an answer reaches the client: it
// has no secret, and no host of its own. An administrator may know better.
func impersonable(client oauth.Client, redirectURI string) bool {
	return client.Public() && !strings.HasPrefix(redirectURI, "https://") && !client.WithoutConfirmation
}
