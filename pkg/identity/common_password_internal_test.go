package identity

import (
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// The search is right because the list is in order, without repetition.
func TestTheListOfCommonPasswordsIsInOrder(t *testing.T) {
	if n := len(commonPasswords); n%commonLength != 0 || n/commonLength < 40_000 || n > 500_000 {
		t.Fatalf("%d bytes", n)
	}
	for at := commonLength; at < len(commonPasswords); at += commonLength {
		if commonPasswords[at-commonLength:at] >= commonPasswords[at:at+commonLength] {
			t.Fatalf("entry %d is out of order", at/commonLength)
		}
	}
}

func TestO38CommonPasswordsAreRefusedInEveryForm(t *testing.T) {
	for name, password := range map[string]string{
		"digits in a row":      "1234567890",
		"backwards":            "0987654321",
		"one sign":             "aaaaaaaa",
		"keys in a row":        "qwertyuiop",
		"keys in columns":      "1qaz2wsx3edc",
		"with a sign":          "p@ssw0rd",
		"a phrase":             "iloveyou",
		"a word and a digit":   "password1",
		"a name":               "elizabeth",
		"a word":               "international",
		"of another keyboard":  "qwertzuiop",
		"in capitals":          "PASSWORD1",
		"in both cases":        "PassWord1",
		"in full width":        "ｐａｓｓｗｏｒｄ１",
		"with a ligature":      "ﬁrefighter",
		"in mathematical bold": "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝",
	} {
		if _, err := prepareNew(oauth.Secret(password), "jo"); !isCommonError(err) {
			t.Errorf("%s: %q: got %v", name, password, err)
		}
	}
	for name, password := range map[string]string{
		"words that belong to nobody": "crumb of moonlight", "a random one": "TQ4WZ3CVNMDJ", "of another alphabet": "лунная крошка",
		"a common one and more": "password1 of mine",
	} {
		if _, err := prepareNew(oauth.Secret(password), "jo"); err != nil {
			t.Errorf("%s: %q: got %v", name, password, err)
		}
	}
}

// Whoever signs in by an address has its local part on every letter.
func TestO38ThePasswordIsNoPartOfTheAddress(t *testing.T) {
	for _, password := range []oauth.Secret{"Jo.Moonlight", "jo.moonlight@example.com"} {
		if _, err := prepareNew(password, "jo.moonlight@example.com"); !errors.Is(err, ErrPasswordIsUsername) {
			t.Errorf("%s: got %v", password, err)
		}
	}
}

func isCommonError(err error) bool { return errors.Is(err, ErrPasswordCommon) }

func BenchmarkCommonPassword(b *testing.B) {
	for name, password := range map[string]string{"common": "password1", "another": "crumb of moonlight"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				isCommon(password)
			}
		})
	}
}
