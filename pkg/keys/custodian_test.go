package keys_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// vault is a custodian in memory. It can be made to fail, and to spoil what it signs.
type vault struct {
	mu    sync.Mutex
	held  map[string]crypto.Signer
	err   error
	spoil func(signature []byte) []byte
	asked int
}

func (v *vault) PublicKey(_ context.Context, id string, _ oauth.Alg) (crypto.PublicKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, ok := v.held[id]
	if !ok || v.err != nil {
		return nil, fmt.Errorf("no key %s: %w", id, v.err)
	}
	return key.Public(), nil
}

func (v *vault) Sign(_ context.Context, id string, alg oauth.Alg, digest []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	if v.err != nil {
		return nil, v.err
	}
	var options crypto.SignerOpts = crypto.SHA256
	if alg == oauth.PS256 {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	signature, err := v.held[id].Sign(rand.Reader, digest, options)
	if err == nil && v.spoil != nil {
		signature = v.spoil(signature)
	}
	return signature, err
}

// entrusted is a policy that takes over the keys of a vault, ES256 all of them.
func entrusted(ids ...string) keys.Policy {
	p := hours(240, 24, 48)
	p.Entrust = true
	for _, id := range ids {
		p.Entrusted = append(p.Entrusted, keys.Entrusted{Alg: oauth.ES256, ID: id})
	}
	return p
}

func newVault(t testing.TB, ids ...string) *vault {
	v := &vault{held: map[string]crypto.Signer{}}
	for _, id := range ids {
		v.held[id] = newPrivateKey(t, oauth.ES256)
	}
	return v
}

func TestEntrustedKeysSign(t *testing.T) {
	t.Parallel()
	users, v := openTable(t), newVault(t, "ec")
	v.held["rsa"], v.held["pss"] = newPrivateKey(t, oauth.RS256), newPrivateKey(t, oauth.PS256)
	p := entrusted("ec")
	p.Algs = []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256}
	p.Entrusted = append(p.Entrusted, keys.Entrusted{Alg: oauth.RS256, ID: "rsa"}, keys.Entrusted{Alg: oauth.PS256, ID: "pss"})
	ring := openRing(t, users, p).WithCustodian(v)
	rotate(t, ring)
	for _, alg := range p.Algs {
		for range 40 { // R or S begins with a zero in one of 128
			token, err := ring.Sign(t.Context(), alg, "at+jwt", sampleClaims())
			if err != nil {
				t.Fatal(err)
			}
			wantGenuine(t, ring, alg, token)
		}
	}
	if publishing := keys.OpenRing(users, nil, p); signer(t, ring) == "" || len(documentOf(t, publishing)) == 0 {
		t.Error("a ring without custodian and sealer does not publish")
	}
}

func documentOf(t *testing.T, ring *keys.Ring) []byte {
	t.Helper()
	document, err := ring.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// What a custodian gives is not a signature until we have verified it.
func TestNoTokenLeavesWithAWrongSignature(t *testing.T) {
	t.Parallel()
	v := newVault(t, "a")
	ring := openRing(t, openTable(t), entrusted("a")).WithCustodian(v)
	rotate(t, ring)
	other := newPrivateKey(t, oauth.ES256)
	for name, spoil := range map[string]func([]byte) []byte{
		"a fault in one bit": func(der []byte) []byte { der[len(der)-1] ^= 1; return der },
		"another key's": func([]byte) []byte {
			der, _ := other.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
			return der
		},
		"fixed length already": func([]byte) []byte { return make([]byte, 64) },
		"bytes after the end":  func(der []byte) []byte { return append(der, 0) },
		"nothing":              func([]byte) []byte { return nil },
	} {
		v.spoil = spoil
		if token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil || token != "" && oauth.TemporarilyUnavailable.In(err) {
			t.Errorf("%s: got %q, %v", name, token, err)
		}
	}
	v.spoil = nil
	signer(t, ring)
}

// As on DynamoDB, what fails for a while is 503 to the client.
func TestF26F27ACustodianThatDoesNotSign(t *testing.T) {
	t.Parallel()
	v := newVault(t, "a")
	ring := openRing(t, openTable(t), entrusted("a")).WithCustodian(v)
	rotate(t, ring)
	for _, err := range []error{keys.ErrUnavailable, errors.New("key disabled")} {
		v.err = err
		_, got := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
		wantUnavailable(t, got)
		if !errors.Is(got, err) {
			t.Errorf("got %v, want the cause %v", got, err)
		}
	}
	v.err = nil
	signer(t, ring)
}

// TestF30EntrustedKeysArePublishedFirst follows the list of keys as somebody
// changes it: each step is a new deployment.
func TestF30EntrustedKeysArePublishedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w, v := openTable(t), openWrapper(t), newVault(t, "a", "b", "c")
		deploy := func(p keys.Policy) *keys.Ring {
			return keys.OpenRing(users, openSealer(t, users, w), p).WithCustodian(v)
		}
		back := hours(240, 24, 48) // to the ring's own keys, while the others may still sign
		back.Entrusted = entrusted("a", "c").Entrusted
		for _, c := range []struct {
			rule   string
			policy keys.Policy
			after  time.Duration
			want   []keys.State
			signer string // the custodian's name for it, "" for a key of our own
		}{
			{"a ring's own key signs", hours(240, 24, 48), 0, []keys.State{keys.Active}, ""},
			{"the first listed key is published", entrusted("a"), time.Hour, []keys.State{keys.Active, keys.Pending}, ""},
			{"and waits", entrusted("a"), 23 * time.Hour, []keys.State{keys.Active, keys.Pending}, ""},
			{"then signs", entrusted("a"), 2 * time.Hour, []keys.State{keys.Retired, keys.Active}, "a"},
			{"its successor is published", entrusted("a", "b"), 60 * time.Hour, []keys.State{keys.Active, keys.Pending}, "a"},
			{"and taken back before it signs", entrusted("a"), time.Hour, []keys.State{keys.Active}, "a"},
			{"so that a signs on", entrusted("a"), 48 * time.Hour, []keys.State{keys.Active}, "a"},
			{"another successor", entrusted("a", "c"), time.Hour, []keys.State{keys.Active, keys.Pending}, "a"},
			{"takes over", entrusted("a", "c"), 25 * time.Hour, []keys.State{keys.Retired, keys.Active}, "c"},
			{"the old one returns", entrusted("c", "a"), time.Hour, []keys.State{keys.Active, keys.Pending}, "c"},
			{"and signs", entrusted("c", "a"), 25 * time.Hour, []keys.State{keys.Retired, keys.Active}, "a"},
			{"back to the ring's own", back, time.Hour, []keys.State{keys.Retired, keys.Active, keys.Pending}, "a"},
			{"which sign", back, 25 * time.Hour, []keys.State{keys.Retired, keys.Retired, keys.Active}, ""},
			{"and are alone at last", hours(240, 24, 48), 60 * time.Hour, []keys.State{keys.Active}, ""},
		} {
			time.Sleep(c.after)
			ring := deploy(c.policy)
			report := rotate(t, ring)
			if got := states(report.Keys); !slices.Equal(got, c.want) {
				t.Fatalf("%s: got %v, want %v", c.rule, got, c.want)
			}
			kid := signer(t, ring)
			i := slices.IndexFunc(report.Keys, func(k keys.Info) bool { return k.ID == kid })
			if got := report.Keys[i].Custody; got != c.signer || report.Keys[i].State != keys.Active {
				t.Errorf("%s: signed by %q, want %q", c.rule, got, c.signer)
			}
			if again := rotate(t, deploy(c.policy)); len(again.Made)+len(again.Removed) > 0 {
				t.Errorf("%s: another rotation changed %v", c.rule, again)
			}
		}
	})
}

// Whoever can write the table must not choose whom we ask.
func TestAKeyThatIsNotListedIsNotAsked(t *testing.T) {
	t.Parallel()
	users, w, v := openTable(t), openWrapper(t), newVault(t, "a")
	rotate(t, keys.OpenRing(users, openSealer(t, users, w), entrusted("a")).WithCustodian(v))
	for name, ring := range map[string]*keys.Ring{
		"not listed":   keys.OpenRing(users, openSealer(t, users, w), entrusted("b")).WithCustodian(v),
		"no custodian": keys.OpenRing(users, openSealer(t, users, w), entrusted("a")),
	} {
		if token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil {
			t.Errorf("%s: got %s", name, token)
		}
	}
	if v.asked > 0 {
		t.Errorf("asked %d times", v.asked)
	}
}

func TestWrongKeysAreNotTakenOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listed []keys.Entrusted
		down   error
	}{
		"RSA for ES256":                 {[]keys.Entrusted{{Alg: oauth.ES256, ID: "rsa"}}, nil},
		"P-384 for ES256":               {[]keys.Entrusted{{Alg: oauth.ES256, ID: "p384"}}, nil},
		"a short RSA key":               {[]keys.Entrusted{{Alg: oauth.ES256, ID: "ec"}, {Alg: oauth.RS256, ID: "short"}}, nil},
		"one key for two algorithms":    {[]keys.Entrusted{{Alg: oauth.ES256, ID: "ec"}, {Alg: oauth.RS256, ID: "rsa"}, {Alg: oauth.PS256, ID: "rsa again"}}, nil},
		"an algorithm without a key":    {nil, nil},
		"a key that is not there":       {[]keys.Entrusted{{Alg: oauth.ES256, ID: "gone"}}, nil},
		"a custodian that is not there": {[]keys.Entrusted{{Alg: oauth.ES256, ID: "ec"}}, keys.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			users, v := openTable(t), newVault(t, "ec")
			v.held["rsa"], v.held["p384"] = newPrivateKey(t, oauth.RS256), newPrivateKey(t, oauth.ES384)
			v.held["rsa again"] = v.held["rsa"]
			short, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				t.Fatal(err)
			}
			v.held["short"], v.err = short, c.down
			p := entrusted()
			p.Entrusted = c.listed
			for _, e := range c.listed {
				if !slices.Contains(p.Algs, e.Alg) {
					p.Algs = append(p.Algs, e.Alg)
				}
			}
			ring := openRing(t, users, p).WithCustodian(v)
			if report, err := ring.Rotate(t.Context()); err == nil {
				t.Errorf("taken over: %v", report)
			}
			if _, err := ring.List(t.Context()); err == nil {
				t.Error("something was kept")
			}
		})
	}
}

func TestEntrustedKeysAreNotRotatedByHand(t *testing.T) {
	t.Parallel()
	ring := openRing(t, openTable(t), entrusted("a")).WithCustodian(newVault(t, "a"))
	rotate(t, ring)
	if _, err := ring.RotateNow(t.Context(), keys.AtOnce); err == nil {
		t.Error("rotated")
	}
	if _, err := openRing(t, openTable(t), entrusted("a")).Rotate(t.Context()); err == nil {
		t.Error("rotated without a custodian")
	}
}
