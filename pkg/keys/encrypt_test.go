package keys_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// jweHeader is what a client reads of a JWE before it can decrypt it.
type jweHeader struct {
	Alg string `json:"alg"`
	Enc string `json:"enc"`
	Kid string `json:"kid"`
	Cty string `json:"cty"`
	Zip string `json:"zip"`
	Epk struct {
		Crv, X, Y string
	} `json:"epk"`
}

func TestWhatIsEncryptedIsReadByItsOwnerAlone(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	const secret = `{"sub":"alice","email":"alice@example.com"}`
	for _, enc := range oauth.ContentEncryptions() {
		for alg, to := range map[string]struct {
			key  jose.EncryptionKey
			open func(jweHeader, []byte) []byte // the content key
		}{
			oauth.RSAOAEP256: {jose.EncryptionKey{ID: "my key", Public: &rsaKey.PublicKey}, func(_ jweHeader, encrypted []byte) []byte {
				cek, err := rsa.DecryptOAEP(sha256.New(), nil, rsaKey, encrypted, nil)
				if err != nil {
					t.Fatal(err)
				}
				return cek
			}},
			oauth.ECDHES: {jose.EncryptionKey{ID: "my key", Public: &ecKey.PublicKey}, func(h jweHeader, encrypted []byte) []byte {
				if len(encrypted) != 0 { // RFC 7516 §5.1: agreed, not sent
					t.Errorf("%s sends a key", alg(h))
				}
				return agreed(t, own, h)
			}},
		} {
			token, err := keys.Encrypt(to.key, alg, enc, keys.ContentJWT, []byte(secret))
			if err != nil {
				t.Fatalf("%s %s: %v", alg, enc, err)
			}
			parts := strings.Split(token, ".")
			var h jweHeader
			if err := json.Unmarshal(decoded(t, parts[0]), &h); err != nil || len(parts) != 5 {
				t.Fatalf("%s %s: %v in %d parts", alg, enc, err, len(parts))
			}
			if h.Alg != alg || h.Enc != enc || h.Kid != "my key" || h.Cty != "JWT" || h.Zip != "" {
				t.Errorf("got the header %+v", h)
			}
			cek := to.open(h, decoded(t, parts[1]))
			if got := string(content(t, enc, cek, parts)); got != secret {
				t.Errorf("%s %s: got %s", alg, enc, got)
			}
		}
	}
}

func alg(h jweHeader) string { return h.Alg }

// agreed derives the content key of ECDH-ES by the text of RFC 7518 §4.6.2.
func agreed(t *testing.T, own *ecdh.PrivateKey, h jweHeader) []byte {
	t.Helper()
	point := slices.Concat([]byte{4}, decoded(t, h.Epk.X), decoded(t, h.Epk.Y))
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		t.Fatal(err)
	}
	z, err := own.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	info := binary.BigEndian.AppendUint32(nil, 1)
	info = append(info, z...)
	info = binary.BigEndian.AppendUint32(info, uint32(len(h.Enc)))
	info = append(info, h.Enc...)
	info = append(info, make([]byte, 8)...) // no apu, no apv
	info = binary.BigEndian.AppendUint32(info, 256)
	key := sha256.Sum256(info)
	return key[:] // both ways to encrypt take 256 bits
}

// content decrypts by the text of RFC 7518 §5.2.2.2 and §5.3.
func content(t *testing.T, enc string, cek []byte, parts []string) []byte {
	t.Helper()
	iv, text, tag := decoded(t, parts[2]), decoded(t, parts[3]), decoded(t, parts[4])
	if len(cek) != 32 {
		t.Fatalf("got a content key of %d bytes", len(cek))
	}
	if enc == oauth.A256GCM {
		block, err := aes.NewCipher(cek)
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := aead.Open(nil, iv, append(text, tag...), []byte(parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	mac := hmac.New(sha256.New, cek[:16])
	mac.Write(slices.Concat([]byte(parts[0]), iv, text, binary.BigEndian.AppendUint64(nil, uint64(len(parts[0])*8))))
	if !hmac.Equal(mac.Sum(nil)[:16], tag) {
		t.Fatal("wrong tag")
	}
	block, err := aes.NewCipher(cek[16:])
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, text)
	return plain[:len(plain)-int(plain[len(plain)-1])]
}

func decoded(t *testing.T, part string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNothingIsEncryptedByWhatIsBroken(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	to := jose.EncryptionKey{Public: &rsaKey.PublicKey}
	for name, c := range map[string]struct{ alg, enc string }{
		"PKCS #1 v1.5":      {"RSA1_5", oauth.A256GCM},
		"OAEP with SHA-1":   {"RSA-OAEP", oauth.A256GCM},
		"a password":        {"PBES2-HS256+A128KW", oauth.A256GCM},
		"a shared key":      {"dir", oauth.A256GCM},
		"nothing":           {"", oauth.A256GCM},
		"no content":        {oauth.RSAOAEP256, ""},
		"another content":   {oauth.RSAOAEP256, "A128GCM"},
		"another key's alg": {oauth.ECDHES, oauth.A256GCM},
	} {
		if token, err := keys.Encrypt(to, c.alg, c.enc, "", []byte("text")); err == nil {
			t.Errorf("%s: got %s", name, token)
		}
	}
	if _, err := keys.Encrypt(jose.EncryptionKey{}, oauth.RSAOAEP256, oauth.A256GCM, "", []byte("text")); err == nil {
		t.Error("encrypted to nobody")
	}
}
