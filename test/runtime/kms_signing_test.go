package runtime_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/custody"
)

// TestKMSSigns tells the story with private keys that never leave KMS: what is
// minted at /token passes the gate, and while KMS does not sign nothing is minted.
func TestKMSSigns(t *testing.T) {
	w := prepare(t)
	kms := custody.Start(t, w.env["AWS_ENDPOINT_URL_KMS"])
	w.env["AWS_ENDPOINT_URL_KMS"], w.env["SIGNING"] = kms.URL, "kms"
	w.env["KMS_ES256_KEYS"], w.env["KMS_RS256_KEYS"] = kms.Key(t, oauth.ES256), kms.Key(t, oauth.RS256)
	w.run(t, "discovery", "status", "token", "authorizer", "protected")

	story(t, w)
	if kms.Signed() == 0 {
		t.Fatal("KMS signed nothing")
	}
	t.Run("the key set has the keys of KMS and no other", func(t *testing.T) {
		_, body := w.request(t, http.MethodGet, "/jwks.json", nil, "")
		document, err := json.Marshal(body)
		check(t, err)
		set, err := jose.ParseSet(document)
		if err != nil || len(set.Keys()) != 2 {
			t.Errorf("got %s, %v", document, err)
		}
	})
	t.Run("the metadata names their algorithms alone", func(t *testing.T) {
		_, body := w.request(t, http.MethodGet, "/.well-known/openid-configuration", nil, "")
		if got, _ := json.Marshal(body["id_token_signing_alg_values_supported"]); string(got) != `["RS256","ES256","HS256"]` {
			t.Errorf("got %s", got)
		}
	})
	for _, code := range []string{"ThrottlingException", "KMSInternalException", "DisabledException"} {
		t.Run("F26 F27 "+code+" is 503", func(t *testing.T) {
			kms.Fail(code)
			defer kms.Fail("")
			response, body := w.request(t, http.MethodPost, "/token", url.Values{
				"grant_type": {"password"}, "client_id": {publicClient}, "username": {username}, "password": {password},
			}, "")
			if response.StatusCode != http.StatusServiceUnavailable || body["error"] != "temporarily_unavailable" || body["access_token"] != nil {
				t.Errorf("got %d %v", response.StatusCode, body)
			}
		})
	}
	w.signIn(t)
}
