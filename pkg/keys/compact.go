package keys

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const minSecretBytes = 32 // RFC 7518 §3.2

// SignHS256 signs claims with a secret that the client or API shares with us. It
// has no kid: the reader knows its secret.
func SignHS256(secret []byte, typ string, claims any) (string, error) {
	if len(secret) < minSecretBytes {
		return "", fmt.Errorf("keys: HS256 with a secret of %d bytes; at least %d are needed", len(secret), minSecretBytes)
	}
	return compact(oauth.HS256, "", typ, claims, func(input []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		_, _ = mac.Write(input) // never fails: hash.Hash
		return mac.Sum(nil), nil
	})
}

// compact makes a JWS in compact serialization (RFC 7515 §7.1). The token is
// written once into one buffer; what it costs beside the signature is measured by
// BenchmarkSign.
func compact(alg oauth.Alg, kid, typ string, claims any, sign func([]byte) ([]byte, error)) (string, error) {
	header, err := header(alg, kid, typ)
	if err != nil {
		return "", err
	}
	payload, err := payload(claims)
	if err != nil {
		return "", err
	}
	// Room for a short signature and the dots: an RSA key's takes longer to make than to move.
	token := make([]byte, 0, (len(header)+len(payload))*4/3+96)
	token = base64.RawURLEncoding.AppendEncode(token, header)
	token = append(token, '.')
	token = base64.RawURLEncoding.AppendEncode(token, payload)
	signature, err := sign(token)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", alg, err)
	}
	token = append(token, '.')
	token = base64.RawURLEncoding.AppendEncode(token, signature)
	if len(token) > maxTokenBytes(typ) {
		return "", fmt.Errorf("keys: the token would have %d bytes; %d are accepted", len(token), maxTokenBytes(typ))
	}
	return string(token), nil
}

// maxTokenBytes is what our own verifier reads: a larger token would be good for
// nothing.
func maxTokenBytes(typ string) int {
	switch typ {
	case oauth.TypAccessToken:
		return jose.MaxAccessTokenBytes
	case oauth.TypStatusList:
		return jose.MaxStatusListBytes
	}
	return jose.MaxAssertionBytes
}

// header builds the JOSE header. Its members come from us, and each may hold only
// characters that JSON has no escape for.
func header(alg oauth.Alg, kid, typ string) ([]byte, error) {
	if !plain(kid) || !plain(typ) {
		return nil, errors.New("keys: kid or typ with a character that a header must not hold")
	}
	h := append(make([]byte, 0, 128), `{"alg":"`...)
	h = append(append(h, alg...), '"')
	if kid != "" {
		h = append(append(append(h, `,"kid":"`...), kid...), '"')
	}
	if typ != "" {
		h = append(append(append(h, `,"typ":"`...), typ...), '"')
	}
	return append(h, '}'), nil
}

func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.~+/", r)
	}) < 0
}

// payload marshals the claims, which must be an object that our own reader takes:
// no member twice, no deeper than it looks, nothing that is not UTF-8. Reading it
// costs 2 µs, and then nobody gets a token that the authorizer refuses.
func payload(claims any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // a name such as https://example.com/?a&b stays as it is
	if err := encoder.Encode(claims); err != nil {
		return nil, fmt.Errorf("keys: claims: %w", err)
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
	if _, err := jose.ParseClaims(text); err != nil {
		return nil, fmt.Errorf("keys: claims that we would not read back: %w", err)
	}
	return text, checkNames(text)
}

// checkNames refuses a member name that JSON must escape, at any depth. Such a
// name comes from somebody who hopes that a reader, or a signer, that pastes names
// into text sees other claims than we do (GHSA-4cf7-xm37-g63h). No honest name
// needs a quote, a backslash or a control character. The text is valid JSON.
func checkNames(text []byte) error {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		start, escaped := i+1, false
		for i++; text[i] != '"'; i++ {
			if text[i] == '\\' {
				escaped = true
				i++
			}
		}
		if escaped && i+1 < len(text) && text[i+1] == ':' {
			return fmt.Errorf("keys: a claim must not be named %q", text[start:i])
		}
	}
	return nil
}
