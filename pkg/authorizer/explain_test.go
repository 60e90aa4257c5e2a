package authorizer_test

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
)

func TestExplainSaysHowATokenWasShownToBeItsSenders(t *testing.T) {
	der := []byte("a certificate")
	digest := sha256.Sum256(der)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	jkt, x5t := dpopKey.Key("").Thumbprint(), josetest.Encode(digest[:])
	a := mustSettle(t, dpopAllowed+`,"mtls":"allowed"`)
	for name, c := range map[string]struct {
		cnf  map[string]any
		want string
	}{
		"a bearer's":      {nil, "it is bound to no key"},
		"a key's":         {map[string]any{"jkt": jkt}, "by a proof of the key that it is bound to"},
		"a certificate's": {map[string]any{"x5t#S256": x5t}, "by the client certificate that it is bound to"},
		"both's":          {map[string]any{"jkt": jkt, "x5t#S256": x5t}, "by the client certificate, and a proof of the key, that it is bound to"},
	} {
		token, header := token("read", nil), ""
		if c.cnf != nil {
			token = bindTo(c.cnf)
		}
		scheme := "Bearer"
		if c.cnf["jkt"] != nil {
			scheme, header = "DPoP", fmt.Sprintf(`,"DPoP":%q`, proof(dpopKey, token, nil))
		}
		event := fmt.Sprintf(`{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:123456789012:a1/live/GET/pets",
			"resource":"/pets","path":"/pets","headers":{"Authorization":"%s %s"%s},
			"requestContext":{"identity":{"clientCert":{"clientCertPem":%q}}}}`, scheme, token, header, certificate)
		x := a.Explain(t.Context(), []byte(event))
		if len(x.Steps) != 4 || x.Steps[authorizer.VerifySender-1].Outcome != "passed" || x.Steps[authorizer.VerifySender-1].Detail != c.want {
			t.Errorf("%s: got %+v, want %q", name, x, c.want)
		}
	}
}
