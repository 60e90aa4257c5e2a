package pages

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// adminPath is where the admin page begins, and the redirect URI of issue.AdminClient
// ends. It stands in this package because it is one more page of ours: it lives by the
// session's cookie, the look and the guards that all of them share. What it does and who
// may do it is decided in package admin, as for the Admin API.
const adminPath = "/admin"

// adminPage is a page on which administrators work.
type adminPage struct {
	path  string // what follows adminPath, as a pattern
	name  string // word of what it is about, and its template
	scope string // which its readers hold
	menu  bool
	under string // name of the menu's page that it is below
	show  adminDoor
	acts  map[string]adminAct // by the form's field of that name
}

// adminDoor is the door of an admin page. It is open to who holds the page's scope.
type adminDoor func(http.ResponseWriter, *visit, administrator) error

// adminAct is what a form of a page does, and where that leads. One that could carry
// somebody's account or a client off, or ends what cannot be had back, demands a proof
// of a moment ago.
type adminAct struct {
	dangerous bool
	do        func(http.ResponseWriter, *visit, administrator) (outcome, error)
}

// outcome is what came of an act: the word for it, and the page that says so. A page that
// was written already has no word.
type outcome struct{ page, word string }

// Admin returns the doors of the admin page.
func (p *Pages) Admin() http.Handler {
	mux := http.NewServeMux()
	for _, at := range append(p.adminPages(), adminPage{path: "/{rest...}", name: "unknown", scope: anyScope, show: showNothing}) {
		mux.Handle("GET "+adminPath+at.path, p.door("admin-"+at.name, p.administered(at, at.show)))
		if len(at.acts) > 0 {
			mux.Handle("POST "+adminPath+at.path, p.door("admin-"+at.name, p.ownForm(p.administered(at, p.act(at)))))
		}
	}
	return p.guarded(mux)
}

// How old a proof may be at the admin page; freshFor is that of a dangerous act.
const adminFor = time.Hour

// administrator is who is signed in and administers.
type administrator struct {
	identity.SignedIn
	by    admin.Caller
	at    adminPage
	token string // of their forms
	here  string // where those go, "" for the page that was asked for
}

// adminSeal is the purpose of the token in forms of the admin page.
const adminSeal = "admin form"

// errNoAdministrator means that somebody who administers nothing came to the admin page.
var errNoAdministrator = errors.New("pages: no administrator")

// anyScope is that of a page on which nothing is shown: any administrator may see that.
const anyScope = "*"

// showNothing is what is shown where there is no page.
func showNothing(http.ResponseWriter, *visit, administrator) error {
	return fmt.Errorf("no such page: %w", store.ErrNotFound)
}

// administered opens a page to administrators who signed in within the hour, by two
// factors where they have or need a second, and a form to the session that it was made
// for. Anybody else is led to sign in first, as whoever they choose to be.
func (p *Pages) administered(at adminPage, d adminDoor) door {
	return func(w http.ResponseWriter, v *visit) error {
		here, err := p.accounts(v.Context(), v.Request)
		if err != nil {
			return err
		}
		current := here.current()
		if current == nil || p.now().Sub(current.AuthTime) > adminFor {
			p.leadToAdmin(w, v, current, adminFor)
			return nil
		}
		v.entry.Subject = current.UserID
		by, err := p.desk.Person(v.Context(), *current)
		if err != nil {
			return err
		}
		if !by.Administers() {
			err = oauth.AccessDenied.Errorf("%s administers nothing here: %w", current.User.Username, errNoAdministrator)
			p.desk.Refused(v.Context(), by, "page "+at.name, err)
			return err
		}
		if enough, err := p.stillEnough(v, *current); !enough || err != nil {
			if err == nil {
				p.leadToAdmin(w, v, current, adminFor, oauth.ACRMultiFactor)
			}
			return err
		}
		me := administrator{SignedIn: *current, by: by, at: at, token: p.seal(p.knowBrowser(w, v.Request), *current, adminSeal)}
		switch {
		case v.Method == http.MethodPost && !p.isSealed(v, *current, adminSeal, v.params.Get("token")):
			err = errForm()
		case at.scope != anyScope:
			err = by.May(at.scope)
			if err != nil && p.adminDid(v, *current) != "" { // by a form that leads to what they may not see
				me.at = at.as("done")
				return p.renderAdmin(w, v, me, nil)
			}
		}
		if err == nil {
			err = d(w, v, me)
		}
		p.desk.Refused(v.Context(), by, "page "+at.name, err)
		return p.adminFailed(w, v, me, err)
	}
}

// adminFailed tells an administrator, among the pages that they work on, why there is
// nothing to be seen. An outage is a page for everybody.
func (p *Pages) adminFailed(w http.ResponseWriter, v *visit, me administrator, err error) error {
	fault := toldFault(err)
	if fault == "" {
		return err
	}
	v.told, v.fault, me.at = err, fault, me.at.as("problem")
	status := issue.Expect(err).Code.Status()
	switch {
	case errors.Is(err, store.ErrNotFound):
		status = http.StatusNotFound
	case status == http.StatusUnauthorized: // there is no challenge that a browser could answer
		status = http.StatusBadRequest
	}
	return p.renderAdminAs(w, v, me, status, nil)
}

// leadToAdmin has somebody prove who they are, by this class where one is named, and then
// come to the page that they wanted.
func (p *Pages) leadToAdmin(w http.ResponseWriter, v *visit, current *identity.SignedIn, within time.Duration, acr ...string) {
	var age *int
	if current != nil {
		seconds := int((within - clockSkew).Seconds())
		age = &seconds
	}
	req := p.issuer.OwnRequest(issue.AdminClient, v.URL.EscapedPath()[len(adminPath):], age)
	req.ACRValues = acr
	p.leadTo(w, req)
}

// act does what a form says.
func (p *Pages) act(at adminPage) adminDoor {
	return func(w http.ResponseWriter, v *visit, me administrator) error {
		act, known := at.acts[v.params.Get("act")]
		if !known {
			return oauth.InvalidRequest.Errorf("the form says nothing that can be done here")
		}
		if act.dangerous && p.now().Sub(me.AuthTime) > freshFor {
			p.leadToAdmin(w, v, &me.SignedIn, freshFor)
			return nil
		}
		came, err := act.do(w, v, me)
		if fault := toldFault(err); fault != "" {
			v.told = err
			v.fault = fault
			return at.show(w, v, me)
		}
		if err != nil || came.word == "" {
			return err
		}
		p.adminDone(w, v, me, came)
		return nil
	}
}

// toldFault is what an administrator is told of a mistake of theirs, "" for what is none:
// what the form's reader may not know is not in it, and an outage is a page of its own.
func toldFault(err error) string {
	if err == nil {
		return ""
	}
	expected := issue.Expect(err)
	switch {
	case errors.Is(err, store.ErrNotFound) && expected.Code == oauth.ServerError:
		return "there is nothing of that name, any more"
	case errors.Is(err, errNotTheirForm):
		return "the form was made for another session, so nothing was done: open the page again"
	case errors.Is(err, identity.ErrVersion):
		return "somebody else has changed it since this page was loaded, so nothing was done: this is how it stands now"
	case !expected.Code.Ours():
		return expected.Description
	}
	return ""
}
