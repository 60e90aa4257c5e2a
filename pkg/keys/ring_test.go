package keys_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// A Ring finds keys for verifying what it signed.
var _ verify.KeySource = (*keys.Ring)(nil)

// TestStoreDownForDays: the ring in memory serves for as long as it is certain to
// be right, which is PublishAhead, and what is public for longer.
func TestStoreDownForDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		ring := openRing(t, users, hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		users.fail(store.ErrUnavailable)
		time.Sleep(24 * time.Hour)
		signer(t, ring)
		time.Sleep(time.Minute)
		_, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
		wantUnavailable(t, err)
		if _, err := ring.JWKS(t.Context()); err != nil {
			t.Errorf("what was public stays public: %v", err)
		}
		_, err = ring.List(t.Context())
		wantUnavailable(t, err)
		users.fail(nil)
		time.Sleep(time.Minute)
		signer(t, ring)
	})
}

// TestF18SigningReadsTheStoreOnceAMinute keeps one record from becoming hot.
func TestF18SigningReadsTheStoreOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		ring := openRing(t, users, hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		before := users.reads()
		for range 600 {
			signer(t, ring)
			time.Sleep(time.Second)
		}
		if reads := users.reads() - before; reads > 11 {
			t.Errorf("%d reads in ten minutes", reads)
		}
	})
}

// TestJ38UnknownKid: a key that another instance has just made is found; a flood
// of kids that nobody made does not reach the store.
func TestJ38UnknownKid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		other := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		made := rotateNow(t, other, keys.AtOnce).Made[0]
		time.Sleep(11 * time.Second)
		if _, err := ring.Key(t.Context(), made); err != nil {
			t.Errorf("a key of another instance: %v", err)
		}
		before := users.reads()
		for _, kid := range []string{"", "../../etc/passwd", "a\x00b", strings.Repeat("x", 100_000)} {
			for range 100 {
				if _, err := ring.Key(t.Context(), kid); !errors.Is(err, verify.ErrUnknownKey) {
					t.Fatalf("%.20q: got %v, want ErrUnknownKey", kid, err)
				}
			}
		}
		if reads := users.reads() - before; reads != 0 {
			t.Errorf("400 unknown kids read the store %d times", reads)
		}
		users.fail(store.ErrUnavailable)
		time.Sleep(time.Hour)
		if _, err := ring.Key(t.Context(), made); err != nil {
			t.Errorf("a known key, without a store: %v", err)
		}
	})
}

// TestF28InstancesWithOtherClocks: the ring was made by one that is ahead of us.
func TestF28InstancesWithOtherClocks(t *testing.T) {
	for skew, good := range map[time.Duration]bool{
		0: true, 50 * time.Second: true, -time.Hour: true, 2 * time.Minute: false,
	} {
		synctest.Test(t, func(t *testing.T) {
			users, w := openTable(t), openWrapper(t)
			ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
			rotate(t, ring)
			edit(t, users, func(keys []map[string]any) {
				keys[0]["activates"] = time.Now().Add(skew).UTC().Format(time.RFC3339)
			})
			_, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
			if (err == nil) != good {
				t.Errorf("skew %v: got %v, want good %v", skew, err, good)
			}
		})
	}
}

// TestJ19J05BadRingIsRefused: a record that was tampered with is neither published
// nor used, and the last good ring stays.
func TestJ19J05BadRingIsRefused(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	even := rsa.PublicKey{N: newPrivateKey(t, oauth.RS256).(*rsa.PrivateKey).N, E: 2}
	replace := func(public map[string]any) func(first, second map[string]any) {
		return func(first, _ map[string]any) {
			public["kid"] = first["kid"]
			first["public"] = public
		}
	}
	for rule, damage := range map[string]func(first, second map[string]any){
		"J19 RSA below 2048 bits":   replace(jwkOf(t, &short.PublicKey)),
		"J19 an even exponent":      replace(jwkOf(t, &even)),
		"J21 the wrong curve":       replace(jwkOf(t, newPrivateKey(t, oauth.ES384).Public())),
		"J04 a secret":              replace(map[string]any{"kty": "oct", "k": strings.Repeat("A", 43)}),
		"J04 a private key":         replace(jwkOf(t, newPrivateKey(t, oauth.ES256))),
		"a key of an unknown kind":  replace(map[string]any{"kty": "XYZ"}),
		"no object":                 func(first, _ map[string]any) { first["public"] = "AAAA" },
		"another id":                func(first, _ map[string]any) { first["kid"] = "other" },
		"J05 two keys with one kid": func(first, second map[string]any) { first["public"] = second["public"] },
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users, w := openTable(t), openWrapper(t)
				ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
				rotate(t, ring)
				rotateNow(t, ring, keys.Announced)
				good, err := ring.JWKS(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				edit(t, users, func(keys []map[string]any) { damage(keys[0], keys[1]) })
				fresh := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
				if document, err := fresh.JWKS(t.Context()); err == nil {
					t.Errorf("published %s", document)
				}
				if token, err := fresh.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil {
					t.Errorf("signed %s", token)
				}
				time.Sleep(2 * time.Minute)
				if document, err := ring.JWKS(t.Context()); err != nil || string(document) != string(good) {
					t.Errorf("who had a good ring now publishes %s, %v", document, err)
				}
			})
		})
	}
}

// TestJ41PrivateKeyFitsItsPlace: a sealed key of another kind, or another key.
func TestJ41PrivateKeyFitsItsPlace(t *testing.T) {
	for rule, c := range map[string]struct {
		private any
		purpose string // to which the key's id is added
	}{
		"P-384 under ES256":          {newPrivateKey(t, oauth.ES384), "signing key ES256 "},
		"RSA under ES256":            {newPrivateKey(t, oauth.RS256), "signing key ES256 "},
		"Ed25519 under ES256":        {newPrivateKey(t, oauth.EdDSA), "signing key ES256 "},
		"another P-256 key":          {newPrivateKey(t, oauth.ES256), "signing key ES256 "},
		"sealed for something else":  {newPrivateKey(t, oauth.ES256), "client secret "},
		"sealed for other algorithm": {newPrivateKey(t, oauth.ES256), "signing key EdDSA "},
	} {
		t.Run(rule, func(t *testing.T) {
			users := openTable(t)
			sealer := openSealer(t, users, openWrapper(t))
			ring := keys.OpenRing(users, sealer, hours(240, 24, 48))
			rotate(t, ring)
			der, err := x509.MarshalPKCS8PrivateKey(c.private)
			if err != nil {
				t.Fatal(err)
			}
			edit(t, users, func(keys []map[string]any) {
				keys[0]["private"] = seal(t, sealer, string(der), c.purpose+keys[0]["kid"].(string))
			})
			if token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil {
				t.Errorf("signed %s", token)
			}
		})
	}
}

// TestF27ASigningKeyIsNoLongerUsedOnceItsPrivatePartIsGone: an operator who takes it
// out of the table stops every instance, also one that has opened it.
func TestF27ASigningKeyIsNoLongerUsedOnceItsPrivatePartIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		ring := openRing(t, users, hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		edit(t, users, func(keys []map[string]any) { keys[0]["private"] = []byte("erased") })
		time.Sleep(2 * time.Minute)
		if token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil {
			t.Errorf("signed %s", token)
		}
	})
}

// TestF23ManyGoroutines uses one ring for everything at once, for the race detector.
func TestF23ManyGoroutines(t *testing.T) {
	ring := openRing(t, openTable(t), hours(240, 24, 48))
	rotate(t, ring)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				signer(t, ring)
				if _, err := ring.JWKS(context.Background()); err != nil {
					t.Error(err)
				}
				if i == 0 {
					rotate(t, ring)
				}
			}
		})
	}
	wg.Wait()
}

// edit changes the stored ring, as somebody who can write the table.
func edit(t *testing.T, users store.Table, change func(keys []map[string]any)) {
	t.Helper()
	where := store.Key{Partition: "keys", Sort: "ring"}
	ring, version, err := store.Load[map[string][]map[string]any](t.Context(), users, where)
	if err != nil {
		t.Fatal(err)
	}
	change(ring["keys"])
	if err := users.Write(t.Context(), store.Put(where, ring).IfVersion(version)); err != nil {
		t.Fatal(err)
	}
}

func jwkOf(t *testing.T, key any) map[string]any {
	t.Helper()
	public, err := jwk.FromRaw(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]any{}
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}
