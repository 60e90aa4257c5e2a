package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// What a hash from elsewhere may cost at most, beside the memory that Argon2id may
// take. Whoever may import could otherwise keep every sign-in waiting for one.
const (
	maxHashBytes    = 512
	maxImportedWork = time.Second // as work reckons it
)

// An importedHash is a password's hash in a form that other products keep. It is of
// the password as it is typed, without the normalisation that ours have, and it is
// replaced by one of ours as soon as its owner signs in.
type importedHash interface {
	// matches compares in constant time.
	matches(password string) bool

	// work is about how long matches takes on one core. It is reckoned from the
	// parameters: it serves to compare hashes, and to refuse what is absurd.
	work() time.Duration

	// blank writes a hash of the same cost that is nobody's.
	blank() string
}

// importedFormats lists the forms in which such hashes are kept, by what they begin with.
func importedFormats() []importedFormat {
	return []importedFormat{
		{"bcrypt", "$2", parseBcrypt},
		{"scrypt", "$scrypt$", parseScrypt},
		{"firebase-scrypt", "$firebase-scrypt$", parseFirebaseScrypt},
		{"pbkdf2", "$pbkdf2-", parsePBKDF2},
		{"argon2i", "$argon2i$", parseArgon2i},
	}
}

type importedFormat struct {
	name, prefix string
	parse        func(string) (importedHash, error)
}

// parseImported reads a hash as it is kept; nil when it has none of the forms.
func parseImported(s string) (importedHash, error) {
	for _, format := range importedFormats() {
		if !strings.HasPrefix(s, format.prefix) {
			continue
		}
		hash, err := format.parse(s)
		if err != nil {
			return nil, err
		}
		if hash.work() > maxImportedWork {
			return nil, fmt.Errorf("the hash would take longer than %s to check", maxImportedWork)
		}
		return hash, nil
	}
	return nil, nil
}

// keptHash brings a hash from elsewhere into the form in which it is kept, and refuses
// what could not be checked at a sign-in, or would be an attack on it. The reason never
// shows the hash, which may be a password by mistake.
func keptHash(s string) (string, error) {
	fail := func(err error) (string, error) {
		return "", oauth.InvalidRequest.Errorf("password_hash: %v", err)
	}
	if len(s) > maxHashBytes {
		return fail(fmt.Errorf("it is longer than %d bytes", maxHashBytes))
	}
	s, err := fromElsewhere(s)
	if err != nil {
		return fail(err)
	}
	hash, err := parseImported(s)
	if err != nil {
		return fail(err)
	}
	if hash == nil && !strings.HasPrefix(s, "$argon2id$") {
		return fail(errors.New("it is of no form that is known here and slow to guess: docs/import.md lists them"))
	}
	if hash == nil { // then it must be ours
		_, err = parseArgon2id(s)
	}
	if err != nil {
		return fail(err)
	}
	return s, nil
}

// checkBytes holds a salt or a sum to its bounds: a sum of no bytes would be that of
// every password.
func checkBytes(salt, sum []byte) error {
	if len(salt) == 0 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return errors.New("the hash needs a salt of 1 to 64 bytes and a sum of 16 to 64")
	}
	return nil
}

// phcBytes reads and writes salts and sums in the PHC string format.
func phcBytes() *base64.Encoding { return base64.RawStdEncoding.Strict() }
