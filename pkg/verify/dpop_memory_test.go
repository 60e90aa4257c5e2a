package verify_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

func TestO19ProofReplay(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	synctest.Test(t, func(t *testing.T) {
		v := newProofs(t)
		use := func(signer josetest.Signer, proof string) error {
			_, err := v.Verify(t.Context(), proven(signer, proof))
			return err
		}
		proof := prove(signer, proofClaims(t, change{"iat": fmt.Sprint(time.Now().Add(time.Minute).Unix())}))
		if err := use(signer, proof); err != nil {
			t.Fatal(err)
		}
		// For as long as its time lasts, here two minutes because it came from the future.
		for range 12 {
			if err := use(signer, proof); !oauth.InvalidDPoPProof.In(err) {
				t.Errorf("got %v", err)
			}
			time.Sleep(10 * time.Second)
		}
		if err := use(signer, proof); !strings.Contains(fmt.Sprint(err), "used before") {
			t.Errorf("at its very end: got %v", err)
		}
		// J16: another signature, and another text of the claims, are the same proof.
		if err := use(signer, prove(signer, proofClaims(t, nil))); !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("signed anew: got %v", err)
		}
		if err := use(signer, prove(signer, proofClaims(t, change{"x": "1"}))); !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("with a claim more: got %v", err)
		}
		// A jti is unique per key.
		if err := use(other, prove(other, proofClaims(t, nil))); err != nil {
			t.Errorf("another key with this jti: got %v", err)
		}
		if err := use(signer, prove(signer, proofClaims(t, change{"jti": `"j2"`}))); err != nil {
			t.Errorf("another jti: got %v", err)
		}
	})
}

func TestO19OfParallelReplaysOneWins(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v, proof := newProofs(t), prove(signer, proofClaims(t, nil))
	var good atomic.Int32
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if _, err := v.Verify(t.Context(), proven(signer, proof)); err == nil {
				good.Add(1)
			}
		})
	}
	if group.Wait(); good.Load() != 1 {
		t.Errorf("%d were let in", good.Load())
	}
}

// The halves take turns when one is old, and not only when both are over: what came late
// into one stays for as long as what came early.
func TestO19NoProofIsForgottenByATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := verify.NewReplayMemory()
		for late := range 9 {
			used := fmt.Sprint(late)
			if err := m.Once(t.Context(), used, time.Time{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(119 * time.Second)
			if err := m.Once(t.Context(), used, time.Time{}); !errors.Is(err, verify.ErrReplayed) {
				t.Errorf("%s: got %v", used, err)
			}
			time.Sleep(time.Duration(late) * 17 * time.Second)
		}
	})
}

// A stranger may send as many proofs as they like, all of them well signed: without
// the key of a good token they are remembered nowhere.
func TestO19AFloodOfKeysIsNotRemembered(t *testing.T) {
	owner := josetest.New(oauth.ES256)
	remembered := 0
	memory := verify.NewReplayMemory()
	v, err := verify.NewProofs(func(ctx context.Context, key string, until time.Time) error {
		remembered++
		return memory.Once(ctx, key, until)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		stranger := josetest.New(oauth.EdDSA)
		if i%2 == 0 {
			stranger = josetest.New(oauth.ES256)
		}
		payload := proofClaims(t, change{"jti": fmt.Sprintf(`"%d"`, i)})
		if _, err := v.Verify(t.Context(), proven(owner, prove(stranger, payload))); !oauth.InvalidDPoPProof.In(err) {
			t.Fatalf("got %v", err)
		}
	}
	// Nor is what their owner made for something else.
	for i, changes := range []change{{"htm": `"PUT"`}, {"htu": `"https://api.example.com/"`}, {"ath": `"x"`}, {"iat": "1"}} {
		changes["jti"] = fmt.Sprintf(`"o%d"`, i)
		if _, err := v.Verify(t.Context(), proven(owner, prove(owner, proofClaims(t, changes)))); !oauth.InvalidDPoPProof.In(err) {
			t.Fatalf("got %v", err)
		}
	}
	if remembered != 0 {
		t.Errorf("%d were remembered", remembered)
	}
}

// Who has the key of a good token can fill the memory, which has a bound. Then new
// proofs are refused, and what was remembered is not forgotten.
func TestO19AFullMemoryForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := verify.NewReplayMemory()
		until := time.Now().Add(time.Minute)
		if err := m.Once(t.Context(), "first", until); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		full := 0
		for i := range 300_000 {
			if err := m.Once(t.Context(), fmt.Sprint(i), until); errors.Is(err, verify.ErrMemoryFull) {
				full++
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if full == 0 {
			t.Error("it never was full")
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
			t.Errorf("half of it takes %d bytes", grown)
		}
		if err := m.Once(t.Context(), "first", until); !errors.Is(err, verify.ErrReplayed) {
			t.Errorf("got %v", err)
		}
		// What is over makes room, with the halves' turn.
		time.Sleep(4 * time.Minute)
		if err := m.Once(t.Context(), "first", until); err != nil {
			t.Errorf("later: got %v", err)
		}
	})
}
