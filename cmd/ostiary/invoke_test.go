package main

import (
	"bytes"
	"path/filepath"
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
			}
		})
	}
}
