package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// certificate makes a certificate as API Gateway hands it on, and its thumbprint.
func certificate(t *testing.T) (text, thumbprint string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), josetest.Encode(digest[:])
}

func TestTokensBoundToACertificate(t *testing.T) {
	mine, thumbprint := certificate(t)
	other, another := certificate(t)
	for name, c := range map[string]struct {
		thumbprint, certificate string
		good                    bool
	}{
		"its own":                      {thumbprint, mine, true},
		"its own, and the chain":       {thumbprint, mine + other, true},
		"without the last line break":  {thumbprint, strings.TrimSpace(mine), true},
		"another's certificate":        {thumbprint, other, false},
		"another's, before its own":    {thumbprint, other + mine, false},
		"no certificate":               {thumbprint, "", false},
		"another's thumbprint":         {another, mine, false},
		"no thumbprint":                {"", mine, false},
		"nothing at all":               {"", "", false},
		"DER that is no PEM":           {thumbprint, "MII", false},
		"a block of another kind":      {thumbprint, strings.ReplaceAll(mine, "CERTIFICATE", "PUBLIC KEY"), false},
		"the thumbprint's beginning":   {thumbprint[:10], mine, false},
		"the thumbprint with a = more": {thumbprint + "=", mine, false},
	} {
		err := verify.ClientCertificate(c.thumbprint, c.certificate)
		if c.good != (err == nil) || !c.good && !oauth.InvalidToken.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestConfirmationOfAToken(t *testing.T) {
	for name, c := range map[string]struct {
		claims map[string]any
		want   verify.Confirmation
		refuse bool
	}{
		"a bearer's":                 {nil, verify.Confirmation{}, false},
		"a DPoP key's":               {map[string]any{"cnf": map[string]any{"jkt": "k"}}, verify.Confirmation{Thumbprint: "k"}, false},
		"a certificate's":            {map[string]any{"cnf": map[string]any{"x5t#S256": "c"}}, verify.Confirmation{Certificate: "c"}, false},
		"both":                       {map[string]any{"cnf": map[string]any{"jkt": "k", "x5t#S256": "c"}}, verify.Confirmation{Thumbprint: "k", Certificate: "c"}, false},
		"a key's, and more":          {map[string]any{"cnf": map[string]any{"jkt": "k", "kid": "1"}}, verify.Confirmation{Thumbprint: "k"}, false},
		"in a way that is not known": {map[string]any{"cnf": map[string]any{"jwk": map[string]any{}}}, verify.Confirmation{}, true},
		"to nothing":                 {map[string]any{"cnf": map[string]any{}}, verify.Confirmation{}, true},
		"cnf is null":                {map[string]any{"cnf": nil}, verify.Confirmation{}, true},
		"cnf is text":                {map[string]any{"cnf": "k"}, verify.Confirmation{}, true},
		"jkt is a number":            {map[string]any{"cnf": map[string]any{"jkt": 1.0, "x5t#S256": "c"}}, verify.Confirmation{}, true},
		"jkt is empty":               {map[string]any{"cnf": map[string]any{"jkt": ""}}, verify.Confirmation{}, true},
		"x5t#S256 is a list":         {map[string]any{"cnf": map[string]any{"jkt": "k", "x5t#S256": []any{"c"}}}, verify.Confirmation{}, true},
	} {
		got, err := verify.ConfirmationOf(oauth.AccessToken{Claims: c.claims})
		if c.refuse != oauth.InvalidToken.In(err) || got != c.want || got.Bound() != (c.want != verify.Confirmation{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
