package main

import (
	"bytes"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

func TestInvokeRunsABuiltFunction(t *testing.T) {
	t.Chdir("../..")
	hello := filepath.Join(t.TempDir(), "hello")
	if err := runtimeapi.Build(t.Context(), ".", "./pkg/gateway/runtimeapi/testdata/hello", hello); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args         []string
		in, out, err string
	}{
		"folder's name":      {args: []string{"protected", "events/protected/rest-api.json"}, out: `{\"user_id\":`},
		"binary":             {args: []string{hello, "-"}, in: `{"n":1}`, out: `{"n":1}`},
		"function's failure": {args: []string{hello, "-"}, in: `"fail"`, err: "failed with errorString: Unauthorized"},
		"end of the process": {args: []string{hello, "-"}, in: `"exit"`, err: "exit status 3"},
		"time runs out":      {args: []string{hello, "-", "--timeout", "200ms"}, in: `"hang"`, err: "deadline exceeded"},
		"no such function":   {args: []string{"nothing", "-"}, err: "nothing is no binary"},
		"no such event":      {args: []string{hello, "nothing.json"}, err: "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			command := (&app{in: strings.NewReader(c.in), out: &out, err: &stderr}).invokeCommand()
			command.SetArgs(c.args)
			command.SetOut(&out)
			command.SetErr(&stderr)
			err := command.ExecuteContext(t.Context())
			switch {
			case c.err == "" && (err != nil || !strings.Contains(out.String(), c.out) || !strings.Contains(stderr.String(), "init ")):
				t.Errorf("got %s and %s, %v", &out, &stderr, err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			case err != nil && strings.Contains(err.Error(), "\n"): // the log has told it
				t.Errorf("got %v, want a line", err)
			}
		})
	}
}

// TestInvokeShowsAnAllow does what the command's example says.
func TestInvokeShowsAnAllow(t *testing.T) {
	t.Chdir("../..")
	folder := filepath.Join(t.TempDir(), "data")
	r := start(t, "--demo", "--data", folder)
	d := readDemoFile(t, folder)
	_, tokens := r.request("POST", "/token", url.Values{
		"grant_type": {"password"}, "client_id": {d.PublicClient}, "username": {d.Username}, "password": {d.Password},
	}, "")
	token, _ := tokens["access_token"].(string)
	sample, err := os.ReadFile("events/authorizer/rest-api-token.json")
	check(t, err)
	event := regexp.MustCompile(`Bearer [^"]*`).ReplaceAllString(string(sample), "Bearer "+token)
	t.Setenv("ISSUER", d.Issuer)
	t.Setenv("AUDIENCE", d.Issuer)
	t.Setenv("JWKS_URI", r.url+"/jwks.json")
	var out bytes.Buffer
	command := (&app{in: strings.NewReader(event), out: &out, err: io.Discard}).invokeCommand()
	command.SetArgs([]string{"authorizer", "-"})
	if err := command.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), `"Effect":"Allow"`) {
		t.Errorf("got %s, %v", &out, err)
	}
}
