// Package admin_test runs what docs/admin.md shows.
package admin_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// TestTheTourOfTheAdminAPI has a shell do all that the page shows, one block after the
// other, with the program itself. curl fails where it is refused.
func TestTheTourOfTheAdminAPI(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	s := serving.Start(t, nil)
	script := "set -euo pipefail\n" + s.Shell()
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 7 {
		t.Fatalf("got %d blocks", len(blocks))
	}
	for _, block := range blocks {
		script += block[1] + "echo\n"
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Env = append(os.Environ(), "ISSUER="+s.Issuer, "SECRET=a-secret-of-more-than-thirty-two-bytes")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{`"name":"Carol Example"`, `"items":[{"sub":`, `"client_secret":"`} {
		if !strings.Contains(string(said), want) {
			t.Errorf("no %s in\n%s", want, said)
		}
	}
}
