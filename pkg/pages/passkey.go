package pages

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// passkeyScript is what a page needs that a form has no words for. It is embedded in the
// few pages with a passkey, known to their policy by its hash, and loads nothing.
//
//go:embed passkey.js
var passkeyScript string

// passkeyForm is the form that a passkey answers. It is hidden where there is no script.
type passkeyForm struct {
	Action   string
	Options  string // JSON, what the browser is asked
	Ceremony string // get or create
	Offered  bool   // among the names that the browser knows, too
	Script   template.JS
}

func newPasskeyForm(action, ceremony, options string) *passkeyForm {
	return &passkeyForm{Action: action, Ceremony: ceremony, Options: options, Script: template.JS(passkeyScript)}
}

// withPasskey lets a page run the script, if it has the form.
func (a policy) withPasskey(form *passkeyForm) policy {
	if form != nil {
		a.script = passkeyScript
	}
	return a
}

// passkeySignIn is the form by which anybody may sign in that has a passkey, nil where
// the issuer can have none.
func (p *Pages) passkeySignIn(v *visit, now waiting) (*passkeyForm, error) {
	if p.party == nil {
		return nil, nil
	}
	options, err := p.party.Request(v.Context(), "", now.Challenge)
	form := newPasskeyForm(p.path+passkeyPath, "get", options)
	form.Offered = true
	return form, err
}

// signInByPasskey takes what a passkey has signed of whoever it belongs to. It is all
// that they show, so it must have verified them.
func (p *Pages) signInByPasskey(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	user, how, err := p.byPasskey(v, &now)
	if oauth.InvalidGrant.In(err) {
		v.told = err
		return p.renderSignIn(w, v, now, p.expectedName(now), "problem_passkey")
	}
	if err != nil {
		return err
	}
	return p.signedIn(w, v, now, user, how)
}

func (p *Pages) byPasskey(v *visit, now *waiting) (identity.User, identity.Authentication, error) {
	challenge, err := p.spendChallenge(v, now)
	if err != nil {
		return identity.User{}, identity.Authentication{}, err
	}
	proof, err := p.party.Prove(v.Context(), "", challenge, v.params.Get("credential"))
	if err != nil {
		return identity.User{}, identity.Authentication{}, err
	}
	user, err := p.users.Get(v.Context(), proof.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && user.Disabled {
		err = oauth.InvalidGrant.Errorf("the passkey of somebody who may not sign in: %w", factor.ErrWrong)
		p.factors.Refused(v.Context(), proof.UserID, err)
	}
	return user, identity.Authentication{
		Time: p.now(), AMR: append(proof.AMR(), oauth.AMRMultiFactor), ACR: oauth.ACRMultiFactor,
		UserAgent: v.UserAgent(), Address: inbound.Address(v.Request),
	}, err
}

// spendChallenge returns the challenge that a passkey may have signed, once.
func (p *Pages) spendChallenge(v *visit, now *waiting) ([]byte, error) {
	challenge := now.Challenge
	spent, err := p.issuer.SpendChallenge(v.Context(), now.Interaction)
	if overtaken(err) {
		return nil, &stale{err}
	}
	if err != nil {
		return nil, err
	}
	now.Interaction = spent
	return challenge, nil
}
