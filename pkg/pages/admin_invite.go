package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// inviteView is the form of an invitation, and those that are open.
type inviteView struct {
	Email, Name, Groups string // as they were typed
	Mails               bool
	Link                string // to hand over, where no mail brings it
	Invited             string // whom it is for
	Asked               string // what addresses begin with
	Open                []invitationRow
	Next                string
}

type invitationRow struct {
	Email, By string
	Expires   moment
}

func errNoMail() error {
	return oauth.InvalidRequest.Errorf("no mail is sent here: MAIL is off")
}

// showInvite shows open invitations and the form of another.
func (p *Pages) showInvite(w http.ResponseWriter, v *visit, me administrator) error {
	return p.renderInvite(w, v, me, inviteView{Email: v.typed("email", ""), Name: v.typed("name", ""), Groups: v.typed("groups", "")})
}

func (p *Pages) renderInvite(w http.ResponseWriter, v *visit, me administrator, view inviteView) error {
	view.Asked = strings.TrimSpace(v.params.Get("q"))
	open, next, err := p.desk.Invitations(v.Context(), me.by, strings.ToLower(view.Asked), store.Page{Limit: adminPageSize, After: v.params.Get("after")})
	if err != nil {
		return err
	}
	for _, one := range open {
		view.Open = append(view.Open, invitationRow{one.Person.Email, one.By, moment{one.Expires}})
	}
	view.Mails, view.Next = p.cfg.SendsMail(), nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}

// sendInvitation invites somebody. Where no mail is sent the link is shown, once, on a
// page that nobody can come back to by a link.
func (p *Pages) sendInvitation(w http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	n := identity.NewUser{
		Groups:         strings.FieldsFunc(v.params.Get("groups"), func(r rune) bool { return r == ',' || r == ' ' }),
		StandardClaims: oauth.StandardClaims{Email: strings.TrimSpace(v.params.Get("email")), Name: strings.TrimSpace(v.params.Get("name"))},
	}
	var letter issue.Letter
	if p.cfg.SendsMail() {
		letter = p.look.letter(p.cfg.Issuer, invitationLetter(), issue.AcceptInvitation, "", nil, "")
	}
	open, link, err := p.desk.Invite(v.Context(), me.by, n, letter)
	if err != nil || link == "" {
		return outcome{"/invite", "admin_invited"}, err
	}
	return outcome{}, p.renderInvite(w, v, me, inviteView{Link: link, Invited: open.Person.Email})
}

func (p *Pages) withdrawInvitation(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	return outcome{"/invite", "admin_withdrawn"}, p.desk.WithdrawInvitation(v.Context(), me.by, v.params.Get("email"))
}

// nextQuery is the query by which a list goes on after this name, "" for its end.
func nextQuery(v *visit, after string) string {
	if after == "" {
		return ""
	}
	query := url.Values{"after": {after}}
	for _, name := range []string{"q", "sub", "client_id", "address", "kind", "since", "until"} {
		if value := v.params.Get(name); value != "" {
			query.Set(name, value)
		}
	}
	return "?" + query.Encode()
}
