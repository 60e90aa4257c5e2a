// Package ring answers "who has signing keys already?": a database and its key file,
// made once for all tests of a package, because RSA keys take long.
package ring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

const (
	database = "ostiary.db"
	keyFile  = "key"
)

// template is the folder that is copied, and when its keys were made. Main sets it.
var template struct {
	folder string
	made   time.Time
}

// Main is TestMain: it makes the keys, runs the tests, and removes what it made.
func Main(m *testing.M) {
	folder, err := os.MkdirTemp("", "ostiary-ring")
	if err == nil {
		err = fill(context.Background(), folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	template.folder, template.made = folder, time.Now()
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func fill(ctx context.Context, folder string) (err error) {
	db, err := bolt.Open(filepath.Join(folder, database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, ring, err := open(ctx, folder, db.Table("user"))
	if err != nil {
		return err
	}
	_, err = ring.Rotate(ctx)
	return err
}

func open(ctx context.Context, folder string, users store.Table) (*keys.Sealer, *keys.Ring, error) {
	wrapper, err := keys.OpenKeyFile(filepath.Join(folder, keyFile))
	if err != nil {
		return nil, nil, err
	}
	sealer, err := keys.OpenSealer(ctx, users, wrapper)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Default("https://id.example.com")
	return sealer, keys.OpenRing(users, sealer, keys.PolicyFrom(cfg)), err
}

// Folder is one test's own copy of the database and its key file.
type Folder struct {
	path         string
	Users, State store.Table
}

// Copy makes a copy and opens it until the test ends. It moves the fake clock of a
// synctest bubble, which begins in the year 2000, to after the time when the keys
// were made.
func Copy(t testing.TB) Folder {
	t.Helper()
	if ahead := time.Until(template.made); ahead > 0 {
		time.Sleep(ahead + time.Second)
	}
	path := t.TempDir()
	for _, name := range []string{database, keyFile} {
		content, err := os.ReadFile(filepath.Join(template.folder, name))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(path, name), content, 0o600))
	}
	db, err := bolt.Open(filepath.Join(path, database))
	check(t, err)
	t.Cleanup(func() { db.Close() })
	return Folder{path, db.Table("user"), db.Table("state")}
}

// Keys opens what seals and signs, as a process does that has just started. users is
// the folder's table, or has it inside.
func (f Folder) Keys(t testing.TB, users store.Table) (*keys.Sealer, *keys.Ring) {
	t.Helper()
	sealer, ring, err := open(t.Context(), f.path, users)
	check(t, err)
	return sealer, ring
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
