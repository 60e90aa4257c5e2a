package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// invitationPath is where the link of an invitation leads.
const invitationPath = string(issue.AcceptInvitation)

// errInvitation means that an invitation is good no more, or never was. It does not tell
// which: whether it was used is its person's business.
var errInvitation = errors.New("pages: no such invitation")

func invitationError(err error) error {
	if errors.Is(err, issue.ErrLink) {
		return fmt.Errorf("%w: %w", errInvitation, err)
	}
	return err
}

// showInvitation is where the link of an invitation leads. It spends nothing.
func (p *Pages) showInvitation(w http.ResponseWriter, v *visit) error {
	return p.renderInvitation(w, v, "")
}

func (p *Pages) renderInvitation(w http.ResponseWriter, v *visit, problem string) error {
	link, err := p.link(v, issue.AcceptInvitation)
	if err != nil {
		return invitationError(err)
	}
	open, err := p.issuer.InvitedBy(v.Context(), link)
	if err != nil {
		return invitationError(err)
	}
	form := passwordForm{
		Title: "create_account", Action: p.path + invitationPath, Link: v.params.Get("link"), Username: link.Email,
		AsksName: true, Name: open.Person.Name, Problem: problem,
	}
	if problem != "" {
		form.Name = v.params.Get("name")
	}
	return p.render(w, v, "new-password", problemStatus(problem), form, policy{})
}

// acceptInvitation creates the account. It signs nobody in: whoever gets somebody else
// to press the button would have them signed in as themselves (login CSRF), and no
// browser has asked for the link.
func (p *Pages) acceptInvitation(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.AcceptInvitation)
	if err != nil {
		return invitationError(err)
	}
	user, err := p.issuer.CreateAccountBy(v.Context(), link, p.chosen(v))
	if problem := passwordProblem(err); problem != "" {
		v.told = err
		return p.renderInvitation(w, v, problem)
	}
	if err != nil {
		return invitationError(err)
	}
	v.entry.Subject = user.ID
	return p.tell(w, v, notice{ID: "invitation-done", Title: "account_ready", Lead: "account_ready_lead", Continue: p.path + accountPath})
}
