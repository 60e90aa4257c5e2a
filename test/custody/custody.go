// Package custody answers "who signs as KMS does?": it holds asymmetric keys and
// signs digests with them, which moto cannot yet (it hashes them once more), and
// passes everything else on to moto.
package custody

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// KMS is the stand-in.
type KMS struct {
	URL string

	mu     sync.Mutex
	keys   map[string]key
	fails  string // the code of the error with which Sign is answered
	signed int
}

type key struct {
	private crypto.Signer
	spec    string // of the only algorithm that the policy of the key allows
}

// Start runs a KMS until the test ends. What it does not do itself moto does, which
// listens at the URL.
func Start(t testing.TB, moto string) *KMS {
	t.Helper()
	k := &KMS{keys: map[string]key{}}
	target, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	rest := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.Sign":
			k.sign(w, r)
		case "TrentService.GetPublicKey":
			k.publicKey(w, r)
		default:
			rest.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	k.URL = server.URL
	return k
}

// Key makes a key and returns its ARN.
func (k *KMS) Key(t testing.TB, alg oauth.Alg) (arn string) {
	t.Helper()
	var made key
	var err error
	switch alg {
	case oauth.ES256:
		made.spec = "ECDSA_SHA_256"
		made.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case oauth.RS256, oauth.PS256:
		made.spec = map[oauth.Alg]string{oauth.RS256: "RSASSA_PKCS1_V1_5_SHA_256", oauth.PS256: "RSASSA_PSS_SHA_256"}[alg]
		made.private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		t.Fatalf("no key for %s", alg)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	arn = fmt.Sprintf("arn:aws:kms:eu-central-1:123456789012:key/%012d", len(k.keys)+1)
	k.keys[arn] = made
	return arn
}

// Fail answers from now on by an error of the code, or signs again when it is "".
func (k *KMS) Fail(code string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fails = code
}

// Signed is how many digests were signed.
func (k *KMS) Signed() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.signed
}

func (k *KMS) publicKey(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		KeyID string `json:"KeyId"`
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.keys[asked.KeyID]
	if !ok {
		refuse(w, "NotFoundException")
		return
	}
	der, err := x509.MarshalPKIXPublicKey(found.private.Public())
	if err != nil {
		refuse(w, "KMSInternalException")
		return
	}
	answer(w, map[string]any{
		"KeyId": asked.KeyID, "PublicKey": der, "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": []string{found.spec},
	})
}

func (k *KMS) sign(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		KeyID                         string `json:"KeyId"`
		MessageType, SigningAlgorithm string
		Message                       []byte
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.keys[asked.KeyID]
	switch {
	case k.fails != "":
		refuse(w, k.fails)
	case !ok:
		refuse(w, "NotFoundException")
	case asked.SigningAlgorithm != found.spec:
		refuse(w, "InvalidKeyUsageException")
	case asked.MessageType != "DIGEST" || len(asked.Message) != crypto.SHA256.Size():
		refuse(w, "ValidationException")
	default:
		var options crypto.SignerOpts = crypto.SHA256
		if found.spec == "RSASSA_PSS_SHA_256" {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		signature, err := found.private.Sign(rand.Reader, asked.Message, options)
		if err != nil {
			refuse(w, "KMSInternalException")
			return
		}
		k.signed++
		answer(w, map[string]any{"KeyId": asked.KeyID, "Signature": signature, "SigningAlgorithm": asked.SigningAlgorithm})
	}
}

func refuse(w http.ResponseWriter, code string) {
	status := http.StatusBadRequest
	if slices.Contains([]string{"KMSInternalException", "KeyUnavailableException"}, code) {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(body) // bytes become base64, as KMS writes them
}
