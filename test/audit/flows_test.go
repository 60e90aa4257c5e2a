package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// flow is something that somebody does, and the events that it leaves: kind, outcome,
// actor, sub, client.
type flow struct {
	name     string
	settings map[string]string
	does     func(*world)
	want     []string
}

// mistyped is what people type where a name or a password belongs.
const mistyped = "the-password-of-another-account"

// flows are grouped by whom they are about.
func flows() []flow {
	return slices.Concat(signIns(), accounts(), grants(), clients(), groups(), administration())
}

func TestEveryFlowLeavesItsEvents(t *testing.T) {
	for _, f := range flows() {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t, f.settings)
				f.does(w)
				slices.Sort(f.want)
				if diff := cmp.Diff(f.want, w.recorded()); diff != "" {
					t.Error(diff)
				}
				for _, leak := range []string{string(password), string(secret), mistyped, verifier} {
					if strings.Contains(w.everything(), leak) {
						t.Errorf("an event holds %q", leak)
					}
				}
			})
		})
	}
}

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

func grants() []flow {
	const begun, agreed = "sign_in.succeeded ok person:alice-1 alice-1 -", "consent.given ok person:alice-1 alice-1 app"
	return []flow{
		{"tokens that are minted leave nothing", nil, func(w *world) {
			w.post("/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}})
			tokens := w.redeem(w.code(w.begin()))
			if again := w.refresh(tokens["refresh_token"]); again["access_token"] == nil {
				w.t.Errorf("got %v", again)
			}
		}, []string{begun, agreed}},
		{"a code comes twice, and again when there is nothing left to end", nil, func(w *world) {
			code := w.code(w.begin())
			for range 4 {
				w.redeem(code)
			}
		}, []string{begun, agreed, "code.replayed refused client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a refresh token comes twice", nil, func(w *world) {
			tokens := w.redeem(w.code(w.begin()))
			w.refresh(tokens["refresh_token"])
			w.refresh(tokens["refresh_token"])
		}, []string{begun, agreed, "refresh_token.reused refused client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a consent is withdrawn", nil, func(w *world) {
			w.redeem(w.code(w.begin()))
			must(w.t, w.parts.Issuer.WithdrawConsent(w.t.Context(), w.alice.ID, "app"))
		}, []string{begun, agreed, "consent.withdrawn ok person:alice-1 alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a client gives tokens back", nil, func(w *world) {
			tokens := w.redeem(w.code(w.begin()))
			for _, name := range []string{"access_token", "refresh_token", "refresh_token"} { // the last is known no more
				token, _ := tokens[name].(string)
				w.post("/revoke", url.Values{"token": {token}})
			}
		}, []string{
			begun, agreed, "token.revoked ok client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app",
			"token.revoked ok client:app alice-1 app",
		}},
	}
}

func clients() []flow {
	return []flow{
		{"a client is made, changed, given another secret and deleted", nil, func(w *world) {
			c, ctx := w.parts.Clients, w.t.Context()
			_, _, err := c.Add(ctx, identity.Registration{ID: "new", ClientMetadata: oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}})
			must(w.t, err)
			_, err = c.Update(ctx, "new", func(m *oauth.ClientMetadata) error { m.ClientName = "New"; return nil })
			must(w.t, err)
			_, _, err = c.RotateSecret(ctx, "new", time.Hour)
			must(w.t, err)
			_, err = c.WithdrawSecretAt(ctx, "new", "", "former")
			must(w.t, err)
			must(w.t, w.parts.Issuer.DeleteClient(ctx, "new"))
		}, []string{
			"client.registered ok stranger - new", "client.changed ok stranger - new", "client.secret_rotated ok stranger - new",
			"client.secret_withdrawn ok stranger - new",
			"client.deleted ok stranger - new",
		}},
		{"a client registers itself, by a token", nil, func(w *world) {
			made, token, err := w.parts.Clients.AddRegistrationToken(w.t.Context(), oauth.RegistrationTerms{}, 2, time.Hour)
			must(w.t, err)
			r := httptest.NewRequest(http.MethodPost, issuer+"/register", strings.NewReader(`{"redirect_uris":["https://new.example.com/back"]}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+string(token))
			answer := w.send(r)
			id, _ := answer["client_id"].(string)
			r = httptest.NewRequest(http.MethodDelete, issuer+"/register/"+id, nil)
			access, _ := answer["registration_access_token"].(string)
			r.Header.Set("Authorization", "Bearer "+access)
			w.send(r)
			must(w.t, w.parts.Clients.DeleteRegistrationToken(w.t.Context(), made.ID))
			lines := w.recorded()
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], id, "ID")
			}
			want := []string{
				"registration_token.made ok stranger - -", "client.registered ok client:ID - ID", "client.deleted ok client:ID - ID",
				"registration_token.revoked ok stranger - -",
			}
			slices.Sort(want)
			slices.Sort(lines)
			if diff := cmp.Diff(want, lines); diff != "" {
				w.t.Error(diff)
			}
		}, nil},
		{"wrong secrets of a client", nil, func(w *world) {
			for range 13 {
				err := w.parts.ClientLockout.Check(w.t.Context(), "app", address)
				if err == nil {
					err = w.parts.ClientLockout.Failed(w.t.Context(), "app", address)
					must(w.t, err)
				}
			}
		}, []string{"client.locked refused stranger - app"}},
		{"an API key", nil, func(w *world) {
			ctx := w.t.Context()
			key, _, err := w.keys.Add(ctx, identity.APIKey{Name: "n", ClientID: "app", Audience: []string{"https://api.example.com"}, Expires: time.Now().Add(time.Hour)})
			must(w.t, err)
			for _, disabled := range []bool{true, false} {
				_, err = w.keys.Disable(ctx, key.ID, disabled)
				must(w.t, err)
			}
			must(w.t, w.keys.Delete(ctx, key.ID))
		}, []string{
			"api_key.made ok stranger - app", "api_key.disabled ok stranger - app", "api_key.enabled ok stranger - app",
			"api_key.revoked ok stranger - app",
		}},
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

func administration() []flow {
	return []flow{
		{"keys are rotated, by the schedule and by hand", nil, func(w *world) {
			_, err := w.parts.Ring.Rotate(w.t.Context()) // nothing is due
			must(w.t, err)
			_, err = w.parts.Ring.RotateNow(w.t.Context(), keys.AtOnce, oauth.ES256)
			must(w.t, err)
			_, err = w.parts.Ring.RotateNow(audit.WithActor(w.t.Context(), audit.CommandLine("root")), keys.Withdrawing, oauth.ES256)
			must(w.t, err)
		}, []string{"keys.rotated ok system:rotation - -", "keys.withdrawn ok command_line:root - -"}},
		{"all is exported, and taken in elsewhere", nil, func(w *world) {
			var lines []identity.ArchiveLine
			_, err := identity.NewArchive(w.parts.Users, w.parts.Clients).Write(w.t.Context(), func(line identity.ArchiveLine) error {
				line.Record = append(json.RawMessage{}, line.Record...)
				lines = append(lines, line)
				return nil
			})
			must(w.t, err)
			must(w.t, w.parts.Issuer.DeleteClient(w.t.Context(), "app"))
			must(w.t, w.parts.Users.Delete(w.t.Context(), w.alice.ID))
			w.recorded()
			archive := identity.NewArchive(w.parts.Users, w.parts.Clients)
			archive.Begin(w.t.Context())
			for _, line := range lines {
				must(w.t, archive.Restore(w.t.Context(), line))
			}
		}, []string{"data.imported ok stranger - -", "client.registered ok stranger - app", "user.imported ok stranger alice-1 -"}},
		{"data are exported", nil, func(w *world) {
			_, err := identity.NewArchive(w.parts.Users, w.parts.Clients).Write(w.t.Context(), func(identity.ArchiveLine) error { return nil })
			must(w.t, err)
		}, []string{"data.exported ok stranger - -"}},
		{"an administrator is about to change something", nil, func(w *world) {
			must(w.t, w.parts.Trail.Announce(audit.WithActor(w.t.Context(), audit.Administrator("root")), audit.Event{Subject: w.alice.ID}))
		}, []string{"administration.announced announced administrator:root alice-1 -"}},
	}
}
