package verify_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// The pair of RFC 7636, appendix B.
const (
	knownVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	knownChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestCodeVerifier(t *testing.T) {
	challenge := func(verifier string) string {
		digest := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(digest[:])
	}
	for name, c := range map[string]struct {
		verifier, challenge string
		good                bool
	}{
		"the specification's pair":      {knownVerifier, knownChallenge, true},
		"neither":                       {"", "", true},
		"128 characters":                {strings.Repeat("~", 128), challenge(strings.Repeat("~", 128)), true},
		"the challenge itself":          {knownChallenge, knownChallenge, false},
		"a verifier without challenge":  {knownVerifier, "", false}, // O07
		"a challenge without verifier":  {"", knownChallenge, false},
		"another verifier":              {strings.Repeat("a", 43), knownChallenge, false},
		"another case":                  {strings.ToLower(knownVerifier), knownChallenge, false},
		"42 characters":                 {strings.Repeat("a", 42), challenge(strings.Repeat("a", 42)), false},
		"129 characters":                {strings.Repeat("a", 129), challenge(strings.Repeat("a", 129)), false},
		"a character that is reserved":  {strings.Repeat("a", 42) + "/", challenge(strings.Repeat("a", 42) + "/"), false},
		"a letter of another alphabet":  {strings.Repeat("a", 43) + "é", challenge(strings.Repeat("a", 43) + "é"), false},
		"nothing, and nothing's digest": {"", challenge(""), false},
	} {
		err := verify.CodeVerifier(c.verifier, c.challenge)
		if c.good != (err == nil) || err != nil && !oauth.InvalidGrant.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestO07OnlyS256(t *testing.T) {
	for name, c := range map[string]struct {
		challenge, method string
		good              bool
	}{
		"S256":             {knownChallenge, "S256", true},
		"plain":            {knownVerifier, "plain", false},
		"plain by default": {knownVerifier, "", false},
		"lower case":       {knownChallenge, "s256", false},
		"no challenge":     {"", "S256", false},
		"too short":        {knownChallenge[:42], "S256", false},
		"too long":         {knownChallenge + "AA", "S256", false},
		"padded":           {knownChallenge + "=", "S256", false},
		"a line break":     {knownChallenge[:20] + "\n" + knownChallenge[20:], "S256", false},
		"stray bits":       {knownChallenge[:42] + "N", "S256", false},
		"base64":           {strings.Repeat("+", 43), "S256", false},
	} {
		err := verify.CodeChallenge(c.challenge, c.method)
		if c.good != (err == nil) || err != nil && !oauth.InvalidRequest.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
