package userfile

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// keycloakCredential is one credential of a user: as an export has it, as exports of
// before Keycloak 8 had it, or with a password in clear, in a file made by hand.
type keycloakCredential struct {
	Type           string       `json:"type"`
	SecretData     string       `json:"secretData"`
	CredentialData string       `json:"credentialData"`
	Value          oauth.Secret `json:"value"`

	Algorithm  string `json:"algorithm"`
	Iterations int    `json:"hashIterations"`
	Salt       string `json:"salt"`
	Hash       string `json:"hashedSaltedValue"`
}

// apply gives the user the password.
func (c keycloakCredential) apply(n *identity.NewUser) error {
	if c.Value != "" {
		n.Password = c.Value
		return nil
	}
	var secret struct{ Value, Salt string }
	var data struct {
		Algorithm  string              `json:"algorithm"`
		Iterations int                 `json:"hashIterations"`
		Parameters map[string][]string `json:"additionalParameters"`
	}
	if err := errors.Join(text(c.SecretData, &secret), text(c.CredentialData, &data)); err != nil {
		return err
	}
	salt, err1 := base64.StdEncoding.DecodeString(cmp.Or(secret.Salt, c.Salt))
	sum, err2 := base64.StdEncoding.DecodeString(cmp.Or(secret.Value, c.Hash))
	if err1 != nil || err2 != nil {
		return errors.New("the salt or the hash of the password is no base64")
	}
	iterations := cmp.Or(data.Iterations, c.Iterations)
	switch algorithm := cmp.Or(data.Algorithm, c.Algorithm); algorithm {
	case "pbkdf2":
		n.PasswordHash = identity.PBKDF2Hash("sha1", iterations, salt, sum)
	case "pbkdf2-sha256", "pbkdf2-sha512":
		n.PasswordHash = identity.PBKDF2Hash(algorithm[len("pbkdf2-"):], iterations, salt, sum)
	case "argon2":
		hash, err := keycloakArgon2(data.Parameters, iterations, salt, sum)
		n.PasswordHash = hash
		return err
	default:
		return fmt.Errorf("a password hash of algorithm %q", algorithm)
	}
	return nil
}

// keycloakArgon2 reads Argon2's parameters, each a list of one text.
func keycloakArgon2(parameters map[string][]string, iterations int, salt, sum []byte) (string, error) {
	one := func(name string) string {
		if values := parameters[name]; len(values) == 1 {
			return values[0]
		}
		return ""
	}
	memory, err1 := strconv.Atoi(one("memory"))
	lanes, err2 := strconv.Atoi(one("parallelism"))
	if variant := one("type"); err1 == nil && err2 == nil && one("version") == "1.3" && (variant == "id" || variant == "i") {
		return identity.Argon2Hash(variant, memory, iterations, lanes, salt, sum), nil
	}
	return "", errors.New("the parameters of an Argon2 hash that is not Argon2i or Argon2id of version 1.3")
}
