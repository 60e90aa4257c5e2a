package identity

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of a password: in bytes as it is sent, in code points once normalised.
const (
	minPasswordLength = 8 // NIST SP 800-63B §5.1.1.2
	maxPasswordLength = 128
	maxPasswordBytes  = 512
)

// Why a password that somebody chose is not taken.
var (
	ErrPasswordLength     = errors.New("identity: the password is too short or too long")
	ErrPasswordIsUsername = errors.New("identity: the password is the username")
	ErrPasswordBreached   = errors.New("identity: the password has been in a data leak")
	ErrPasswordCommon     = errors.New("identity: the password is among those that are guessed first")
)

// prepare brings a password into the form that is hashed: NFKC, so that every
// keyboard's way to write it is the same (NIST SP 800-63B §5.1.1.2). The bounds come
// first: hashing what a stranger sends, however long, is an attack
// (CVE-2013-1443).
func prepare(password oauth.Secret) (string, error) {
	if len(password) > maxPasswordBytes {
		return "", oauth.InvalidRequest.Errorf("the password is longer than %d bytes: %w", maxPasswordBytes, ErrPasswordLength)
	}
	if !utf8.ValidString(string(password)) {
		return "", oauth.InvalidRequest.Errorf("the password is not UTF-8 text")
	}
	prepared := norm.NFKC.String(string(password))
	if n := utf8.RuneCountInString(prepared); n < minPasswordLength || n > maxPasswordLength {
		return "", oauth.InvalidRequest.Errorf("the password must have %d to %d characters: %w", minPasswordLength, maxPasswordLength, ErrPasswordLength)
	}
	return prepared, nil
}

// prepareNew prepares a password that somebody chose, and refuses those that are
// tried first (NIST SP 800-63B §5.1.1.2).
func prepareNew(password oauth.Secret, username string) (string, error) {
	prepared, err := prepare(password)
	if err != nil {
		return "", err
	}
	folded := fold(prepared)
	if local, _, _ := strings.Cut(username, "@"); folded == username || folded == local {
		return "", oauth.InvalidRequest.Errorf("the password is the username: %w", ErrPasswordIsUsername)
	}
	if isCommon(folded) {
		return "", oauth.InvalidRequest.Errorf("the password is among those that are guessed first: %w", ErrPasswordCommon)
	}
	return prepared, nil
}
