package template_test

import (
	"context"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestTheRolesAllowPeopleToMoveIn signs in somebody whom an old system knows, and then
// again by the password that was kept.
func TestTheRolesAllowPeopleToMoveIn(t *testing.T) {
	t.Parallel()
	for _, function := range []string{"token", "authorize"} {
		d := openDoors(t)
		users, state := guarded{d.users, t, function, "UserTable"}, guarded{d.state, t, function, "StateTable"}
		parts, err := issue.NewParts(d.cfg, users, state, d.sealer, keys.OpenRing(users, d.sealer, keys.PolicyFrom(d.cfg)))
		check(t, err)
		asked := 0
		parts.Users.MigrateBy(func(context.Context, string, oauth.Secret) (identity.NewUser, error) {
			asked++
			return identity.NewUser{ID: "old-42", StandardClaims: oauth.StandardClaims{Name: "Jo Example"}}, nil
		})
		for range 2 {
			user, err := parts.Users.SignIn(t.Context(), "jo", doorsPerson, "192.0.2.1")
			if err != nil || user.ID != "old-42" {
				t.Errorf("%s: got %+v, %v", function, user, err)
			}
		}
		if asked != 1 {
			t.Errorf("%s: the old system was asked %d times", function, asked)
		}
	}
}
