package identity

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// argon2iHash is a hash of Argon2i (RFC 9106), which PHP made by default for a while.
// Its parameters and bounds are those of Argon2id.
type argon2iHash struct{ argon2id }

func parseArgon2i(s string) (importedHash, error) {
	parsed, err := parseArgon2id("$argon2id$" + strings.TrimPrefix(s, "$argon2i$"))
	return argon2iHash{parsed}, err
}

func (h argon2iHash) matches(password string) bool {
	return h.equal(argon2.Key([]byte(password), h.salt, h.time, h.memory, h.lanes, uint32(len(h.sum))))
}

func (h argon2iHash) work() time.Duration {
	return time.Microsecond * time.Duration(h.memory) * time.Duration(h.time)
}

func (h argon2iHash) blank() string {
	h.salt, h.sum = make([]byte, saltBytes), make([]byte, len(h.sum))
	return "$argon2i$" + strings.TrimPrefix(h.String(), "$argon2id$")
}

// Argon2Hash writes a hash of Argon2i or Argon2id, version 19, that is kept in parts,
// in PHC form; memory is in KiB.
func Argon2Hash(variant string, memory, iterations, lanes int, salt, sum []byte) string {
	return fmt.Sprintf("$argon2%s$v=%d$m=%d,t=%d,p=%d$%s$%s", variant, argon2.Version, memory, iterations, lanes,
		phcBytes().EncodeToString(salt), phcBytes().EncodeToString(sum))
}
