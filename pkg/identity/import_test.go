package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// An import, and what a look beforehand says of it, deal with people who are there
// already as they are told to.
func TestImport(t *testing.T) {
	claims := oauth.StandardClaims{Name: "Alice", Email: "alice@example.com", Address: &oauth.PostalAddress{Locality: "Oxford"}}
	for name, c := range map[string]struct {
		user identity.NewUser
		on   identity.OnConflict
		want identity.Outcome
		code oauth.Code
	}{
		"somebody new":                  {identity.NewUser{Username: "bob"}, identity.RefuseStanding, identity.Imported, ""},
		"refused where they are":        {identity.NewUser{Username: "alice"}, identity.RefuseStanding, "", oauth.InvalidRequest},
		"skipped":                       {identity.NewUser{Username: "ALICE"}, identity.SkipStanding, identity.Skipped, ""},
		"skipped, by sub":               {identity.NewUser{ID: "a-1", Username: "bob"}, identity.SkipStanding, identity.Skipped, ""},
		"nothing to update":             {identity.NewUser{Username: "alice", StandardClaims: claims}, identity.UpdateStanding, identity.Skipped, ""},
		"a claim":                       {identity.NewUser{Username: "alice", StandardClaims: oauth.StandardClaims{Nickname: "Al"}}, identity.UpdateStanding, identity.Updated, ""},
		"another name of the same sub":  {identity.NewUser{ID: "a-1", Username: "alicia"}, identity.UpdateStanding, identity.Updated, ""},
		"the name of another sub":       {identity.NewUser{ID: "a-2", Username: "alice"}, identity.UpdateStanding, "", oauth.InvalidRequest},
		"a claim that is none":          {identity.NewUser{Username: "alice", StandardClaims: oauth.StandardClaims{Email: "no"}}, identity.UpdateStanding, "", oauth.InvalidRequest},
		"a new one's claim that is not": {identity.NewUser{Username: "bob", StandardClaims: oauth.StandardClaims{Website: "javascript:0"}}, identity.UpdateStanding, "", oauth.InvalidRequest},
		"an absurd hash":                {identity.NewUser{Username: "bob", PasswordHash: "$2b$31$" + string(make([]byte, 53))}, identity.SkipStanding, "", oauth.InvalidRequest},
		"a password by the book":        {identity.NewUser{Username: "bob", Password: "password123"}, identity.SkipStanding, "", oauth.InvalidRequest},
		"no username":                   {identity.NewUser{Username: "b b"}, identity.SkipStanding, "", oauth.InvalidRequest},
		"a sub that is none":            {identity.NewUser{ID: "b b", Username: "bob"}, identity.SkipStanding, "", oauth.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			users := newUsers(t)
			alice := add(t, users, identity.NewUser{ID: "a-1", Username: "alice", StandardClaims: claims})
			foreseen, err := users.CheckImport(t.Context(), c.user, c.on)
			if foreseen != c.want || code(err) != c.code {
				t.Errorf("foreseen %q, %v; want %q, %q", foreseen, err, c.want, c.code)
			}
			if after, err := users.Get(t.Context(), "a-1"); err != nil || after.Name != alice.Name || after.Username != "alice" || after.Nickname != "" {
				t.Errorf("a look has changed %+v, %v", after, err)
			}
			got, err := users.Import(t.Context(), c.user, c.on)
			if got != c.want || code(err) != c.code {
				t.Errorf("got %q, %v; want %q, %q", got, err, c.want, c.code)
			}
			after, err := users.Get(t.Context(), "a-1")
			if err != nil || after.Email != "alice@example.com" || after.Address.Locality != "Oxford" {
				t.Errorf("an import has lost claims: %+v, %v", after, err)
			}
		})
	}
}

// What was decided here is newer than a file: a password stays, and who is disabled.
func TestAnUpdateTakesNoDecisionBack(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice", Password: password})
	again := identity.NewUser{Username: "alice", PasswordHash: importedHashes["bcrypt 2b"], StandardClaims: oauth.StandardClaims{Name: "A"}}
	again.PasswordHash = pbkdf2SHA256(t, "a password of long ago")
	if err := users.Disable(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := users.Import(t.Context(), again, identity.UpdateStanding); got != identity.Updated || err != nil {
		t.Fatal(got, err)
	}
	if after, err := users.Get(t.Context(), alice.ID); err != nil || !after.Disabled || after.Name != "A" {
		t.Errorf("got %+v, %v", after, err)
	}
	if err := users.Enable(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := users.SignIn(t.Context(), "alice", "a password of long ago", home); code(err) != oauth.InvalidGrant {
		t.Errorf("the file's password: %v", err)
	}
	if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
		t.Error(err)
	}
}

// Who has no password yet gets the file's, and who is disabled there is disabled here,
// with all sessions over.
func TestAnUpdateBringsWhatIsMissing(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice"})
	for range 2 {
		n := identity.NewUser{Username: "alice", PasswordHash: importedHashes["bcrypt 2b"]}
		if _, err := users.Import(t.Context(), n, identity.UpdateStanding); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
		t.Error(err)
	}
	n := identity.NewUser{Username: "alice", Disabled: true}
	if got, err := users.Import(t.Context(), n, identity.UpdateStanding); got != identity.Updated || err != nil {
		t.Fatal(got, err)
	}
	if after, err := users.Get(t.Context(), alice.ID); err != nil || !after.Disabled || after.Epoch != alice.Epoch+1 {
		t.Errorf("got %+v, %v", after, err)
	}
}

// A sub that is a client's is refused by an update, too.
func TestAnImportTakesNoClientsID(t *testing.T) {
	clients, users := newClients(t)
	if _, _, err := clients.Add(t.Context(), identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := users.Import(t.Context(), identity.NewUser{ID: "app", Username: "alice"}, identity.UpdateStanding); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("got %v", err)
	}
}

// What is known and what a file says may each be short enough, and both together not.
func TestAnUpdateIsHeldToTheLengthOfAllClaims(t *testing.T) {
	users, long := newUsers(t), strings.Repeat("a", 9<<10)
	add(t, users, identity.NewUser{Username: "alice", StandardClaims: oauth.StandardClaims{Name: long}})
	row := identity.NewUser{Username: "alice", StandardClaims: oauth.StandardClaims{Nickname: long}}
	if _, err := users.CheckImport(t.Context(), row, identity.UpdateStanding); code(err) != oauth.InvalidRequest {
		t.Errorf("foreseen %v", err)
	}
	if _, err := users.Import(t.Context(), row, identity.UpdateStanding); code(err) != oauth.InvalidRequest {
		t.Errorf("got %v", err)
	}
}
