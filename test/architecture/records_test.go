package architecture_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// fates says of every record in docs/architecture.md's table what becomes of it when
// somebody moves away: the kind of its lines in an archive (identity.Archive), or why it
// stays. Who adds a record decides it here.
var fates = map[string]struct{ carried, left string }{
	"user":                              {carried: "user"},
	"somebody whose deletion has begun": {left: "they go, and nothing of theirs is carried"},
	"consent":                           {carried: "consent"},
	"group":                             {carried: "group"},
	"member of a group":                 {left: "it is made of what the user says"},
	"attributes that people may have":   {carried: "attributes"},
	"username":                          {left: "it is made of what the user says"},
	"confirmed address":                 {left: "it is made of what the user says"},
	"client":                            {carried: "client"},
	"resource identifier of an API":     {left: "it is made of what the client says"},
	"CORS origin":                       {left: "it is made of what the client says"},
	"token by which clients register themselves":   {carried: "registration_token"},
	"signing keys, data key":                       {left: "who moves publishes new ones; the data key opens under its own wrapper alone"},
	"salt of pairwise subjects":                    {carried: "pairwise_salt"},
	"cost of the costliest imported password hash": {left: "it is made of the users' hashes"},
	"other identity provider":                      {carried: "provider"},
	"who somebody is at another provider":          {carried: "identity"},
	"whose that identity is":                       {left: "it is made of what lies with the person"},
	"tokens that the provider gave for them":       {left: "two who hold one refresh token lose it to each other"},
	"API key":                                      {carried: "api_key"},
	"passkey, authenticator app, recovery codes":   {carried: "factor"},
	"whose a passkey is":                           {left: "it is made of what lies with the person"},
}

// passes are the records of the state table, none of which is carried: what was given by
// one provider is not good at another.
var passes = []string{
	"way to another provider and back", "session that rests on one at another provider",
	"token by which a provider told of a session's end", "session", "sign-in under way", "authorization code", "grant, with its refresh family",
	"mark that something of a person's has ended", "client assertion that was used", "link in a mail", "open invitation",
	"message to deliver, dead letter", "last use of an API key", "used DPoP proof", "revoked access token",
	"set bits of a status list", "block of status indexes", "next status index",
	"answer to a request of the Admin API",
	"attempts to sign in, wrong client secrets, open registrations",
}

// row is a line of the table of records in docs/architecture.md.
type row struct{ name, partition, sort string }

func documented(t *testing.T) (rows []row) {
	t.Helper()
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "| record | partition | sort key |\n|---|---|---|\n")
	if !found {
		t.Fatal("docs/architecture.md has no table of records")
	}
	for line := range strings.Lines(rest) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) < 3 {
			break
		}
		rows = append(rows, row{cells[0], cells[1], cells[2]})
	}
	return rows
}

// Every record of the table is carried by an archive, left for a reason, or passes.
func TestEveryLastingRecordIsCarriedOrLeftForAReason(t *testing.T) {
	decided := map[string]bool{}
	for _, name := range passes {
		decided[name] = true
	}
	for name, fate := range fates {
		decided[name] = true
		if (fate.carried == "") == (fate.left == "") {
			t.Errorf("%s is carried as %q and left because %q: say one", name, fate.carried, fate.left)
		}
	}
	for _, row := range documented(t) {
		name := row.name
		if !decided[name] {
			t.Errorf("what becomes of %q when somebody moves away? Carry it (identity.Archive), or say here why not", name)
		}
		delete(decided, name)
	}
	for name := range decided {
		t.Errorf("docs/architecture.md has no %q", name)
	}
}

// The kinds that fates names are those that an archive knows: it tells others apart by
// saying so.
func TestAnArchiveKnowsWhatItIsSaidToCarry(t *testing.T) {
	users := identity.NewUsers(nothing{}, nothing{}, identity.Lockout{})
	archive := identity.NewArchive(users, identity.NewClients(nothing{}, nil),
		factor.Open(nothing{}, users, nil).Carrier(), upstream.NewProviders(nothing{}, nil).Carrier())
	for name, fate := range fates {
		if fate.carried == "" {
			continue
		}
		err := archive.Restore(t.Context(), identity.ArchiveLine{Kind: fate.carried, Owner: "a", Record: []byte("no JSON")})
		if err == nil || strings.Contains(err.Error(), "does not know") {
			t.Errorf("%s: an archive carries no %s: %v", name, fate.carried, err)
		}
	}
}

// nothing is a table in which nothing lies.
type nothing struct{ store.Table }

func (nothing) Get(context.Context, store.Key) (store.Record, error) {
	return store.Record{}, store.ErrNotFound
}

func (nothing) Write(context.Context, ...store.Change) error { return store.ErrUnavailable }
