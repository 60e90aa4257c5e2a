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

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
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
	look     look
	log      *slog.Logger
	now      func() time.Time
}

// selfService adds the doors at which people help themselves, all of which need mail.
func (p *Pages) selfService(mux *http.ServeMux) {
	resetPassword, confirmEmail := string(issue.ResetPassword), string(issue.ConfirmEmail)
	if p.cfg.SignsUp() {
		finish := string(issue.SignUp)
		mux.Handle("GET "+signUpPath, p.door("sign-up", p.showSignUp))
		mux.Handle("POST "+signUpPath, p.door("sign-up", p.ownForm(p.signUp)))
		mux.Handle("GET "+finish, p.door("sign-up-finish", p.showFinish))
		mux.Handle("POST "+finish, p.door("sign-up-finish", p.ownForm(p.finishSignUp)))
	}
	mux.Handle("GET "+resetPath, p.door("reset", p.showReset))
	mux.Handle("POST "+resetPath, p.door("reset", p.ownForm(p.reset)))
	mux.Handle("GET "+resetPassword, p.door("reset-password", p.showNewPassword))
	mux.Handle("POST "+resetPassword, p.door("reset-password", p.ownForm(p.newPassword)))
	mux.Handle("GET "+emailPath, p.door("email", p.showEmail))
	mux.Handle("POST "+emailPath, p.door("email", p.ownForm(p.email)))
	mux.Handle("GET "+confirmEmail, p.door("email-confirm", p.showConfirmEmail))
	mux.Handle("POST "+confirmEmail, p.door("email-confirm", p.ownForm(p.confirmEmail)))
}

// New returns the doors for people that stand on the parts.
func New(parts issue.Parts, log *slog.Logger) (*Pages, error) {
	issuer, err := url.Parse(parts.Config.Issuer)
	if err != nil {
		return nil, err
	}
	p := &Pages{
		cfg: parts.Config, origin: issuer.Scheme + "://" + issuer.Host, path: issuer.EscapedPath(), cookies: cookieSuffix(issuer),
		users: parts.Users, clients: parts.Clients, sessions: parts.Sessions, issuer: parts.Issuer, log: log, now: time.Now,
	}
	p.look, err = openLook(parts.Config)
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
)

// Handler returns all doors. A method that a door does not take gets 405 and Allow,
// HEAD what GET gets (RFC 9110 §9.1). Other paths do not lead here.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+authorizePath, p.door("authorize", p.authorize))
	mux.Handle("POST "+authorizePath, p.door("authorize", p.authorize)) // a client's form: OpenID Connect Core §3.1.2.1
	mux.Handle("GET "+signInPath, p.door("sign-in", p.showSignIn))
	mux.Handle("POST "+signInPath, p.door("sign-in", p.ownForm(p.signIn)))
	mux.Handle("GET "+selectAccountPath, p.door("select-account", p.showAccounts))
	mux.Handle("POST "+selectAccountPath, p.door("select-account", p.ownForm(p.selectAccount)))
	mux.Handle("GET "+consentPath, p.door("consent", p.showConsent))
	mux.Handle("POST "+consentPath, p.door("consent", p.ownForm(p.consent)))
	mux.Handle("GET "+logoutPath, p.door("logout", p.logout))
	mux.Handle("POST "+logoutPath, p.door("logout", p.logout)) // a client's form: RP-Initiated Logout §2
	mux.Handle("POST "+logoutConfirmPath, p.door("logout", p.ownForm(p.confirmLogout)))
	if p.cfg.SendsMail() {
		p.selfService(mux)
	}
	return guarded(mux)
}
