package pages

import (
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// waiting is a request that waits for its person, with all who may be that.
type waiting struct {
	issue.Interaction
	client   oauth.Client
	accounts accounts
	named    bool // the first of them, by the request
}

// waiting loads the interaction that a form or a link names. It is the browser's
// own, or there is none.
func (p *Pages) waiting(v *visit) (waiting, error) {
	return p.waitingOn(v, v.params.Get("interaction"))
}

func (p *Pages) waitingOn(v *visit, interaction string) (waiting, error) {
	it, err := p.issuer.LoadInteraction(v.Context(), interaction, p.browser(v.Request))
	if err != nil {
		return waiting{}, &stale{err}
	}
	v.entry.Client, v.locales = it.Request.ClientID, it.Request.UILocales
	client, err := p.client(v, it.Request.ClientID)
	if err == nil {
		err = it.Stands(client)
	}
	if err != nil {
		return waiting{}, &stale{err}
	}
	now := waiting{Interaction: it, client: client}
	if now.accounts, err = p.accounts(v.Context(), v.Request); err != nil {
		return waiting{}, err
	}
	if it.Progress.Selected || !it.Progress.SignedInAt.IsZero() { // who it is has been said since
		return now, nil
	}
	now.accounts, now.named, err = p.named(v.Context(), it.Request, client, now.accounts)
	return now, err
}

// isAt reports whether the step is the one that the request needs now. Somebody else
// may have come first, in another window or by the back button.
func (p *Pages) isAt(v *visit, now waiting, step issue.Step) bool {
	next, err := p.issuer.Next(v.Context(), now.Request, now.client, now.accounts.current(), now.Progress)
	return err == nil && next == step
}

// proceed leads to the step that the request still needs, or to its end.
func (p *Pages) proceed(w http.ResponseWriter, v *visit, now waiting) error {
	current := now.accounts.current()
	step, err := p.issuer.Next(v.Context(), now.Request, now.client, current, now.Progress)
	if err == nil && step != issue.Done {
		seeOther(w, p.at(stepPath(step), now.ID))
		return nil
	}
	if err := p.issuer.CloseInteraction(v.Context(), now.Interaction); err != nil && !overtaken(err) {
		return err
	}
	if err != nil {
		return err
	}
	return p.finish(w, v, now.Request, now.client, *current)
}

// save keeps the progress made.
func (p *Pages) save(v *visit, now *waiting) error {
	saved, err := p.issuer.SaveInteraction(v.Context(), now.Interaction)
	if err == nil {
		now.Interaction = saved
	}
	if overtaken(err) {
		return nil
	}
	return err
}

// overtaken reports whether another request about the interaction was faster,
// although this one found it open: a second click on a button, most likely. It is
// that click's answer which the browser shows, so it is as good as the first one's.
func overtaken(err error) bool { return errors.Is(err, issue.ErrAnswered) }

// finish gives the client its code, or leads to the page of our own.
func (p *Pages) finish(w http.ResponseWriter, v *visit, req issue.AuthorizationRequest, client oauth.Client, who identity.SignedIn) error {
	v.entry.Subject = who.UserID
	if issue.IsOwnClient(client.ID) {
		seeOther(w, issue.OwnPage(req))
		return nil
	}
	response, err := p.issuer.Authorize(v.Context(), req, client, who)
	if err != nil {
		return err
	}
	return p.respond(w, v, client, response)
}
