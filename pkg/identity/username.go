package identity

import (
	"crypto/sha256"
	"encoding/hex"

	"golang.org/x/text/secure/precis"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const maxUsernameBytes = 256

// Username brings a username into the form in which it is kept and compared:
// the UsernameCaseMapped profile of PRECIS (RFC 8265 §3.3). What looks like
// another name by width, case or composition becomes that name; ligatures,
// zero-width characters, spaces and mixed directions are refused. Without it
// somebody registers a name that a later step takes for somebody else's
// (CVE-2019-19844).
func Username(s string) (string, error) {
	if s == "" || len(s) > maxUsernameBytes {
		return "", oauth.InvalidRequest.Errorf("the username must have 1 to %d bytes", maxUsernameBytes)
	}
	// The profile is not idempotent for a few characters (RFC 8264 §7): a name that
	// is still changing after three rounds is refused.
	for range 3 {
		mapped, err := precis.UsernameCaseMapped.String(s)
		if err != nil {
			return "", oauth.InvalidRequest.Errorf("the username holds characters that RFC 8265 does not allow: %w", err)
		}
		if mapped == s {
			return s, nil
		}
		s = mapped
	}
	return "", oauth.InvalidRequest.Errorf("the username has no stable form")
}

// attemptedName returns the name under which a sign-in is looked up and counted. What
// is no username becomes one that nobody can have, for it holds a space, so that
// it takes the same path as an unknown name.
func attemptedName(typed string) string {
	if name, err := Username(typed); err == nil {
		return name
	}
	sum := sha256.Sum256([]byte(typed))
	return "not a username: " + hex.EncodeToString(sum[:])
}
