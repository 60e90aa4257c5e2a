package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash: OWASP Password Storage Cheat Sheet, Argon2id.
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLanes  = 1
	saltBytes  = 16
	sumBytes   = 32
)

// What a hash from elsewhere may cost at most. A hash is computed for every
// stranger who guesses, in a Lambda of perhaps 512 MB.
const (
	maxHashMemory = 256 << 10 // KiB
	maxHashTime   = 16
	maxHashLanes  = 16
)

// argon2id is a password's hash with all that is needed to compute it again
// (RFC 9106 §3.1). Its text is the PHC string format.
type argon2id struct {
	memory, time uint32
	lanes        uint8
	salt, sum    []byte
}

// parseArgon2id reads a hash in the PHC string format, written in exactly the form in
// which String writes it.
func parseArgon2id(s string) (argon2id, error) {
	var h argon2id
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[1] != "argon2id" {
		return argon2id{}, errors.New("not an Argon2id hash in PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.lanes); err != nil {
		return argon2id{}, fmt.Errorf("parameters of the Argon2id hash: %w", err)
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return argon2id{}, fmt.Errorf("salt of the Argon2id hash: %w", err)
	}
	if h.sum, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return argon2id{}, fmt.Errorf("sum of the Argon2id hash: %w", err)
	}
	switch {
	case h.String() != s:
		return argon2id{}, errors.New("the Argon2id hash is not of version 19, or not written in PHC form")
	case h.lanes < 1 || h.lanes > maxHashLanes || h.time < 1 || h.time > maxHashTime:
		return argon2id{}, fmt.Errorf("the Argon2id hash needs t from 1 to %d and p from 1 to %d", maxHashTime, maxHashLanes)
	case h.memory < 8*uint32(h.lanes) || h.memory > maxHashMemory:
		return argon2id{}, fmt.Errorf("the Argon2id hash needs m from 8 p to %d", maxHashMemory)
	case len(h.salt) < 8 || len(h.salt) > 64 || len(h.sum) < 16 || len(h.sum) > 64:
		return argon2id{}, errors.New("the Argon2id hash needs a salt of 8 to 64 bytes and a sum of 16 to 64")
	}
	return h, nil
}

// newArgon2id returns a hash of today's cost with a fresh salt, the sum still to be computed.
func newArgon2id() argon2id {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	return argon2id{memory: hashMemory, time: hashTime, lanes: hashLanes, salt: salt, sum: make([]byte, sumBytes)}
}

// String writes the PHC string format.
func (h argon2id) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.lanes, b64(h.salt), b64(h.sum))
}

// compute hashes the password at h's cost.
func (h argon2id) compute(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.lanes, uint32(len(h.sum)))
}

// equal compares in constant time.
func (h argon2id) equal(sum []byte) bool { return subtle.ConstantTimeCompare(h.sum, sum) == 1 }

// weak reports whether a new hash would cost more, so that this one should be
// replaced as soon as the password is known again.
func (h argon2id) weak() bool {
	return h.memory < hashMemory || uint64(h.memory)*uint64(h.time) < hashMemory*hashTime ||
		len(h.salt) < saltBytes || len(h.sum) < sumBytes
}
