package pages

import (
	"errors"
	"net/http"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// connectable returns the providers that an account can be connected with, beside those
// that it is, and the policy by which a form may lead there.
func (p *Pages) connectable(v *visit, linked []identity.Linked) ([]providerButton, policy, error) {
	offered, err := p.offered(v, oauth.Client{})
	var buttons []providerButton
	var allowed policy
	for _, each := range offered {
		connected := slices.ContainsFunc(linked, func(l identity.Linked) bool { return each.Speaks(l.Issuer) })
		if !each.Hidden && !connected {
			buttons = append(buttons, providerButton{ID: each.ID, Name: each.Name})
			allowed.forms = append(allowed.forms, schemeOf(each.Issuer))
		}
	}
	slices.Sort(allowed.forms)
	allowed.forms = slices.Compact(allowed.forms)
	return buttons, allowed, err
}

// goToConnect sends a person to another provider, to connect it with their account. The
// form is one of this session, so nobody else has them begin what ends in their account
// being connected with a stranger's identity (THREATS.md O44).
func (p *Pages) goToConnect(w http.ResponseWriter, v *visit, me owner) error {
	provider, err := p.upstream.Providers.Get(v.Context(), v.params.Get("connect"))
	if errors.Is(err, store.ErrNotFound) {
		return oauth.InvalidRequest.Errorf("parameter connect names no provider")
	}
	if err != nil {
		return err
	}
	location, err := p.upstream.Begin(v.Context(), provider, p.knowBrowser(w, v.Request), upstream.Wish{
		UserID: me.UserID, SessionID: me.ID, Select: true, // so that they see whose identity it is
	})
	if err != nil {
		return p.upstreamFailed(w, v, "", err)
	}
	seeOther(w, location)
	return nil
}

// connectAccount takes back who went to another provider to connect it. It is the session
// that began it, in the browser that did, or nothing is connected: otherwise somebody
// could have their own identity connected with the account of whoever opens a link
// (linking CSRF: RFC 9700 §4.7.1).
func (p *Pages) connectAccount(w http.ResponseWriter, v *visit, errand upstream.Errand) error {
	here, err := p.accounts(v.Context(), v.Request)
	if err != nil {
		return err
	}
	current := here.current()
	if current == nil || current.UserID != errand.UserID || current.ID != errand.SessionID {
		return &stale{oauth.InvalidRequest.Errorf("the account is not the one that is signed in here")}
	}
	v.entry.Subject = current.UserID
	vouched, err := p.upstream.Judge(v.Context(), errand, v.params)
	if err != nil {
		return p.upstreamFailed(w, v, "", err)
	}
	word := "identity_linked"
	err = p.users.Link(v.Context(), current.UserID, vouched.Linked())
	if err == nil {
		err = p.upstream.Keep(v.Context(), current.UserID, vouched)
	}
	if errors.Is(err, identity.ErrTaken) {
		word = "identity_taken"
	} else if err != nil {
		return err
	}
	return p.done(w, v, owner{SignedIn: *current, at: accountPage{path: securityPath}}, word)
}
