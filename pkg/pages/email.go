package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// emailPage is what the page about a person's address shows.
type emailPage struct {
	Action   string
	Username string
	Email    string // "" for none
	Verified bool
	Typed    string // the one that is to take its place
	Problem  string
	Minutes  string
}

// errNobody means that nobody is signed in, in this browser.
var errNobody = errors.New("pages: nobody is signed in here")

// signedInHere is who is in use in this browser.
func (p *Pages) signedInHere(v *visit) (identity.SignedIn, error) {
	here, err := p.accounts(v.Context(), v.Request)
	if err != nil {
		return identity.SignedIn{}, err
	}
	current := here.current()
	if current == nil {
		return identity.SignedIn{}, oauth.InvalidRequest.Errorf("the page is for who is signed in: %w", errNobody)
	}
	v.entry.Subject = current.UserID
	return *current, nil
}

// showEmail shows a person their address, whether they have shown that mail reaches them
// there, and takes another.
func (p *Pages) showEmail(w http.ResponseWriter, v *visit) error {
	who, err := p.signedInHere(v)
	if err != nil {
		return err
	}
	return p.renderEmail(w, v, who, "")
}

func (p *Pages) renderEmail(w http.ResponseWriter, v *visit, who identity.SignedIn, problem string) error {
	page := emailPage{
		Action: p.path + emailPath, Username: who.User.Username, Email: who.User.Email,
		Verified: who.User.EmailVerified != nil && *who.User.EmailVerified, Problem: problem, Minutes: p.lockoutMinutes(),
	}
	if problem != "" {
		page.Typed = v.params.Get("email")
	}
	return p.render(w, v, "email", problemStatus(problem), page, policy{})
}

// email sends a link to the address.
func (p *Pages) email(w http.ResponseWriter, v *visit) error {
	who, err := p.signedInHere(v)
	if err != nil {
		return err
	}
	address, err := mail.ParseAddress(v.params.Get("email"))
	if err != nil {
		return p.renderEmail(w, v, who, "problem_email")
	}
	err = p.issuer.AskEmail(v.Context(), who, address, oauth.Secret(v.params.Get("password")),
		p.wish(w, v, ""), p.letter(v, confirmLetter(), issue.ConfirmEmail, ""))
	switch problem := signInProblem(err); {
	case problem == "problem_wrong":
		v.told = err
		return p.renderEmail(w, v, who, "problem_password")
	case problem != "":
		v.told = err
		return p.renderEmail(w, v, who, problem)
	case err != nil:
		return err
	}
	return p.tell(w, v, notice{ID: "email-sent", Title: "link_sent", Lead: "email_sent_lead", Minutes: strconv.Itoa(issue.ConfirmEmail.Minutes())})
}

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
