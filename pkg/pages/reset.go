package pages

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// resetForm is what the page that asks whose password is forgotten shows.
type resetForm struct {
	Action      string
	Interaction string
	Username    string
	Problem     string
	Minutes     string
}

// showReset asks whose password is forgotten.
func (p *Pages) showReset(w http.ResponseWriter, v *visit) error {
	return p.renderReset(w, v, "")
}

func (p *Pages) renderReset(w http.ResponseWriter, v *visit, problem string) error {
	return p.render(w, v, "reset", problemStatus(problem), resetForm{
		Action: p.path + resetPath, Interaction: v.params.Get("interaction"), Username: v.params.Get("username"),
		Problem: problem, Minutes: p.lockoutMinutes(),
	}, policy{})
}

// reset sends a link to whoever has this name, and says that it did. Whether anybody has
// it, the page does not tell (package issue).
func (p *Pages) reset(w http.ResponseWriter, v *visit) error {
	err := p.issuer.AskReset(v.Context(), p.wish(w, v, v.params.Get("username")),
		p.letter(v, resetLetter(), issue.ResetPassword, ""))
	if problem := signInProblem(err); problem != "" {
		v.told = err
		return p.renderReset(w, v, problem)
	}
	if err != nil {
		return err
	}
	return p.tell(w, v, notice{ID: "reset-sent", Title: "link_sent", Lead: "reset_sent_lead", Minutes: strconv.Itoa(issue.ResetPassword.Minutes())})
}

// passwordForm is what the page on which a password is chosen shows.
type passwordForm struct {
	Title        string // word
	Action, Link string
	Username     string
	AsksName     bool // of the person, which they need not tell
	Name         string
	Problem      string
}

// showNewPassword is where the link of the mail leads. It spends nothing.
func (p *Pages) showNewPassword(w http.ResponseWriter, v *visit) error {
	return p.renderNewPassword(w, v, "")
}

func (p *Pages) renderNewPassword(w http.ResponseWriter, v *visit, problem string) error {
	link, err := p.link(v, issue.ResetPassword)
	if err != nil {
		return err
	}
	user, err := p.issuer.LinkedUser(v.Context(), link)
	if err != nil {
		return err
	}
	return p.render(w, v, "new-password", problemStatus(problem), passwordForm{
		Title: "new_password", Action: p.path + string(issue.ResetPassword), Link: v.params.Get("link"), Username: user.Username, Problem: problem,
	}, policy{})
}

// newPassword takes the password that the person of a link chose. It signs nobody in:
// whoever reads somebody's mail has not shown more than that.
func (p *Pages) newPassword(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.ResetPassword)
	if err != nil {
		return err
	}
	v.entry.Subject = link.UserID
	err = p.issuer.Reset(v.Context(), link, oauth.Secret(v.params.Get("password")), p.letter(v, passwordLetter(), "", resetPath))
	if problem := passwordProblem(err); problem != "" {
		v.told = err
		return p.renderNewPassword(w, v, problem)
	}
	if err != nil {
		return err
	}
	told := notice{ID: "password-done", Title: "password_changed", Lead: "password_changed_lead"}
	if _, err := p.issuer.LoadInteraction(v.Context(), link.Interaction, p.browser(v.Request)); err == nil {
		told.Continue = p.at(signInPath, link.Interaction)
	}
	return p.tell(w, v, told)
}

// passwordProblem is the word for why a password is not taken, "" for anything else.
func passwordProblem(err error) string {
	switch {
	case errors.Is(err, identity.ErrPasswordLength):
		return "problem_password_length"
	case errors.Is(err, identity.ErrPasswordCommon):
		return "problem_password_common"
	case errors.Is(err, identity.ErrPasswordBreached):
		return "problem_password_breached"
	case errors.Is(err, identity.ErrPasswordIsUsername):
		return "problem_password_username"
	default:
		return ""
	}
}

// wish is what a visitor wants sent, and for whom. The browser is remembered, so that
// what the link begins can go on where it was asked for.
func (p *Pages) wish(w http.ResponseWriter, v *visit, name string) issue.Wish {
	wish := issue.Wish{Name: name, Address: inbound.Address(v.Request), Browser: p.knowBrowser(w, v.Request)}
	// An interaction that is not this browser's is of no use to it, and what a stranger
	// put into a link is not to be kept.
	if id := v.params.Get("interaction"); id != "" {
		if _, err := p.issuer.LoadInteraction(v.Context(), id, wish.Browser); err == nil {
			wish.Interaction = id
		}
	}
	return wish
}

// link returns the link that a visitor follows.
func (p *Pages) link(v *visit, purpose issue.Purpose) (issue.Link, error) {
	return p.issuer.OpenLink(v.Context(), purpose, oauth.Secret(v.params.Get("link")), p.browser(v.Request))
}

// lockoutMinutes is for how long attempts are turned away at most.
func (p *Pages) lockoutMinutes() string {
	return strconv.Itoa(int(math.Ceil(p.cfg.LockoutWindow.Minutes())))
}

func problemStatus(problem string) int {
	if problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// notice is a page that says what has happened.
type notice struct {
	ID          string // for scripts
	Title, Lead string // words
	Minutes     string
	Continue    string // where to go on, "" for nowhere
}

func (p *Pages) tell(w http.ResponseWriter, v *visit, about notice) error {
	return p.render(w, v, "notice", http.StatusOK, about, policy{})
}
