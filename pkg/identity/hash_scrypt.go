package identity

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/crypto/scrypt"
)

// scryptCost is what scrypt's parameters say: N = 2^log, r and p of RFC 7914 §2.
type scryptCost struct{ log, r, p int }

// check refuses what scrypt cannot take, and more memory than Argon2id may.
func (c scryptCost) check() error {
	if c.log < 1 || c.log > 24 || c.r < 1 || c.r > 32 || c.p < 1 || c.p > 16 {
		return errors.New("scrypt needs ln from 1 to 24, r from 1 to 32 and p from 1 to 16")
	}
	if 128*c.r<<c.log > maxHashMemory<<10 {
		return fmt.Errorf("scrypt may take %d KiB, which are 128 r 2^ln bytes", maxHashMemory)
	}
	return nil
}

func (c scryptCost) work() time.Duration {
	return 350 * time.Nanosecond * time.Duration(c.r*c.p) << c.log
}

// key has no error once the cost was checked.
func (c scryptCost) key(password string, salt []byte, length int) []byte {
	key, err := scrypt.Key([]byte(password), salt, 1<<c.log, c.r, c.p, length)
	if err != nil {
		return nil // which is the sum of nobody
	}
	return key
}

// scryptHash is a hash of scrypt (RFC 7914) in PHC form: $scrypt$ln=…,r=…,p=…$salt$sum.
type scryptHash struct {
	scryptCost
	salt, sum []byte
}

func parseScrypt(s string) (importedHash, error) {
	var h scryptHash
	malformed := errors.New("not an scrypt hash in PHC form: $scrypt$ln=…,r=…,p=…$salt$hash")
	parts := strings.Split(s, "$")
	if len(parts) != 5 {
		return nil, malformed
	}
	if _, err := fmt.Sscanf(parts[2], "ln=%d,r=%d,p=%d", &h.log, &h.r, &h.p); err != nil {
		return nil, malformed
	}
	var err1, err2 error
	h.salt, err1 = phcBytes().DecodeString(parts[3])
	h.sum, err2 = phcBytes().DecodeString(parts[4])
	if err1 != nil || err2 != nil || h.String() != s {
		return nil, malformed
	}
	return h, errors.Join(h.check(), checkBytes(h.salt, h.sum))
}

// String writes the PHC string format.
func (h scryptHash) String() string {
	return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", h.log, h.r, h.p,
		phcBytes().EncodeToString(h.salt), phcBytes().EncodeToString(h.sum))
}

func (h scryptHash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.sum, h.key(password, h.salt, len(h.sum))) == 1
}

func (h scryptHash) blank() string {
	h.salt, h.sum = make([]byte, saltBytes), make([]byte, len(h.sum))
	return h.String()
}

// ScryptHash writes an scrypt hash that is kept in parts, with cost N, in PHC form.
func ScryptHash(n, r, p int, salt, sum []byte) (string, error) {
	if n < 2 || n&(n-1) != 0 {
		return "", errors.New("the cost N of scrypt is no power of 2")
	}
	return scryptHash{scryptCost{bits.TrailingZeros(uint(n)), r, p}, salt, sum}.String(), nil
}
