package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// byPassword is how somebody proved who they are that has just typed their password,
// or chosen one.
func (p *Pages) byPassword(v *visit) identity.Authentication {
	return identity.Authentication{
		Time: p.now(), AMR: []string{oauth.AMRPassword}, ACR: oauth.ACRPassword,
		UserAgent: v.UserAgent(), Address: inbound.Address(v.Request),
	}
}

// signedIn goes on with a request whose person has just proved who they are, in
// whatever way. Where a second factor is due, they have no session until they show it:
// what they have proved waits in the request.
func (p *Pages) signedIn(w http.ResponseWriter, v *visit, now waiting, user identity.User, how identity.Authentication) error {
	v.entry.Subject = user.ID
	enough, err := p.issuer.Suffices(v.Context(), now.Request, now.client, user, how.ACR)
	if err != nil {
		return err
	}
	if enough {
		return p.begun(w, v, now, user, how)
	}
	now.Progress.Proven = &issue.Proof{UserID: user.ID, Epoch: user.Epoch, How: how}
	if err := p.save(v, &now); err != nil {
		return err
	}
	return p.proceed(w, v, now)
}

// stillEnough reports whether a session could begin by what this one rests on. It began
// when that was enough; since, its person may have added a second factor, or have come
// into a group that demands one.
func (p *Pages) stillEnough(v *visit, who identity.SignedIn) (bool, error) {
	return p.issuer.Suffices(v.Context(), issue.AuthorizationRequest{}, oauth.Client{}, who.User, who.ACR)
}

// begun goes on with a request whose person has proved enough for a session, which they
// get.
func (p *Pages) begun(w http.ResponseWriter, v *visit, now waiting, user identity.User, how identity.Authentication) error {
	if err := p.established(w, v, &now, user, how); err != nil {
		return err
	}
	return p.proceed(w, v, now)
}

// begin gives the browser a new session for a person who has just signed in. The
// one that they had here ends (session fixation).
func (p *Pages) begin(w http.ResponseWriter, v *visit, before accounts, user identity.User, how identity.Authentication) (accounts, error) {
	var replaced *identity.SignedIn
	if known := before.find(func(a account) bool { return a.UserID == user.ID }); known != nil {
		replaced = &known.SignedIn
	}
	session, handle, err := p.sessions.Begin(v.Context(), user, how, replaced)
	if err != nil {
		return accounts{}, err
	}
	after := before.use(account{handle, session})
	return after, p.keepAccounts(v.Context(), w, after)
}
