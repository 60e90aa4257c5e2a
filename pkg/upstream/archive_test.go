package upstream_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// Who moves away takes the provider along, and not the tokens of people: two who had one
// refresh token would lose it to each other.
func TestAnArchiveLeavesPeoplesTokensHere(t *testing.T) {
	s, _, user := kept(t, 300)
	archive := identity.NewArchive(s.users, identity.NewClients(s.table, nil), s.Providers.Carrier())
	var lines []identity.ArchiveLine
	left, err := archive.Write(t.Context(), func(line identity.ArchiveLine) error {
		if line.Kind == "provider" || line.Owner == user.ID {
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil || left["identity-tokens"] != 1 {
		t.Fatalf("left %v %v", left, err)
	}
	there := open(t)
	moved := identity.NewArchive(there.users, identity.NewClients(there.table, nil), there.Providers.Carrier())
	for _, line := range lines {
		if text := string(line.Record) + strings.Join(line.Clear, ""); strings.Contains(text, "token_key") || strings.Contains(text, "refresh-token") {
			t.Errorf("a line holds %s", text)
		}
		if line.Kind == "provider" {
			for range 2 { // the second time it is there already
				if err := moved.Restore(t.Context(), line); err != nil {
					t.Fatal(err)
				}
			}
			line.Record = []byte(strings.Replace(string(line.Record), `"id":`, `"token_key":"AAAA","id":`, 1))
			if err := moved.Restore(t.Context(), line); err == nil {
				t.Error("a key of somebody's choice was taken over")
			}
		}
	}
	p, err := there.Providers.Get(t.Context(), "there")
	if err != nil || !p.KeepTokens {
		t.Fatalf("got %+v %v", p, err)
	}
	there.come() // tokens are kept there, too
	if _, err := there.Providers.Update(t.Context(), "there", "", func(*upstream.Settings) error { return nil }); err != nil {
		t.Error(err)
	}
}
