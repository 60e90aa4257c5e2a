package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// TestDoctorBesideAServer is green.
func TestDoctorBesideAServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	server := start(t, "--data", data)
	issuer := strings.Replace(server.url, "127.0.0.1", "localhost", 1)
	out, err := ostiary(t, "doctor", "--data", data, "--issuer", issuer)
	if err != nil || strings.Contains(out, "warning") || strings.Count(out, "ok ") != 5 {
		t.Errorf("got %v\n%s", err, out)
	}
}

// Where there are no keys to be published, it does not say that they are.
func TestDoctorWithoutKeys(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if out, err := ostiary(t, "user", "list", "--data", empty); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := start(t, "--data", filepath.Join(t.TempDir(), "data"))
	issuer := strings.Replace(server.url, "127.0.0.1", "localhost", 1)
	out, err := ostiary(t, "doctor", "--data", empty, "--issuer", issuer)
	if err == nil || !strings.Contains(out, "there are no signing keys") || !strings.Contains(out, "answers as "+issuer+"\n") {
		t.Errorf("got %v\n%s", err, out)
	}
}

// TestDoctorOnIssuers has other things stand at the issuer's URL.
func TestDoctorOnIssuers(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if out, err := ostiary(t, "key", "rotate", "--data", data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	metadata := func(w http.ResponseWriter, issuer, jwks string) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": jwks})
	}
	const foreign = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"other","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	for rule, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, url string)
		want   string
	}{
		"another issuer": {func(w http.ResponseWriter, _ *http.Request, _ string) {
			metadata(w, "https://id.example.com", "https://id.example.com/jwks.json")
		}, `calls itself "https://id.example.com"`},
		"other keys": {func(w http.ResponseWriter, r *http.Request, url string) {
			if r.URL.Path == "/jwks.json" {
				_, _ = w.Write([]byte(foreign))
				return
			}
			metadata(w, url, url+"/jwks.json")
		}, "does not publish key"},
		"no key set": {func(w http.ResponseWriter, _ *http.Request, url string) { metadata(w, url, url) }, "keys is not an array"},
		"not JSON":   {func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = w.Write([]byte("<html>")) }, "no JSON"},
		"an error":   {func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(500) }, "status 500"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request, _ string) { http.Redirect(w, r, "/x", http.StatusFound) }, "status 302"},
		"a clock off": {func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Date", time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC).Format(http.TimeFormat))
			_, _ = w.Write([]byte("{}"))
		}, "this machine and the issuer differ by"},
	} {
		t.Run(rule, func(t *testing.T) {
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.answer(w, r, server.URL) }))
			defer server.Close()
			out, err := ostiary(t, "doctor", "--data", data, "--issuer", server.URL)
			if err == nil || !strings.Contains(out, c.want) || !strings.Contains(out, "failed") {
				t.Errorf("got %v, want %q in\n%s", err, c.want, out)
			}
		})
	}
}

// TestF02DoctorWarnsOfACacheThatOutlivesTokens: the authorizer cannot shorten the cache
// for one answer, so what API Gateway keeps must not live longer than a token.
func TestF02DoctorWarnsOfACacheThatOutlivesTokens(t *testing.T) {
	for name, c := range map[string]struct {
		ttl, lifetime string
		warns         bool
	}{
		"as it comes":   {"10s", "1h", false},
		"just as long":  {"5m", "5m", false},
		"a second more": {"301s", "5m", true},
		"the longest":   {"1h", "1m", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("RESULT_TTL", c.ttl)
			t.Setenv("ACCESS_TOKEN_LIFETIME", c.lifetime)
			out, _ := ostiary(t, "doctor", "--data", filepath.Join(t.TempDir(), "none"))
			if got := strings.Contains(out, "API Gateway lets expired tokens pass"); got != c.warns {
				t.Errorf("warned %v, want %v:\n%s", got, c.warns, out)
			}
		})
	}
}

// A proof that a kept answer would skip is found before the authorizer refuses to
// start.
func TestDoctorReadsTheAuthorizersSettings(t *testing.T) {
	const dpop = `"dpop":{"mode":"required","base_url":"https://api.example.com","replay":"table"}`
	for settings, want := range map[string]string{
		`{"issuers":[{"issuer":"https://id.example.com","audience":["a"]}],` + dpop + `}`:     "set result_ttl to 0s",
		`{"issuers":[{"issuer":"https://id.example.com","audience":["a"]}],"mtls":"allowed"}`: "set result_ttl to 0s",
		`{"isuers":[]}`: "nothing is called isuers",
		`{"issuers":[{"issuer":"https://id.example.com","audience":["a"]}],"result_ttl":"0s",` + dpop + `}`:             "1 issuer",
		`{"issuers":[{"issuer":"https://id.example.com","audience":["a"]}],"sources":[{"api_key_header":"X-Api-Key"}]}`: "1 issuer",
	} {
		t.Setenv("AUTHORIZER_SETTINGS", settings)
		out, _ := ostiary(t, "doctor", "--data", filepath.Join(t.TempDir(), "none"))
		if !strings.Contains(out, want) {
			t.Errorf("%s: got\n%s", settings, out)
		}
	}
}

func TestDoctorSaysOnceWhatMendsSeveralFaults(t *testing.T) {
	t.Setenv("ISSUER", "")
	out, err := ostiary(t, "doctor", "--aws")
	if err == nil || strings.Count(out, "is not set") < 3 || strings.Count(out, "docs/configuration.md") != 1 {
		t.Errorf("got %v\n%s", err, out)
	}
}

// TestDoctorExitCode: a wrong configuration is told from everything else.
func TestDoctorExitCode(t *testing.T) {
	_, err := ostiary(t, "doctor", "--data", t.TempDir(), "--issuer", "http://id.example.com")
	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Errorf("configuration: got %v, want Faults, for exit code 2", err)
	}
	_, err = ostiary(t, "doctor", "--data", filepath.Join(t.TempDir(), "none"))
	if err == nil || errors.As(err, &faults) {
		t.Errorf("no folder: got %v, want a failure that is not Faults", err)
	}
}

// ostiary runs one command in this process and returns what it prints.
func ostiary(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &diagnostics}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}
