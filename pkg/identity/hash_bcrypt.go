package identity

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// bcryptHash is a hash of bcrypt in the form of crypt(3). Like every bcrypt it looks at
// the first 72 bytes of a password.
type bcryptHash struct {
	text string
	cost int
}

// Characters of a bcrypt hash: of its head, and of salt and sum after it.
const (
	bcryptHead = 7
	bcryptTail = 53
)

// parseBcrypt takes the versions 2a, 2b and 2y, which are one for passwords that are
// UTF-8. 2 and 2x are of implementations that hashed something else (CVE-2011-2483).
func parseBcrypt(s string) (importedHash, error) {
	if len(s) != bcryptHead+bcryptTail || !strings.Contains("aby", s[2:3]) || s[3] != '$' || s[6] != '$' ||
		strings.Trim(s[bcryptHead:], "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return nil, errors.New("not a bcrypt hash: $2a$, $2b$ or $2y$, two digits, $ and 53 characters")
	}
	cost, err := bcrypt.Cost([]byte(s))
	if err != nil {
		return nil, errors.New("not a cost that bcrypt can have")
	}
	return bcryptHash{s, cost}, nil
}

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(h.text), []byte(password)) == nil
}

func (h bcryptHash) work() time.Duration { return 50 * time.Microsecond << h.cost }

func (h bcryptHash) blank() string { return h.text[:bcryptHead] + strings.Repeat(".", bcryptTail) }
