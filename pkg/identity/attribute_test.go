package identity_test

import (
	"encoding/json"
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

func addAttribute(t testing.TB, users *identity.Users, a oauth.Attribute) {
	t.Helper()
	if a.Scope == "" {
		a.Scope = "employment"
	}
	if _, err := users.AddAttribute(t.Context(), a); err != nil {
		t.Fatalf("add attribute %s: %v", a.Name, err)
	}
}

func TestAttributesHaveAForm(t *testing.T) {
	users := newUsers(t)
	good := oauth.Attribute{Name: "department", Scope: "employment"}
	change := func(f func(*oauth.Attribute)) oauth.Attribute {
		a := good
		f(&a)
		return a
	}
	name := func(n string) oauth.Attribute { return change(func(a *oauth.Attribute) { a.Name = n }) }
	scope := func(s string) oauth.Attribute { return change(func(a *oauth.Attribute) { a.Scope = s }) }
	for label, a := range map[string]oauth.Attribute{
		"no name":                             name(""),
		"a name with a space":                 name("a b"),
		"J40 a name with a quote":             name(`a"b`),
		"a name that is not ASCII":            name("département"),
		"a name of 129 characters":            name(strings.Repeat("a", 129)),
		"a claim that says who issued":        name("iss"),
		"a claim that says about whom":        name("sub"),
		"J28 another spelling of it":          name("SUB"),
		"a claim that binds the token":        name("cnf"),
		"a claim that says what may be done":  name("scope"),
		"a claim of OpenID Connect":           name("email_verified"),
		"a claim of RFC 9068":                 name("roles"),
		"another claim of RFC 9068":           name("entitlements"),
		"API Gateway's":                       name("usageIdentifierKey"),
		"no scope":                            scope(""),
		"a scope of two":                      scope("a b"),
		"the scope of everybody":              scope("openid"),
		"the scope of staying":                scope("offline_access"),
		"a scope that administers":            scope("admin:users:read"),
		"a type that is none":                 change(func(a *oauth.Attribute) { a.Type = "date" }),
		"values of 5 kB":                      change(func(a *oauth.Attribute) { a.Max = 5 << 10 }),
		"values of less than nothing":         change(func(a *oauth.Attribute) { a.Max = -1 }),
		"self-service that is none":           change(func(a *oauth.Attribute) { a.SelfService = "delete" }),
		"a token that is none":                change(func(a *oauth.Attribute) { a.In = []oauth.ClaimTarget{"refresh_token"} }),
		"a token twice":                       change(func(a *oauth.Attribute) { a.In = []oauth.ClaimTarget{oauth.InIDToken, oauth.InIDToken} }),
		"a description of more than one line": change(func(a *oauth.Attribute) { a.Description = "a\nb" }),
	} {
		if _, err := users.AddAttribute(t.Context(), a); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: got %v", label, err)
		}
	}
	made, err := users.AddAttribute(t.Context(), good)
	want := oauth.Attribute{Name: "department", Type: "string", Max: 256, Scope: "employment", SelfService: "none"}
	if diff := cmp.Diff(want, made); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := users.AddAttribute(t.Context(), good); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("twice: %v", err)
	}
	if err := users.DeleteAttribute(t.Context(), "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted what is not: %v", err)
	}
}

func TestNoAttributeIsLost(t *testing.T) {
	users := newUsers(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { addAttribute(t, users, oauth.Attribute{Name: fmt.Sprintf("a%02d", i)}) })
	}
	wg.Wait()
	schema, err := users.Attributes(t.Context())
	if err != nil || len(schema) != 50 || schema[0].Name != "a00" || schema[49].Name != "a49" {
		t.Errorf("got %v, %v", schema, err)
	}
	if _, err := users.AddAttribute(t.Context(), oauth.Attribute{Name: "more", Scope: "employment"}); code(err) != oauth.InvalidRequest {
		t.Errorf("one more: %v", err)
	}
}

// Every way in which a value comes holds it to the schema.
func TestValuesFitTheirAttribute(t *testing.T) {
	users := newUsers(t)
	for _, kind := range oauth.AttributeTypes() {
		addAttribute(t, users, oauth.Attribute{Name: string(kind), Type: kind, Max: 30})
	}
	alice := add(t, users, identity.NewUser{Username: "alice"})
	for name, c := range map[string]struct {
		attribute, value string
		kept             string // "" for a refusal
	}{
		"text":                        {"string", `"Wonderland"`, `"Wonderland"`},
		"text of two lines":           {"string", `"a\nb"`, ""},
		"text that is a number":       {"string", `1`, ""},
		"text that is too long":       {"string", `"12345678901234567890123456789"`, ""},
		"text as long as can be":      {"string", `"1234567890123456789012345678"`, `"1234567890123456789012345678"`},
		"half a character":            {"string", `"\ud800"`, ""},
		"a number":                    {"number", `-1.5e3`, `-1.5e3`},
		"a number that is text":       {"number", `"1"`, ""},
		"a number that nobody holds":  {"number", `1e999`, ""},
		"a truth":                     {"boolean", `false`, `false`},
		"a truth that is a number":    {"boolean", `0`, ""},
		"a list":                      {"strings", ` [ "a", "b" ] `, `["a","b"]`},
		"a list of numbers":           {"strings", `["a",1]`, ""},
		"a list that is text":         {"strings", `"a"`, ""},
		"an empty list":               {"strings", `[]`, `[]`},
		"anything":                    {"json", `{"a":[{"b":null}]}`, `{"a":[{"b":null}]}`},
		"J10 a member twice":          {"json", `{"a":1,"a":2}`, ""},
		"J10 a member twice, escaped": {"json", `{"a":1,"\u0061":2}`, ""},
		"J23 depth without end":       {"json", `[[[[[[[[[]]]]]]]]]`, ""},
		"what is no attribute":        {"size", `1`, ""},
		"what is no name":             {"a b", `1`, ""},
	} {
		values := identity.Values{c.attribute: json.RawMessage(c.value)}
		n := identity.NewUser{Username: "bob", Attributes: values}
		_, dry := users.CheckImport(t.Context(), n, identity.RefuseStanding)
		bob, err := users.Add(t.Context(), n)
		set, errSet := users.SetAttributes(t.Context(), alice.ID, values)
		if c.kept == "" {
			if code(err) != oauth.InvalidRequest || code(errSet) != oauth.InvalidRequest || code(dry) != oauth.InvalidRequest {
				t.Errorf("%s: add: %v, set: %v, dry run: %v", name, err, errSet, dry)
			}
			continue
		}
		if err != nil || errSet != nil || dry != nil || string(bob.Attributes[c.attribute]) != c.kept || string(set.Attributes[c.attribute]) != c.kept {
			t.Errorf("%s: added %s, %v; set %s, %v; dry run %v", name, bob.Attributes, err, set.Attributes, errSet, dry)
		}
		if err := users.Delete(t.Context(), bob.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := users.Update(t.Context(), alice.ID, func(u *identity.User) error {
		u.Attributes = identity.Values{"number": json.RawMessage(`1}, "b": {`)}
		return nil
	}); code(err) != oauth.InvalidRequest {
		t.Errorf("what is no JSON: %v", err)
	}
}

func TestValuesHaveABound(t *testing.T) {
	users := newUsers(t)
	values := identity.Values{}
	for i := range 5 {
		name := fmt.Sprint("long", i)
		addAttribute(t, users, oauth.Attribute{Name: name, Max: 4096})
		values[name] = json.RawMessage(`"` + strings.Repeat("a", 4000) + `"`)
	}
	if _, err := users.Add(t.Context(), identity.NewUser{Username: "alice", Attributes: values}); code(err) != oauth.InvalidRequest {
		t.Errorf("20 kB: %v", err)
	}
}

func TestValuesOutliveTheirAttributeUnsaid(t *testing.T) {
	users := newUsers(t)
	addAttribute(t, users, oauth.Attribute{Name: "level", Type: oauth.NumberAttribute})
	addAttribute(t, users, oauth.Attribute{Name: "team"})
	alice := add(t, users, identity.NewUser{Username: "alice", Attributes: identity.Values{"level": json.RawMessage(`3`), "team": json.RawMessage(`"red"`)}})
	if err := users.DeleteAttribute(t.Context(), "level"); err != nil {
		t.Fatal(err)
	}
	addAttribute(t, users, oauth.Attribute{Name: "level"})
	schema, err := users.Attributes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := alice.Attributes.Of(schema[0]); got != nil {
		t.Errorf("a number is said as text: %s", got)
	}
	if got := string(alice.Attributes.Of(schema[1])); got != `"red"` {
		t.Errorf("got %s", got)
	}
	if err := users.DeleteAttribute(t.Context(), "team"); err != nil {
		t.Fatal(err)
	}
	if err := users.Disable(t.Context(), alice.ID); err != nil { // which must not fail for it
		t.Fatal(err)
	}
	got, err := users.Get(t.Context(), alice.ID)
	if diff := cmp.Diff(identity.Values{"level": json.RawMessage(`3`)}, got.Attributes); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestPeopleSeeWhatIsTheirs(t *testing.T) {
	users := newUsers(t)
	addAttribute(t, users, oauth.Attribute{Name: "level", SelfService: oauth.ReadOwn})
	addAttribute(t, users, oauth.Attribute{Name: "motto", SelfService: oauth.WriteOwn})
	addAttribute(t, users, oauth.Attribute{Name: "rating"})
	own, err := users.OwnAttributes(t.Context())
	if err != nil || len(own) != 2 || own[0].Name != "level" || own[1].Name != "motto" {
		t.Errorf("they see %v, %v", own, err)
	}
}

func TestImportLaysAttributesOver(t *testing.T) {
	users := newUsers(t)
	addGroup(t, users, identity.Group{Name: "editors"})
	addAttribute(t, users, oauth.Attribute{Name: "level"})
	addAttribute(t, users, oauth.Attribute{Name: "team"})
	alice := add(t, users, identity.NewUser{Username: "alice", Roles: []string{"own"}, Attributes: identity.Values{"level": json.RawMessage(`"1"`), "team": json.RawMessage(`"red"`)}})
	outcome, err := users.Import(t.Context(), identity.NewUser{
		Username: "alice", Groups: []string{"editors"}, Attributes: identity.Values{"team": json.RawMessage(`"blue"`)},
	}, identity.UpdateStanding)
	if err != nil || outcome != identity.Updated {
		t.Fatalf("got %s, %v", outcome, err)
	}
	got, err := users.Get(t.Context(), alice.ID)
	want := identity.Values{"level": json.RawMessage(`"1"`), "team": json.RawMessage(`"blue"`)}
	if diff := cmp.Diff(want, got.Attributes) + cmp.Diff([]string{"editors"}, got.Groups) + cmp.Diff([]string{"own"}, got.Roles); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	outcome, err = users.Import(t.Context(), identity.NewUser{Username: "alice", Roles: []string{"more", "own"}}, identity.UpdateStanding)
	if err != nil || outcome != identity.Updated {
		t.Fatalf("got %s, %v", outcome, err)
	}
	if got, err = users.Get(t.Context(), alice.ID); err != nil || !slices.Equal(got.Roles, []string{"own", "more"}) || !slices.Equal(got.Groups, []string{"editors"}) {
		t.Errorf("an update took something back: %v, %v, %v", got.Roles, got.Groups, err)
	}
	outcome, err = users.Import(t.Context(), identity.NewUser{Username: "alice", Groups: []string{"editors"}}, identity.UpdateStanding)
	if err != nil || outcome != identity.Skipped {
		t.Errorf("again: %s, %v", outcome, err)
	}
}

// Groups, attributes and who has them move to another provider, and what a file says
// against the rules does not.
func TestArchivesCarryGroupsAndAttributes(t *testing.T) {
	clients, users := newClients(t)
	addGroup(t, users, identity.Group{Name: "editors", Roles: []string{"EDIT"}, Scope: oauth.Scope{"admin:users:read"}})
	addAttribute(t, users, oauth.Attribute{Name: "level", Type: oauth.NumberAttribute})
	addAttribute(t, users, oauth.Attribute{Name: "team"})
	alice := add(t, users, identity.NewUser{
		Username: "alice", Groups: []string{"administrators", "editors"}, Roles: []string{"own"},
		Attributes: identity.Values{"level": json.RawMessage(`3`), "team": json.RawMessage(`"red"`)},
	})
	if err := users.DeleteAttribute(t.Context(), "team"); err != nil { // of which alice still has a value
		t.Fatal(err)
	}
	var lines []identity.ArchiveLine
	left, err := identity.NewArchive(users, clients).Write(t.Context(), func(line identity.ArchiveLine) error {
		lines = append(lines, line)
		return nil
	})
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	clients, users = newClients(t)
	archive := identity.NewArchive(users, clients)
	for range 2 { // an interrupted import can be done again
		for _, line := range lines {
			if err := archive.Restore(t.Context(), line); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := users.Get(t.Context(), alice.ID)
	want := alice
	want.Attributes = identity.Values{"level": json.RawMessage(`3`)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got := members(t, users, "editors"); len(got) != 1 {
		t.Errorf("members %v", got)
	}
	user := func(more string) json.RawMessage {
		return json.RawMessage(`{"sub":"b-1","username":"bob","epoch":0,"created":"2026-01-01T00:00:00Z",` + more + `}`)
	}
	for name, line := range map[string]identity.ArchiveLine{
		"a group that is not there":    {Kind: "user", Record: user(`"groups":["nowhere"]`)},
		"groups out of order":          {Kind: "user", Record: user(`"groups":["editors","administrators"]`)},
		"a role that is none":          {Kind: "user", Record: user(`"roles":["a b"]`)},
		"a group without a form":       {Kind: "group", Record: json.RawMessage(`{"name":"A"}`)},
		"a group with a scope":         {Kind: "group", Record: json.RawMessage(`{"name":"a","scope":"read"}`)},
		"a group under deletion":       {Kind: "group", Record: json.RawMessage(`{"name":"a","ending":true}`)},
		"another group of that name":   {Kind: "group", Record: json.RawMessage(`{"name":"editors"}`)},
		"an attribute that is a claim": {Kind: "attributes", Record: json.RawMessage(`{"attributes":[{"name":"sub","type":"string","max":9,"scope":"a","self_service":"none"}]}`)},
		"another schema":               {Kind: "attributes", Record: json.RawMessage(`{"attributes":[]}`)},
	} {
		if err := archive.Restore(t.Context(), line); err == nil {
			t.Errorf("%s was restored", name)
		}
	}
}
