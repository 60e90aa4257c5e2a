package authorizer_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// reading opens the authorizer of a document.
func reading(t *testing.T, document string, secrets map[string]oauth.Secret) (*authorizer.Authorizer, error) {
	t.Helper()
	settings, err := authorizer.ParseSettings([]byte(document))
	if err != nil {
		return nil, err
	}
	return authorizer.Open(t.Context(), settings, func(name string) oauth.Secret { return secrets[name] }, slog.New(slog.DiscardHandler))
}

// Each row is one issuer; what is wrong with it is named by a part of its fault.
func TestIssuersThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	keys := write("jwks.json", josetest.JWKS(signer.JWK("k+1=", "")))
	secret := write("secret.json", josetest.JWKS(josetest.New(oauth.HS256).JWK("", "")))
	nothing := write("nothing.pem", "nothing")
	bundled := `"issuer":"https://id.example.com","audience":["a"],"jwks_file":"` + keys + `"`
	entra := func(tenant string) string {
		return `"issuer":"https://login.example.com/` + tenant + `/v2.0","profile":"entra","audience":["a"],"jwks_file":"` + keys + `"`
	}
	for _, row := range []struct{ fault, issuer string }{
		{"", bundled},
		{"", bundled + `,"profile":"oidc-id-token","algs":["RS256"],"max_lifetime":"1h","required_claims":{"a":[]}`},
		{"", bundled + `,"status":"fail-open"`},
		{"", `"issuer":"my service","profile":"hs256","secret_variable":"LONG","no_iss":true,"no_aud":true`},
		{"issuer is missing", `"audience":["a"],"jwks_file":"` + keys + `"`},
		{"no profile", bundled + `,"profile":"any"`},
		{"audience is missing", `"issuer":"https://id.example.com","jwks_file":"` + keys + `"`},
		{"audience has an empty entry", `"issuer":"https://id.example.com","audience":["a",""],"jwks_file":"` + keys + `"`},
		{"exclude each other", `"issuer":"x","audience":["a"],"no_aud":true,"secret_variable":"LONG"`},
		{"no_aud is for the profile hs256", `"issuer":"x","no_aud":true,"jwks_file":"` + keys + `"`},
		{"no_iss is for the profile hs256", bundled + `,"no_iss":true`},
		{"no algorithm", bundled + `,"algs":["none"]`},
		{"no algorithm", bundled + `,"algs":["HS256"]`},
		{"no algorithm", bundled + `,"profile":"cognito","algs":["ES256"]`},
		{"profile hs256 has a secret_variable", bundled + `,"profile":"hs256"`},
		{"profile hs256 has a secret_variable", `"issuer":"x","audience":["a"],"profile":"rfc9068","secret_variable":"LONG"`},
		{"give one of", bundled + `,"discovery":true`},
		{"give one of", bundled + `,"jwks_uri":"https://id.example.com/keys"`},
		{"jwks_uri must be an https URL", `"issuer":"https://id.example.com","audience":["a"],"jwks_uri":"http://id.example.com/keys"`},
		{"jwks_uri must be an https URL", `"issuer":"https://id.example.com","audience":["a"],"jwks_uri":"http://127.0.0.1/keys"`},
		{"issuer must be an https URL", `"issuer":"my service","audience":["a"]`},
		{"issuer must be an https URL", `"issuer":"http://id.example.com","audience":["a"],"own":true`},
		{"issuer must be an https URL", `"issuer":"https://id.example.com?x","audience":["a"],"discovery":true`},
		{"one tenant", entra("common")},
		{"one tenant", entra("organizations")},
		{"one tenant", entra("{tenantid}")},
		{"", entra("9a1e")},
		{"goes with a client_id", bundled + `,"client_secret_variable":"LONG"`},
		{"", `"issuer":"https://id.example.com","client_id":"a","jwks_file":"` + keys + `"`},
		{"an id_token opens nothing", bundled + `,"profile":"oidc-id-token","userinfo":["email"]`},
		{"whose issuer cannot be asked", `"issuer":"https://x.example.com","audience":["a"],"secret_variable":"LONG","status":"fail-closed"`},
		{"status is", bundled + `,"status":"on"`},
		{"keys_max_age is", bundled + `,"keys_max_age":"2h"`},
		{"keys_max_age is", bundled + `,"keys_max_age":"1s"`},
		{"required_claims has", bundled + `,"required_claims":{"a":[""]}`},
		{"a duration is a string", bundled + `,"max_lifetime":3600`},
		{"a duration is a string", bundled + `,"max_lifetime":"-1h"`},
		{"nothing is called", bundled + `,"jwksuri":"x"`},
		{"MISSING is not set", `"issuer":"x","audience":["a"],"secret_variable":"MISSING"`},
		{"SHORT: a secret for HS256 has at least 32 bytes", `"issuer":"x","audience":["a"],"secret_variable":"SHORT"`},
		{"jwks_file", `"issuer":"x","audience":["a"],"jwks_file":"` + keys + `.not"`},
		{"jwks_file holds a secret", `"issuer":"x","audience":["a"],"jwks_file":"` + secret + `"`},
		{"roots:", bundled + `,"roots":"` + keys + `.not"`},
		{"no certificate", bundled + `,"roots":"` + nothing + `"`},
	} {
		_, err := reading(t, `{"issuers":[{`+row.issuer+`}]}`,
			map[string]oauth.Secret{"LONG": oauth.Secret(strings.Repeat("x", 32)), "SHORT": "x"})
		if row.fault == "" && err != nil || row.fault != "" && (err == nil || !strings.Contains(err.Error(), row.fault)) {
			t.Errorf("%s: got %v, want %q", row.issuer, err, row.fault)
		}
	}
}

// Entries that are good alone and not together, and the faults of all of them at
// once.
func TestIssuersThatCannotBeTogether(t *testing.T) {
	secrets := map[string]oauth.Secret{"S": oauth.Secret(strings.Repeat("x", 32))}
	shared := func(name string) string {
		return `{"issuer":"` + name + `","audience":["a"],"no_iss":true,"secret_variable":"S"}`
	}
	asked := func(name, more string) string {
		return `{"issuer":"` + name + `","endpoint":"https://id.example.com/i","client_id":"c","client_secret_variable":"S"` + more + `}`
	}
	for _, row := range []struct {
		document string
		faults   []string
	}{
		{`{}`, []string{"nobody's token would be good"}},
		{`{"issuers":[` + shared("a") + `,` + shared("a") + `]}`, []string{"two issuers are called a", "two issuers have no_iss"}},
		{`{"introspection":[` + asked("a", `,"audience":["x"]`) + `,` + asked("b", `,"no_aud":true`) + `]}`, []string{"shown to another"}},
		{
			`{"introspection":[` + asked("a", `,"audience":["x"],"prefix":"p"`) + `,` + asked("b", `,"no_aud":true,"prefix":"p"`) + `]}`,
			[]string{"shown to another"},
		},
		{`{"introspection":[` + asked("a", `,"audience":["x"],"prefix":"p"`) + `,` + asked("b", `,"no_aud":true`) + `]}`, nil},
		{`{"introspection":[` + asked("", ``) + `]}`, []string{"issuer is missing", "audience is missing"}},
		{`{"introspection":[` + asked("a", `,"no_aud":true,"ttl":"1h"`) + `]}`, []string{"ttl is"}},
		{`{"introspection":[` + asked("a", `,"no_aud":true,"ttl":"0s"`) + `]}`, []string{"ttl is"}},
		{
			`{"introspection":[{"issuer":"a","endpoint":"http://id.example.com/i","no_aud":true}]}`,
			[]string{"endpoint must be an https URL", "client_id and client_secret_variable are required"},
		},
		{`{"introspection":[{"issuer":"a","no_aud":true,"client_id":"c","client_secret_variable":"S"}]}`, []string{"or endpoint be given"}},
		{
			`{"issuers":[{"issuer":"x"},{"audience":["a"],"status":"on"}],"http_response":"no"}`,
			[]string{"issuers[0]: audience", "issuers[1]: issuer", "issuers[1]: status", "http_response"},
		},
		{`{"issuers":[{"issuer":"x","audience":["a"],"secret_variable":"T"}],"introspection":[{"issuer":"y","endpoint":"https://id.example.com/i",
			"no_aud":true,"client_id":"c","client_secret_variable":"U"}]}`, []string{"T is not set", "U is not set"}},
	} {
		_, err := reading(t, row.document, secrets)
		if (err == nil) != (row.faults == nil) {
			t.Errorf("%s: got %v", row.document, err)
		}
		for _, fault := range row.faults {
			if err != nil && !strings.Contains(err.Error(), fault) {
				t.Errorf("%s: got %v, want %q", row.document, err, fault)
			}
		}
	}
}
