package keys_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

func TestRotateNowAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := openRing(t, openTable(t), hours(240, 24, 48))
		first := rotate(t, ring).Made[0]
		report := rotateNow(t, ring, keys.Announced)
		if got := states(report.Keys); !slices.Equal(got, []keys.State{keys.Active, keys.Pending}) {
			t.Fatalf("got %v", got)
		}
		time.Sleep(23 * time.Hour)
		wantSignedBy(t, ring, first)
		time.Sleep(2 * time.Hour)
		wantSignedBy(t, ring, report.Made[0])
	})
}

// TestRotateNowAnnouncedBringsForward: a successor that a schedule has published
// long enough ago need not wait for its date.
func TestRotateNowAnnouncedBringsForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := hours(240, 24, 48)
		users, w := openTable(t), openWrapper(t)
		rotate(t, keys.OpenRing(users, openSealer(t, users, w), policy))
		early := policy
		early.PublishAhead = 200 * time.Hour
		time.Sleep(100 * time.Hour)
		second := rotate(t, keys.OpenRing(users, openSealer(t, users, w), early)).Made[0]
		time.Sleep(30 * time.Hour)
		ring := keys.OpenRing(users, openSealer(t, users, w), policy)
		if report := rotateNow(t, ring, keys.Announced); len(report.Made) != 0 {
			t.Errorf("made %v beside the successor that is there", report.Made)
		}
		wantSignedBy(t, ring, second)
	})
}

func TestRotateNowAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		ring := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		other := keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		first := rotate(t, ring).Made[0]
		wantSignedBy(t, other, first)
		old := sign(t, ring)

		report := rotateNow(t, ring, keys.AtOnce)
		if got := states(report.Keys); !slices.Equal(got, []keys.State{keys.Retired, keys.Active}) {
			t.Fatalf("got %v", got)
		}
		wantSignedBy(t, ring, report.Made[0])
		wantGenuine(t, ring, oauth.ES256, old)
		time.Sleep(time.Minute)
		wantSignedBy(t, other, report.Made[0])

		pending := rotateNow(t, ring, keys.Announced).Made[0]
		if report := rotateNow(t, ring, keys.AtOnce); len(report.Made) != 0 {
			t.Errorf("made %v, want the pending key to be used", report.Made)
		}
		wantSignedBy(t, ring, pending)
	})
}

func TestRotateNowWithdrawing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := hours(240, 24, 48)
		policy.Algs = []oauth.Alg{oauth.ES256, oauth.EdDSA}
		ring := openRing(t, openTable(t), policy)
		rotate(t, ring)
		rotateNow(t, ring, keys.AtOnce, oauth.ES256)
		rotateNow(t, ring, keys.Announced, oauth.ES256) // retired, active and pending
		leaked := signer(t, ring)

		report := rotateNow(t, ring, keys.Withdrawing, oauth.ES256)
		if len(report.Made) != 1 || len(report.Removed) != 3 || len(report.Keys) != 2 {
			t.Errorf("made %v, removed %v, left %v", report.Made, report.Removed, report.Keys)
		}
		wantSignedBy(t, ring, report.Made[0])
		if _, err := ring.Key(t.Context(), leaked); err != verify.ErrUnknownKey { // exactly it
			t.Errorf("the withdrawn key: got %v, want ErrUnknownKey", err)
		}
	})
}

// TestJ37NeverMoreKeysThanVerifiersRead: an operator who repeats himself.
func TestJ37NeverMoreKeysThanVerifiersRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := openRing(t, openTable(t), hours(240, 24, 48))
		rotate(t, ring)
		refused := 0
		for range 40 {
			if _, err := ring.RotateNow(t.Context(), keys.AtOnce); err != nil {
				refused++
			}
			time.Sleep(time.Second)
		}
		set, err := ring.PublicSet(t.Context())
		if err != nil || refused == 0 || len(set.Keys()) > 8 { // 8 × 4 algorithms: 32
			t.Errorf("%d keys, %d refusals, %v", len(set.Keys()), refused, err)
		}
		if _, err := ring.RotateNow(t.Context(), keys.Withdrawing); err != nil {
			t.Errorf("a leak must not wait for room: %v", err)
		}
	})
}

func TestRotateNowOnAnEmptyTable(t *testing.T) {
	for _, how := range []keys.Takeover{keys.Announced, keys.AtOnce, keys.Withdrawing} {
		ring := openRing(t, openTable(t), hours(240, 24, 48))
		if got := states(rotateNow(t, ring, how).Keys); !slices.Equal(got, []keys.State{keys.Active}) {
			t.Errorf("%d: got %v, want a key that signs", how, got)
		}
	}
	ring := openRing(t, openTable(t), hours(240, 24, 48))
	if _, err := ring.RotateNow(t.Context(), keys.AtOnce, oauth.HS256); err == nil {
		t.Error("rotated an algorithm without keys")
	}
}

func rotateNow(t *testing.T, ring *keys.Ring, how keys.Takeover, algs ...oauth.Alg) keys.Report {
	t.Helper()
	report, err := ring.RotateNow(t.Context(), how, algs...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func sign(t *testing.T, ring *keys.Ring) string {
	t.Helper()
	token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
	if err != nil {
		t.Fatal(err)
	}
	return token
}
