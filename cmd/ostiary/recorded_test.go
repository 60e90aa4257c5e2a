package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// changing are the commands that are announced to the audit trail before they run, or that
// open no tables in the way of which one is, as serve.
var changing = []string{
	"api-key add", "api-key delete", "api-key disable", "api-key enable", "attribute add", "attribute delete", "attribute set", "attribute update",
	"audit export", "client add", "client delete", "client registration-token", "client registration-token delete", "client rotate-secret",
	"client update", "client withdraw-secret", "consent withdraw", "export", "group add", "group delete", "group member add", "group member remove", "group update",
	"import", "invoke", "key rotate", "outbox retry", "provider add", "provider delete", "provider update", "serve", "session revoke",
	"user add", "user delete", "user disable", "user enable", "user factors remove", "user import", "user invitations renew",
	"user invitations withdraw", "user invite", "user passwd", "user reindex",
}

// looking are those that are not announced, for they change nothing.
var looking = []string{
	"api-key list", "api-key show", "attribute list", "audit kinds", "audit list", "authorize", "client list", "client registration-token list",
	"client show", "consent list", "doctor", "group list", "group member list", "group show", "key list", "outbox dead", "provider list",
	"provider show", "session list", "token get", "token inspect", "token verify", "user factors", "user hashes", "user invitations", "user list",
	"user show",
}

// lengthy are those for which a deployed table is borne with.
var lengthy = []string{"audit export", "export", "import", "user import", "user reindex"}

// TestWhatOnlyLooksIsNotAnnounced, and all else is: a new command has to say which it is.
func TestWhatOnlyLooksIsNotAnnounced(t *testing.T) {
	var known []string
	var walk func(command *cobra.Command, path string)
	walk = func(command *cobra.Command, path string) {
		if command.Runnable() {
			known = append(known, path)
			if looks := onlyLooks(command.CommandPath()); looks != slices.Contains(looking, path) || looks == slices.Contains(changing, path) {
				t.Errorf("%s: only looks %t; which list does it stand in?", path, looks)
			}
			if takesLong(command.CommandPath()) != slices.Contains(lengthy, path) {
				t.Errorf("%s: takes long %t", path, !slices.Contains(lengthy, path))
			}
		}
		for _, sub := range command.Commands() {
			walk(sub, sub.CommandPath()[len("ostiary "):])
		}
	}
	walk((&app{}).root(), "")
	for _, listed := range slices.Concat(changing, looking) {
		if !slices.Contains(known, listed) {
			t.Errorf("there is no command %s", listed)
		}
	}
}
