package oauth

import (
	"crypto/sha256"
	"log/slog"
)

// Secret is text that must not be shown: it prints, logs and marshals as
// [redacted]. Converting it to string is the one way to its content, so every
// use can be found.
type Secret string

const redacted = "[redacted]"

// String returns [redacted].
func (Secret) String() string { return redacted }

// GoString returns [redacted], for %#v.
func (Secret) GoString() string { return redacted }

// LogValue returns [redacted], for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns [redacted], for JSON and every other encoding.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Hash returns the SHA-256 digest, which is how secrets of at least 128 random
// bits are remembered.
func (s Secret) Hash() []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
