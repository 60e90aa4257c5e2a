package userfile

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// auth0Hash is custom_password_hash of the bulk import's schema.
type auth0Hash struct {
	Algorithm string    `json:"algorithm"`
	Hash      auth0Text `json:"hash"`
	Salt      auth0Text `json:"salt"`
	KeyLength int       `json:"keylen"`
	Cost      int       `json:"cost"`
	BlockSize int       `json:"blockSize"`
	Lanes     int       `json:"parallelization"`
}

type auth0Text struct {
	Value    string `json:"value"`
	Encoding string `json:"encoding"`
}

// auth0Password takes the hash: of bcrypt, which Auth0 makes, or as it was imported there.
func auth0Password(user members, n *identity.NewUser) error {
	var support string
	var custom *auth0Hash
	err := errors.Join(user.take("password_hash", &n.PasswordHash), user.take("passwordHash", &support),
		user.take("custom_password_hash", &custom))
	n.PasswordHash = cmp.Or(n.PasswordHash, support)
	if err != nil || custom == nil {
		return err
	}
	if n.PasswordHash != "" {
		return errors.New("there are two password hashes")
	}
	n.PasswordHash, err = custom.hash()
	return err
}

func (h auth0Hash) hash() (string, error) {
	switch h.Algorithm {
	case "bcrypt", "argon2", "pbkdf2":
		if !strings.HasPrefix(h.Hash.Value, "$") {
			return "", fmt.Errorf("custom_password_hash of %s does not begin with a $", h.Algorithm)
		}
		return h.Hash.Value, nil
	case "scrypt":
		salt, err1 := h.Salt.decode()
		sum, err2 := h.Hash.decode()
		if err := errors.Join(err1, err2); err != nil {
			return "", err
		}
		if h.KeyLength != 0 && h.KeyLength != len(sum) {
			return "", errors.New("keylen is not the length of the hash")
		}
		return identity.ScryptHash(cmp.Or(h.Cost, 16384), cmp.Or(h.BlockSize, 8), cmp.Or(h.Lanes, 1), salt, sum)
	}
	return "", fmt.Errorf("a custom_password_hash of %q is not slow enough to be kept", h.Algorithm)
}

func (t auth0Text) decode() ([]byte, error) {
	switch t.Encoding {
	case "base64":
		return base64.StdEncoding.DecodeString(t.Value)
	case "hex":
		return hex.DecodeString(t.Value)
	case "utf8", "":
		return []byte(t.Value), nil
	}
	return nil, fmt.Errorf("an encoding %q in custom_password_hash", t.Encoding)
}
