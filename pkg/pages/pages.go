// Package pages holds the doors for people: sign-in, the choice of an account,
// consent, sign-out, errors, and the authorization endpoint, which leads there and
// back to the client. They are plain HTML forms that need no script and load nothing
// from elsewhere but the client's logo. The judging is done in packages identity and
// issue; no rule of a protocol is decided here.
//
// The path of a request is authorize.go, then proceed (next.go) from step to step,
// each a file, until respond (respond.go) sends the person back.
package pages

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/factor/passkey"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// Pages is the doors for people of one issuer.
type Pages struct {
	cfg      config.Config
	origin   string // of the issuer
	path     string // of the issuer, before every path of ours
	cookies  string // what their names end in
	users    *identity.Users
	clients  *identity.Clients
	sessions *identity.Sessions
	issuer   *issue.Issuer
	desk     *admin.Desk
	factors  *factor.Factors
	party    *passkey.Party // nil where the issuer can have no passkeys
	upstream *upstream.RelyingParty
	look     look
	log      *slog.Logger
	now      func() time.Time
}

// form adds a page and the door that takes the form on it.
func (p *Pages) form(mux *http.ServeMux, path, name string, show, take door) {
	mux.Handle("GET "+path, p.door(name, show))
	mux.Handle("POST "+path, p.door(name, p.ownForm(take)))
}

// both adds a door to which clients send people by a link or by a form.
func (p *Pages) both(mux *http.ServeMux, path, name string, d door) {
	mux.Handle("GET "+path, p.door(name, d))
	mux.Handle("POST "+path, p.door(name, d))
}

// selfService adds the doors at which people help themselves, all of which need mail.
func (p *Pages) selfService(mux *http.ServeMux) {
	resetPassword, confirmEmail := string(issue.ResetPassword), string(issue.ConfirmEmail)
	if p.cfg.SignsUp() {
		finish := string(issue.SignUp)
		p.form(mux, signUpPath, "sign-up", p.showSignUp, p.signUp)
		p.form(mux, finish, "sign-up-finish", p.showFinish, p.finishSignUp)
	}
	p.form(mux, resetPath, "reset", p.showReset, p.reset)
	p.form(mux, resetPassword, "reset-password", p.showNewPassword, p.newPassword)
	mux.Handle("GET "+emailPath, p.door("email", func(w http.ResponseWriter, _ *visit) error {
		seeOther(w, p.path+accountPath+"/email") // where the page was
		return nil
	}))
	p.form(mux, confirmEmail, "email-confirm", p.showConfirmEmail, p.confirmEmail)
}

// New returns the doors for people that stand on the parts.
func New(parts issue.Parts, log *slog.Logger) (*Pages, error) {
	issuer, err := url.Parse(parts.Config.Issuer)
	if err != nil {
		return nil, err
	}
	p := &Pages{
		cfg: parts.Config, origin: issuer.Scheme + "://" + issuer.Host, path: issuer.EscapedPath(), cookies: cookieSuffix(issuer),
		users: parts.Users, clients: parts.Clients, sessions: parts.Sessions, issuer: parts.Issuer, desk: admin.New(parts), factors: parts.Factors, upstream: parts.Upstream, log: log, now: time.Now,
	}
	if p.look, err = openLook(parts.Config); err != nil {
		return nil, err
	}
	parts.Issuer.NotifyBy((&Letters{p.cfg.Issuer, p.cfg.SendsMail(), p.look}).Notices())
	p.party, err = passkey.New(parts.Config.Issuer, p.look.theme.Name, parts.Factors)
	return p, err
}

// Paths of the doors, below the issuer.
const (
	authorizePath     = "/authorize"
	signInPath        = "/sign-in"
	selectAccountPath = "/select-account"
	consentPath       = "/consent"
	logoutPath        = "/logout"
	logoutConfirmPath = "/logout/confirm"
	resetPath         = "/reset"
	emailPath         = "/email"
	signUpPath        = "/sign-up"
	upstreamPath      = "/upstream"
	connectPath       = "/connect"
)

// Handler returns all doors. A method that a door does not take gets 405 and Allow,
// HEAD what GET gets (RFC 9110 §9.1). Other paths do not lead here.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	p.both(mux, authorizePath, "authorize", p.authorize) // a client's form: OpenID Connect Core §3.1.2.1
	p.form(mux, signInPath, "sign-in", p.showSignIn, p.signIn)
	p.furtherFactors(mux)
	p.form(mux, selectAccountPath, "select-account", p.showAccounts, p.selectAccount)
	p.form(mux, consentPath, "consent", p.showConsent, p.consent)
	p.both(mux, logoutPath, "logout", p.logout) // a client's form: RP-Initiated Logout §2
	mux.Handle("POST "+logoutConfirmPath, p.door("logout", p.ownForm(p.confirmLogout)))
	mux.Handle("GET "+invitationPath, p.door("invitation", p.showInvitation)) // some are handed over, without mail
	mux.Handle("POST "+invitationPath, p.door("invitation", p.ownForm(p.acceptInvitation)))
	p.otherProviders(mux)
	if p.cfg.SendsMail() {
		p.selfService(mux)
	}
	return p.guarded(mux)
}
