package identity_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Whatever shows a claim, a terminal, a log or a letter, would obey a control character.
func TestNoClaimHasControlCharacters(t *testing.T) {
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "standing"})
	for name, c := range map[string]struct{ said, fault string }{
		"NUL in a name":                    {`"name":"A\u0000B"`, "name has a control character, U+0000"},
		"escape in a given name":           {`"given_name":"\u001b[2J"`, "given_name has a control character, U+001B"},
		"delete in a family name":          {`"family_name":"A\u007f"`, "family_name has a control character, U+007F"},
		"C1 in a nickname":                 {`"nickname":"\u009b2J"`, "nickname has a control character, U+009B"},
		"a line feed in a name":            {`"name":"A\nB"`, "name has a control character, U+000A"},
		"a tab in a middle name":           {`"middle_name":"A\tB"`, "middle_name has a control character, U+0009"},
		"C1 in an address for mail":        {`"email":"a\u0085b@example.com"`, "email has a control character, U+0085"},
		"a line feed in a zone":            {`"zoneinfo":"A\n"`, "zoneinfo has a control character, U+000A"},
		"a line feed in a locality":        {`"address":{"locality":"A\nB"}`, "address.locality has a control character, U+000A"},
		"NUL in a formatted address":       {`"address":{"formatted":"A\n\u0000"}`, "address.formatted has a control character, U+0000"},
		"a lone return in one":             {`"address":{"formatted":"A\rB"}`, "address.formatted has a control character, U+000D"},
		"lines in a formatted address":     {`"address":{"formatted":"A\nB\r\nC"}`, ""},
		"lines in a street address":        {`"address":{"street_address":"A\nB\r\nC"}`, ""},
		"letters beyond ASCII and a joint": {`"name":"Zoë \u200d Ω"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := identity.NewUser{Username: strings.ReplaceAll(name, " ", "-"), StandardClaims: claims(t, c.said)}
			_, err := users.CheckImport(t.Context(), n, identity.UpdateStanding)
			same(t, err, c.fault)
			_, err = users.Add(t.Context(), n)
			same(t, err, c.fault)
			n.Username = "standing"
			_, err = users.Import(t.Context(), n, identity.UpdateStanding)
			same(t, err, c.fault)
			standing, err := users.ByUsername(t.Context(), "standing")
			if err != nil {
				t.Fatal(err)
			}
			_, err = users.Update(t.Context(), standing.ID, func(u *identity.User) error {
				if n.Address == nil { // or it has the line breaks of the row before
					u.StandardClaims = n.StandardClaims
					return nil
				}
				if u.Address == nil {
					u.Address = &oauth.PostalAddress{}
				}
				*u.Address = *n.Address // in its place
				return nil
			})
			same(t, err, c.fault)
		})
	}
}

func same(t *testing.T, err error, fault string) {
	t.Helper()
	if fault == "" && err != nil || fault != "" && (code(err) != oauth.InvalidRequest || !strings.Contains(err.Error(), fault)) {
		t.Errorf("got %v, want %q", err, fault)
	}
}

// A claim from before there was a rule keeps nobody from being disabled.
func TestAClaimFromBeforeTheRuleStands(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	user := add(t, users, identity.NewUser{Username: "jo", StandardClaims: oauth.StandardClaims{Name: "Jo"}})
	key := store.Key{Partition: identity.Partition(user.ID), Sort: "user"}
	record, version, err := store.Load[map[string]any](t.Context(), table, key)
	if err != nil {
		t.Fatal(err)
	}
	record["name"] = "Jo\x00"
	if err := table.Write(t.Context(), store.Put(key, record).IfVersion(version)); err != nil {
		t.Fatal(err)
	}
	if err := users.Disable(t.Context(), user.ID); err != nil {
		t.Error(err)
	}
	if _, err := users.Update(t.Context(), user.ID, func(u *identity.User) error { u.Nickname = "J"; return nil }); code(err) != oauth.InvalidRequest {
		t.Errorf("another claim beside it: %v", err)
	}
	row := identity.NewUser{Username: "jo", Roles: []string{"editor"}}
	if foreseen, err := users.CheckImport(t.Context(), row, identity.UpdateStanding); foreseen != identity.Updated || err != nil {
		t.Errorf("a role by an import: foreseen %q, %v", foreseen, err)
	}
	if got, err := users.Import(t.Context(), row, identity.UpdateStanding); got != identity.Updated || err != nil {
		t.Errorf("a role by an import: got %q, %v", got, err)
	}
}
