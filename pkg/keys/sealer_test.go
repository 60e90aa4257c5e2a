package keys_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

var (
	errThrottled = fmt.Errorf("throttled: %w", keys.ErrUnavailable)
	errDisabled  = errors.New("the key is disabled")
)

func TestSealAndOpen(t *testing.T) {
	users, w := openTable(t), openWrapper(t)
	sealer := openSealer(t, users, w)
	sealed := seal(t, sealer, "secret", "client a")
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("the secret is in clear")
	}
	if again := seal(t, sealer, "secret", "client a"); bytes.Equal(sealed, again) {
		t.Error("the same secret is sealed twice as the same bytes")
	}
	if got := open(t, openSealer(t, users, w), sealed, "client a"); got != "secret" {
		t.Errorf("another process opens %q", got)
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	otherFormat := bytes.Clone(sealed)
	otherFormat[0]++
	for rule, c := range map[string]struct {
		sealed  []byte
		purpose string
	}{
		"another purpose":      {sealed, "client b"},
		"no purpose":           {sealed, ""},
		"altered":              {altered, "client a"},
		"another format":       {otherFormat, "client a"},
		"cut":                  {sealed[:10], "client a"},
		"nothing":              {nil, "client a"},
		"sealed by a stranger": {seal(t, openSealer(t, openTable(t), openWrapper(t)), "secret", "client a"), "client a"},
	} {
		if got, err := sealer.Open(t.Context(), c.sealed, c.purpose); err == nil {
			t.Errorf("%s: opened %q", rule, got)
		}
	}
	if _, err := sealer.Seal(t.Context(), []byte("secret"), ""); err == nil {
		t.Error("sealed without a purpose")
	}
}

// TestOneDataKey has processes make the data key at once: one wins, and each opens
// what any other sealed.
func TestOneDataKey(t *testing.T) {
	users, w := openTable(t), openWrapper(t)
	sealers := make([]*keys.Sealer, 16)
	sealed := make([][]byte, len(sealers))
	for i := range sealers {
		sealers[i] = openSealer(t, users, w)
	}
	var wg sync.WaitGroup
	for i, sealer := range sealers {
		wg.Go(func() { sealed[i] = seal(t, sealer, fmt.Sprint(i), "test") })
	}
	wg.Wait()
	for i := range sealed {
		if got := open(t, sealers[len(sealers)-1-i], sealed[i], "test"); got != fmt.Sprint(i) {
			t.Errorf("got %q, want %d", got, i)
		}
	}
}

// TestF25RefusalAtStart: whoever may not open the data key must not start.
func TestF25RefusalAtStart(t *testing.T) {
	users, w := openTable(t), openWrapper(t)
	seal(t, openSealer(t, users, w), "secret", "test")
	w.fail(errDisabled)
	if _, err := keys.OpenSealer(t.Context(), users, w); !errors.Is(err, errDisabled) {
		t.Errorf("got %v, want %v", err, errDisabled)
	}
	if _, err := keys.OpenSealer(t.Context(), users, openWrapper(t)); err == nil {
		t.Error("another key file opens the data key")
	}
	if _, err := keys.OpenSealer(t.Context(), nil, w); err == nil {
		t.Error("opened without a table")
	}
	if _, err := keys.OpenSealer(t.Context(), users, nil); err == nil {
		t.Error("opened without a wrapper")
	}
}

// shortened is a wrapper that gives back half a key, which would do for AES-128.
type shortened struct{ keys.Wrapper }

func (w shortened) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	dataKey, err := w.Wrapper.Unwrap(ctx, wrapped)
	return dataKey[:len(dataKey)/2], err
}

func TestADataKeyHas256Bits(t *testing.T) {
	users, w := openTable(t), openWrapper(t)
	seal(t, openSealer(t, users, w), "secret", "test")
	if _, err := keys.OpenSealer(t.Context(), users, shortened{w}); err == nil {
		t.Error("128 bits are taken")
	}
}

// TestF26ColdStartWhileThrottled: it starts, answers 503, and recovers by itself.
func TestF26ColdStartWhileThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		sealed := seal(t, openSealer(t, users, w), "secret", "test")
		w.fail(errThrottled)
		sealer := openSealer(t, users, w)
		_, err := sealer.Open(t.Context(), sealed, "test")
		wantUnavailable(t, err)
		_, err = sealer.Seal(t.Context(), []byte("x"), "test")
		wantUnavailable(t, err)
		calls := w.calls
		for range 100 {
			_, _ = sealer.Open(t.Context(), sealed, "test")
		}
		if w.calls != calls {
			t.Errorf("a throttled key was asked %d times within a second", w.calls-calls)
		}
		w.fail(nil)
		time.Sleep(time.Second)
		if got := open(t, sealer, sealed, "test"); got != "secret" {
			t.Errorf("got %q", got)
		}

		users.fail(store.ErrUnavailable)
		_, err = openSealer(t, users, w).Open(t.Context(), sealed, "test")
		wantUnavailable(t, err)
	})
}

// TestF26ThrottledForADay costs the environments that run nothing.
func TestF26ThrottledForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		w.fail(errThrottled)
		before := w.calls
		for range 24 * 60 {
			time.Sleep(time.Minute)
			signer(t, ring)
		}
		if asked := w.calls - before; asked < 60 || asked > 24*60 {
			t.Errorf("KMS was asked %d times in a day, want at most once a minute", asked)
		}
	})
}

// TestF27DisabledStopsWithin15Minutes, and starts again when it is enabled.
func TestF27DisabledStopsWithin15Minutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		rotate(t, ring)
		signer(t, ring)
		w.fail(errDisabled)
		time.Sleep(15 * time.Minute)
		_, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
		wantUnavailable(t, err)
		if _, err := ring.JWKS(t.Context()); err != nil {
			t.Errorf("what is public needs no key: %v", err)
		}
		if _, err := ring.Rotate(t.Context()); err != nil {
			t.Errorf("nothing is due: %v", err)
		}
		_, err = ring.RotateNow(t.Context(), keys.AtOnce)
		wantUnavailable(t, err)

		w.fail(errThrottled) // afterwards: does not bring the data key back
		time.Sleep(time.Hour)
		_, err = ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
		wantUnavailable(t, err)
		w.fail(nil)
		time.Sleep(time.Minute)
		signer(t, ring)
	})
}

// TestF27EveryCallerStops: 15 minutes after the last word of the wrapping key, no
// caller signs while another still asks.
func TestF27EveryCallerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		w := &slow{Wrapper: openWrapper(t)}
		sealer := openSealer(t, users, w)
		sealed := seal(t, sealer, "secret", "test")
		for _, c := range []struct {
			rule    string
			idle    time.Duration
			waiting int
		}{
			{"asked early, the others go on", 11 * time.Minute, 1},
			{"asked late, all wait", 20 * time.Minute, 8},
		} {
			time.Sleep(c.idle)
			w.hold()
			done := make(chan error, 8)
			for range 8 {
				go func() {
					_, err := sealer.Open(t.Context(), sealed, "test")
					done <- err
				}()
			}
			synctest.Wait()
			if got := 8 - len(done); got != c.waiting {
				t.Errorf("%s: %d wait, want %d", c.rule, got, c.waiting)
			}
			w.release()
			for range 8 {
				if err := <-done; err != nil {
					t.Errorf("%s: %v", c.rule, err)
				}
			}
		}
	})
}

// TestCallerGivesUp: a request that runs out of time decides nothing for others.
func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		w := &slow{Wrapper: openWrapper(t)}
		sealer := openSealer(t, users, w)
		sealed := seal(t, sealer, "secret", "test")
		time.Sleep(time.Hour)
		w.hold()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := sealer.Open(ctx, sealed, "test")
		wantUnavailable(t, err)
		w.release()
		if got := open(t, sealer, sealed, "test"); got != "secret" {
			t.Errorf("got %q", got)
		}
	})
}

// slow is a wrapper that answers when it is let, or when the caller gives up.
type slow struct {
	keys.Wrapper
	gate chan struct{}
}

func (s *slow) hold()    { s.gate = make(chan struct{}) }
func (s *slow) release() { close(s.gate) }

func (s *slow) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.Wrapper.Unwrap(ctx, wrapped)
}

func seal(t *testing.T, s *keys.Sealer, plaintext, purpose string) []byte {
	t.Helper()
	sealed, err := s.Seal(t.Context(), []byte(plaintext), purpose)
	if err != nil {
		t.Error(err)
	}
	return sealed
}

func open(t *testing.T, s *keys.Sealer, sealed []byte, purpose string) string {
	t.Helper()
	plaintext, err := s.Open(t.Context(), sealed, purpose)
	if err != nil {
		t.Error(err)
	}
	return string(plaintext)
}
