package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
type interrupt struct{ cancel context.CancelFunc }

// Write ends the import.
func (i interrupt) Write(p []byte) (int, error) {
	i.cancel()
	return len(p), nil
}

// Close does nothing.
func (interrupt) Close() error { return nil }

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
	users := identity.NewUsers(b.users, b.state, identity.Lockout{})
	i := &imports{users: users, groups: &importGroups{users: users}, report: report{to: interrupt{cancel: cancel}}}
	i.checkpoint, err = openCheckpoint(resume, "jsonl", source)
	check(t, err)
	if err := i.run(ctx, userfile.Read("jsonl", source, userfile.Options{})); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want an interruption", err)
	}
	check(t, errors.Join(i.end(false), source.Close(), b.close()))
	if i.Imported == 0 || i.Imported >= 1000 { // how many were under way is up to the machine
		t.Errorf("%d users before the interruption", i.Imported)
	}

	out, err := ostiary(t, "user", "import", file, "--resume", resume, "--data", data)
	if err == nil || !strings.HasPrefix(out, "1000 users imported, 0 updated, 0 skipped, 1 refused") {
		t.Errorf("got %s %v", out, err)
	}
	out, err = ostiary(t, "user", "list", "--json", "--data", data)
	if n := strings.Count(out, `"sub"`); n != 1000 || err != nil {
		t.Errorf("%d users in the end, %v", n, err)
	}
}

// faulty writes a file with every kind of fault in it, and returns which lines are refused
// and why.
func faulty(t *testing.T, path string, people int) map[int]string {
	t.Helper()
	faults := []struct{ line, why string }{
		{`{"username": "broken%d`, "unexpected EOF"},
		{`{"username": "mistyped%d", "emial": "x"}`, `unknown field "emial"`},
		{`{"username": "two words %d"}`, "username"},
		{`{"username": "mail%d", "email": "nobody"}`, "email is no mail address"},
		{`{"username": "name%d", "name": "A\u0000B"}`, "name has a control character, U+0000"},
		{`{"username": "hash%d", "password_hash": "0123456789abcdef"}`, "password_hash: it is of no form that is known here and slow to guess"},
		{`{"username": "slow%d", "password_hash": "$2b$31$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu"}`, "longer than"},
		{`{"username": "group%d", "groups": ["nowhere"]}`, "there is no group nowhere"},
		{`{"username": "attribute%d", "attributes": {"team": "blue"}}`, "there is no attribute team"},
		{`{"username": "user0", "name": "twin of %d"}`, "taken"},
		{`{"username": "role%d", "roles": ["a b"]}`, "a role must"},
	}
	refused := map[int]string{}
	var lines strings.Builder
	for n := range people {
		line := fmt.Sprintf(`{"sub": "old-%d", "username": "user%d"}`, n, n)
		if n%100 == 0 {
			line = fmt.Sprintf(`{"sub": "old-%d", "username": "user%d", "groups": ["administrators"]}`, n, n)
		}
		if n%4 == 3 {
			fault := faults[n/4%len(faults)]
			line, refused[n+1] = fmt.Sprintf(fault.line, n), fault.why
		}
		lines.WriteString(line + "\n")
	}
	check(t, os.WriteFile(path, []byte(lines.String()), 0o600))
	return refused
}

// An import that the system kills goes on as if nothing had been: in the end the counts
// and the report are those of one run, line by line, of a file with every kind of fault.
func TestAKilledImportGoesOn(t *testing.T) {
	const people = 5000
	folder := t.TempDir()
	data, file := filepath.Join(folder, "data"), filepath.Join(folder, "users.jsonl")
	resume, told := filepath.Join(folder, "mark"), filepath.Join(folder, "report")
	refused := faulty(t, file, people)
	arguments := []string{"user", "import", file, "--resume", resume, "--report", told, "--data", data}

	killed := exec.Command("ostiary", arguments...)
	check(t, killed.Start())
	ended := make(chan error, 1)
	go func() { ended <- killed.Wait() }()
	reached := mark{}
	for tick := time.Tick(time.Millisecond); reached.Entries == 0; {
		select {
		case err := <-ended:
			t.Fatalf("it ended before it could be killed: %v", err)
		case <-tick:
			if content, err := os.ReadFile(resume); err == nil {
				_ = json.Unmarshal(content, &reached) // half a file says nothing yet
			}
		}
	}
	check(t, killed.Process.Kill())
	if err := <-ended; err == nil || reached.Entries >= people {
		t.Fatalf("it was through before it was killed: %v, %d", err, reached.Entries)
	}
	whole, err := os.ReadFile(told)
	check(t, err)
	check(t, os.WriteFile(told, append(whole, `{"place": "line`...), 0o600)) // and it had begun another line

	out, err := ostiary(t, append(arguments, "--json")...)
	var got tally
	if err == nil || json.Unmarshal([]byte(out), &got) != nil {
		t.Fatalf("got %s %v", out, err)
	}
	if got.Imported != people-len(refused) || got.Refused != len(refused) || got.Skipped+got.Updated != 0 || len(got.Failed) != maxShownFailures {
		t.Errorf("%d imported, %d refused, %d skipped, %d shown; want %d and %d", got.Imported, got.Refused, got.Skipped, len(got.Failed), people-len(refused), len(refused))
	}
	if n := got.Administer[identity.Administrators]; n != people/100 {
		t.Errorf("%d administrators are told, want %d", n, people/100)
	}
	whole, err = os.ReadFile(told)
	check(t, err)
	last := 0
	for line := range strings.Lines(string(whole)) {
		var what fate
		check(t, json.Unmarshal([]byte(line), &what))
		n, err := strconv.Atoi(strings.TrimPrefix(what.Place, "line "))
		if err != nil || n <= last || !strings.Contains(what.Reason, refused[n]) || refused[n] == "" {
			t.Errorf("after line %d: got %s want %q", last, line, refused[n])
		}
		last = n
		delete(refused, n)
	}
	if len(refused) > 0 {
		t.Errorf("not reported: %v", refused)
	}
}

// Of two with one username in a file the first is imported, whatever takes how long, and
// a dry run says the same; and the last one's update stands.
func TestEntriesOfOnePersonTakeTurns(t *testing.T) {
	folder := t.TempDir()
	data, file := filepath.Join(folder, "data"), filepath.Join(folder, "users.jsonl")
	var lines strings.Builder
	for n := range 200 {
		fmt.Fprintf(&lines, "{\"username\": \"ALICE\", \"name\": \"%d\"}\n{\"sub\": \"b\", \"username\": \"bob%d\"}\n", n, n)
	}
	check(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	for _, flags := range [][]string{{"--dry-run"}, nil} {
		out, err := ostiary(t, append([]string{"user", "import", file, "--data", data, "--json"}, flags...)...)
		if err == nil || !strings.Contains(out, `"imported":2,"updated":0,"skipped":0,"refused":398,"failed":[{"place":"line 3"`) {
			t.Errorf("%v: got %.200s %v", flags, out, err)
		}
	}
	_, err := ostiary(t, "user", "import", file, "--data", data, "--on-conflict", "update")
	check(t, err)
	out, err := ostiary(t, "user", "show", "alice", "--data", data)
	if err != nil || !strings.Contains(out, `"name": "199"`) {
		t.Errorf("got %s %v", out, err)
	}
	if out, err := ostiary(t, "user", "show", "bob199", "--data", data); err != nil {
		t.Errorf("got %s %v", out, err)
	}
}

// What a checkpoint has written down does not change as the import counts on.
func TestAKeptTallyStays(t *testing.T) {
	var counting tally
	count := func() {
		_, err := counting.add(fate{Outcome: string(identity.Imported), Left: []string{"a"}, attributes: []string{"a"}, groups: []string{"a"}, administer: []string{"a"}})
		check(t, err)
	}
	count()
	kept := counting.kept()
	count()
	for _, counts := range []map[string]int{kept.Left, kept.Attributes, kept.Groups, kept.Administer} {
		if counts["a"] != 1 {
			t.Errorf("%d were kept, want 1", counts["a"])
		}
	}
}
