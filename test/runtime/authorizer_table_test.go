package runtime_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// sampleKey is the API key in the samples, which nobody made.
var sampleKey = regexp.MustCompile(`ostiary_[a-z2-7]{39}`)

// credited is a sample with good credentials.
func (w *world) credited(event []byte, token string) []byte {
	return sampleKey.ReplaceAll(bearer.ReplaceAll(event, []byte("Bearer "+token)), []byte(w.apiKey))
}

// boundIssuer is an issuer whose tokens are bound to a key.
const boundIssuer = "https://bound.example.com"

var boundIssuerKey = josetest.New(oauth.ES256)

// environment is a function's. The authorizer with tables is told of keys and proofs,
// for which there is no variable.
func (w *world) environment(t testing.TB, name string) map[string]string {
	t.Helper()
	if name != "authorizer_table" {
		return w.env
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	check(t, os.WriteFile(keys, []byte(josetest.JWKS(boundIssuerKey.JWK("k1", ""))), 0o600))
	env := maps.Clone(w.env)
	delete(env, "AUDIENCE")
	env["AUTHORIZER_SETTINGS"] = fmt.Sprintf(`{"result_ttl":"0s","sources":[{"header":"Authorization"},{"api_key_header":"X-Api-Key"}],
		"issuers":[{"issuer":%q,"audience":[%q],"own":true},{"issuer":%q,"audience":[%[2]q],"jwks_file":%[4]q}],
		"dpop":{"mode":"allowed","base_url":%[2]q,"replay":"table"}}`, w.issuer, audience, boundIssuer, keys)
	return env
}

// keysAndProofs shows what the authorizer with tables can do more: of two instances
// each knows the keys, and a proof that one saw, the other refuses (O19).
func keysAndProofs(t *testing.T, w *world) {
	binary := filepath.Join(t.TempDir(), "bootstrap")
	check(t, runtimeapi.Build(t.Context(), "../..", "./functions/authorizer_table", binary))
	policies := filepath.Join(t.TempDir(), "policies.cedar")
	check(t, os.WriteFile(policies, []byte(`permit (principal, action == Action::"GET", resource) when { context.claims has cnf };`), 0o600))
	var instances [3]*runtimeapi.Function
	for i := range instances {
		environment := w.environment(t, "authorizer_table")
		if i == 2 { // the third asks policies, which permit bound tokens alone
			environment["AUTHORIZER_SETTINGS"] = fmt.Sprintf(`{"cedar":{"policies_file":%q},%s`, policies, environment["AUTHORIZER_SETTINGS"][1:])
		}
		f, err := runtimeapi.Start(t.Context(), binary, environment, &w.log)
		check(t, err)
		t.Cleanup(func() { check(t, f.Close()) })
		instances[i] = f
	}
	ask := func(instance int, headers map[string]string) string {
		text, err := json.Marshal(headers)
		check(t, err)
		answer, err := instances[instance].Invoke(t.Context(), fmt.Appendf(nil, `{"type":"REQUEST",
			"methodArn":"arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/pets","resource":"/pets","path":"/pets",
			"httpMethod":"GET","headers":%s,"requestContext":{}}`, text))
		if err != nil {
			return err.Error()
		}
		return string(answer)
	}
	caller := josetest.New(oauth.ES256)
	token, proof := boundToken(t, caller), ""
	for _, c := range []struct {
		what     string
		instance int
		headers  map[string]string
		want     string
	}{
		{"a key", 0, map[string]string{"x-api-key": w.apiKey}, `"Effect":"Allow"`},
		{"the key elsewhere", 1, map[string]string{"X-Api-Key": w.apiKey}, `"Effect":"Allow"`},
		{"an unknown key", 0, map[string]string{"X-Api-Key": "ostiary_" + strings.Repeat("a", 39)}, "Unauthorized"},
		{"a token", 0, map[string]string{"Authorization": "Bearer " + w.signIn(t)}, `"Effect":"Allow"`},
		{"a bound token as Bearer", 0, map[string]string{"Authorization": "Bearer " + token}, "Unauthorized"},
		{"a proof", 0, map[string]string{"Authorization": "DPoP " + token, "DPoP": "new"}, `"Effect":"Allow"`},
		{"the proof again", 0, map[string]string{"Authorization": "DPoP " + token, "DPoP": "same"}, "Unauthorized"},
		{"the proof elsewhere", 1, map[string]string{"Authorization": "DPoP " + token, "DPoP": "same"}, "Unauthorized"},
		{"another proof elsewhere", 1, map[string]string{"Authorization": "DPoP " + token, "DPoP": "new"}, `"Effect":"Allow"`},
		{"a key that no policy permits", 2, map[string]string{"X-Api-Key": w.apiKey}, `"Effect":"Deny"`},
		{"a proof that one does", 2, map[string]string{"Authorization": "DPoP " + token, "DPoP": "new"}, `"Effect":"Allow"`},
	} {
		if c.headers["DPoP"] == "new" {
			proof = prove(t, caller, token)
		}
		if c.headers["DPoP"] != "" {
			c.headers["DPoP"] = proof
		}
		if got := ask(c.instance, c.headers); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s", c.what, got)
		}
	}
}

func boundToken(t *testing.T, to josetest.Signer) string {
	t.Helper()
	now := time.Now().Unix()
	claims, err := json.Marshal(map[string]any{
		"iss": boundIssuer, "sub": "alice", "aud": audience, "client_id": "app", "jti": "j1", "iat": now, "exp": now + 600,
		"cnf": map[string]string{"jkt": to.Key("").Thumbprint()},
	})
	check(t, err)
	return boundIssuerKey.Token("at+jwt", "k1", string(claims))
}

// prove makes a proof for GET /pets with the token.
func prove(t *testing.T, key josetest.Signer, token string) string {
	t.Helper()
	digest := sha256.Sum256([]byte(token))
	claims, err := json.Marshal(map[string]any{
		"jti": fmt.Sprint(time.Now().UnixNano()), "htm": "GET", "htu": audience + "/pets", "iat": time.Now().Unix(),
		"ath": josetest.Encode(digest[:]),
	})
	check(t, err)
	return key.Compact(`{"typ":"dpop+jwt","alg":"ES256","jwk":`+key.JWK("", "")+`}`, string(claims))
}
