package main

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// The commands work beside a running server, on the same folder, and it takes
// notice at once.
func TestCommandsBesideServe(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	r := start(t, "--demo", "--data", folder)
	command := func(stdin string, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		a := &app{in: strings.NewReader(stdin), out: &out, err: t.Output()}
		root := a.root()
		root.SetArgs(append(args, "--data", folder))
		check(t, root.ExecuteContext(t.Context()))
		return out.String()
	}
	signIn := func(want int) {
		t.Helper()
		response, body := r.request("POST", "/token", url.Values{
			"grant_type": {"password"}, "client_id": {"cli"}, "username": {"bob"}, "password": {"four score and seven"},
		}, "")
		if response.StatusCode != want {
			t.Errorf("got %d %v, want %d", response.StatusCode, body, want)
		}
	}
	command("four score and seven\n", "user", "add", "bob")
	signIn(401)
	command("", "client", "add", "cli", "--auth-method", "none", "--grant-type", "password", "--scope", "openid")
	signIn(200)
	if out := command("", "user", "list"); !strings.Contains(out, "alice") || !strings.Contains(out, "bob") {
		t.Errorf("got %s", out)
	}
	command("", "user", "disable", "bob")
	signIn(400)
	command("", "user", "enable", "bob")
	signIn(200)
	command("", "client", "delete", "cli")
	signIn(401)
}
