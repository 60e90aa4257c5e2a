package factor_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// phone is an authenticator app: it knows the key that was typed into it.
type phone []byte

func (p phone) code(at time.Time) string {
	mac := hmac.New(sha1.New, p)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[19]&15:]) & (1<<31 - 1)
	return fmt.Sprintf("%06d", number%1000000)
}

func install(t testing.TB, offer factor.Offer) phone {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(offer.Text())
	must(t, err)
	return key
}

// withApp gives somebody an app.
func (s *site) withApp(user identity.User) phone {
	s.t.Helper()
	offer, err := s.factors.OfferApp(s.t.Context(), user.ID, browser)
	must(s.t, err)
	app := install(s.t, offer)
	must(s.t, s.factors.AddApp(s.t.Context(), user, offer, app.code(time.Now()), ""))
	return app
}

func (s *site) check(user identity.User, code string) error {
	return s.factors.CheckCode(s.t.Context(), user.ID, code, "192.0.2.1")
}

// TestO45ACodeIsGoodOnce: within its window too, and by many at once.
func TestO45ACodeIsGoodOnce(t *testing.T) {
	s := open(t)
	synctest.Test(t, func(*testing.T) {
		app := s.withApp(s.alice)
		refuses(t, s.check(s.alice, app.code(time.Now())), factor.ErrWrong) // it has confirmed the app
		time.Sleep(30 * time.Second)
		code := app.code(time.Now())
		var taken atomic.Int32
		var tries sync.WaitGroup
		s.users.meet(2, "factor#totp")
		for range 2 {
			tries.Go(func() {
				if s.check(s.alice, code) == nil {
					taken.Add(1)
				}
			})
		}
		tries.Wait()
		if taken.Load() != 1 {
			t.Errorf("%d of 2 were let in by one code", taken.Load())
		}
	})
}

// TestO45FiveTries: then the right code is not looked at, either, until the window ends.
func TestO45FiveTries(t *testing.T) {
	s := open(t)
	synctest.Test(t, func(*testing.T) {
		app := s.withApp(s.alice)
		for range 5 {
			time.Sleep(10 * time.Second) // longer than the delays
			refuses(t, s.check(s.alice, "000000"), factor.ErrWrong)
		}
		time.Sleep(30 * time.Second)
		refuses(t, s.check(s.alice, app.code(time.Now())), store.ErrLimit)
		refuses(t, s.check(s.bob, "000000"), factor.ErrWrong) // another person's count is another
		time.Sleep(time.Hour)
		must(t, s.check(s.alice, app.code(time.Now())))
	})
}

// TestO45GuessersLockNobodyOutForEver: who knows a password and keeps guessing at codes,
// of either kind, leaves its person the recovery codes, where they are themselves.
func TestO45GuessersLockNobodyOutForEver(t *testing.T) {
	s := open(t)
	synctest.Test(t, func(*testing.T) {
		s.withApp(s.alice)
		codes, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
		must(t, err)
		spend := func(code, address string) error {
			return s.factors.SpendRecoveryCode(t.Context(), s.alice.ID, code, address)
		}
		for range 5 {
			time.Sleep(10 * time.Second)
			refuses(t, s.check(s.alice, "000000"), factor.ErrWrong)
			refuses(t, spend("AAAA", "192.0.2.1"), factor.ErrWrong)
		}
		time.Sleep(time.Minute)
		refuses(t, s.check(s.alice, "000000"), store.ErrLimit)
		refuses(t, spend(string(codes[0]), "192.0.2.1"), store.ErrLimit)
		must(t, spend(string(codes[0]), "198.51.100.1"))
	})
}

// TestO45GuessesWait: the fourth wrong code makes the next wait.
func TestO45GuessesWait(t *testing.T) {
	s := open(t)
	synctest.Test(t, func(*testing.T) {
		s.withApp(s.alice)
		var soon *identity.TooSoon
		for range 3 {
			refuses(t, s.check(s.alice, "000000"), factor.ErrWrong)
		}
		if err := s.check(s.alice, "000000"); !errors.As(err, &soon) {
			t.Errorf("got %v, want to be told to wait", err)
		}
	})
}

func TestAnAppCountsWhenItHasShownACode(t *testing.T) {
	s := open(t)
	offer, err := s.factors.OfferApp(t.Context(), s.alice.ID, browser)
	must(t, err)
	refuses(t, s.factors.AddApp(t.Context(), s.alice, offer, "000000", ""), factor.ErrWrong)
	if s.set(s.alice).Any() {
		t.Error("an app that has shown nothing counts")
	}
	must(t, s.factors.AddApp(t.Context(), s.alice, offer, install(t, offer).code(time.Now()), ""))
	if !s.set(s.alice).Any() || s.set(s.bob).Any() {
		t.Error("the app is not there, or another's")
	}
	must(t, s.factors.RemoveApp(t.Context(), s.alice.ID))
	if s.set(s.alice).Any() {
		t.Error("the app is still there")
	}
}

// An offer is of use to whom it was made, where it was made, for ten minutes.
func TestAnOfferIsBound(t *testing.T) {
	s := open(t)
	synctest.Test(t, func(*testing.T) {
		offer, err := s.factors.OfferApp(t.Context(), s.alice.ID, browser)
		must(t, err)
		opens := func(userID string, browser oauth.Secret, sealed string) error {
			_, err := s.factors.OfferedApp(t.Context(), userID, browser, sealed)
			return err
		}
		must(t, opens(s.alice.ID, browser, offer.Sealed))
		refuses(t, opens(s.bob.ID, browser, offer.Sealed), factor.ErrExpired)
		refuses(t, opens(s.alice.ID, "another browser", offer.Sealed), factor.ErrExpired)
		refuses(t, opens(s.alice.ID, browser, offer.Sealed[:len(offer.Sealed)-2]), factor.ErrExpired)
		refuses(t, opens(s.alice.ID, browser, "~"), factor.ErrExpired)
		_, err = s.factors.OfferedPasskey(t.Context(), s.alice.ID, browser, offer.Sealed)
		refuses(t, err, factor.ErrExpired) // of another kind
		time.Sleep(10 * time.Minute)
		refuses(t, opens(s.alice.ID, browser, offer.Sealed), factor.ErrExpired)
	})
}

// TestO45TheSecretIsSealed: who reads the table cannot make codes.
func TestO45TheSecretIsSealed(t *testing.T) {
	s := open(t)
	app := s.withApp(s.alice)
	record, err := s.users.Get(t.Context(), store.Key{Partition: identity.Partition(s.alice.ID), Sort: "factor#totp"})
	must(t, err)
	for _, encoded := range []string{string(app), base32.StdEncoding.EncodeToString(app)} {
		if strings.Contains(string(record.Value), encoded) {
			t.Error("the secret lies open")
		}
	}
	// Moved to another person, it opens for nobody.
	must(t, s.users.Write(t.Context(), store.Put(store.Key{Partition: identity.Partition(s.bob.ID), Sort: "factor#totp"}, json.RawMessage(record.Value))))
	if s.check(s.bob, app.code(time.Now().Add(30*time.Second))) == nil {
		t.Error("another person's app was taken")
	}
}

func TestTheURIOfAnApp(t *testing.T) {
	s := open(t)
	offer, err := s.factors.OfferApp(t.Context(), s.alice.ID, browser)
	must(t, err)
	want := "otpauth://totp/Corner%20shop:alice@example.com?secret=" + offer.Text() + "&issuer=Corner%20shop"
	if got := offer.URI("Corner shop", "alice@example.com"); got != want || len(offer.Text()) != 32 {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A password that is reset proves that somebody reads mail, and nothing more.
func TestANewPasswordRemovesNoFactor(t *testing.T) {
	s := open(t)
	s.withApp(s.alice)
	must(t, s.people.SetPassword(t.Context(), s.alice.ID, "a crumb of moonlight"))
	if !s.set(s.alice).Any() {
		t.Error("the factor is gone")
	}
}
