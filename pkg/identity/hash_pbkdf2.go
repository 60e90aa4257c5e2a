package identity

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// pbkdf2Digest is a hash function under PBKDF2's HMAC. The times are of one iteration.
type pbkdf2Digest struct {
	new  func() hash.Hash
	size int
	time time.Duration
}

func pbkdf2Digests() map[string]pbkdf2Digest {
	return map[string]pbkdf2Digest{
		"sha1":   {sha1.New, sha1.Size, 200 * time.Nanosecond},
		"sha256": {sha256.New, sha256.Size, 200 * time.Nanosecond},
		"sha512": {sha512.New, sha512.Size, 500 * time.Nanosecond},
	}
}

// maxIterations keeps what a hash is reckoned to cost from overflowing. OWASP asks
// for 1,300,000 with SHA-1, and Django makes 1,200,000 with SHA-256.
const maxIterations = 5_000_000

// pbkdf2Hash is a hash of PBKDF2 (RFC 8018 §5.2) in PHC form:
// $pbkdf2-sha256$i=…$salt$sum.
type pbkdf2Hash struct {
	digest     string
	iterations int
	salt, sum  []byte
}

func parsePBKDF2(s string) (importedHash, error) {
	malformed := errors.New("not a PBKDF2 hash in PHC form: $pbkdf2-sha256$i=…$salt$hash, or of sha1 or sha512")
	parts := strings.Split(s, "$")
	if len(parts) != 5 {
		return nil, malformed
	}
	h := pbkdf2Hash{digest: strings.TrimPrefix(parts[1], "pbkdf2-")}
	var err1, err2, err3 error
	h.iterations, err1 = strconv.Atoi(strings.TrimPrefix(parts[2], "i="))
	h.salt, err2 = phcBytes().DecodeString(parts[3])
	h.sum, err3 = phcBytes().DecodeString(parts[4])
	_, known := pbkdf2Digests()[h.digest]
	if err1 != nil || err2 != nil || err3 != nil || !known || h.String() != s {
		return nil, malformed
	}
	if h.iterations < 1 || h.iterations > maxIterations {
		return nil, fmt.Errorf("PBKDF2 needs from 1 to %d iterations", maxIterations)
	}
	return h, checkBytes(h.salt, h.sum)
}

// String writes the PHC string format.
func (h pbkdf2Hash) String() string {
	return fmt.Sprintf("$pbkdf2-%s$i=%d$%s$%s", h.digest, h.iterations,
		phcBytes().EncodeToString(h.salt), phcBytes().EncodeToString(h.sum))
}

func (h pbkdf2Hash) matches(password string) bool {
	sum, err := pbkdf2.Key(pbkdf2Digests()[h.digest].new, password, h.salt, h.iterations, len(h.sum))
	return err == nil && subtle.ConstantTimeCompare(h.sum, sum) == 1
}

// work counts that each digest's length of a sum takes all iterations.
func (h pbkdf2Hash) work() time.Duration {
	digest := pbkdf2Digests()[h.digest]
	blocks := (len(h.sum) + digest.size - 1) / digest.size
	return digest.time * time.Duration(h.iterations*blocks)
}

func (h pbkdf2Hash) blank() string {
	h.salt, h.sum = make([]byte, saltBytes), make([]byte, len(h.sum))
	return h.String()
}

// PBKDF2Hash writes a PBKDF2 hash that is kept in parts, of the digest sha1, sha256 or
// sha512, in PHC form.
func PBKDF2Hash(digest string, iterations int, salt, sum []byte) string {
	return pbkdf2Hash{digest, iterations, salt, sum}.String()
}
