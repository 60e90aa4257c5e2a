package pages

import (
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	Interaction string
	Action      string
	Client      clientView
	Username    string
	Again       bool   // somebody is signed in, and is asked once more
	SignUp      string // where to create an account, "" where nobody does by themselves
	Reset       string // where to ask for another password, "" where nothing could be sent
	Passkey     *passkeyForm
	Others      string // where to choose among those who are signed in, "" for nobody
	Wrong       bool   // the name or the password
	Problem     string // word of what was wrong, "" before the first try
	Minutes     string // for which attempts are turned away at most
	elsewhere
}

// showSignIn asks who it is.
func (p *Pages) showSignIn(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	if sent, err := p.sentElsewhere(w, v, now); sent || err != nil {
		return err
	}
	return p.renderSignIn(w, v, now, p.expectedName(now), "")
}

// expectedName fills in who is likely to sign in: whom the client named, or who is
// asked once more. Whom an id_token_hint names is known only when they are signed in.
func (p *Pages) expectedName(now waiting) string {
	if now.Progress.Connecting != nil {
		return now.Progress.Connecting.Name // the address by which the account was found
	}
	if now.Request.LoginHint != "" {
		return now.Request.LoginHint
	}
	if current := now.accounts.current(); current != nil && (now.named || now.Request.HintSubject == "") {
		return current.User.Username
	}
	return ""
}

func (p *Pages) renderSignIn(w http.ResponseWriter, v *visit, now waiting, username, problem string) error {
	form := signInForm{
		Interaction: now.ID, Action: p.path + signInPath, Client: viewClient(now.client), Username: username,
		Again: now.accounts.current() != nil, Problem: problem, Wrong: problem != "" && problem != "problem_passkey",
	}
	allowed, err := p.elsewhere(v, now, &form)
	if err != nil {
		return err
	}
	if p.cfg.SendsMail() {
		form.Reset = p.at(resetPath, now.ID)
	}
	if p.cfg.SignsUp() {
		form.SignUp = p.at(signUpPath, now.ID)
	}
	form.Minutes = p.waitMinutes(w, v)
	if form.Passkey, err = p.passkeySignIn(v, now); err != nil {
		return err
	}
	if !form.Local {
		form.Passkey = nil
	}
	if len(now.accounts.all) > 0 {
		form.Others = p.at(selectAccountPath, now.ID)
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return p.render(w, v, "sign-in", status, form, allowed.withPasskey(form.Passkey))
}

// signIn looks at a name and a password. Whatever is wrong with them, the page says
// the same, and it takes as long (package identity).
func (p *Pages) signIn(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	username := v.params.Get("username")
	if sent, err := p.byItsDomain(w, v, now, username); sent || err != nil {
		return err
	}
	user, err := p.users.SignIn(v.Context(), username, oauth.Secret(v.params.Get("password")), inbound.Address(v.Request))
	if problem := signInProblem(err); problem != "" {
		v.told = err
		return p.renderSignIn(w, v, now, username, problem)
	}
	if err != nil {
		return err
	}
	return p.signedIn(w, v, now, user, p.byPassword(v))
}

// signInProblem is the word for a refusal, "" for anything else.
func signInProblem(err error) string {
	switch {
	case !oauth.InvalidGrant.In(err):
		return ""
	case errors.Is(err, store.ErrLimit), errors.As(err, new(*identity.TooSoon)):
		return "problem_locked"
	default:
		return "problem_wrong"
	}
}
