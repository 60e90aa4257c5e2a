package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
)

// firebaseHash is a hash of Firebase's modified scrypt: the project's signer key,
// encrypted under what scrypt makes of the password and of the salt with the project's
// separator. With it every hash carries a key that all of the project's share.
type firebaseHash struct {
	scryptCost
	salt, separator, signer, sum []byte
}

func parseFirebaseScrypt(s string) (importedHash, error) {
	h := firebaseHash{scryptCost: scryptCost{p: 1}}
	malformed := errors.New("not a Firebase hash: $firebase-scrypt$ln=…,r=…$salt$separator$signer key$hash")
	parts := strings.Split(s, "$")
	if len(parts) != 7 {
		return nil, malformed
	}
	if _, err := fmt.Sscanf(parts[2], "ln=%d,r=%d", &h.log, &h.r); err != nil {
		return nil, malformed
	}
	for i, into := range []*[]byte{&h.salt, &h.separator, &h.signer, &h.sum} {
		var err error
		if *into, err = phcBytes().DecodeString(parts[3+i]); err != nil {
			return nil, malformed
		}
	}
	if h.String() != s || len(h.separator) > 16 || len(h.signer) != len(h.sum) {
		return nil, malformed
	}
	return h, errors.Join(h.check(), checkBytes(h.salt, h.sum))
}

// String writes it as it is kept.
func (h firebaseHash) String() string {
	b64 := phcBytes().EncodeToString
	return fmt.Sprintf("$firebase-scrypt$ln=%d,r=%d$%s$%s$%s$%s", h.log, h.r, b64(h.salt), b64(h.separator), b64(h.signer), b64(h.sum))
}

func (h firebaseHash) matches(password string) bool {
	salt := append(append([]byte(nil), h.salt...), h.separator...)
	block, err := aes.NewCipher(h.key(password, salt, 32))
	if err != nil {
		return false
	}
	sum := make([]byte, len(h.signer))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(sum, h.signer)
	return subtle.ConstantTimeCompare(h.sum, sum) == 1
}

func (h firebaseHash) work() time.Duration { return h.scryptCost.work() }

// blank leaves the project's key out.
func (h firebaseHash) blank() string {
	h.salt, h.separator = make([]byte, saltBytes), nil
	h.signer, h.sum = make([]byte, len(h.sum)), make([]byte, len(h.sum))
	return h.String()
}
