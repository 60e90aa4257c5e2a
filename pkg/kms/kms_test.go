package kms_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/test/moto"
)

func TestKMS(t *testing.T) {
	t.Parallel()
	cfg := moto.Config(moto.Start(t))
	first, second := newKey(t, cfg), newKey(t, cfg)
	dataKey := bytes.Repeat([]byte{7}, 32)
	wrapped, err := kms.Open(cfg).Wrapper(first).Wrap(t.Context(), dataKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("unwraps what it wrapped", func(t *testing.T) {
		got, err := kms.Open(cfg).Wrapper(first).Unwrap(t.Context(), wrapped)
		if err != nil || !bytes.Equal(got, dataKey) {
			t.Errorf("got %x, %v, want %x", got, err, dataKey)
		}
	})
	t.Run("the wrapped form does not hold the data key", func(t *testing.T) {
		if bytes.Contains(wrapped, dataKey) {
			t.Error("the data key is in clear")
		}
	})
	t.Run("another key does not unwrap", func(t *testing.T) {
		wantDecision(t, unwrap(t, cfg, second, wrapped))
	})
	t.Run("altered does not unwrap", func(t *testing.T) {
		altered := bytes.Clone(wrapped)
		altered[len(altered)-1] ^= 1
		wantDecision(t, unwrap(t, cfg, first, altered))
	})
	t.Run("the encryption context is demanded", func(t *testing.T) {
		_, err := awskms.NewFromConfig(cfg).Decrypt(t.Context(), &awskms.DecryptInput{KeyId: &first, CiphertextBlob: wrapped})
		if err == nil {
			t.Error("unwrapped without the encryption context")
		}
	})
	t.Run("a key that is not there", func(t *testing.T) {
		wantDecision(t, unwrap(t, cfg, "alias/nowhere", wrapped))
	})
	t.Run("a whole ring", func(t *testing.T) { wholeRing(t, cfg, first) })
}

// wholeRing makes and uses signing keys sealed under a data key that KMS wraps,
// twice over one table, as two environments do.
func wholeRing(t *testing.T, cfg aws.Config, keyID string) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	policy := keys.Policy{Lifetime: 48e9, PublishAhead: 24e9, RetireAfter: 24e9, Algs: []oauth.Alg{oauth.ES256}}
	var documents [][]byte
	for range 2 {
		sealer, err := keys.OpenSealer(t.Context(), db.Table("users"), kms.Open(cfg).Wrapper(keyID))
		if err != nil {
			t.Fatal(err)
		}
		ring := keys.OpenRing(db.Table("users"), sealer, policy)
		if _, err := ring.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Sign(t.Context(), oauth.ES256, "JWT", map[string]any{"sub": "alice"}); err != nil {
			t.Fatal(err)
		}
		document, err := ring.JWKS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document)
	}
	if !bytes.Equal(documents[0], documents[1]) {
		t.Errorf("two environments publish %s and %s", documents[0], documents[1])
	}
}

// What KMS says decides whether signing goes on.
func TestF26F27FailuresAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		code    string
		passing bool
	}{
		"F26 throttled":             {400, "ThrottlingException", true},
		"F26 quota":                 {400, "LimitExceededException", true},
		"F26 internal error":        {500, "KMSInternalException", true},
		"F26 dependency timed out":  {503, "DependencyTimeoutException", true},
		"F26 key unavailable":       {500, "KeyUnavailableException", true},
		"F26 gateway error":         {502, "", true},
		"F27 disabled":              {400, "DisabledException", false},
		"F27 pending deletion":      {400, "KMSInvalidStateException", false},
		"F27 denied":                {400, "AccessDeniedException", false},
		"F27 no such key":           {400, "NotFoundException", false},
		"F27 another key":           {400, "IncorrectKeyException", false},
		"F27 altered":               {400, "InvalidCiphertextException", false},
		"F27 credentials refused":   {400, "UnrecognizedClientException", false},
		"an error nobody knows yet": {400, "SomethingNewException", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(c.status)
				_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"…"}`, c.code)
			}))
			defer server.Close()
			w := kms.Open(moto.Config(server.URL)).Wrapper("alias/any")
			_, errWrap := w.Wrap(t.Context(), make([]byte, 32))
			_, errUnwrap := w.Unwrap(t.Context(), make([]byte, 64))
			custodian := kms.Open(moto.Config(server.URL))
			_, errSign := custodian.Sign(t.Context(), "a-key", oauth.ES256, make([]byte, 32))
			_, errKey := custodian.PublicKey(t.Context(), "a-key", oauth.ES256)
			for _, err := range []error{errWrap, errUnwrap, errSign, errKey} {
				if got := errors.Is(err, keys.ErrUnavailable); err == nil || got != c.passing {
					t.Errorf("got %v, taken for passing %v, want %v", err, got, c.passing)
				}
			}
		})
	}
}

func TestF26UnreachableWillPass(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := kms.Open(moto.Config(server.URL)).Wrapper("alias/any").Unwrap(t.Context(), make([]byte, 64))
	if !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func newKey(t *testing.T, cfg aws.Config) string {
	t.Helper()
	out, err := awskms.NewFromConfig(cfg).CreateKey(t.Context(), &awskms.CreateKeyInput{KeySpec: types.KeySpecSymmetricDefault})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.KeyId
}

func unwrap(t *testing.T, cfg aws.Config, keyID string, wrapped []byte) error {
	t.Helper()
	_, err := kms.Open(cfg).Wrapper(keyID).Unwrap(t.Context(), wrapped)
	return err
}

// wantDecision demands a failure after which a Sealer stops.
func wantDecision(t *testing.T, err error) {
	t.Helper()
	if err == nil || errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("got %v, want a failure that is not ErrUnavailable", err)
	}
}
