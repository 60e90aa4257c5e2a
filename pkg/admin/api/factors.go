package api

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/factor"
)

// Factor is something that a person can prove themselves by, beside a password. What
// proves it is not in it.
type Factor struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"` // passkey, totp or recovery-codes
	Name    string    `json:"name,omitempty"`
	Synced  bool      `json:"synced,omitempty"`
	Left    int       `json:"left,omitempty"` // of recovery codes
	Created time.Time `json:"created,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

func (a *API) factorRoutes() []route {
	const all = "/users/{user}/factors"
	return []route{
		{
			method: "GET", path: all, name: "listFactors", summary: "List what a person can prove themselves by, beside a password",
			scope: admin.UsersRead, out: List[Factor]{}, status: 200, act: func(c *call) (answer, error) {
				set, err := a.desk.Factors(c.Context(), c.by, c.PathValue("user"))
				return answer{status: 200, body: List[Factor]{Items: showFactors(set)}}, err
			},
		},
		{
			method: "DELETE", path: all + "/{factor}", name: "removeFactor", summary: "Take a factor from a person who has lost it",
			scope: admin.UsersWrite, status: 204, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.RemoveFactor(c.Context(), c.by, c.PathValue("user"), c.PathValue("factor"))
			},
		},
	}
}

func showFactors(set factor.Set) []Factor {
	shown := []Factor{}
	for _, p := range set.Passkeys {
		shown = append(shown, Factor{ID: p.Handle(), Type: "passkey", Name: p.Name, Synced: p.Synced, Created: p.Created, Used: p.Used})
	}
	if set.App != nil {
		shown = append(shown, Factor{ID: admin.AppFactor, Type: admin.AppFactor, Created: set.App.Created, Used: set.App.Used})
	}
	if set.RecoveryCodes > 0 {
		shown = append(shown, Factor{ID: admin.RecoveryFactor, Type: admin.RecoveryFactor, Left: set.RecoveryCodes})
	}
	return shown
}
