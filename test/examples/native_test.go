package examples_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/test/cache"
)

// What an HTTP API's own JWT authorizer asks of an issuer: documents of at most 150,000
// bytes, an issuer that is its tokens' iss, RSA keys with a kid.
func TestAPIGatewaysOwnAuthorizerCanReadTheIssuer(t *testing.T) {
	const most = 150_000
	p := open(t)
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	check(t, json.Unmarshal(get(t, p.url+"/.well-known/openid-configuration", most), &metadata))
	if metadata.Issuer != p.url {
		t.Errorf("got the issuer %s, want %s", metadata.Issuer, p.url)
	}
	var set struct {
		Keys []struct{ Kty, Alg, Kid, Use, N, E string }
	}
	check(t, json.Unmarshal(get(t, metadata.JWKSURI, most), &set))
	header, claims := parts(t, p.token(t, native, "read"))
	found := false
	for _, key := range set.Keys {
		if key.Kid == header["kid"] {
			found = key.Kty == "RSA" && key.Alg == "RS256" && key.N != "" && key.E != ""
		}
	}
	if header["alg"] != "RS256" || !found {
		t.Errorf("a token signed by %v, and its key is not among %v", header, set.Keys)
	}
	for name, want := range map[string]any{"iss": p.url, "aud": native, "scope": "read", "sub": p.alice, "client_id": "app"} {
		if claims[name] != want {
			t.Errorf("%s: got %v, want %v", name, claims[name], want)
		}
	}
	for _, name := range []string{"exp", "iat"} {
		if _, ok := claims[name].(float64); !ok {
			t.Errorf("%s is %v", name, claims[name])
		}
	}
}

// The templates of examples/ are whole.
func TestExampleTemplatesAreSound(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(examples, "api-gateway", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	python := filepath.Join(cache.Folder(t), "venv", "bin", "python3")
	lint := exec.CommandContext(t.Context(), python,
		append([]string{"-c", "import sys; from cfnlint.runner import main; sys.exit(main())", "--"}, files...)...)
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func get(t *testing.T, address string, most int) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	check(t, err)
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	if response.StatusCode != http.StatusOK || len(body) > most {
		t.Fatalf("%s: got %d with %d bytes", address, response.StatusCode, len(body))
	}
	return body
}

// parts reads a token without judging it.
func parts(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	split := strings.Split(token, ".")
	for i, into := range []any{&header, &claims} {
		content, err := base64.RawURLEncoding.DecodeString(split[i])
		check(t, err)
		check(t, json.Unmarshal(content, into))
	}
	return header, claims
}
