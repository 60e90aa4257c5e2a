package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// sessionHandle is what a browser holds in its cookie: where the session's record
// lies, and a secret. It is made of letters, digits, dots, hyphens and underscores.
type sessionHandle struct {
	userID, sid string
	secret      oauth.Secret
}

// newSessionSecret has 260 random bits.
func newSessionSecret() oauth.Secret { return oauth.Secret(rand.Text() + rand.Text()) }

func (h sessionHandle) encode() oauth.Secret {
	return oauth.Secret(base64.RawURLEncoding.EncodeToString([]byte(h.userID)) + "." + h.sid + "." + string(h.secret))
}

// opens compares in constant time.
func (h sessionHandle) opens(kept sessionRecord) bool {
	return subtle.ConstantTimeCompare(h.secret.Hash(), kept.Secret) == 1
}

const maxHandleBytes = 512

// parseSessionHandle reads a handle. What is none is not found, like one whose
// session has ended: to a browser it makes no difference.
func parseSessionHandle(handle oauth.Secret) (sessionHandle, error) {
	encoded, rest, _ := strings.Cut(string(handle), ".")
	sid, secret, _ := strings.Cut(rest, ".")
	userID, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(handle) > maxHandleBytes || checkIdentifier("sub", string(userID)) != nil ||
		sid == "" || secret == "" {
		return sessionHandle{}, fmt.Errorf("%w: %w", errHandle, store.ErrNotFound)
	}
	return sessionHandle{userID: string(userID), sid: sid, secret: oauth.Secret(secret)}, nil
}
