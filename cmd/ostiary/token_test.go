package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// runToken runs `ostiary token` with these lines on standard input.
func runToken(t *testing.T, stdin string, args ...string) (out string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{in: strings.NewReader(stdin), out: &stdout, err: &stderr}
	command := a.tokenCommand()
	command.SetArgs(args)
	command.SetOut(&stderr)
	command.SetErr(&stderr)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.ExecuteContext(t.Context())
	return stdout.String(), err
}

func jwksFile(t *testing.T, jwks ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, []byte(josetest.JWKS(jwks...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func accessToken(signer josetest.Signer, typ, audience string) string {
	now := time.Now().Unix()
	return signer.Token(typ, "k1", fmt.Sprintf(
		`{"iss":"https://id.example.com","aud":%q,"sub":"alice","client_id":"demo","jti":"j1","iat":%d,"exp":%d}`, audience, now, now+60))
}

// accessTokenWith is one that says more, as a member in JSON.
func accessTokenWith(signer josetest.Signer, member string) string {
	now := time.Now().Unix()
	return signer.Token("at+jwt", "k1", fmt.Sprintf(
		`{"iss":"https://id.example.com","aud":"api","sub":"alice","client_id":"demo","jti":"j1","iat":%d,"exp":%d,%s}`, now, now+60, member))
}

func TestTokenVerify(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	file := jwksFile(t, signer.JWK("k1", ""), josetest.New(oauth.EdDSA).JWK("k2", ""))
	good, other := accessToken(signer, "at+jwt", "api"), accessToken(signer, "at+jwt", "another")
	stdin := strings.Join([]string{good, other, "", good + "\r", " " + good, strings.Repeat("x", 1<<20), accessToken(signer, "JWT", "api"), good}, "\n")
	out, err := runToken(t, stdin, "verify", "--jwks", file, "--issuer", "https://id.example.com", "--audience", "api")
	if err == nil || !strings.Contains(err.Error(), "6 of 8") {
		t.Errorf("got %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 8 {
		t.Fatalf("%d verdicts for 8 lines", len(lines))
	}
	for i, line := range lines {
		var got verdict
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		want := i == 0 || i == 7
		if got.Valid != want || want && got.Claims["sub"] != "alice" || !want && got.Error != oauth.InvalidToken || len(got.Unchecked) > 0 {
			t.Errorf("line %d: %s", i, line)
		}
	}
}

func TestTokenVerifySaysWhatItDidNotCheck(t *testing.T) {
	signer, secret := josetest.New(oauth.ES256), josetest.New(oauth.HS256)
	for name, row := range map[string]struct {
		jwk, token, unchecked string
	}{
		"public key": {signer.JWK("k1", ""), accessToken(signer, "at+jwt", "api"), "iss aud"},
		"secret":     {secret.JWK("k1", ""), accessToken(secret, "JWT", "api"), "iss aud"},
		"status":     {signer.JWK("k1", ""), accessTokenWith(signer, `"status":{"status_list":{"idx":1,"uri":"https://id.example.com/status/0"}}`), "iss aud status"},
		"sender":     {signer.JWK("k1", ""), accessTokenWith(signer, `"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`), "iss aud cnf"},
	} {
		out, err := runToken(t, row.token+"\n", "verify", "--jwks", jwksFile(t, row.jwk))
		var got verdict
		if json.Unmarshal([]byte(out), &got) != nil || err != nil || !got.Valid || strings.Join(got.Unchecked, " ") != row.unchecked {
			t.Errorf("%s: got %s %v", name, out, err)
		}
	}
	for _, claims := range []string{`{}`, `[]`, `{"iss":1,"aud":1}`} {
		if out, err := runToken(t, signer.Token("at+jwt", "k1", claims), "verify", "--jwks", jwksFile(t, signer.JWK("k1", ""))); err == nil {
			t.Errorf("%s: got %s", claims, out)
		}
	}
}

func TestTokenVerifyJWS(t *testing.T) {
	signer := josetest.New(oauth.EdDSA)
	file := jwksFile(t, signer.JWK("k1", ""))
	for line, want := range map[string]bool{
		signer.Token("", "k1", "any payload \xff"):          true,
		signer.Token("", "", ""):                            true,
		signer.Token("", "k2", "any payload"):               false,
		signer.Compact(`{"alg":"none"}`, "any"):             false,
		josetest.New(oauth.EdDSA).Token("", "k1", "forged"): false,
	} {
		out, err := runToken(t, line, "verify", "--jws", "--jwks", file)
		var got verdict
		if json.Unmarshal([]byte(out), &got) != nil || got.Valid != want || (err == nil) != want {
			t.Errorf("%s: got %s %v", line, out, err)
		}
	}
}

func TestTokenVerifyRefusesToStart(t *testing.T) {
	for name, args := range map[string][]string{
		"no --jwks": {"verify"},
		"no file":   {"verify", "--jwks", "absent.json"},
		"weak keys": {"verify", "--jwks", jwksFile(t, `{"kty":"oct","k":"AAAA"}`)},
		"argument":  {"verify", "--jwks", jwksFile(t, josetest.New(oauth.EdDSA).JWK("k1", "")), "a.token.here"},
		"no token":  {"verify", "--jwks", jwksFile(t, josetest.New(oauth.EdDSA).JWK("k1", ""))},
	} {
		if out, err := runToken(t, "", args...); err == nil || out != "" {
			t.Errorf("%s: got %q %v", name, out, err)
		}
	}
}

func TestTokenInspect(t *testing.T) {
	out, err := runToken(t, josetest.New(oauth.ES256).Token("at+jwt", "k1", `{"sub":"alice","exp":1700000000}`)+"\n", "inspect")
	if err != nil || !strings.Contains(out, `"sub": "alice"`) || !strings.Contains(out, "exp: 2023-11-14T22:13:20Z") || strings.Contains(out, "refused") {
		t.Errorf("got %s %v", out, err)
	}
	out, err = runToken(t, josetest.New(oauth.ES256).Compact(`{"alg":"none"}`, `{"sub":"alice"}`), "inspect")
	if err != nil || !strings.Contains(out, "would be refused") {
		t.Errorf("got %s %v", out, err)
	}
	for _, bad := range []string{"x", "a.b", "?.?.?", ""} {
		if out, err := runToken(t, bad, "inspect"); err == nil {
			t.Errorf("%q: got %s", bad, out)
		}
	}
}
