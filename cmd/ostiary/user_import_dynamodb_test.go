package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
	"github.com/ostiary-auth/ostiary/test/moto"
)

// deployed sets the environment of --aws: tables on a DynamoDB API server, and a KMS key.
func deployed(t *testing.T) *dynamodb.Server {
	t.Helper()
	database, account := dynamodb.Start(t), moto.Start(t)
	t.Log("DynamoDB is", database)
	key, err := kms.NewFromConfig(moto.Config(account)).CreateKey(t.Context(), &kms.CreateKeyInput{})
	check(t, err)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": database.Endpoint, "AWS_ENDPOINT_URL_KMS": account, "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "ISSUER": "https://id.example.com",
		"USER_TABLE": database.Table(t), "STATE_TABLE": database.Table(t), "AUDIT_TABLE": database.Table(t),
		"KMS_KEY_ID": *key.KeyMetadata.KeyId,
	} {
		t.Setenv(name, value)
	}
	return database
}

// People come into deployed tables as they come into a folder: tried first, then taken,
// gone on with after an interruption, brought up to date; and the trail knows of each.
func TestAnImportIntoDynamoDB(t *testing.T) {
	const hash = "$2b$05$abcdefghijklmnopqrstuuW.xLv3X06oONAO1cydtXgNVkK9MCbhu"
	const people = 60
	database := deployed(t)
	folder := t.TempDir()
	file, resume := filepath.Join(folder, "users.jsonl"), filepath.Join(folder, "mark")
	write := func(name string, n int) {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, "{\"sub\": \"old-%d\", \"username\": \"user%d\", \"name\": %q, \"password_hash\": %q}\n", i, i, name, hash)
		}
		check(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	}
	imports := func(want string, flags ...string) {
		t.Helper()
		out, err := ostiary(t, append([]string{"user", "import", file, "--aws"}, flags...)...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: got %s %v, want %s", flags, out, err, want)
		}
	}
	write("Jo", people)
	imports(fmt.Sprint(people, " users would be imported"), "--dry-run")
	imports(fmt.Sprint(people, " users imported"), "--resume", resume)
	imports(fmt.Sprint("0 users imported, 0 updated, ", people, " skipped"), "--on-conflict", "skip")
	write("Joan", people/2)
	imports(fmt.Sprint("0 users imported, ", people/2, " updated"), "--on-conflict", "update")

	table := dynamo.PatientTables(database.Config())
	users, state := table(os.Getenv("USER_TABLE")), table(os.Getenv("STATE_TABLE"))
	known := identity.NewUsers(users, state, identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute})
	user, err := known.SignIn(t.Context(), "user1", "four score and seven", "192.0.2.7")
	if err != nil || user.ID != "old-1" || user.Name != "Joan" {
		t.Errorf("got %+v %v", user, err)
	}
	trail := audit.New(table(os.Getenv("AUDIT_TABLE")), slog.New(slog.DiscardHandler), audit.Options{Retention: 24 * time.Hour})
	counts := map[audit.Kind]int{}
	for e, err := range trail.Oldest(t.Context(), audit.Cursor{}, time.Now().Add(time.Minute)) {
		check(t, err)
		counts[e.Kind]++
		if e.Actor.Type != audit.CommandLineActor || e.Kind == audit.UserImported && e.Subject == "" {
			t.Errorf("got %+v", e)
		}
	}
	if counts[audit.UserImported] != people+people/2 || counts[audit.AdministrationAnnounced] != 4 {
		t.Errorf("got %v", counts)
	}
	out, err := ostiary(t, "audit", "list", "--user", "user1", "--json", "--aws")
	var events []audit.Event
	if err := json.Unmarshal([]byte(out), &events); err != nil || len(events) != 2 || events[0].Method != "updated" {
		t.Errorf("got %s %v", out, err)
	}
	check(t, err)

	t.Run("where the trail cannot be written nothing is changed", func(t *testing.T) {
		t.Setenv("AUDIT_TABLE", "none-"+rand.Text())
		check(t, os.WriteFile(file, []byte(`{"username": "alice"}`+"\n"), 0o600))
		if out, err := ostiary(t, "user", "import", file, "--aws"); err == nil || !strings.Contains(err.Error(), "audit trail") {
			t.Errorf("got %s %v", out, err)
		}
		if out, err := ostiary(t, "user", "list", "alice", "--aws", "--json"); err != nil || strings.Contains(out, "alice") {
			t.Errorf("got %s %v", out, err)
		}
	})
}
