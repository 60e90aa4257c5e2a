package api

import (
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// NewInvitation is who is to have an account. The address will be the username, and who
// accepts chooses the password.
type NewInvitation struct {
	Groups []string `json:"groups,omitempty"`
	Roles  []string `json:"roles,omitempty"`
	oauth.StandardClaims
}

// Invitation is an account that waits for its person. Link is there where no mail brings
// it, once, to be handed over.
type Invitation struct {
	Email   string    `json:"email"`
	Groups  []string  `json:"groups,omitempty"`
	By      string    `json:"by"`
	Mailed  bool      `json:"mailed"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Link    string    `json:"link,omitempty"`
}

func showInvitation(open issue.Invitation) Invitation {
	return Invitation{
		Email: open.Person.Email, Groups: open.Person.Groups, By: open.By, Mailed: open.Mailed, Created: open.Created, Expires: open.Expires,
	}
}

func (a *API) invitationRoutes() []route {
	const one = "/invitations/{email}"
	return []route{
		{
			method: "GET", path: "/invitations", name: "listInvitations", summary: "List open invitations in the order of their addresses",
			scope: admin.UsersRead, query: paging(parameter{name: "prefix", text: "What addresses begin with."}),
			out: List[Invitation]{}, status: 200, act: a.listInvitations,
		},
		{
			method: "POST", path: "/invitations", name: "invite", summary: "Invite somebody to have an account", scope: admin.UsersWrite,
			in: NewInvitation{}, out: Invitation{}, status: 201, created: true, act: a.invite,
		},
		{
			method: "POST", path: one + "/renew", name: "renewInvitation", summary: "Send a new link in place of the one before",
			scope: admin.UsersWrite, out: Invitation{}, status: 200, act: func(c *call) (answer, error) {
				open, link, err := a.desk.RenewInvitation(c.Context(), c.by, c.PathValue("email"), a.letters.Invitation)
				shown := showInvitation(open)
				shown.Link = link
				return answer{status: 200, body: shown}, err
			},
		},
		{
			method: "DELETE", path: one, name: "withdrawInvitation", summary: "End an open invitation: its link works no more",
			scope: admin.UsersWrite, status: 204, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.WithdrawInvitation(c.Context(), c.by, c.PathValue("email"))
			},
		},
	}
}

func (a *API) listInvitations(c *call) (answer, error) {
	page, err := a.page(c, "invitations")
	if err != nil {
		return answer{}, err
	}
	found, next, err := a.desk.Invitations(c.Context(), c.by, c.URL.Query().Get("prefix"), page)
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "invitations", found, next, showInvitation)
}

func (a *API) invite(c *call) (answer, error) {
	wanted, err := decode[NewInvitation](c.body)
	if err != nil {
		return answer{}, err
	}
	n := identity.NewUser{Groups: wanted.Groups, Roles: wanted.Roles, StandardClaims: wanted.StandardClaims}
	open, link, err := a.desk.Invite(c.Context(), c.by, n, a.letters.Invitation)
	shown := showInvitation(open)
	shown.Link = link
	return answer{status: 201, body: shown, header: http.Header{"Location": {a.location("invitations", shown.Email)}}}, err
}
