package keys_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

// table is an embedded table that can be made to fail, and counts what is read.
type table struct {
	store.Table
	mu          sync.Mutex
	down        error
	afterCommit error // the next write is committed, and fails
	gets        int
}

func openTable(t testing.TB) *table {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &table{Table: db.Table("users")}
}

func (f *table) Get(ctx context.Context, key store.Key) (store.Record, error) {
	f.mu.Lock()
	down := f.down
	f.gets++
	f.mu.Unlock()
	if down != nil {
		return store.Record{}, down
	}
	return f.Table.Get(ctx, key)
}

func (f *table) Write(ctx context.Context, changes ...store.Change) error {
	f.mu.Lock()
	down, after := f.down, f.afterCommit
	f.afterCommit = nil
	f.mu.Unlock()
	if down != nil {
		return down
	}
	return errors.Join(f.Table.Write(ctx, changes...), after)
}

func (f *table) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *table) failAfterCommit(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.afterCommit = err
}

func (f *table) reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gets
}

// wrapper is a key file that can be made to fail, and counts its calls.
type wrapper struct {
	keys.Wrapper
	mu    sync.Mutex
	err   error
	calls int
}

func openWrapper(t testing.TB) *wrapper {
	t.Helper()
	file, err := keys.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	return &wrapper{Wrapper: file}
}

func (w *wrapper) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if w.err != nil {
		return nil, w.err
	}
	return w.Wrapper.Unwrap(ctx, wrapped)
}

func (w *wrapper) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

func openSealer(t testing.TB, users store.Table, w keys.Wrapper) *keys.Sealer {
	t.Helper()
	sealer, err := keys.OpenSealer(t.Context(), users, w)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// openRing opens a ring with a sealer of its own.
func openRing(t testing.TB, users store.Table, p keys.Policy) *keys.Ring {
	t.Helper()
	return keys.OpenRing(users, openSealer(t, users, openWrapper(t)), p)
}

// hours is a policy whose keys are cheap to make.
func hours(lifetime, publishAhead, retireAfter int) keys.Policy {
	return keys.Policy{
		Lifetime:     time.Duration(lifetime) * time.Hour,
		PublishAhead: time.Duration(publishAhead) * time.Hour,
		RetireAfter:  time.Duration(retireAfter) * time.Hour,
		Algs:         []oauth.Alg{oauth.ES256},
	}
}

func rotate(t testing.TB, ring *keys.Ring) keys.Report {
	t.Helper()
	report, err := ring.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func newPrivateKey(t testing.TB, alg oauth.Alg) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case oauth.RS256, oauth.PS256:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case oauth.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case oauth.ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case oauth.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no key for %s", alg)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !oauth.TemporarilyUnavailable.In(err) {
		t.Helper()
		t.Errorf("got %v, want temporarily_unavailable", err)
	}
}

var sortStrings = cmpopts.SortSlices(func(a, b string) bool { return a < b })
