package pages

import (
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// emailPage is what the page about a person's address shows.
type emailPage struct {
	Email    string // "" for none
	Verified bool
	Typed    string // the one that is to take its place
	Has      bool   // a password, which is asked for
}

// showEmail shows a person their address, whether they have shown that mail reaches them
// there, and takes another.
func (p *Pages) showEmail(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderEmail(w, v, me, "")
}

func (p *Pages) renderEmail(w http.ResponseWriter, v *visit, me owner, problem string) error {
	page := emailPage{Email: me.User.Email, Verified: me.User.EmailVerified != nil && *me.User.EmailVerified}
	if problem != "" {
		page.Typed = v.params.Get("email")
	}
	var err error
	if page.Has, err = p.users.HasPassword(v.Context(), me.UserID); err != nil {
		return err
	}
	return p.renderAccount(w, v, me, problem, page)
}

// email sends a link to the address.
func (p *Pages) email(w http.ResponseWriter, v *visit, me owner) error {
	address, err := mail.ParseAddress(v.params.Get("email"))
	if err != nil {
		return p.renderEmail(w, v, me, "problem_email")
	}
	err = p.issuer.AskEmail(v.Context(), me.SignedIn, address, oauth.Secret(v.params.Get("password")),
		p.wish(w, v, ""), p.letter(v, confirmLetter(), issue.ConfirmEmail, ""))
	switch problem := signInProblem(err); {
	case problem == "problem_wrong":
		v.told = err
		return p.renderEmail(w, v, me, "problem_password")
	case problem != "":
		v.told = err
		return p.renderEmail(w, v, me, problem)
	case err != nil:
		return err
	}
	return p.tell(w, v, notice{ID: "email-sent", Title: "link_sent", Lead: "email_sent_lead", Minutes: strconv.Itoa(issue.ConfirmEmail.Minutes())})
}
