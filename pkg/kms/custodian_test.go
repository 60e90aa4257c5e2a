package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/pkg/verify"
	"github.com/ostiary-auth/ostiary/test/custody"
	"github.com/ostiary-auth/ostiary/test/moto"
)

func TestKeysThatNeverLeaveKMS(t *testing.T) {
	t.Parallel()
	endpoint := moto.Start(t)
	stand := custody.Start(t, endpoint)
	by := map[oauth.Alg]string{}
	algs := []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256}
	for _, alg := range algs {
		by[alg] = stand.Key(t, alg)
	}
	ring := entrustedRing(t, moto.Config(stand.URL), by)
	if _, err := ring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, alg := range algs {
		t.Run(string(alg)+" tokens are those that every reader takes", func(t *testing.T) { wantAccepted(t, ring, alg) })
	}
	cfg := moto.Config(endpoint)
	p256, rsa := signingKey(t, cfg, types.KeySpecEccNistP256), signingKey(t, cfg, types.KeySpecRsa2048)
	t.Run("moto's public keys are taken over", func(t *testing.T) {
		report, err := entrustedRing(t, cfg, map[oauth.Alg]string{oauth.ES256: p256, oauth.RS256: rsa}).Rotate(t.Context())
		if err != nil || len(report.Made) != 2 {
			t.Errorf("got %v, %v", report, err)
		}
	})
	t.Run("a token that KMS signed as something else does not leave", func(t *testing.T) {
		ring := entrustedRing(t, cfg, map[oauth.Alg]string{oauth.ES256: p256})
		if _, err := ring.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		// moto takes the digest for the message.
		if token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", map[string]any{}); err == nil {
			t.Errorf("got %s", token)
		}
	})
	for name, c := range map[string]struct {
		alg oauth.Alg
		key string
	}{
		"RSA for ES256":        {oauth.ES256, rsa},
		"P-256 for RS256":      {oauth.RS256, p256},
		"P-384 for ES256":      {oauth.ES256, signingKey(t, cfg, types.KeySpecEccNistP384)},
		"secp256k1 for ES256":  {oauth.ES256, signingKey(t, cfg, types.KeySpecEccSecgP256k1)},
		"a key for encryption": {oauth.RS256, encryptionKey(t, cfg)},
		"a symmetric key":      {oauth.ES256, newKey(t, cfg)},
		"a key that is gone":   {oauth.ES256, "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"},
	} {
		t.Run(name+" is refused before anything is published", func(t *testing.T) {
			ring := entrustedRing(t, cfg, map[oauth.Alg]string{c.alg: c.key})
			if report, err := ring.Rotate(t.Context()); err == nil || errors.Is(err, keys.ErrUnavailable) {
				t.Errorf("got %v, %v", report, err)
			}
		})
	}
}

// entrustedRing has the keys by algorithm.
func entrustedRing(t *testing.T, cfg aws.Config, by map[oauth.Alg]string) *keys.Ring {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	wrapper, err := keys.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := keys.OpenSealer(t.Context(), db.Table("users"), wrapper)
	if err != nil {
		t.Fatal(err)
	}
	p := keys.Policy{Lifetime: 48 * time.Hour, PublishAhead: 24 * time.Hour, RetireAfter: 24 * time.Hour, Entrust: true}
	for alg, id := range by {
		p.Algs, p.Entrusted = append(p.Algs, alg), append(p.Entrusted, keys.Entrusted{Alg: alg, ID: id})
	}
	return keys.OpenRing(db.Table("users"), sealer, p).WithCustodian(kms.Open(cfg))
}

// wantAccepted signs an access token and shows it to the authorizer's verifier.
func wantAccepted(t *testing.T, ring *keys.Ring, alg oauth.Alg) {
	t.Helper()
	now := time.Now()
	token, err := ring.Sign(t.Context(), alg, oauth.TypAccessToken, map[string]any{
		"iss": "https://id.example.com", "sub": "alice", "aud": "https://api.example.com", "client_id": "app",
		"jti": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := verify.NewAccessTokens(verify.Policy{
		Issuer: "https://id.example.com", Audience: []string{"https://api.example.com"}, Algs: []oauth.Alg{alg},
		MaxLifetime: 24 * time.Hour,
	}, ring)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

// What is sent is the digest alone, by the algorithm's name and as a digest.
func TestOnlyTheDigestIsSent(t *testing.T) {
	t.Parallel()
	for alg, want := range map[oauth.Alg]string{
		oauth.ES256: "ECDSA_SHA_256", oauth.RS256: "RSASSA_PKCS1_V1_5_SHA_256", oauth.PS256: "RSASSA_PSS_SHA_256",
	} {
		digest := []byte("0123456789abcdef0123456789abcdef")
		var sent map[string]string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewDecoder(r.Body).Decode(&sent)
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			_, _ = fmt.Fprint(w, `{"Signature":"AQID"}`)
		}))
		defer server.Close()
		signature, err := kms.Open(moto.Config(server.URL)).Sign(t.Context(), "a-key", alg, digest)
		if err != nil || string(signature) != "\x01\x02\x03" {
			t.Errorf("%s: got %x, %v", alg, signature, err)
		}
		for member, value := range map[string]string{
			"KeyId": "a-key", "MessageType": "DIGEST", "SigningAlgorithm": want, "Message": base64.StdEncoding.EncodeToString(digest),
		} {
			if sent[member] != value {
				t.Errorf("%s: %s is %q, want %q", alg, member, sent[member], value)
			}
		}
	}
	for _, alg := range []oauth.Alg{oauth.EdDSA, oauth.HS256, ""} {
		if _, err := kms.Open(moto.Config("http://127.0.0.1:1")).Sign(t.Context(), "a-key", alg, nil); err == nil || errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%q: got %v", alg, err)
		}
	}
}

// signingKey makes an asymmetric key and returns its ARN.
func signingKey(t *testing.T, cfg aws.Config, spec types.KeySpec) string {
	t.Helper()
	return makeKey(t, cfg, &awskms.CreateKeyInput{KeySpec: spec, KeyUsage: types.KeyUsageTypeSignVerify})
}

func encryptionKey(t *testing.T, cfg aws.Config) string {
	t.Helper()
	return makeKey(t, cfg, &awskms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeEncryptDecrypt})
}

func makeKey(t *testing.T, cfg aws.Config, in *awskms.CreateKeyInput) string {
	t.Helper()
	out, err := awskms.NewFromConfig(cfg).CreateKey(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}
