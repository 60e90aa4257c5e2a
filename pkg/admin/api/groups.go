package api

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// GroupContent is what can be said of a group but its name, which never changes.
type GroupContent struct {
	Description  string      `json:"description,omitempty"`
	Roles        []string    `json:"roles,omitempty"`
	Scope        oauth.Scope `json:"scope,omitempty"`
	SecondFactor bool        `json:"second_factor,omitempty"`
}

// NewGroup is a group to be made.
type NewGroup struct {
	Name string `json:"name"`
	GroupContent
}

// Member is who belongs to a group.
type Member struct {
	ID       string `json:"sub"`
	Username string `json:"username"`
}

func (a *API) groupRoutes() []route {
	const one, member = "/groups/{group}", "/groups/{group}/members/{user}"
	return []route{
		{
			method: "GET", path: "/groups", name: "listGroups", summary: "List groups in the order of their names", scope: admin.GroupsRead,
			query: paging(parameter{name: "prefix", text: "What names begin with."}), out: List[identity.Group]{}, status: 200, act: a.listGroups,
		},
		{
			method: "POST", path: "/groups", name: "addGroup", summary: "Make a group", scope: admin.GroupsWrite,
			in: NewGroup{}, out: identity.Group{}, status: 201, created: true, etag: true, act: a.addGroup,
		},
		{
			method: "GET", path: one, name: "getGroup", summary: "Get a group", scope: admin.GroupsRead,
			out: identity.Group{}, status: 200, etag: true, act: func(c *call) (answer, error) {
				group, version, err := a.desk.Group(c.Context(), c.by, c.PathValue("group"))
				return answer{status: 200, body: group, version: version}, err
			},
		},
		{
			method: "PATCH", path: one, name: "changeGroup", summary: "Change a group", scope: admin.GroupsWrite,
			in: GroupContent{}, out: identity.Group{}, status: 200, etag: true, version: a.groupVersion, act: a.changeGroup,
		},
		{
			method: "DELETE", path: one, name: "deleteGroup", summary: "Take everybody out of a group, and then the group away",
			scope: admin.GroupsWrite, status: 204, version: a.groupVersion, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.DeleteGroup(c.Context(), c.by, c.PathValue("group"), c.at)
			},
		},
		{
			method: "GET", path: one + "/members", name: "listMembers", summary: "List who belongs to a group, in the order of their subs",
			scope: admin.GroupsRead, query: paging(), out: List[Member]{}, status: 200, act: a.listMembers,
		},
		{
			method: "PUT", path: member, name: "joinGroup", summary: "Take a person into a group", scope: admin.GroupsWrite, status: 204,
			act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.Join(c.Context(), c.by, c.PathValue("group"), c.PathValue("user"))
			},
		},
		{
			method: "DELETE", path: member, name: "leaveGroup", summary: "Take a person out of a group", scope: admin.GroupsWrite, status: 204,
			act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.Leave(c.Context(), c.by, c.PathValue("group"), c.PathValue("user"))
			},
		},
	}
}

func (a *API) listGroups(c *call) (answer, error) {
	page, err := a.page(c, "groups")
	if err != nil {
		return answer{}, err
	}
	found, next, err := a.desk.Groups(c.Context(), c.by, c.URL.Query().Get("prefix"), page)
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "groups", found, next, func(g identity.Group) identity.Group { return g })
}

func (a *API) listMembers(c *call) (answer, error) {
	name := c.PathValue("group")
	page, err := a.page(c, "members of "+name)
	if err != nil {
		return answer{}, err
	}
	found, next, err := a.desk.Members(c.Context(), c.by, name, page)
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "members of "+name, found, next, func(u identity.User) Member { return Member{u.ID, u.Username} })
}

func (a *API) addGroup(c *call) (answer, error) {
	n, err := decode[NewGroup](c.body)
	if err != nil {
		return answer{}, err
	}
	made, err := a.desk.AddGroup(c.Context(), c.by, identity.Group{
		Name: n.Name, Description: n.Description, Roles: n.Roles, Scope: n.Scope, SecondFactor: n.SecondFactor,
	})
	if err != nil {
		return answer{}, err
	}
	shown, err := a.group(c, made.Name)
	shown.status, shown.header = 201, http.Header{"Location": {a.location("groups", made.Name)}}
	return shown, err
}

// group answers with a group after an act that changed it.
func (a *API) group(c *call, name string) (answer, error) {
	group, version, err := a.desk.ChangedGroup(c.Context(), c.by, name)
	return answer{status: 200, body: group, version: version}, err
}

func (a *API) groupVersion(c *call) (string, error) {
	_, version, err := a.desk.ChangedGroup(c.Context(), c.by, c.PathValue("group"))
	return version, err
}

func (a *API) changeGroup(c *call) (answer, error) {
	name := c.PathValue("group")
	_, err := a.desk.ChangeGroup(c.Context(), c.by, name, c.at, func(g *identity.Group) error {
		content, err := patched(GroupContent{g.Description, g.Roles, g.Scope, g.SecondFactor}, c.body)
		g.Description, g.Roles, g.Scope, g.SecondFactor = content.Description, content.Roles, content.Scope, content.SecondFactor
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a.group(c, name)
}
