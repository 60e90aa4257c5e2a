package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func signIns() []flow {
	return []flow{
		{
			"a sign-in at the token endpoint", nil, func(w *world) { w.signIn("alice", string(password)) },
			[]string{"sign_in.succeeded ok person:alice-1 alice-1 app"},
		},
		{
			"a wrong password", nil, func(w *world) { w.signIn("alice", mistyped) },
			[]string{"sign_in.failed refused stranger alice-1 -"},
		},
		{
			"an unknown name", nil, func(w *world) { w.signIn(mistyped, mistyped) },
			[]string{"sign_in.failed refused stranger - -"},
		},
		{"a disabled account", nil, func(w *world) {
			must(w.t, w.parts.Users.Disable(w.t.Context(), w.alice.ID))
			w.signIn("alice", string(password))
		}, []string{"user.disabled ok stranger alice-1 -", "sign_in.failed refused stranger alice-1 -"}},
		{"the last guess of a window, and those after it", map[string]string{"LOCKOUT_ATTEMPTS": "3"}, func(w *world) {
			for range 6 {
				w.signIn("alice", mistyped)
			}
		}, []string{
			"sign_in.failed refused stranger alice-1 -", "sign_in.failed refused stranger alice-1 -",
			"sign_in.failed refused stranger alice-1 -", "sign_in.locked refused stranger alice-1 -",
		}},
		{"guesses that do not wait", nil, func(w *world) {
			for range 6 {
				w.signIn("alice", mistyped)
			}
		}, []string{
			"sign_in.failed refused stranger alice-1 -", "sign_in.failed refused stranger alice-1 -",
			"sign_in.failed refused stranger alice-1 -", "sign_in.delayed refused stranger alice-1 -",
		}},
		{"the last guess of a network", map[string]string{"LOCKOUT_ADDRESS_ATTEMPTS": "10"}, func(w *world) {
			for n := range 13 {
				w.signIn(string(rune('a'+n)), string(password)) // other names, so that none of them waits
			}
		}, append(slices.Repeat([]string{"sign_in.failed refused stranger - -"}, 3), "sign_in.delayed refused stranger - -", "sign_in.locked refused stranger - -")},
		{"a session, ended by its person", nil, func(w *world) {
			_, err := w.parts.Issuer.SignOut(w.t.Context(), w.begin())
			must(w.t, err)
		}, []string{"sign_in.succeeded ok person:alice-1 alice-1 -", "sign_out ok person:alice-1 alice-1 -"}},
		{"a session, ended by an administrator, twice", nil, func(w *world) {
			session := w.begin()
			ctx := audit.WithActor(w.t.Context(), audit.Administrator("root"))
			must(w.t, w.parts.Issuer.EndSession(ctx, session.UserID, session.ID))
			must(w.t, w.parts.Issuer.EndSession(ctx, session.UserID, session.ID))
		}, []string{"sign_in.succeeded ok person:alice-1 alice-1 -", "session.ended ok administrator:root alice-1 -"}},
		{"all sessions at once", nil, func(w *world) {
			w.begin()
			must(w.t, w.parts.Issuer.SignOutEverywhere(w.t.Context(), w.alice.ID))
		}, []string{
			"sign_in.succeeded ok person:alice-1 alice-1 -", "sign_out.everywhere ok stranger alice-1 -", "session.ended ok stranger alice-1 -",
		}},
	}
}

func accounts() []flow {
	return []flow{
		{"an account is made, changed, kept out and let in", nil, func(w *world) {
			user, err := w.parts.Users.Add(w.t.Context(), identity.NewUser{ID: "bob-1", Username: "bob"})
			must(w.t, err)
			_, err = w.parts.Users.Update(w.t.Context(), user.ID, func(u *identity.User) error { u.Name = "Bob"; return nil })
			must(w.t, err)
			_, err = w.parts.Users.Update(w.t.Context(), user.ID, func(*identity.User) error { return nil })
			must(w.t, err)
			must(w.t, errors.Join(w.parts.Users.Disable(w.t.Context(), user.ID), w.parts.Users.Enable(w.t.Context(), user.ID)))
			must(w.t, errors.Join(w.parts.Users.Unlock(w.t.Context(), user.ID), w.parts.Users.Delete(w.t.Context(), user.ID)))
		}, []string{
			"user.created ok stranger bob-1 -", "user.changed ok stranger bob-1 -", "user.disabled ok stranger bob-1 -",
			"user.enabled ok stranger bob-1 -", "user.unlocked ok stranger bob-1 -", "user.deleted ok stranger bob-1 -",
		}},
		{"an account out of a file", nil, func(w *world) {
			n := identity.NewUser{ID: "bob-1", Username: "bob"}
			for range 2 {
				_, err := w.parts.Users.Import(w.t.Context(), n, identity.UpdateStanding)
				must(w.t, err)
				n.Name = "Bob"
			}
		}, []string{"user.imported ok stranger bob-1 -", "user.imported ok stranger bob-1 -"}},
		{"somebody moves in from an old system", nil, func(w *world) {
			w.parts.Users.MigrateBy(func(_ context.Context, name string, _ oauth.Secret) (identity.NewUser, error) {
				return identity.NewUser{ID: name + "-1", StandardClaims: oauth.StandardClaims{Name: "Bob"}}, nil
			})
			w.signIn("bob", string(password))
		}, []string{"user.moved_in ok person:bob-1 bob-1 -", "sign_in.succeeded ok person:bob-1 bob-1 app"}},
		{"somebody signs up", nil, func(w *world) {
			hashed, err := w.parts.Users.HashPassword(w.t.Context(), password, "bob@example.com")
			must(w.t, err)
			_, err = w.parts.Users.SignUp(w.t.Context(), identity.NewUser{ID: "bob-1", StandardClaims: oauth.StandardClaims{Email: "bob@example.com"}}, hashed, true)
			must(w.t, err)
		}, []string{"user.signed_up ok person:bob-1 bob-1 -"}},
		{"somebody is invited, twice, and then not", nil, func(w *world) {
			ctx := audit.WithActor(w.t.Context(), audit.CommandLine("root"))
			_, _, err := w.parts.Issuer.Invite(ctx, identity.NewUser{StandardClaims: oauth.StandardClaims{Email: "bob@example.com"}}, "root", nil)
			must(w.t, err)
			_, _, err = w.parts.Issuer.Renew(ctx, "bob@example.com", nil)
			must(w.t, err)
			must(w.t, w.parts.Issuer.Withdraw(ctx, "bob@example.com"))
		}, []string{
			"invitation.sent ok command_line:root - -", "invitation.sent ok command_line:root - -", "invitation.withdrawn ok command_line:root - -",
		}},
		{"an administrator sets a password", nil, func(w *world) {
			must(w.t, w.parts.Users.SetPassword(audit.WithActor(w.t.Context(), audit.Administrator("root")), w.alice.ID, "another four score"))
		}, []string{"password.changed ok administrator:root alice-1 -"}},
		{"a password is reset by mail", nil, func(w *world) {
			var link string
			w.begin()
			must(w.t, w.parts.Issuer.AskReset(w.t.Context(), issue.Wish{Name: "alice", Address: address, Browser: "b"}, letter(&link)))
			opened, err := w.parts.Issuer.OpenLink(w.t.Context(), issue.ResetPassword, handle(w.t, link), "b")
			must(w.t, err)
			must(w.t, w.parts.Issuer.Reset(w.t.Context(), opened, "another four score", letter(&link)))
		}, []string{
			"sign_in.succeeded ok person:alice-1 alice-1 -", "password.reset_asked ok stranger alice-1 -",
			"password.changed ok person:alice-1 alice-1 -", "password.reset ok person:alice-1 alice-1 -", "session.ended ok person:alice-1 alice-1 -",
		}},
		{"nobody's password is reset", nil, func(w *world) {
			var link string
			must(w.t, w.parts.Issuer.AskReset(w.t.Context(), issue.Wish{Name: mistyped, Address: address}, letter(&link)))
		}, []string{"password.reset_asked ok stranger - -"}},
		{"an invited person joins the groups that they were invited into", nil, func(w *world) {
			hashed, err := w.parts.Users.HashPassword(w.t.Context(), password, "bob@example.com")
			must(w.t, err)
			_, err = w.parts.Users.SignUp(w.t.Context(), identity.NewUser{
				ID: "bob-1", StandardClaims: oauth.StandardClaims{Email: "bob@example.com"}, Groups: []string{identity.Administrators},
			}, hashed, true)
			must(w.t, err)
		}, []string{"group.joined ok person:bob-1 bob-1 -", "user.signed_up ok person:bob-1 bob-1 -"}},
		{"somebody comes by another provider, and is called otherwise the next time", nil, func(w *world) {
			l := identity.Linked{Issuer: "https://there.example.com", Subject: "b", Provider: "there"}
			bob, err := w.parts.Users.AddLinked(w.t.Context(), identity.NewUser{ID: "bob-1", Username: "bob"}, l)
			must(w.t, err)
			l.Claims = &oauth.StandardClaims{Name: "Bob"}
			_, err = w.parts.Users.Follow(w.t.Context(), bob, l)
			must(w.t, err)
		}, []string{
			"identity.linked ok person:bob-1 bob-1 -", "user.changed ok system:sign-in by there bob-1 -", "user.signed_up ok person:bob-1 bob-1 -",
		}},
		{"an identity elsewhere is linked, and taken away", nil, func(w *world) {
			l := identity.Linked{Issuer: "https://there.example.com", Subject: "a", Provider: "there"}
			must(w.t, w.parts.Users.Link(w.t.Context(), w.alice.ID, l))
			must(w.t, w.parts.Users.Unlink(w.t.Context(), w.alice.ID, l.ID(), func(context.Context) (bool, error) { return true, nil }))
		}, []string{"identity.linked ok person:alice-1 alice-1 -", "identity.unlinked ok person:alice-1 alice-1 -"}},
		{"a person takes their data with them", nil, func(w *world) {
			_, err := w.parts.Issuer.PersonalData(w.t.Context(), w.alice.ID)
			must(w.t, err)
		}, []string{"data.exported ok person:alice-1 alice-1 -"}},
		{"an address is confirmed", nil, func(w *world) {
			_, err := w.parts.Users.ConfirmEmail(w.t.Context(), w.alice.ID, "alice@example.com", "alice@example.org")
			must(w.t, err)
		}, []string{"email.changed ok person:alice-1 alice-1 -"}},
	}
}

func groups() []flow {
	return []flow{
		{"a group is made, changed, joined twice, left and deleted", nil, func(w *world) {
			ctx, users := audit.WithActor(w.t.Context(), audit.Administrator("root")), w.parts.Users
			_, err := users.AddGroup(ctx, identity.Group{Name: "editors"})
			must(w.t, err)
			_, err = users.UpdateGroup(ctx, "editors", func(g *identity.Group) error { g.SecondFactor = true; return nil })
			must(w.t, err)
			for range 2 {
				_, err = users.Join(ctx, w.alice.ID, "editors")
				must(w.t, err)
			}
			must(w.t, users.DeleteGroup(ctx, "editors")) // which alice leaves by it
		}, []string{
			"group.made ok administrator:root - -", "group.changed ok administrator:root - -",
			"group.joined ok administrator:root alice-1 -", "group.left ok administrator:root alice-1 -",
			"group.deleted ok administrator:root - -",
		}},
		{"a person is added to administrators", nil, func(w *world) {
			_, err := w.parts.Users.Add(w.t.Context(), identity.NewUser{ID: "carol-1", Username: "carol", Groups: []string{identity.Administrators}})
			must(w.t, err)
		}, []string{"user.created ok stranger carol-1 -", "group.joined ok stranger carol-1 -"}},
		{"an attribute is made, given and deleted", nil, func(w *world) {
			_, err := w.parts.Users.AddAttribute(w.t.Context(), oauth.Attribute{Name: "motto", Scope: "profile"})
			must(w.t, err)
			_, err = w.parts.Users.SetAttributes(w.t.Context(), w.alice.ID, identity.Values{"motto": json.RawMessage(`"` + mistyped + `"`)})
			must(w.t, err)
			_, err = w.parts.Users.UpdateAttribute(w.t.Context(), "motto", func(a *oauth.Attribute) error { a.Max = 64; return nil })
			must(w.t, err)
			must(w.t, w.parts.Users.DeleteAttribute(w.t.Context(), "motto"))
		}, []string{
			"attribute.made ok stranger - -", "user.changed ok stranger alice-1 -", "attribute.changed ok stranger - -",
			"attribute.deleted ok stranger - -",
		}},
	}
}
