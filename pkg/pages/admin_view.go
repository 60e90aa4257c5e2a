package pages

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// adminView is what every admin page shows around its own matter.
type adminView struct {
	accountView
	Fault string // what was wrong, in words for who looks into it
	May   map[string]bool
	Base  string // before the paths of admin pages
	Here  string // the path that its forms go to
}

// adminPages is the table of pages; those of the menu in its order.
func (p *Pages) adminPages() []adminPage {
	return []adminPage{
		{path: "", name: "people", scope: admin.UsersRead, menu: true, show: p.showPeople},
		{path: "/people/{user}", name: "person", under: "people", scope: admin.UsersRead, show: p.showPerson, acts: p.personActs()},
		{path: "/invite", name: "invite", scope: admin.UsersRead, menu: true, show: p.showInvite, acts: map[string]adminAct{
			"invite": {dangerous: true, do: p.sendInvitation}, "withdraw": {do: p.withdrawInvitation},
		}},
		{path: "/groups", name: "groups", scope: admin.GroupsRead, menu: true, show: p.showGroups, acts: map[string]adminAct{
			"add": {dangerous: true, do: p.addGroup},
		}},
		{path: "/groups/{group}", name: "group", under: "groups", scope: admin.GroupsRead, show: p.showGroup, acts: p.groupActs()},
		{path: "/clients", name: "clients", scope: admin.ClientsRead, menu: true, show: p.showClients},
		{path: "/register", name: "register", under: "clients", scope: admin.ClientsWrite, show: p.showRegister, acts: map[string]adminAct{
			"register": {dangerous: true, do: p.registerClient},
		}},
		{path: "/clients/{client}", name: "client", under: "clients", scope: admin.ClientsRead, show: p.showAdminClient, acts: map[string]adminAct{
			"rotate": {dangerous: true, do: p.rotateClientSecret}, "withdraw-secret": {dangerous: true, do: p.withdrawClientSecret},
			"delete": {dangerous: true, do: p.deleteClient},
		}},
		{path: "/clients/{client}/edit", name: "client-edit", under: "clients", scope: admin.ClientsWrite, show: p.showClientForm, acts: map[string]adminAct{
			"change": {dangerous: true, do: p.changeClient},
		}},
		{path: "/keys", name: "keys", scope: admin.KeysRead, menu: true, show: p.showKeys, acts: map[string]adminAct{
			"rotate": {dangerous: true, do: p.rotateKeys}, "withdraw": {dangerous: true, do: p.withdrawKeys},
		}},
		{path: "/providers", name: "providers", scope: admin.ProvidersRead, menu: true, show: p.showProviders, acts: map[string]adminAct{
			"add": {dangerous: true, do: p.addProvider},
		}},
		{path: "/providers/{provider}", name: "provider", under: "providers", scope: admin.ProvidersRead, show: p.showProvider, acts: map[string]adminAct{
			"change": {dangerous: true, do: p.changeProvider}, "delete": {dangerous: true, do: p.deleteProvider},
		}},
		{path: "/events", name: "events", scope: admin.AuditRead, menu: true, show: p.showEvents},
	}
}

// as is the page with another's template in its place, below the same page of the menu.
func (a adminPage) as(name string) adminPage {
	a.name, a.under = name, cmp.Or(a.under, a.name)
	return a
}

// renderAdmin shows an admin page about body.
func (p *Pages) renderAdmin(w http.ResponseWriter, v *visit, me administrator, body any) error {
	if v.fault != "" {
		return p.renderAdminAs(w, v, me, http.StatusUnprocessableEntity, body)
	}
	return p.renderAdminAs(w, v, me, http.StatusOK, body)
}

func (p *Pages) renderAdminAs(w http.ResponseWriter, v *visit, me administrator, status int, body any) error {
	view := adminView{
		accountView: accountView{
			Person: viewPerson(me.SignedIn), SignOut: p.path + logoutPath, Name: "admin_" + me.at.name, Token: me.token,
			Switch: p.ownLocation(p.issuer.OwnRequest(issue.AdminClient, "", nil)) + "&prompt=select_account", Body: body,
		},
		Fault: v.fault, May: map[string]bool{}, Base: p.path + adminPath, Here: cmp.Or(me.here, p.path+v.URL.EscapedPath()),
	}
	view.Action = view.Here
	view.Done = p.adminDid(v, me.SignedIn)
	for _, scope := range oauth.AdminScopes() {
		view.May[scope] = me.by.May(scope) == nil
	}
	for _, page := range p.adminPages() {
		if page.menu && view.May[page.scope] {
			view.Menu = append(view.Menu, menuItem{
				Name: "admin_" + page.name, Path: view.Base + page.path, Current: page.name == me.at.name, Within: page.name == me.at.under,
			})
		}
	}
	return p.renderIn(p.look.adminWords.choose(v.locales, v.Header.Get("Accept-Language")), w, "admin-"+me.at.name, status, view, policy{})
}

// adminDid is the word of what adminDone sealed, "" for what it did not.
func (p *Pages) adminDid(v *visit, who identity.SignedIn) string {
	if word := v.params.Get("done"); word != "" && p.isSealed(v, who, doneSeal+"admin "+word, v.params.Get("seal")) {
		return word
	}
	return ""
}

// adminDone goes to a page by GET, which says what was done.
func (p *Pages) adminDone(w http.ResponseWriter, v *visit, me administrator, came outcome) {
	query := url.Values{"done": {came.word}, "seal": {p.seal(p.browser(v.Request), me.SignedIn, doneSeal+"admin "+came.word)}}
	seeOther(w, p.path+adminPath+came.page+"?"+query.Encode())
}

// segment is a name in a path, in characters that pass through a request for a page of
// ours.
func segment(name string) string {
	escaped := url.QueryEscape(name)
	out := make([]byte, 0, len(escaped))
	for i := range len(escaped) {
		if escaped[i] == '+' {
			out = append(out, "%20"...)
		} else {
			out = append(out, escaped[i])
		}
	}
	return string(out)
}
