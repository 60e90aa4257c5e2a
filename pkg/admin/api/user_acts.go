package api

import (
	"context"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// NewPassword is a password that a person is given. It can be written, and never read.
type NewPassword struct {
	Password oauth.Secret `json:"password"`
}

// Lockout is whether an account takes passwords.
type Lockout struct {
	Locked bool `json:"locked"`
}

// userActRoutes are what is done to a person and is no change of what is known of them.
func (a *API) userActRoutes() []route {
	return []route{
		a.userAct("disable", "disableUser", "Keep a person out, and end all that they are signed in to", a.desk.DisableUser),
		a.userAct("enable", "enableUser", "Let a person in again", a.desk.EnableUser),
		a.userAct("unlock", "unlockUser", "Forget the wrong passwords that the account has received", a.desk.UnlockUser),
		a.userAct("reset", "sendReset", "Send a person a link by which they choose another password", a.sendReset),
		{
			method: "GET", path: "/users/{user}/lockout", name: "getLockout", summary: "Get whether the account takes passwords",
			scope: admin.UsersRead, out: Lockout{}, status: 200, act: a.getLockout,
		},
		{
			method: "PUT", path: "/users/{user}/password", name: "setPassword",
			summary: "Give a person another password, and sign them out everywhere", scope: admin.UsersWrite,
			in: NewPassword{}, status: 204, act: a.setPassword,
		},
	}
}

// userAct is an act that needs to know whom, and nothing else.
func (a *API) userAct(verb, name, summary string, act func(ctx context.Context, by admin.Caller, id string) error) route {
	return route{
		method: http.MethodPost, path: "/users/{user}/" + verb, name: name, summary: summary, scope: admin.UsersWrite, status: 204,
		act: func(c *call) (answer, error) {
			return answer{status: 204}, act(c.Context(), c.by, c.PathValue("user"))
		},
	}
}

func (a *API) sendReset(ctx context.Context, by admin.Caller, id string) error {
	if a.letters.Reset == nil {
		return problem{invalid, "no mail is sent here: MAIL is off"}
	}
	return a.desk.SendReset(ctx, by, id, a.letters.Reset)
}

func (a *API) getLockout(c *call) (answer, error) {
	user, _, err := a.desk.User(c.Context(), c.by, c.PathValue("user"))
	if err != nil {
		return answer{}, err
	}
	locked, err := a.desk.Locked(c.Context(), c.by, user)
	return answer{status: 200, body: Lockout{locked}}, err
}

func (a *API) setPassword(c *call) (answer, error) {
	given, err := decode[NewPassword](c.body)
	if err != nil {
		return answer{}, err
	}
	return answer{status: 204}, a.desk.SetPassword(c.Context(), c.by, c.PathValue("user"), given.Password)
}
