package identity

import (
	"context"
	"crypto/sha1" // it is what the lists are made of, and protects nothing
	"encoding/hex"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Breaches is asked for the leaked passwords whose SHA-1 begins with these five hex
// digits, one "REST:COUNT" a line, as the range API of Have I Been Pwned answers. It must
// end by itself, and returns "" when it has no answer.
type Breaches func(ctx context.Context, prefix string) string

// prefixLength is all of a password's hash that leaves: one of a million, which it has in
// common with hundreds of leaked ones and with any number of others (k-anonymity).
const prefixLength = 5

// CheckBreachesBy has passwords refused that were in a data leak, when somebody chooses
// one and never when they sign in. It must be called before anybody does.
func (u *Users) CheckBreachesBy(ask Breaches) { u.breaches = ask }

// checkBreaches refuses a prepared password that is known to have leaked (NIST SP
// 800-63B §5.1.1.2). Where nobody answers it is taken: an outage elsewhere would keep
// people from choosing any, and the built-in list has been asked.
func (u *Users) checkBreaches(ctx context.Context, prepared string) error {
	if u.breaches == nil {
		return nil
	}
	sum := sha1.Sum([]byte(prepared))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	for line := range strings.Lines(u.breaches(ctx, digits[:prefixLength])) {
		rest, count, _ := strings.Cut(strings.TrimSpace(line), ":")
		if count != "0" && strings.EqualFold(rest, digits[prefixLength:]) { // padding has the count 0
			return oauth.InvalidRequest.Errorf("the password has been in a data leak: %w", ErrPasswordBreached)
		}
	}
	return nil
}
