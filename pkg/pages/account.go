package pages

import (
	"net/http"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// accountPath is where the account page begins, and the redirect URI of
// issue.AccountClient ends.
const accountPath = "/account"

// changePasswordPath is where password managers look for the page on which a password
// is changed (W3C, A Well-Known URL for Changing Passwords §2).
const changePasswordPath = "/.well-known/change-password"

// accountPage is a page on which people look after their account themselves.
type accountPage struct {
	path         string // what follows accountPath
	name         string // word of what it is about
	fresh        bool   // demands that they proved who they are a moment ago
	show, change accountDoor
}

// accountDoor is the door of an account page. It is open to the owner alone.
type accountDoor func(http.ResponseWriter, *visit, owner) error

// accountPages is the table of pages, and the menu. What gives the account away, or makes
// it somebody else's, demands a fresh proof.
func (p *Pages) accountPages() []accountPage {
	pages := []accountPage{
		{path: "", name: "account", show: p.showAccount},
		{path: "/profile", name: "account_profile", show: p.showProfile, change: p.changeProfile},
		{path: "/password", name: "account_password", fresh: true, show: p.showChangePassword, change: p.changePassword},
		{path: securityPath, name: "account_security", fresh: true, show: p.showSecurity, change: p.changeSecurity},
		{path: "/sessions", name: "account_sessions", show: p.showSessions, change: p.endSessions},
		{path: "/access", name: "account_access", show: p.showAccess, change: p.withdrawAccess},
		{path: "/data", name: "account_data", fresh: true, show: p.showData, change: p.downloadData},
		{path: "/delete", name: "account_delete", fresh: true, show: p.showDelete, change: p.deleteAccount},
	}
	if p.cfg.SendsMail() {
		pages = slices.Insert(pages, 2, accountPage{path: "/email", name: "email", fresh: true, show: p.showEmail, change: p.email})
	}
	return pages
}

// Account returns the doors of the account page. A method that a door does not take
// gets 405 and Allow, as in Handler.
func (p *Pages) Account() http.Handler {
	mux := http.NewServeMux()
	for _, at := range p.accountPages() {
		mux.Handle("GET "+accountPath+at.path, p.door(at.name, p.owned(at, at.show)))
		if at.change != nil {
			mux.Handle("POST "+accountPath+at.path, p.door(at.name, p.ownForm(p.owned(at, at.change))))
		}
	}
	mux.Handle("GET "+changePasswordPath, p.door("change-password", func(w http.ResponseWriter, _ *visit) error {
		seeOther(w, p.path+accountPath+"/password")
		return nil
	}))
	return p.guarded(mux)
}

// A change that would carry an account off needs a proof that is at most this old:
// whoever finds a browser open has none.
const freshFor = 10 * time.Minute

// clockSkew is by how much the clocks of two instances may differ. Where a proof has
// become too old, one is demanded that is younger by this, or two instances could send
// the person to and fro.
const clockSkew = 30 * time.Second

// owner is who is signed in and looks after their account.
type owner struct {
	identity.SignedIn
	at    accountPage
	here  accounts // in their browser
	token string   // of their forms
}

// owned opens a page to who is signed in, and a change of theirs to a form that was made
// for this session. Anybody else is led to sign in first, and then to the page; what they
// had typed there is gone.
func (p *Pages) owned(at accountPage, d accountDoor) door {
	return func(w http.ResponseWriter, v *visit) error {
		here, err := p.accounts(v.Context(), v.Request)
		if err != nil {
			return err
		}
		current := here.current()
		if current == nil {
			p.leadTo(w, p.issuer.OwnRequest(issue.AccountClient, at.path, nil))
			return nil
		}
		v.entry.Subject = current.UserID
		v.Request = v.WithContext(audit.WithActor(v.Context(), audit.Person(current.UserID)))
		if len(v.locales) == 0 && current.User.Locale != "" {
			v.locales = []string{current.User.Locale}
		}
		if v.Method == http.MethodPost && !p.isSealed(v, *current, formSeal, v.params.Get("token")) {
			return errForm()
		}
		if proven, err := p.proven(w, v, at, *current); !proven || err != nil {
			return err
		}
		return d(w, v, owner{*current, at, here, p.seal(p.knowBrowser(w, v.Request), *current, formSeal)})
	}
}

// proven reports whether somebody has shown enough for the page, and leads them to show it
// where they have not. Who has a second factor shows it where they would lose it: whoever
// knows the password alone, and signed in before there was one, does not take it away.
func (p *Pages) proven(w http.ResponseWriter, v *visit, at accountPage, who identity.SignedIn) (bool, error) {
	if !at.fresh {
		return true, nil
	}
	enough, err := p.stillEnough(v, who)
	if err != nil || enough && p.now().Sub(who.AuthTime) <= freshFor {
		return enough, err
	}
	age := int((freshFor - clockSkew).Seconds())
	req := p.issuer.OwnRequest(issue.AccountClient, at.path, &age)
	if !enough {
		req.ACRValues = []string{oauth.ACRMultiFactor}
	}
	p.leadTo(w, req)
	return false, nil
}
