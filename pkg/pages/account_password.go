package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// changePasswordForm is what the page on which a password is changed shows.
type changePasswordForm struct {
	Has bool // one, which is asked for
}

// showChangePassword shows the form.
func (p *Pages) showChangePassword(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderChangePassword(w, v, me, "")
}

func (p *Pages) renderChangePassword(w http.ResponseWriter, v *visit, me owner, problem string) error {
	has, err := p.users.HasPassword(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	return p.renderAccount(w, v, me, problem, changePasswordForm{Has: has})
}

// changePassword gives a person another password. Whatever they were signed in to ends,
// but for this browser, which gets a new session.
func (p *Pages) changePassword(w http.ResponseWriter, v *visit, me owner) error {
	var notice issue.Letter
	if p.cfg.SendsMail() {
		notice = p.letter(v, passwordLetter(), "", resetPath)
	}
	user, err := p.issuer.ChangePassword(v.Context(), me.SignedIn, issue.PasswordChange{
		Current: oauth.Secret(v.params.Get("current")), New: oauth.Secret(v.params.Get("password")), Address: inbound.Address(v.Request),
	}, notice)
	problem := passwordProblem(err)
	if problem == "" {
		problem = signInProblem(err)
	}
	if problem == "problem_wrong" {
		problem = "problem_password"
	}
	if problem != "" {
		v.told = err
		return p.renderChangePassword(w, v, me, problem)
	}
	if err != nil {
		return err
	}
	// The proof is as old and as good as it was: what is asked for here is no sign-in.
	how := identity.Authentication{
		Time: me.AuthTime, AMR: me.AMR, ACR: me.ACR, UserAgent: v.UserAgent(), Address: inbound.Address(v.Request),
		Elsewhere: me.Elsewhere,
	}
	if me.here, err = p.begin(w, v, me.here, user, how); err != nil {
		return err
	}
	me.SignedIn = *me.here.current()
	return p.done(w, v, me, "password_changed")
}
