package store

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Digest stands in a key for what a stranger chose, or what nobody may read there: 43
// characters, however long it is. Parts are told apart by NUL, which none but the last
// may hold.
func Digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
