package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// UserContent is what can be said of a person. The rest has an act of its own.
type UserContent struct {
	Username string   `json:"username"`
	Roles    []string `json:"roles,omitempty"`

	Attributes identity.Values `json:"attributes,omitempty"`
	oauth.StandardClaims
}

func (a *API) userRoutes() []route {
	const one = "/users/{user}"
	return []route{
		{
			method: "GET", path: "/users", name: "listUsers", summary: "List people in the order of their usernames", scope: admin.UsersRead,
			query: paging(parameter{name: "prefix", text: "What usernames begin with."},
				parameter{name: "find", text: "A whole username, confirmed address or sub, however written; instead of prefix."}),
			out: List[identity.User]{}, status: 200, act: a.listUsers,
		},
		{
			method: "POST", path: "/users", name: "addUser", summary: "Add a person", scope: admin.UsersWrite,
			in: identity.NewUser{}, out: identity.User{}, status: 201, created: true, etag: true, act: a.addUser,
		},
		{
			method: "GET", path: one, name: "getUser", summary: "Get a person", scope: admin.UsersRead,
			out: identity.User{}, status: 200, etag: true, act: a.getUser,
		},
		{
			method: "PATCH", path: one, name: "changeUser", summary: "Change what is known of a person", scope: admin.UsersWrite,
			in: UserContent{}, out: identity.User{}, status: 200, etag: true, version: a.userVersion, act: a.changeUser,
		},
		{
			method: "DELETE", path: one, name: "deleteUser", summary: "Delete a person for good", scope: admin.UsersWrite,
			status: 204, version: a.userVersion, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.DeleteUser(c.Context(), c.by, c.PathValue("user"), c.at)
			},
		},
	}
}

func (a *API) listUsers(c *call) (answer, error) {
	if typed := c.URL.Query().Get("find"); typed != "" {
		return a.findUser(c, typed)
	}
	page, err := a.page(c, "users")
	if err != nil {
		return answer{}, err
	}
	found, next, err := a.desk.Users(c.Context(), c.by, c.URL.Query().Get("prefix"), page)
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "users", found, next, func(u identity.User) identity.User { return u })
}

// findUser answers with a list of one person, or of none.
func (a *API) findUser(c *call, typed string) (answer, error) {
	found := List[identity.User]{Items: []identity.User{}}
	user, err := a.desk.Find(c.Context(), c.by, typed)
	switch {
	case err == nil:
		found.Items = append(found.Items, user)
	case !errors.Is(err, store.ErrNotFound):
		return answer{}, err
	}
	return answer{status: 200, body: found}, nil
}

func (a *API) addUser(c *call) (answer, error) {
	n, err := decode[identity.NewUser](c.body)
	if err != nil {
		return answer{}, err
	}
	user, err := a.desk.AddUser(c.Context(), c.by, n)
	if err != nil {
		return answer{}, err
	}
	made, err := a.user(c, user.ID)
	made.status, made.header = 201, http.Header{"Location": {a.location("users", user.ID)}}
	return made, err
}

func (a *API) getUser(c *call) (answer, error) {
	user, version, err := a.desk.User(c.Context(), c.by, c.PathValue("user"))
	return answer{status: 200, body: user, version: version}, err
}

// user answers with a person after an act that changed them, which who may do it may see.
func (a *API) user(c *call, id string) (answer, error) {
	user, version, err := a.desk.Changed(c.Context(), c.by, id)
	return answer{status: 200, body: user, version: version}, err
}

func (a *API) userVersion(c *call) (string, error) {
	_, version, err := a.desk.Changed(c.Context(), c.by, c.PathValue("user"))
	return version, err
}

// changeUser applies a merge patch. An address that takes another's place has not been
// verified, unless the patch says so: otherwise the new one would pass for the old.
func (a *API) changeUser(c *call) (answer, error) {
	var said map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &said); err != nil {
		return answer{}, problem{malformed, "the content is not a JSON object"}
	}
	id := c.PathValue("user")
	_, err := a.desk.ChangeUser(c.Context(), c.by, id, c.at, func(user *identity.User) error {
		before := user.Email
		content, err := patched(UserContent{
			Username: user.Username, Roles: user.Roles, Attributes: user.Attributes, StandardClaims: user.StandardClaims,
		}, c.body)
		if err != nil {
			return err
		}
		user.Username, user.Roles, user.StandardClaims = content.Username, content.Roles, content.StandardClaims
		user.Attributes = content.Attributes
		if _, told := said["email_verified"]; user.Email != before && !told {
			user.EmailVerified = nil
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return a.user(c, id)
}
