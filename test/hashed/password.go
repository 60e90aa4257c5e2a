// Package hashed answers "who has a password already?": a hash at the cost that package
// identity asks for, made once for all tests of a package, because it is made to take long.
package hashed

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"sync"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash in package identity. A hash of another cost would be made anew
// at the first sign-in.
const memory, passes, lanes, length = 19 << 10, 2, 1, 32

var made sync.Map // func() string, by the password

// Password is a hash of the password, to be given to identity.NewUser in its stead.
func Password(password string) string {
	once, _ := made.LoadOrStore(password, sync.OnceValue(func() string {
		salt := make([]byte, 16)
		_, _ = rand.Read(salt) // never fails
		sum := argon2.IDKey([]byte(password), salt, passes, memory, lanes, length)
		text := base64.RawStdEncoding.EncodeToString
		return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, text(salt), text(sum))
	}))
	return once.(func() string)()
}
