package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// seenToken is what a token says, unverified.
type seenToken struct {
	Header  json.RawMessage `json:"header"`
	Claims  json.RawMessage `json:"claims"`
	Problem string          `json:"problem,omitempty"` // why it would be refused, whoever signed it
}

// look reads a token as leniently as it can, because one looks at a token when
// something is wrong with it.
func look(token string) (seenToken, error) {
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return seenToken{}, errors.New("not a signed token: it has not three parts")
	}
	var seen seenToken
	for i, part := range []*json.RawMessage{&seen.Header, &seen.Claims} {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil {
			return seenToken{}, errors.New("not a signed token: a part is not base64url")
		}
		if *part = raw; !json.Valid(raw) {
			quoted, _ := json.Marshal(string(raw)) // a string always marshals
			*part = quoted
		}
	}
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err == nil {
		_, err = jose.ParseClaims(jws.Payload)
	}
	if err != nil {
		seen.Problem = err.Error()
	}
	return seen, nil
}

// dates yields the claims that are dates, for people.
func (s seenToken) dates() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		claims, err := jose.ParseClaims(s.Claims)
		if err != nil {
			return
		}
		for _, name := range []string{"iat", "nbf", "exp", "auth_time"} {
			date, present, err := claims.Time(name)
			if !present || err != nil {
				continue
			}
			if !yield(name, date.UTC().Format(time.RFC3339)) {
				return
			}
		}
	}
}
