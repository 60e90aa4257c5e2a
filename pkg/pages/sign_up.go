package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// signUpForm is what the page that asks for an address shows.
type signUpForm struct {
	Action      string
	Interaction string
	Email       string
	SignIn      string // for who has an account, "" where no client waits
	Lead        string // word
	Problem     string
	Minutes     string
}

// showSignUp asks for the address of who wants an account.
func (p *Pages) showSignUp(w http.ResponseWriter, v *visit) error {
	return p.renderSignUp(w, v, "")
}

func (p *Pages) renderSignUp(w http.ResponseWriter, v *visit, problem string) error {
	form := signUpForm{
		Action: p.path + signUpPath, Interaction: v.params.Get("interaction"), Email: v.params.Get("email"),
		Lead: "sign_up_lead", Problem: problem, Minutes: p.lockoutMinutes(),
	}
	if p.cfg.SignUp == "invited" {
		form.Lead = "invited_lead"
	}
	if _, err := p.issuer.LoadInteraction(v.Context(), form.Interaction, p.browser(v.Request)); err == nil {
		form.SignIn = p.at(signInPath, form.Interaction)
	}
	return p.render(w, v, "sign-up", problemStatus(problem), form, policy{})
}

// signUp sends a link to the address. Whether somebody has an account by it, the page
// does not tell (package issue).
func (p *Pages) signUp(w http.ResponseWriter, v *visit) error {
	address, err := mail.ParseAddress(v.params.Get("email"))
	if err != nil {
		return p.renderSignUp(w, v, "problem_email")
	}
	err = p.issuer.AskSignUp(v.Context(), address, p.wish(w, v, ""),
		p.letter(v, signUpLetter(), issue.SignUp, ""), p.letter(v, takenLetter(), "", resetPath))
	if problem := signUpProblem(err); problem != "" {
		v.told = err
		return p.renderSignUp(w, v, problem)
	}
	if err != nil {
		return err
	}
	sent := notice{ID: "signup-sent", Title: "link_sent", Lead: "email_sent_lead", Minutes: strconv.Itoa(issue.SignUp.Minutes())}
	if p.cfg.SignUp == "invited" {
		sent.Lead = "invited_sent_lead"
	}
	return p.tell(w, v, sent)
}

// chosen is what the visitor says of their account to be.
func (p *Pages) chosen(v *visit) issue.Chosen {
	return issue.Chosen{
		Password: oauth.Secret(v.params.Get("password")), Name: v.params.Get("name"),
		Locale: p.look.words.choose(v.locales, v.Header.Get("Accept-Language")).tag.String(),
	}
}

func signUpProblem(err error) string {
	switch {
	case errors.Is(err, issue.ErrDomain):
		return "problem_domain"
	case errors.Is(err, issue.ErrNoEmail):
		return "problem_email"
	default:
		return signInProblem(err)
	}
}

// showFinish is where the link of the mail leads. It spends nothing.
func (p *Pages) showFinish(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.SignUp)
	if err != nil {
		return err
	}
	return p.renderFinish(w, v, link, "")
}

func (p *Pages) renderFinish(w http.ResponseWriter, v *visit, link issue.Link, problem string) error {
	allowed := policy{}
	if now, err := p.waitingOn(v, link.Interaction); err == nil && link.SameBrowser {
		allowed = p.policyOf(now.client, now.Request) // the answer may lead there at once
	}
	return p.render(w, v, "new-password", problemStatus(problem), passwordForm{
		Title: "create_account", Action: p.path + string(issue.SignUp), Link: v.params.Get("link"), Username: link.Email,
		AsksName: true, Name: v.params.Get("name"), Problem: problem,
	}, allowed)
}

// finishSignUp creates the account, and signs its person in where they asked for it. In
// another browser it does not: whoever gets somebody to open a link there would have
// them signed in as somebody else (login CSRF).
func (p *Pages) finishSignUp(w http.ResponseWriter, v *visit) error {
	link, err := p.link(v, issue.SignUp)
	if err != nil {
		return err
	}
	user, err := p.issuer.CreateAccountBy(v.Context(), link, p.chosen(v))
	if problem := passwordProblem(err); problem != "" {
		v.told = err
		return p.renderFinish(w, v, link, problem)
	}
	if err != nil {
		return err
	}
	v.entry.Subject = user.ID
	ready := notice{ID: "signup-done", Title: "account_ready", Lead: "account_ready_lead", Continue: p.path + accountPath}
	if !link.SameBrowser {
		return p.tell(w, v, ready)
	}
	now, waits := p.waitingOn(v, link.Interaction)
	if waits == nil {
		return p.signedIn(w, v, now, user, p.byPassword(v))
	}
	// Nobody waits: the client's request has expired, or there was none.
	how := p.byPassword(v)
	if enough, err := p.issuer.Suffices(v.Context(), issue.AuthorizationRequest{}, oauth.Client{}, user, how.ACR); !enough || err != nil {
		return errors.Join(err, p.tell(w, v, ready)) // an invitation into a group that demands a second factor
	}
	if now.accounts, err = p.accounts(v.Context(), v.Request); err != nil {
		return err
	}
	if _, err = p.begin(w, v, now.accounts, user, how); err != nil {
		return err
	}
	ready.Lead = "signed_in_lead"
	return p.tell(w, v, ready)
}
