package pages

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// signOutForm is what the page that asks whether to sign out shows.
type signOutForm struct {
	Action string
	Fields map[string]string // the logout request
	People []personView
}

// signedOut is what the page after signing out shows.
type signedOut struct {
	Frames   []string     // of clients, which forget the person when they are loaded
	Continue template.URL // where the person goes on, "" when they stay; registered, so it may be an app's
	Script   template.JS
}

// continueScript goes on as soon as all frames are loaded; without it the browser
// does so after frameSeconds, or the person by the link.
const continueScript = `addEventListener("load",function(){location.replace(document.getElementById("logout-continue").href)})`

const frameSeconds = "5"

// logoutParameters are carried from the question to its answer.
func logoutParameters() []string {
	return []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"}
}

// logout is the end_session_endpoint (OpenID Connect RP-Initiated Logout §2). A
// client that holds an id_token of the session speaks for its person; of anybody
// else the person is asked, or any page could sign people out.
func (p *Pages) logout(w http.ResponseWriter, v *visit) error {
	if again, err := p.sentAgain(w, v, logoutPath); again || err != nil {
		return err
	}
	req, signedIn, err := p.loggingOut(v)
	if err != nil {
		return err
	}
	for _, each := range signedIn.all {
		speaks, err := p.issuer.Speaks(v.Context(), req, each.SignedIn)
		if err != nil {
			return err
		}
		if speaks {
			return p.signOut(w, v, req, signedIn, []account{each})
		}
	}
	if len(signedIn.all) == 0 {
		return p.signOut(w, v, req, signedIn, nil)
	}
	form := signOutForm{Action: p.path + logoutConfirmPath, Fields: map[string]string{}}
	for _, name := range logoutParameters() {
		if v.params.Has(name) {
			form.Fields[name] = v.params.Get(name)
		}
	}
	allowed := leadingTo(req.RedirectURI)
	for _, each := range signedIn.all {
		form.People = append(form.People, viewPerson(each.SignedIn))
		if each.Elsewhere != nil { // the way may lead there first
			allowed.forms = append(allowed.forms, schemeOf(each.Elsewhere.Issuer))
		}
	}
	slices.Sort(allowed.forms)
	allowed.forms = slices.Compact(allowed.forms)
	return p.render(w, v, "sign-out", http.StatusOK, form, allowed)
}

// confirmLogout signs out everybody in this browser, as the page said.
func (p *Pages) confirmLogout(w http.ResponseWriter, v *visit) error {
	req, signedIn, err := p.loggingOut(v)
	if err != nil {
		return err
	}
	return p.signOut(w, v, req, signedIn, signedIn.all)
}

// loggingOut reads a logout request and who is signed in.
func (p *Pages) loggingOut(v *visit) (issue.LogoutRequest, accounts, error) {
	req, err := p.issuer.ParseLogout(v.Context(), v.params)
	if err != nil {
		return issue.LogoutRequest{}, accounts{}, err
	}
	v.entry.Client = req.Client.ID
	signedIn, err := p.accounts(v.Context(), v.Request)
	return req, signedIn, err
}

// signOut ends sessions, has their clients told, and lets the person go on.
func (p *Pages) signOut(w http.ResponseWriter, v *visit, req issue.LogoutRequest, signedIn accounts, leaving []account) error {
	onward := req.Location()
	page := signedOut{Script: continueScript}
	for _, each := range leaving {
		v.entry.Subject = each.UserID
		frames, err := p.issuer.SignOut(v.Context(), each.SignedIn)
		if err != nil {
			return err
		}
		page.Frames = append(page.Frames, frames...)
	}
	// A browser that sends no cookie may have one all the same, which it keeps back from
	// what another site has it send: taking that away would sign its people out.
	if p.cookie(v.Request, sessionCookie) != "" {
		if err := p.keepAccounts(v.Context(), w, signedIn.without(leaving)); err != nil {
			return err
		}
	}
	var err error
	if onward, err = p.byWayOfUpstream(v, leaving, onward); err != nil {
		return err
	}
	page.Continue = template.URL(onward)
	if len(page.Frames) == 0 && onward != "" {
		seeOther(w, onward)
		return nil
	}
	allowed := policy{frames: page.Frames}
	if len(page.Frames) > 0 && onward != "" && !strings.ContainsAny(onward, "\r\n") {
		allowed.script = continueScript
		w.Header().Set("Refresh", frameSeconds+"; url="+onward)
	}
	return p.render(w, v, "signed-out", http.StatusOK, page, allowed)
}

// without leaves accounts out.
func (a accounts) without(gone []account) accounts {
	is := func(other account) bool {
		return slices.ContainsFunc(gone, func(g account) bool { return g.ID == other.ID })
	}
	return accounts{
		all:   slices.DeleteFunc(slices.Clone(a.all), is),
		using: a.using && !is(a.all[0]),
	}
}
