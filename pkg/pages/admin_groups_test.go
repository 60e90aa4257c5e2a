package pages_test

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestAnAdministratorLooksAfterGroups: makes, changes, takes in and out, and deletes.
func TestAnAdministratorLooksAfterGroups(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	p := b.works("/admin/groups")
	b.acts(p, "group-form", "add", "name", "Not This").refused(t, "a group's name must have")
	p = b.acts(p, "group-form", "add", "name", "eu/staff", "roles", "editor reader", "description", "Who works here", "admin:users:read", "yes")
	p.does(t, "The group is made")
	if !strings.Contains(p.body, "Who works here") || !strings.Contains(p.body, `name="admin:users:read" value="yes" checked`) {
		t.Errorf("got %s", p.body)
	}
	b.acts(p, "join-form", "join", "user", "nobody").refused(t, "nobody has the username")
	p = b.acts(p, "join-form", "join", "user", "BOB")
	if p.does(t, "belongs to the group"); !slices.Equal(s.account("bob").Groups, []string{"eu/staff"}) {
		t.Errorf("got %v", s.account("bob").Groups)
	}
	person(t, p, "bob")
	p = b.acts(p, "leave", "leave")
	if p.does(t, "not belong"); len(s.account("bob").Groups) != 0 {
		t.Errorf("got %v", s.account("bob").Groups)
	}
	p = b.acts(p, "change-form", "change", "roles", "reader", "second_factor", "yes", "description", "")
	p.does(t, "The group is changed")
	got, err := s.people.Group(t.Context(), "eu/staff")
	if err != nil || !got.SecondFactor || !slices.Equal(got.Roles, []string{"reader"}) || got.Description != "" || len(got.Scope) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	b.acts(p, "delete-form", "delete", "name", "staff").refused(t, "type the name")
	b.acts(p, "delete-form", "delete", "name", "eu/staff").does(t, "deleted")
	fixed := b.get("/admin/groups/administrators")
	if strings.Contains(fixed.body, "delete-form") || strings.Contains(fixed.body, `name="admin:users:read"`) {
		t.Errorf("administrators can be taken their scopes: %s", fixed.body)
	}
	b.acts(fixed, "change-form", "change", "description", "Who look after this").does(t, "changed")
	if got, err := s.people.Group(t.Context(), identity.Administrators); err != nil || got.Description == "" || len(got.Scope) != len(oauth.AdminScopes()) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestListsOfTheAdminPageGoOn page by page, are searched, and say so when there is nothing.
func TestListsOfTheAdminPageGoOn(t *testing.T) {
	s := open(t).administers()
	for i := range 30 {
		n := fmt.Sprintf("%02d", i)
		_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "team-" + n})
		must(t, err)
		_, err = s.people.Join(t.Context(), s.account("bob").ID, "team-"+n)
		must(t, err)
		s.register("zz"+n, func(m *oauth.ClientMetadata) { m.ClientName = "Till " + n })
	}
	b := s.browser()
	b.works("/admin")
	for path, want := range map[string]string{
		"/admin/groups?q=TEAM": `/admin/groups/team-`, "/admin/clients?q=zz": `/admin/clients/zz`, "/admin/clients?q=till": `/admin/clients/zz`,
	} {
		seen := map[string]bool{}
		for p := b.get(path); ; {
			for _, part := range strings.Split(p.body, want)[1:] {
				seen[part[:2]] = true
			}
			_, next, more := strings.Cut(p.body, `id="admin-next" href="`)
			if !more {
				break
			}
			next, _, _ = strings.Cut(next, `"`)
			target, _, _ := strings.Cut(path, "?")
			p = b.get(target + html.UnescapeString(next))
		}
		if len(seen) != 30 {
			t.Errorf("%s: got %d", path, len(seen))
		}
	}
	for path, says := range map[string]string{
		"/admin?q=qq": "Nobody was found", "/admin/groups?q=qq": "Nothing was found", "/admin/clients?q=qq": "Nothing was found",
		"/admin/invite": "No invitation is open", "/admin/providers": "No other provider is known yet", "/admin/groups/team-00?after=~": "Nobody belongs to it",
	} {
		if p := b.get(path); !strings.Contains(p.body, says) {
			t.Errorf("%s: got %s, want %q", path, p.body, says)
		}
	}
}
