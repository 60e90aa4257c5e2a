package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // a hash to be refused
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Every algorithm's header is put over every algorithm's signature and shown to
// every algorithm's key: only three that are the same agree.
func TestJ02EveryAlgorithmForEveryOther(t *testing.T) {
	signers := map[oauth.Alg]josetest.Signer{}
	for _, alg := range josetest.Algs() {
		signers[alg] = josetest.New(alg) // RS256 and PS256 share one key, which is the harder case
	}
	for _, named := range josetest.Algs() {
		for _, made := range josetest.Algs() {
			token := signers[made].Compact(fmt.Sprintf(`{"alg":%q}`, named), payload)
			for _, held := range josetest.Algs() {
				err := judge(token, signers[held].Key(""))
				if good := named == made && made == held; good != (err == nil) {
					t.Errorf("header %s, signature %s, key %s: got %v, want good %v", named, made, held, err, good)
				}
			}
		}
	}
}

// withSignature makes a token of a header's algorithm and whatever signature is made of
// its signing input.
func withSignature(t *testing.T, alg oauth.Alg, sign func(signed []byte) ([]byte, error)) string {
	t.Helper()
	signed := josetest.Encode([]byte(`{"alg":"`+alg+`"}`)) + "." + josetest.Encode([]byte(payload))
	signature, err := sign([]byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + josetest.Encode(signature)
}

// The hash is a part of the algorithm (RFC 7518 §3.1).
func TestJ02AnotherHash(t *testing.T) {
	rs, es, hs := josetest.New(oauth.RS256), josetest.New(oauth.ES256), josetest.New(oauth.HS256)
	private := rs.Private.(*rsa.PrivateKey)
	digest := func(h crypto.Hash, signed []byte) []byte {
		d := h.New()
		d.Write(signed)
		return d.Sum(nil)
	}
	for h, good := range map[crypto.Hash]bool{crypto.SHA256: true, crypto.SHA1: false, crypto.SHA224: false, crypto.SHA384: false, crypto.SHA512: false} {
		for name, row := range map[string]struct {
			alg    oauth.Alg
			signer josetest.Signer
			sign   func(signed []byte) ([]byte, error)
		}{
			"RS256": {oauth.RS256, rs, func(signed []byte) ([]byte, error) {
				return rsa.SignPKCS1v15(rand.Reader, private, h, digest(h, signed))
			}},
			"PS256": {oauth.PS256, josetest.New(oauth.PS256), func(signed []byte) ([]byte, error) {
				return rsa.SignPSS(rand.Reader, private, h, digest(h, signed), &rsa.PSSOptions{SaltLength: 32})
			}},
			"ES256": {oauth.ES256, es, func(signed []byte) ([]byte, error) {
				r, s, err := ecdsa.Sign(rand.Reader, es.Private.(*ecdsa.PrivateKey), digest(h, signed))
				if err != nil {
					return nil, err
				}
				return slices.Concat(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))), nil
			}},
			"HS256": {oauth.HS256, hs, func(signed []byte) ([]byte, error) {
				mac := hmac.New(h.New, hs.Secret)
				mac.Write(signed)
				return mac.Sum(nil), nil
			}},
		} {
			err := judge(withSignature(t, row.alg, row.sign), row.signer.Key(""))
			if good != (err == nil) {
				t.Errorf("%s over %s: got %v, want good %v", name, h, err, good)
			}
		}
	}
}

// A MAC that is cut is not the MAC (RFC 7518 §3.2).
func TestMACsAreWhole(t *testing.T) {
	signer := josetest.New(oauth.HS256)
	for _, length := range []int{0, 1, 8, 16, 31} {
		token := withSignature(t, oauth.HS256, func(signed []byte) ([]byte, error) { return signer.Signature(signed)[:length], nil })
		if judge(token, signer.Key("")) == nil {
			t.Errorf("%d bytes of it are accepted", length)
		}
	}
	token := withSignature(t, oauth.HS256, func(signed []byte) ([]byte, error) { return append(signer.Signature(signed), 0), nil })
	if judge(token, signer.Key("")) == nil {
		t.Error("a byte more is accepted")
	}
}

// RFC 8032 §5.1.7: S is below the group's order, R and S have 32 bytes each, and the
// variants with a context or a hash in front are other algorithms.
func TestEd25519Signatures(t *testing.T) {
	signer := josetest.New(oauth.EdDSA)
	private := signer.Private.(ed25519.PrivateKey)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	littleEndian := func(n *big.Int) []byte {
		b := n.FillBytes(make([]byte, 32))
		slices.Reverse(b)
		return b
	}
	for name, sign := range map[string]func(signed, good []byte) ([]byte, error){
		"S plus the order": func(_, good []byte) ([]byte, error) {
			s := slices.Clone(good[32:])
			slices.Reverse(s)
			return append(slices.Clone(good[:32]), littleEndian(new(big.Int).Add(new(big.Int).SetBytes(s), order))...), nil
		},
		"S is the order": func(_, good []byte) ([]byte, error) {
			return append(slices.Clone(good[:32]), littleEndian(order)...), nil
		},
		"S is 0":          func(_, good []byte) ([]byte, error) { return append(slices.Clone(good[:32]), make([]byte, 32)...), nil },
		"R and S swapped": func(_, good []byte) ([]byte, error) { return slices.Concat(good[32:], good[:32]), nil },
		"zeros":           func(_, _ []byte) ([]byte, error) { return make([]byte, 64), nil },
		"R is neutral":    func(_, _ []byte) ([]byte, error) { return append([]byte{1}, make([]byte, 63)...), nil },
		"short":           func(_, good []byte) ([]byte, error) { return good[:63], nil },
		"long":            func(_, good []byte) ([]byte, error) { return append(slices.Clone(good), 0), nil },
		"empty":           func(_, _ []byte) ([]byte, error) { return nil, nil },
		"with a context": func(signed, _ []byte) ([]byte, error) {
			return private.Sign(nil, signed, &ed25519.Options{Context: "jws"})
		},
		"of a hash": func(signed, _ []byte) ([]byte, error) {
			digest := sha512.Sum512(signed)
			return private.Sign(nil, digest[:], &ed25519.Options{Hash: crypto.SHA512})
		},
		"of another hash": func(signed, _ []byte) ([]byte, error) {
			digest := sha256.Sum256(signed)
			return ed25519.Sign(private, digest[:]), nil
		},
	} {
		token := withSignature(t, oauth.EdDSA, func(signed []byte) ([]byte, error) { return sign(signed, signer.Signature(signed)) })
		if judge(token, signer.Key("")) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	token := withSignature(t, oauth.EdDSA, func(signed []byte) ([]byte, error) { return signer.Signature(signed), nil })
	if err := judge(token, signer.Key("")); err != nil {
		t.Error(err)
	}
}

// A signature covers header and payload as they were written, and no other.
func TestSignaturesCoverWhatIsThere(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		header, other := josetest.Encode([]byte(`{"alg":"`+alg+`"}`)), josetest.Encode([]byte(`{ "alg":"`+alg+`"}`))
		body := josetest.Encode([]byte(payload))
		signature := josetest.Encode(signer.Signature([]byte(header + "." + body)))
		for name, token := range map[string]string{
			"another header":       other + "." + body + "." + signature,
			"another payload":      header + "." + josetest.Encode([]byte(payload+" ")) + "." + signature,
			"no payload":           header + ".." + signature,
			"the parts exchanged":  body + "." + header + "." + signature,
			"over the payload":     header + "." + body + "." + josetest.Encode(signer.Signature([]byte(body))),
			"over header, payload": header + "." + body + "." + josetest.Encode(signer.Signature([]byte(header+body))),
			"over what it decodes": header + "." + body + "." + josetest.Encode(signer.Signature([]byte(`{"alg":"`+string(alg)+`"}.`+payload))),
			"over all of it":       header + "." + body + "." + josetest.Encode(signer.Signature([]byte(header+"."+body+"."))),
		} {
			if judge(token, signer.Key("")) == nil {
				t.Errorf("%s: %s is accepted", alg, name)
			}
		}
	}
}
