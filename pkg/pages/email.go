package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// confirmPage is what the page with the one button shows.
type confirmPage struct {
	Action, Link string
	Email        string
}

// showConfirmEmail is where the link of the mail leads. It spends nothing.
func (p *Pages) showConfirmEmail(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.ConfirmEmail)
	if err != nil {
		return err
	}
	return p.render(w, v, "email-confirm", http.StatusOK, confirmPage{
		Action: p.path + string(issue.ConfirmEmail), Link: v.params.Get("link"), Email: link.Email,
	}, policy{})
}

// confirmEmail makes the address of a link the person's.
func (p *Pages) confirmEmail(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.ConfirmEmail)
	if err != nil {
		return err
	}
	v.entry.Subject = link.UserID
	here, err := p.accounts(v.Context(), v.Request)
	if err != nil {
		return err
	}
	who := make([]identity.SignedIn, len(here.all))
	for i := range here.all {
		who[i] = here.all[i].SignedIn
	}
	if err := p.issuer.ConfirmEmail(v.Context(), link, who, p.letter(v, movedLetter(), "", "")); err != nil {
		return err
	}
	return p.tell(w, v, notice{ID: "email-done", Title: "email_confirmed", Lead: "email_confirmed_lead"})
}
