package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// mayEnter reports whether somebody signs in to a folder.
func mayEnter(t *testing.T, data, username string, password oauth.Secret) error {
	t.Helper()
	b, err := (&app{data: data, err: t.Output()}).open(t.Context())
	check(t, err)
	defer b.close()
	users := identity.NewUsers(b.users, b.state, identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute})
	_, err = users.SignIn(t.Context(), username, password, "192.0.2.7")
	return err
}

// People go on with their passwords, whatever hashed them.
func TestImportedPeopleSignIn(t *testing.T) {
	const bcrypt = "$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu"
	for format, content := range map[string]string{
		"csv":   "username,password_hash\nalice," + bcrypt + "\n",
		"jsonl": `{"username": "alice", "password_hash": "` + bcrypt + `"}`,
		"json":  `{"users": [{"username": "alice", "password": "four score and seven"}]}`,
		"auth0": `[{"username": "alice", "user_id": "1", "custom_password_hash": {"algorithm": "pbkdf2", "hash": {"encoding": "utf8",
			"value": "$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHRzb21lc2FsdA$31+wv4bdN2ffpYxpjNodJ6cX21Nk7e/xJaTBZFCrGNM"}}}]`,
		"keycloak": `{"users": [{"username": "alice", "credentials": [{"type": "password",
			"credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha512\"}",
			"secretData": "{\"salt\":\"c29tZXNhbHRzb21lc2FsdA==\",\"value\":\"goLncIewgF58V9bfDkYXDoGXcbRlgeGWO1dAIr9ZoUSEdWXEmzhO6vmsp9uKeiUrgIICnsFLTfbtUdOERHDppA==\"}"}]}]}`,
	} {
		t.Run(format, func(t *testing.T) {
			folder := t.TempDir()
			data, file := filepath.Join(folder, "data"), filepath.Join(folder, "users")
			check(t, os.WriteFile(file, []byte(content), 0o600))
			_, err := ostiary(t, "user", "import", file, "--format", format, "--data", data)
			check(t, err)
			check(t, mayEnter(t, data, "alice", "four score and seven"))
			if mayEnter(t, data, "alice", "five score and seven") == nil {
				t.Error("any password is right")
			}
		})
	}
}

// interrupt is a report that somebody presses Ctrl-C at.
type interrupt struct {
	discard
	cancel context.CancelFunc
}

// Write ends the import.
func (i interrupt) Write(p []byte) (int, error) {
	i.cancel()
	return len(p), nil
}

// An import that breaks off and goes on adds everybody, and refuses nobody because it
// had added them itself, however many were under way when it broke off.
func TestAnInterruptedImportGoesOn(t *testing.T) {
	folder := t.TempDir()
	data, file, resume := filepath.Join(folder, "data"), filepath.Join(folder, "users.jsonl"), filepath.Join(folder, "mark")
	var lines strings.Builder
	for n := range 1000 {
		if n == 500 {
			lines.WriteString("no user\n")
		}
		fmt.Fprintf(&lines, "{\"username\": \"user%d\"}\n", n)
	}
	check(t, os.WriteFile(file, []byte(lines.String()), 0o600))

	b, err := (&app{data: data, err: t.Output()}).open(t.Context())
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	source, err := os.Open(file)
	check(t, err)
	i := &imports{users: identity.NewUsers(b.users, b.state, identity.Lockout{}), report: interrupt{cancel: cancel}}
	i.checkpoint, err = openCheckpoint(resume, "jsonl", source)
	check(t, err)
	if err := i.run(ctx, userfile.Read("jsonl", source, userfile.Options{})); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want an interruption", err)
	}
	if i.Imported < 400 || i.Imported > 600 {
		t.Errorf("%d users before the interruption", i.Imported)
	}
	check(t, errors.Join(i.checkpoint.end(false), source.Close(), b.close()))

	_, err = ostiary(t, "user", "import", file, "--resume", resume, "--data", data)
	if err != nil && !strings.HasPrefix(err.Error(), "1 users") { // the line that is no user
		t.Error(err)
	}
	out, err := ostiary(t, "user", "list", "--json", "--data", data)
	if n := strings.Count(out, `"sub"`); n != 1000 || err != nil {
		t.Errorf("%d users in the end, %v", n, err)
	}
}
