package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// An administrator sees what somebody has, nothing that could be used, and takes it from
// who has lost it.
func TestFactorsOfAUser(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	run := func(args ...string) (string, error) {
		out := newOutput()
		a := &app{in: strings.NewReader("correct horse battery\n"), out: out, err: out}
		root := a.root()
		root.SetArgs(append(args, "--data", data))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	must := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err, text)
		}
		return text
	}
	must(run("user", "add", "alice"))
	if text := must(run("user", "factors", "alice")); !strings.Contains(text, "none but the password") {
		t.Errorf("got %s", text)
	}
	a := &app{data: data, out: newOutput(), err: newOutput()}
	b, err := a.openTables(t.Context())
	must("", err)
	people := identity.NewUsers(b.users, b.state, identity.Lockout{})
	alice, err := people.ByUsername(t.Context(), "alice")
	must("", err)
	factors := factor.Open(b.users, people, b.sealer)
	for _, name := range []string{"Blue", "Red"} {
		_, err = factors.AddPasskey(t.Context(), alice.ID, factor.Passkey{ID: []byte(name), PublicKey: []byte("a public key"), Name: name})
		must("", err)
	}
	_, err = factors.NewRecoveryCodes(t.Context(), alice.ID)
	must("", err)
	must("", b.close())

	if text := must(run("user", "factors", "alice")); !strings.Contains(text, "Blue") || !strings.Contains(text, "10 recovery codes left") {
		t.Errorf("got %s", text)
	}
	text := must(run("user", "factors", "alice", "--json"))
	var shown factorsShown
	if err := json.Unmarshal([]byte(text), &shown); err != nil || len(shown.Passkeys) != 2 || strings.Contains(text, "public_key") || strings.Contains(text, "hash") {
		t.Fatalf("got %s %v", text, err)
	}
	for _, wrong := range [][]string{{}, {"--all", "--app"}, {"--passkey", "unknown"}} {
		if text, err := run(append([]string{"user", "factors", "remove", "alice"}, wrong...)...); err == nil {
			t.Errorf("%v: got %s", wrong, text)
		}
	}
	must(run("user", "factors", "remove", "alice", "--passkey", shown.Passkeys[0].ID, "--recovery-codes", "--app"))
	if text := must(run("user", "factors", "alice")); strings.Contains(text, "Blue") || !strings.Contains(text, "Red") || !strings.Contains(text, "0 recovery codes left") {
		t.Errorf("got %s", text)
	}
	must(run("user", "factors", "remove", "alice", "--all"))
	if text := must(run("user", "factors", "alice")); !strings.Contains(text, "none but the password") {
		t.Errorf("got %s", text)
	}
}
