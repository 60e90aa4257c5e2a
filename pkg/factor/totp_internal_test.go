package factor

import (
	"testing"
	"time"
)

// TestTOTPVectors: RFC 6238 Appendix B, the last six of its eight digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp(secret, step(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

// TestO45OneStepEitherWay: RFC 6238 §5.2.
func TestO45OneStepEitherWay(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1234567890, 0)
	for name, c := range map[string]struct {
		step, last int64
		good       bool
	}{
		"the current one":      {0, -10, true},
		"the one before":       {-1, -10, true},
		"the next":             {1, -10, true},
		"two ago":              {-2, -10, false},
		"two ahead":            {2, -10, false},
		"used":                 {0, 0, false},
		"before the last used": {-1, 0, false},
		"after the last used":  {1, 0, true},
	} {
		got, ok := matching(secret, totp(secret, step(now)+c.step), now, step(now)+c.last)
		if ok != c.good || ok && got != step(now)+c.step {
			t.Errorf("%s: got %d %v", name, got-step(now), ok)
		}
	}
}

func TestCodesAreTakenAsTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456\t": "123456", "١٢٣٤٥٦": "123456", "۱۲۳۴۵۶": "123456", "１２３４５６": "123456", "12345a": "12345a",
	} {
		if got := digits(typed); got != want {
			t.Errorf("%q: got %q", typed, got)
		}
	}
}

func FuzzACodeIsSixDigits(f *testing.F) {
	f.Add("123456")
	f.Add("１２３ ٤٥٦")
	secret := []byte("12345678901234567890")
	f.Fuzz(func(t *testing.T, typed string) {
		if at, ok := matching(secret, typed, time.Unix(1234567890, 0), 0); ok && digits(typed) != totp(secret, at) {
			t.Errorf("%q was taken for the code of step %d", typed, at)
		}
	})
}

// One guess is never about two people's codes.
func TestRecoveryCodesAreHashedForTheirPerson(t *testing.T) {
	if string(recoveryHash("alice", "A")) == string(recoveryHash("bob", "A")) {
		t.Error("two people's codes have one hash")
	}
}
