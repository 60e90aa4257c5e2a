package pages

import (
	"net/http"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// accountView is what every account page shows around its own matter.
type accountView struct {
	Menu    []menuItem
	Person  personView
	Switch  string // where to go on as somebody else
	SignOut string
	Name    string // word of what the page is about
	Action  string // where its forms go
	Token   string // which they carry
	Done    string // word of what was just done, "" for nothing
	Problem string // word of what was wrong, "" for nothing
	Minutes string // for which attempts are turned away at most
	Body    any    // the page's own
}

type menuItem struct {
	Name    string // word
	Path    string
	Current bool
	Within  bool // what is shown is below it
}

// renderAccount shows an account page about body; problem is a word, or "".
func (p *Pages) renderAccount(w http.ResponseWriter, v *visit, me owner, problem string, body any) error {
	return p.renderAccountAllowing(w, v, me, problem, body, policy{})
}

func (p *Pages) renderAccountAllowing(w http.ResponseWriter, v *visit, me owner, problem string, body any, allowed policy) error {
	view := accountView{
		Person: viewPerson(me.SignedIn), SignOut: p.path + logoutPath, Name: me.at.name,
		Switch: p.ownLocation(p.issuer.OwnRequest(issue.AccountClient, me.at.path, nil)) + "&prompt=select_account",
		Action: p.path + accountPath + me.at.path, Token: me.token, Problem: problem, Minutes: p.lockoutMinutes(), Body: body,
	}
	if done := v.params.Get("done"); done != "" && p.isSealed(v, me.SignedIn, doneSeal+done, v.params.Get("seal")) {
		view.Done = done
	}
	for _, page := range p.accountPages() {
		view.Menu = append(view.Menu, menuItem{Name: page.name, Path: p.path + accountPath + page.path, Current: page.path == me.at.path})
	}
	return p.render(w, v, me.at.template(), problemStatus(problem), view, allowed)
}

// done goes back to the page by GET, which says what was done. What it says is sealed,
// or a link from elsewhere could say that a password was changed.
func (p *Pages) done(w http.ResponseWriter, v *visit, me owner, word string) error {
	query := url.Values{"done": {word}, "seal": {p.seal(p.browser(v.Request), me.SignedIn, doneSeal+word)}}
	seeOther(w, p.path+accountPath+me.at.path+"?"+query.Encode())
	return nil
}

// template is the name of the page's template.
func (a accountPage) template() string {
	if a.path == "" {
		return "account"
	}
	return "account-" + a.path[1:]
}

// moment is a time as people and machines read it.
type moment struct{ time.Time }

// Machine is the form of HTML's time element.
func (m moment) Machine() string { return m.UTC().Format(time.RFC3339) }

// Text is to the minute, in the order that is read the same everywhere (ISO 8601).
func (m moment) Text() string { return m.UTC().Format("2006-01-02 15:04 UTC") }
