package identity

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// APIKey is what is known of a key that a machine shows instead of an access token,
// because it cannot do OAuth. The key itself is not known: a hash is kept.
type APIKey struct {
	// ID names the key and does not tell it: it is the beginning of its hash.
	ID   string `json:"id"`
	Name string `json:"name"` // for people: whose it is, what for

	// ClientID is the client that the key acts for, as which the API then knows the
	// caller. Empty: the key is its own subject.
	ClientID string `json:"client_id,omitempty"`

	Scope    oauth.Scope `json:"scope,omitempty"`
	Audience []string    `json:"audience"` // the APIs that it is for

	// UsageIdentifierKey is the value of an API Gateway API key, by whose usage plan a
	// REST API counts the requests.
	UsageIdentifierKey string `json:"usage_identifier_key,omitempty"`

	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"`
}

// apiKeyRecord is what is kept of a key.
type apiKeyRecord struct {
	Hash []byte
	APIKey
}

// apiKeyPrefix begins every key, so that scanners of source code know one when they
// see it: ostiary_[a-z2-7]{39}. The last seven characters are a checksum, so that they
// need not ask and a typing error costs us no read.
const apiKeyPrefix = "ostiary_"

// Lengths of a key's parts in characters of base32.
const (
	apiKeyRandom   = 32 // 160 bits
	apiKeyChecksum = 7  // CRC-32
	apiKeyID       = 26 // 130 bits of the hash: nobody finds another key with this ID
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newAPIKey makes a key.
func newAPIKey() oauth.Secret {
	var random [20]byte
	_, _ = rand.Read(random[:]) // it never fails
	body := apiKeyPrefix + base32Lower.EncodeToString(random[:])
	return oauth.Secret(body + checksum(body))
}

func checksum(body string) string {
	return base32Lower.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

// wellFormed reports whether the text can be a key of ours.
func wellFormed(key oauth.Secret) bool {
	body := len(apiKeyPrefix) + apiKeyRandom
	return len(key) == body+apiKeyChecksum && strings.HasPrefix(string(key), apiKeyPrefix) &&
		checksum(string(key[:body])) == string(key[body:])
}

// idOf is the ID of the key with this hash.
func idOf(hash []byte) string { return base32Lower.EncodeToString(hash)[:apiKeyID] }
