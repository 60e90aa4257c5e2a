package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// What lasts comes through an export and an import: people sign in with the passwords
// of before, clients with their secrets, those that sign by a shared secret too, API
// keys open, consents stand, and pairwise subjects stay who they are.
func TestAnExportIsAWayOut(t *testing.T) {
	folder := t.TempDir()
	here, there, file := filepath.Join(folder, "here"), filepath.Join(folder, "there"), filepath.Join(folder, "all.jsonl")
	ctx := t.Context()
	in := inhabit(t, here)
	_, err := ostiary(t, "export", file, "--yes-secrets", "--data", here)
	check(t, err)
	content, err := os.ReadFile(file)
	check(t, err)
	if regexp.MustCompile("four score|" + string(in.key)).Match(content) {
		t.Error("the export holds what is known by its hash alone")
	}
	_, err = ostiary(t, "import", file, "--data", there)
	check(t, err)

	check(t, mayEnter(t, there, "alice", "four score and seven"))
	to, err := (&app{data: there, err: io.Discard}).open(ctx)
	check(t, err)
	clients := identity.NewClients(to.users, to.sealer)
	if client, err := clients.Get(ctx, "app"); err != nil {
		t.Error(err)
	} else if clear, err := clients.SecretInClear(ctx, client); err != nil || clear != in.secret {
		t.Errorf("the shared secret is another: %v", err)
	}
	pairwise, err := clients.Get(ctx, "far")
	check(t, err)
	if after, err := clients.Subject(ctx, pairwise, in.alice.ID); err != nil || after != in.pairwise {
		t.Errorf("the pairwise subject was %s and is %s, %v", in.pairwise, after, err)
	}
	if _, err := identity.NewAPIKeys(to.users, to.state).Check(ctx, string(in.key)); err != nil {
		t.Errorf("the API key: %v", err)
	}
	users := identity.NewUsers(to.users, to.state, identity.Lockout{})
	if user, err := users.ByLinked(ctx, "https://there.example.com", "a"); err != nil || user.ID != in.alice.ID {
		t.Errorf("the identity elsewhere is %s's, %v", user.ID, err)
	}
	if set, err := factor.Open(to.users, users, to.sealer).Of(ctx, in.alice.ID); err != nil || len(set.Passkeys) != 1 {
		t.Errorf("the passkey: %+v, %v", set, err)
	}
	if all, err := upstream.NewProviders(to.users, to.sealer).List(ctx); err != nil || len(all) != 1 || all[0].Sealed == nil {
		t.Errorf("the provider: %+v, %v", all, err)
	}
	check(t, to.close())
	if _, err := ostiary(t, "import", file, "--data", there); err != nil { // as after it broke off
		t.Errorf("once more: %v", err)
	}
	if out, err := ostiary(t, "consent", "list", "alice", "--json", "--data", there); err != nil || !regexp.MustCompile(`"client_id":"app"`).MatchString(out) {
		t.Errorf("consents: %s, %v", out, err)
	}
}
