package authorizer_test

import (
	"crypto/sha256"
	"encoding/pem"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestTokensBoundToACertificate(t *testing.T) {
	der := []byte("a certificate")
	digest := sha256.Sum256(der)
	mine := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	other := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("another")}))
	bound, unbound := bindTo(map[string]any{"x5t#S256": josetest.Encode(digest[:])}), token("read", nil)
	for name, c := range map[string]struct {
		token, certificate string
		off, may, mst      bool // whether it passes
	}{
		"bound, its certificate":     {bound, mine, false, true, true},
		"bound, another certificate": {bound, other, false, false, false},
		"bound, no certificate":      {bound, "", false, false, false},
		"a bearer's":                 {unbound, "", true, true, false},
		"a bearer's, a certificate":  {unbound, mine, true, true, false},
	} {
		for mode, want := range map[string]bool{"off": c.off, "allowed": c.may, "required": c.mst} {
			r := asking("Bearer " + c.token)
			r.ClientCert = c.certificate
			v := mustSettle(t, `"result_ttl":"0s","mtls":"`+mode+`"`).Check(t.Context(), r)
			if want != (v.Outcome == authorizer.Allowed) || !want && reason(v) != oauth.InvalidToken {
				t.Errorf("%s, %s: got %s, %v", name, mode, v.Outcome, v.Reason)
			}
		}
	}
	// A header is anybody's to write.
	r := asking("Bearer " + bound)
	r.Header["X-Amzn-Mtls-Clientcert"], r.Header["X-Client-Cert"] = []string{mine}, []string{mine}
	if v := mustSettle(t, `"result_ttl":"0s","mtls":"allowed"`).Check(t.Context(), r); v.Outcome != authorizer.Unauthorized {
		t.Error("a certificate is believed from a header")
	}
}

func TestTokensBoundToBoth(t *testing.T) {
	der := []byte("a certificate")
	digest := sha256.Sum256(der)
	both := bindTo(map[string]any{"jkt": dpopKey.Key("").Thumbprint(), "x5t#S256": josetest.Encode(digest[:])})
	a := mustSettle(t, dpopAllowed+`,"mtls":"allowed"`)
	for certificate, want := range map[string]authorizer.Outcome{
		"": authorizer.Unauthorized, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})): authorizer.Allowed,
	} {
		r := asking("DPoP "+both, proof(dpopKey, both, nil))
		r.ClientCert = certificate
		if v := a.Check(t.Context(), r); v.Outcome != want {
			t.Errorf("certificate %q: got %s, %v", certificate, v.Outcome, v.Reason)
		}
	}
	r := asking("DPoP " + both)
	r.ClientCert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if v := a.Check(t.Context(), r); reason(v) != oauth.InvalidDPoPProof {
		t.Errorf("no proof: got %v", v.Reason)
	}
}
