package verify

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// codeChallengeLength is that of a SHA-256 digest in base64url (RFC 7636 §4.2).
const codeChallengeLength = 43

// CodeChallenge checks that a challenge can have been made by S256. It returns
// invalid_request.
func CodeChallenge(challenge, method string) error {
	// A missing method means plain (RFC 7636 §4.3), which is not offered: whoever
	// reads the authorization request could redeem the code (RFC 9700 §2.1.1).
	if method != oauth.CodeChallengeMethodS256 {
		return oauth.InvalidRequest.Errorf("parameter code_challenge_method must be S256")
	}
	digest, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(digest) != sha256.Size || len(challenge) != codeChallengeLength {
		return oauth.InvalidRequest.Errorf("parameter code_challenge is not the base64url of a SHA-256 digest")
	}
	return nil
}

// CodeVerifier checks a verifier against the challenge of the authorization
// request (RFC 7636 §4.6). It returns invalid_grant.
func CodeVerifier(verifier, challenge string) error {
	switch {
	case challenge == "" && verifier == "":
		return nil
	// A verifier without a challenge fails too, which defeats a downgrade in which an
	// attacker strips the challenge from the authorization request (RFC 9700 §4.8.2).
	case challenge == "":
		return oauth.InvalidGrant.Errorf("code_verifier was sent, but the authorization request had no code_challenge")
	case len(verifier) < 43 || len(verifier) > 128 || strings.ContainsFunc(verifier, reserved): // RFC 7636 §4.1
		return oauth.InvalidGrant.Errorf("code_verifier must have 43 to 128 unreserved characters")
	}
	digest := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(digest[:])
	if !same(made, challenge) {
		return oauth.InvalidGrant.Errorf("code_verifier does not match the code_challenge")
	}
	return nil
}

// reserved reports whether r is none of RFC 3986 §2.3's unreserved characters.
func reserved(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
}
