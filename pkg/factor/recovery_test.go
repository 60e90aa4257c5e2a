package factor_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	s := open(t)
	codes, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	spend := func(user identity.User, code string) error {
		return s.factors.SpendRecoveryCode(t.Context(), user.ID, code, "")
	}
	if len(codes) != 10 || s.set(s.alice).RecoveryCodes != 10 || s.set(s.alice).Any() {
		t.Fatalf("got %d codes, %+v", len(codes), s.set(s.alice))
	}
	refuses(t, spend(s.bob, string(codes[0])), factor.ErrWrong)
	must(t, spend(s.alice, string(codes[0])))
	refuses(t, spend(s.alice, string(codes[0])), factor.ErrWrong)
	must(t, spend(s.alice, strings.ToLower(strings.ReplaceAll(string(codes[1]), "-", " ")))) // as it may be typed
	var taken atomic.Int32
	var tries sync.WaitGroup
	s.users.meet(2, "factor#recovery-codes")
	for range 2 {
		tries.Go(func() {
			if spend(s.alice, string(codes[2])) == nil {
				taken.Add(1)
			}
		})
	}
	tries.Wait()
	if taken.Load() != 1 || s.set(s.alice).RecoveryCodes != 7 {
		t.Errorf("%d of 2 were let in, and %d codes are left", taken.Load(), s.set(s.alice).RecoveryCodes)
	}
}

func TestNewRecoveryCodesReplaceAll(t *testing.T) {
	s := open(t)
	before, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	after, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	refuses(t, s.factors.SpendRecoveryCode(t.Context(), s.alice.ID, string(before[0]), ""), factor.ErrWrong)
	must(t, s.factors.SpendRecoveryCode(t.Context(), s.alice.ID, string(after[0]), ""))
}

func TestRecoveryCodesAreKeptAsHashes(t *testing.T) {
	s := open(t)
	codes, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	record, err := s.users.Get(t.Context(), store.Key{Partition: identity.Partition(s.alice.ID), Sort: "factor#recovery-codes"})
	must(t, err)
	for _, code := range codes {
		if kept := string(record.Value); strings.Contains(kept, string(code)) || strings.Contains(kept, strings.ReplaceAll(string(code), "-", "")) {
			t.Errorf("%s lies open", string(code))
		}
	}
}
