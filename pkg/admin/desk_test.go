package admin_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func TestMain(m *testing.M) { ring.Main(m) }

// acts are all that is done at a desk, with the scope that each needs. bob is whom it
// happens to.
func acts(d *admin.Desk, bob string) map[string]struct {
	scope string
	do    func(context.Context, admin.Caller) error
} {
	type act = struct {
		scope string
		do    func(context.Context, admin.Caller) error
	}
	page := store.Page{}
	metadata := func(*oauth.ClientMetadata) error { return nil }
	return map[string]act{
		"Users": {admin.UsersRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Users(ctx, by, "", page); return err }},
		"User":  {admin.UsersRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.User(ctx, by, bob); return err }},
		"Find":  {admin.UsersRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Find(ctx, by, "bob"); return err }},
		"Locked": {admin.UsersRead, func(ctx context.Context, by admin.Caller) error {
			_, err := d.Locked(ctx, by, identity.User{Username: "bob"})
			return err
		}},
		"Changed": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Changed(ctx, by, bob); return err }},
		"AddUser": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.AddUser(ctx, by, identity.NewUser{Username: "new"})
			return err
		}},
		"ChangeUser": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.ChangeUser(ctx, by, bob, "", func(*identity.User) error { return nil })
			return err
		}},
		"DisableUser": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.DisableUser(ctx, by, bob) }},
		"EnableUser":  {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.EnableUser(ctx, by, bob) }},
		"UnlockUser":  {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.UnlockUser(ctx, by, bob) }},
		"SetPassword": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			return d.SetPassword(ctx, by, bob, "a crumb of moonlight")
		}},
		"SendReset":  {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.SendReset(ctx, by, bob, nil) }},
		"DeleteUser": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.DeleteUser(ctx, by, bob, "") }},

		"Factors":      {admin.UsersRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Factors(ctx, by, bob); return err }},
		"RemoveFactor": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error { return d.RemoveFactor(ctx, by, bob, "totp") }},

		"Invitations": {admin.UsersRead, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.Invitations(ctx, by, "", page)
			return err
		}},
		"Invite": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.Invite(ctx, by, identity.NewUser{}, nil)
			return err
		}},
		"RenewInvitation": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.RenewInvitation(ctx, by, "a@example.com", nil)
			return err
		}},
		"WithdrawInvitation": {admin.UsersWrite, func(ctx context.Context, by admin.Caller) error {
			return d.WithdrawInvitation(ctx, by, "a@example.com")
		}},

		"Sessions":        {admin.SessionsRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Sessions(ctx, by, bob); return err }},
		"EndSession":      {admin.SessionsWrite, func(ctx context.Context, by admin.Caller) error { return d.EndSession(ctx, by, bob, "sid") }},
		"SignOut":         {admin.SessionsWrite, func(ctx context.Context, by admin.Caller) error { return d.SignOut(ctx, by, bob) }},
		"Consents":        {admin.ConsentsRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Consents(ctx, by, bob); return err }},
		"WithdrawConsent": {admin.ConsentsWrite, func(ctx context.Context, by admin.Caller) error { return d.WithdrawConsent(ctx, by, bob, "app") }},

		"Groups": {admin.GroupsRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Groups(ctx, by, "", page); return err }},
		"Group":  {admin.GroupsRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Group(ctx, by, "plain"); return err }},
		"Members": {admin.GroupsRead, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.Members(ctx, by, "plain", page)
			return err
		}},
		"ChangedGroup": {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.ChangedGroup(ctx, by, "plain")
			return err
		}},
		"AddGroup": {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.AddGroup(ctx, by, identity.Group{Name: "new"})
			return err
		}},
		"ChangeGroup": {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.ChangeGroup(ctx, by, "plain", "", func(*identity.Group) error { return nil })
			return err
		}},
		"DeleteGroup": {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error { return d.DeleteGroup(ctx, by, "plain", "") }},
		"Join":        {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error { return d.Join(ctx, by, "plain", bob) }},
		"Leave":       {admin.GroupsWrite, func(ctx context.Context, by admin.Caller) error { return d.Leave(ctx, by, "plain", bob) }},

		"Clients": {admin.ClientsRead, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.Clients(ctx, by, "", "", page)
			return err
		}},
		"Client": {admin.ClientsRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Client(ctx, by, "app"); return err }},
		"ChangedClient": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.ChangedClient(ctx, by, "app")
			return err
		}},
		"AddClient": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.AddClient(ctx, by, identity.Registration{})
			return err
		}},
		"ChangeClient": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.ChangeClient(ctx, by, "app", "", metadata)
			return err
		}},
		"RotateSecret": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.RotateSecret(ctx, by, "app", 0)
			return err
		}},
		"WithdrawSecret": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.WithdrawSecret(ctx, by, "app", "", "former")
			return err
		}},
		"DeleteClient": {admin.ClientsWrite, func(ctx context.Context, by admin.Caller) error { return d.DeleteClient(ctx, by, "app", "") }},

		"Keys": {admin.KeysRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Keys(ctx, by); return err }},
		"RotateKeys": {admin.KeysWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.RotateKeys(ctx, by, keys.Withdrawing, nil)
			return err
		}},

		"Providers": {admin.ProvidersRead, func(ctx context.Context, by admin.Caller) error { _, err := d.Providers(ctx, by); return err }},
		"Provider":  {admin.ProvidersRead, func(ctx context.Context, by admin.Caller) error { _, _, err := d.Provider(ctx, by, "p"); return err }},
		"ChangedProvider": {admin.ProvidersWrite, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.ChangedProvider(ctx, by, "p")
			return err
		}},
		"AddProvider": {admin.ProvidersWrite, func(ctx context.Context, by admin.Caller) error {
			_, err := d.AddProvider(ctx, by, "p", upstream.Settings{}, "")
			return err
		}},
		"ChangeProvider": {admin.ProvidersWrite, func(ctx context.Context, by admin.Caller) error { return d.ChangeProvider(ctx, by, "p", "", "", nil) }},
		"DeleteProvider": {admin.ProvidersWrite, func(ctx context.Context, by admin.Caller) error { return d.DeleteProvider(ctx, by, "p", "") }},

		"Events": {admin.AuditRead, func(ctx context.Context, by admin.Caller) error {
			_, _, err := d.Events(ctx, by, audit.Query{})
			return err
		}},
	}
}

// open is a desk, with a person, a client and a group who can bear that much is done to
// them.
func open(t *testing.T) (*admin.Desk, issue.Parts, identity.User) {
	t.Helper()
	folder := ring.Copy(t)
	cfg, err := config.Default("https://id.example.com")
	must(t, err)
	sealer, signing := folder.Keys(t, folder.Users)
	parts, err := issue.NewParts(cfg, folder.Users, folder.State, sealer, signing)
	must(t, err)
	_, err = parts.Users.AddGroup(t.Context(), identity.Group{Name: "plain"})
	must(t, err)
	_, _, err = parts.Clients.Add(t.Context(), identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs: []string{"https://app.example.com/"},
	}})
	must(t, err)
	bob, err := parts.Users.Add(t.Context(), identity.NewUser{Username: "bob"})
	must(t, err)
	return admin.New(parts), parts, bob
}

// holder is somebody who holds this scope, as far as a group carries it.
func holder(t *testing.T, d *admin.Desk, users *identity.Users, name string, scope oauth.Scope) admin.Caller {
	t.Helper()
	_, err := users.AddGroup(t.Context(), identity.Group{Name: name, Scope: scope})
	must(t, err)
	user, err := users.Add(t.Context(), identity.NewUser{Username: name, Groups: []string{name}})
	must(t, err)
	by, err := d.Person(t.Context(), identity.SignedIn{User: user})
	must(t, err)
	return by
}

// TestEveryActNeedsItsScope, at whichever door it is done: who holds every other one does
// nothing. An act that stands in no row of the table fails, too.
func TestEveryActNeedsItsScope(t *testing.T) {
	d, parts, bob := open(t)
	callers := map[string]admin.Caller{}
	for _, scope := range oauth.AdminScopes() {
		rest := slices.DeleteFunc(oauth.AdminScopes(), func(one string) bool { return one == scope })
		callers[scope] = holder(t, d, parts.Users, "without-"+strings.ReplaceAll(scope, ":", "-"), rest)
	}
	table := acts(d, bob.ID)
	for name, act := range table {
		err := act.do(t.Context(), callers[act.scope])
		if !oauth.InsufficientScope.In(err) || oauth.AsError(err).Description != "this needs the scope "+act.scope {
			t.Errorf("%s without %s: got %v", name, act.scope, err)
		}
		if err := act.do(t.Context(), admin.Caller{}); !oauth.InsufficientScope.In(err) {
			t.Errorf("%s by nobody: got %v", name, err)
		}
	}
	for method := range reflect.TypeOf(d).Methods() {
		if _, listed := table[method.Name]; !listed && !slices.Contains([]string{"Audience", "Bearer", "Person", "Refused"}, method.Name) {
			t.Errorf("nobody says which scope %s needs", method.Name)
		}
	}
	unchanged(t, parts.Users, bob)
}

// TestAChangeIsWhatItIsCalled: whoever changes a person changes neither groups nor whether
// they are disabled, for which other rules hold; and who has read another version changes
// nothing at all.
func TestAChangeIsWhatItIsCalled(t *testing.T) {
	d, parts, bob := open(t)
	by := holder(t, d, parts.Users, "all", oauth.AdminScopes())
	_, err := d.ChangeUser(t.Context(), by, bob.ID, "", func(u *identity.User) error {
		u.Groups, u.Disabled = []string{identity.Administrators}, true
		return nil
	})
	must(t, err)
	for name, err := range map[string]error{
		"a person":      d.DeleteUser(t.Context(), by, bob.ID, "another"),
		"a client":      d.DeleteClient(t.Context(), by, "app", "another"),
		"its record":    parts.Clients.DeleteAt(t.Context(), "app", "another"),
		"a group":       d.DeleteGroup(t.Context(), by, "plain", "another"),
		"their changes": second(d.ChangeUser(t.Context(), by, bob.ID, "another", func(*identity.User) error { return nil })),
	} {
		if !errors.Is(err, identity.ErrVersion) {
			t.Errorf("%s at another version: got %v", name, err)
		}
	}
	unchanged(t, parts.Users, bob)
}

func second[T any](_ T, err error) error { return err }

func unchanged(t *testing.T, users *identity.Users, before identity.User) {
	t.Helper()
	if now, err := users.Get(t.Context(), before.ID); err != nil || now.Disabled || now.Epoch != before.Epoch || len(now.Groups) > 0 {
		t.Errorf("something was done to %s: %+v, %v", before.Username, now, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
