package identity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func addGroup(t testing.TB, users *identity.Users, g identity.Group) identity.Group {
	t.Helper()
	made, err := users.AddGroup(t.Context(), g)
	if err != nil {
		t.Fatalf("add group %s: %v", g.Name, err)
	}
	return made
}

func join(t testing.TB, users *identity.Users, user identity.User, group string) {
	t.Helper()
	if _, err := users.Join(t.Context(), user.ID, group); err != nil {
		t.Fatalf("join %s: %v", group, err)
	}
}

// members are the usernames of a group's members.
func members(t testing.TB, users *identity.Users, group string) []string {
	t.Helper()
	found, _, err := users.Members(t.Context(), group, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, user := range found {
		names = append(names, user.Username)
	}
	slices.Sort(names)
	return names
}

func TestGroupsAreKeptAndListed(t *testing.T) {
	users := newUsers(t)
	editors := addGroup(t, users, identity.Group{
		Name: "editors", Description: "Who writes", Roles: []string{"ROLE_EDIT"}, Scope: oauth.Scope{"admin:users:read"}, SecondFactor: true,
	})
	addGroup(t, users, identity.Group{Name: "auditors"})
	if got, err := users.Group(t.Context(), "editors"); err != nil || cmp.Diff(editors, got) != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	changed, err := users.UpdateGroup(t.Context(), "editors", func(g *identity.Group) error {
		g.Name, g.Description, g.Ending = "auditors", "Who writes well", true
		return nil
	})
	if err != nil || changed.Name != "editors" || changed.Description != "Who writes well" || changed.Ending || !changed.Created.Equal(editors.Created) {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	listed, next, err := users.Groups(t.Context(), "", store.Page{})
	if err != nil || next != (store.Page{}) || len(listed) != 2 || listed[0].Name != "auditors" || listed[1].Name != "editors" {
		t.Errorf("listed %+v, %v, %v", listed, next, err)
	}
	for name, do := range map[string]func() error{
		"get":    func() error { _, err := users.Group(t.Context(), "nobody"); return err },
		"a name": func() error { _, err := users.Group(t.Context(), strings.Repeat("x", 3000)); return err },
		"update": func() error {
			_, err := users.UpdateGroup(t.Context(), "nobody", func(*identity.Group) error { return nil })
			return err
		},
		"delete":  func() error { return users.DeleteGroup(t.Context(), "nobody") },
		"members": func() error { _, _, err := users.Members(t.Context(), "nobody", store.Page{}); return err },
	} {
		if err := do(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of an unknown group: %v", name, err)
		}
	}
	if _, err := users.AddGroup(t.Context(), identity.Group{Name: "editors"}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("a second group of that name: %v", err)
	}
}

func TestGroupsAndRolesHaveAForm(t *testing.T) {
	users := newUsers(t)
	addGroup(t, users, identity.Group{Name: "standing"})
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprint("r", i)
	}
	for name, g := range map[string]identity.Group{
		"no name":                    {},
		"O43 a name that looks like": {Name: "аdministrators"}, // the first letter is Cyrillic
		"capitals":                   {Name: "Administrators"},
		"a space":                    {Name: "a b"},
		"what separates partitions":  {Name: "a#b"},
		"a dash first":               {Name: "-a"},
		"65 characters":              {Name: strings.Repeat("a", 65)},
		"a description of two lines": {Name: "a", Description: "one\ntwo"},
		"a long description":         {Name: "a", Description: strings.Repeat("a", 257)},
		"a scope of an application":  {Name: "a", Scope: oauth.Scope{"read"}},
		"a scope that is none":       {Name: "a", Scope: oauth.Scope{"admin:everything"}},
		"a role with a comma":        {Name: "a", Roles: []string{"a,b"}},
		"a role with a space":        {Name: "a", Roles: []string{"a b"}},
		"an empty role":              {Name: "a", Roles: []string{""}},
		"a role twice":               {Name: "a", Roles: []string{"a", "a"}},
		"51 roles":                   {Name: "a", Roles: many},
	} {
		if _, err := users.AddGroup(t.Context(), g); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: add: %v", name, err)
		}
		change := func(now *identity.Group) error { g.Name = now.Name; *now = g; return nil }
		if _, err := users.UpdateGroup(t.Context(), "standing", change); g.Name == "a" && code(err) != oauth.InvalidRequest {
			t.Errorf("%s: update: %v", name, err)
		}
	}
	for name, n := range map[string]identity.NewUser{
		"a role with a quote":    {Username: "a", Roles: []string{`"`}},
		"a group that is none":   {Username: "a", Groups: []string{"nowhere"}},
		"a group without a form": {Username: "a", Groups: []string{"A B"}},
		"31 groups":              {Username: "a", Groups: many[:31]},
	} {
		if _, err := users.Add(t.Context(), n); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: add: %v", name, err)
		}
		if _, err := users.CheckImport(t.Context(), n, identity.RefuseStanding); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: dry run: %v", name, err)
		}
		alice, _ := users.ByUsername(t.Context(), "alice")
		if alice.ID == "" {
			alice = add(t, users, identity.NewUser{Username: "alice"})
		}
		_, err := users.Update(t.Context(), alice.ID, func(user *identity.User) error {
			user.Groups, user.Roles = n.Groups, n.Roles
			return nil
		})
		if code(err) != oauth.InvalidRequest {
			t.Errorf("%s: update: %v", name, err)
		}
	}
}

func TestMembershipsStandWithThePerson(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	addGroup(t, users, identity.Group{Name: "editors"})
	addGroup(t, users, identity.Group{Name: "authors"})
	alice := add(t, users, identity.NewUser{Username: "alice", Groups: []string{"editors", "authors", "editors"}, Roles: []string{"owner"}})
	bob := add(t, users, identity.NewUser{Username: "bob"})
	if diff := cmp.Diff([]string{"authors", "editors"}, alice.Groups); diff != "" {
		t.Error(diff)
	}
	join(t, users, bob, "editors")
	join(t, users, bob, "editors") // who belongs to it already stays
	if got := members(t, users, "editors"); !slices.Equal(got, []string{"alice", "bob"}) {
		t.Errorf("members %v", got)
	}
	groups, err := users.GroupsOf(t.Context(), alice)
	if err != nil || len(groups) != 2 || groups[0].Name != "authors" || groups[1].Name != "editors" {
		t.Errorf("groups of alice: %+v, %v", groups, err)
	}
	if _, err := users.Leave(t.Context(), alice.ID, "editors"); err != nil {
		t.Fatal(err)
	}
	if got := members(t, users, "editors"); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("members after alice left: %v", got)
	}
	if err := users.Delete(t.Context(), bob.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := store.All(t.Context(), table, "members#editors", ""); err != nil || len(got) > 0 {
		t.Errorf("members after bob was deleted: %v, %v", got, err)
	}
	if err := users.DeleteGroup(t.Context(), "authors"); err != nil {
		t.Fatal(err)
	}
	if got, err := users.Get(t.Context(), alice.ID); err != nil || got.Groups != nil {
		t.Errorf("alice belongs to %v, %v", got.Groups, err)
	}
	addGroup(t, users, identity.Group{Name: "authors"})
	if got := members(t, users, "authors"); got != nil {
		t.Errorf("the next group of that name has %v", got)
	}
}

func TestAdministratorsAreAlwaysThere(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice"})
	join(t, users, alice, identity.Administrators)
	if err := users.DeleteGroup(t.Context(), identity.Administrators); code(err) != oauth.InvalidRequest {
		t.Errorf("deleted: %v", err)
	}
	if _, err := users.AddGroup(t.Context(), identity.Group{Name: identity.Administrators}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("added: %v", err)
	}
	changed, err := users.UpdateGroup(t.Context(), identity.Administrators, func(g *identity.Group) error {
		g.Scope, g.SecondFactor = nil, true
		return nil
	})
	if err != nil || !changed.SecondFactor || !slices.Equal(changed.Scope, oauth.AdminScopes()) {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	alice, err = users.Get(t.Context(), alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := users.GroupsOf(t.Context(), alice)
	if err != nil || len(groups) != 1 || !groups[0].SecondFactor || !slices.Equal(groups[0].Scope, oauth.AdminScopes()) {
		t.Errorf("groups of alice: %+v, %v", groups, err)
	}
}

// However joining and deleting a group fall together, nobody is left in a group that is
// gone, for they would belong to the next one of its name.
func TestNobodyJoinsAGroupThatIsGone(t *testing.T) {
	users := newUsers(t)
	var people []identity.User
	for i := range 24 {
		people = append(people, add(t, users, identity.NewUser{Username: fmt.Sprint("user", i)}))
	}
	for range 8 {
		addGroup(t, users, identity.Group{Name: "passing"})
		var wg sync.WaitGroup
		for i, user := range people {
			wg.Go(func() {
				if _, err := users.Join(t.Context(), user.ID, "passing"); err != nil && code(err) != oauth.InvalidRequest {
					t.Error(err)
				}
			})
			if i%8 == 4 {
				wg.Go(func() {
					if err := users.DeleteGroup(t.Context(), "passing"); err != nil && !errors.Is(err, store.ErrNotFound) {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if _, err := users.Group(t.Context(), "passing"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("the group: %v", err)
		}
		for _, user := range people {
			if got, err := users.Get(t.Context(), user.ID); err != nil || got.Groups != nil {
				t.Fatalf("%s belongs to %v, %v", user.Username, got.Groups, err)
			}
		}
	}
}

// userless is a table to whose persons nothing can be written.
type userless struct{ store.Table }

func (u userless) Write(ctx context.Context, changes ...store.Change) error {
	if slices.ContainsFunc(changes, func(c store.Change) bool { return strings.HasPrefix(c.Key.Partition, "user#") }) {
		return store.ErrUnavailable
	}
	return u.Table.Write(ctx, changes...)
}

// A deletion that broke off takes nobody in, gives nothing, and can be done again.
func TestAGroupUnderDeletionGivesNothing(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	addGroup(t, users, identity.Group{Name: "passing", Roles: []string{"power"}})
	alice := add(t, users, identity.NewUser{Username: "alice", Groups: []string{"passing"}})
	bob := add(t, users, identity.NewUser{Username: "bob"})
	if err := identity.NewUsers(userless{table}, state, lockout).DeleteGroup(t.Context(), "passing"); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if groups, err := users.GroupsOf(t.Context(), alice); err != nil || len(groups) != 0 {
		t.Errorf("alice has the power of %+v, %v", groups, err)
	}
	if _, err := users.Join(t.Context(), bob.ID, "passing"); code(err) != oauth.InvalidRequest {
		t.Errorf("bob joined: %v", err)
	}
	if _, err := users.UpdateGroup(t.Context(), "passing", func(*identity.Group) error { return nil }); code(err) != oauth.InvalidRequest {
		t.Errorf("changed: %v", err)
	}
	if _, err := users.AddGroup(t.Context(), identity.Group{Name: "passing"}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("added: %v", err)
	}
	if err := users.DeleteGroup(t.Context(), "passing"); err != nil {
		t.Errorf("deleted again: %v", err)
	}
	if got, err := users.Get(t.Context(), alice.ID); err != nil || got.Groups != nil {
		t.Errorf("alice belongs to %v, %v", got.Groups, err)
	}
}
