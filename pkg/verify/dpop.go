package verify

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// proofWindow is how far iat of a proof may lie from our clock, either way (RFC 9449
// §11.1).
const proofWindow = 60 * time.Second

// typDPoP tells a proof from everything else that a client signs (RFC 9449 §4.2).
const typDPoP = "dpop+jwt"

// DPoPAlgs lists the algorithms by which proofs may be signed (RFC 9449 §5.1,
// dpop_signing_alg_values_supported).
func DPoPAlgs() []oauth.Alg {
	return []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256, oauth.ES384, oauth.EdDSA}
}

// Proven is the request that a proof came with.
type Proven struct {
	// Proofs are all values of the DPoP header.
	Proofs []string

	// Method and URL are what the caller asked for. The URL is made of what was
	// configured and the path, never of a Host header.
	Method, URL string

	// Token is the access token that came with it, and Thumbprint that of the key it is
	// bound to. Both are empty where a token is asked for.
	Token, Thumbprint string
}

// Once remembers a key, which is a digest in base64url, until a time, and is
// ErrReplayed where it was remembered already. Of any number of calls with one key at
// once, one gets a nil error. Any other error is ours, and refuses the proof.
type Once func(ctx context.Context, key string, until time.Time) error

// ErrReplayed says that what may be used once was used before.
var ErrReplayed = errors.New("verify: used before")

// Nonce judges the nonce of a proof, "" where it has none. It returns use_dpop_nonce
// (RFC 9449 §9) for one that is not, or no longer, ours.
type Nonce func(ctx context.Context, nonce string) error

// Proofs verifies DPoP proofs (RFC 9449 §4.3).
type Proofs struct {
	once  Once
	nonce Nonce
	now   func() time.Time
}

// NewProofs returns a verifier that lets each proof work once. With a nil nonce,
// whatever nonce a proof has is ignored.
func NewProofs(once Once, nonce Nonce) (*Proofs, error) {
	if once == nil {
		return nil, errors.New("verify: what remembers proofs is required")
	}
	return &Proofs{once: once, nonce: nonce, now: time.Now}, nil
}

// Verify returns the thumbprint of the key that made the proof, if it is genuine and
// was made for this request, now, and not used before. It returns
// invalid_dpop_proof, or use_dpop_nonce; any other error is ours.
func (v *Proofs) Verify(ctx context.Context, p Proven) (thumbprint string, err error) {
	// 1. One proof: RFC 9449 §4.3, step 1
	if len(p.Proofs) != 1 {
		return "", oauth.InvalidDPoPProof.Errorf("exactly one DPoP header is required")
	}
	// 2. Signed by the key in it: steps 2 to 7
	proof, claims, err := parseProof(p.Proofs[0])
	if err != nil {
		return "", err
	}
	// 3. Made for this request, now: steps 8 to 11
	if err := matchRequest(claims, p); err != nil {
		return "", err
	}
	expires, err := v.checkTime(claims)
	if err != nil {
		return "", err
	}
	if err := v.checkNonce(ctx, claims); err != nil {
		return "", err
	}
	// 4. With this token, by its owner: step 12
	thumbprint = proof.Key.Thumbprint()
	if err := matchToken(claims, thumbprint, p); err != nil {
		return "", err
	}
	// 5. And not before: §11.1. Asked last, because this is the one step that costs
	// memory: only who holds the key of a good token comes so far.
	return thumbprint, v.useOnce(ctx, claims, thumbprint, expires)
}

func parseProof(text string) (jose.Proof, jose.Claims, error) {
	proof, err := jose.ParseProof(text, jose.MaxProofBytes)
	if err != nil {
		return jose.Proof{}, nil, oauth.InvalidDPoPProof.Errorf("malformed proof: %w", err)
	}
	if proof.Type != typDPoP {
		return jose.Proof{}, nil, oauth.InvalidDPoPProof.Errorf("typ is not %s", typDPoP)
	}
	claims, err := jose.ParseClaims(proof.Payload)
	if err != nil {
		return jose.Proof{}, nil, oauth.InvalidDPoPProof.Errorf("malformed proof: %w", err)
	}
	return proof, claims, nil
}

func matchRequest(claims jose.Claims, p Proven) error {
	method, _, err := claims.String("htm")
	if err != nil || method == "" || method != p.Method { // methods are case-sensitive: RFC 9110 §9.1
		return oauth.InvalidDPoPProof.Errorf("htm is not the request's method")
	}
	uri, _, err := claims.String("htu")
	if err != nil {
		return oauth.InvalidDPoPProof.Errorf("htu is not a string")
	}
	meant, err := targetURI(uri)
	asked, _ := targetURI(p.URL) // "" if it is none, which no good htu is
	if err != nil || meant != asked {
		return oauth.InvalidDPoPProof.Errorf("htu is not the request's address")
	}
	return nil
}

// checkTime returns until when the proof must be remembered: until nobody accepts it
// any more, by a clock that is another window behind ours.
func (v *Proofs) checkTime(claims jose.Claims) (time.Time, error) {
	issued, _, err := claims.Time("iat") // long ago where it is missing
	if err != nil || v.now().Sub(issued).Abs() > proofWindow {
		return time.Time{}, oauth.InvalidDPoPProof.Errorf("iat is missing, or too far from now")
	}
	return issued.Add(2 * proofWindow), nil
}

func (v *Proofs) checkNonce(ctx context.Context, claims jose.Claims) error {
	if v.nonce == nil {
		return nil
	}
	nonce, _, err := claims.String("nonce")
	if err != nil {
		return oauth.InvalidDPoPProof.Errorf("nonce is not a string")
	}
	return v.nonce(ctx, nonce)
}

// matchToken wants the hash of the very token, and the key that it is bound to.
func matchToken(claims jose.Claims, thumbprint string, p Proven) error {
	if p.Token == "" && p.Thumbprint == "" {
		return nil
	}
	if !same(thumbprint, p.Thumbprint) {
		return oauth.InvalidDPoPProof.Errorf("the token is bound to another key")
	}
	digest := sha256.Sum256([]byte(p.Token))
	hash, _, err := claims.String("ath")
	if err != nil || !same(hash, base64.RawURLEncoding.EncodeToString(digest[:])) {
		return oauth.InvalidDPoPProof.Errorf("ath is not the hash of the token")
	}
	return nil
}

// useOnce remembers a proof by its key and jti, and not by its text, of which an ECDSA
// signature allows two (RFC 7518 §3.4).
func (v *Proofs) useOnce(ctx context.Context, claims jose.Claims, thumbprint string, expires time.Time) error {
	id, _, err := claims.String("jti")
	if err != nil || id == "" {
		return oauth.InvalidDPoPProof.Errorf("jti is missing or malformed")
	}
	digest := sha256.Sum256([]byte(thumbprint + "\x00" + id))
	err = v.once(ctx, base64.RawURLEncoding.EncodeToString(digest[:]), expires)
	if errors.Is(err, ErrReplayed) {
		return oauth.InvalidDPoPProof.Errorf("the proof was used before")
	}
	return err
}

// same compares in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
