// Package template_test asserts of template.yaml and the nested stacks what no
// linter knows: that they hold the routes of the stand-in, the variables of
// pkg/config and no permission too many, and that they deploy.
package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const (
	root       = "../.."
	rootFile   = "template.yaml"
	data       = "infra/data.yaml"
	issuer     = "infra/issuer.yaml"
	authorizer = "infra/authorizer.yaml"
	demo       = "infra/demo.yaml"
)

// template is one as CloudFormation gets it: transformed, with what `sam package`
// does to it done.
type template struct {
	Parameters map[string]parameter
	Resources  map[string]resource
	Outputs    map[string]struct{ Value any }
	Rules      map[string]any
	Metadata   map[string]any
}

type parameter struct {
	Type               string
	Default            any
	MinValue, MaxValue any
	AllowedValues      []any
}

type resource struct {
	Type, Condition, DeletionPolicy, UpdateReplacePolicy string
	Properties                                           map[string]any
}

// files are all templates. The linter follows no nested one's location.
func files(t testing.TB) []string {
	t.Helper()
	nested, err := filepath.Glob(filepath.Join(root, "infra", "*.yaml"))
	if err != nil || len(nested) == 0 {
		t.Fatalf("no nested templates: %v", err)
	}
	all := []string{rootFile}
	for _, file := range nested {
		all = append(all, "infra/"+filepath.Base(file))
	}
	return all
}

// python returns an interpreter that has what requirements.txt lists.
func python(t testing.TB) string {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	found := filepath.Join(cache, "ostiary", "venv", "bin", "python3") // where `make tools` puts it
	if _, err := os.Stat(found); err == nil {
		return found
	}
	if exec.Command("python3", "-c", "import cfnlint, samtranslator, moto").Run() != nil {
		t.Fatal("no Python with cfn-lint, the SAM translator and moto: run `make tools`")
	}
	return "python3"
}

// run runs Python and returns what it prints.
func run(t testing.TB, input []byte, arguments ...string) []byte {
	t.Helper()
	command := exec.Command(python(t), arguments...)
	var output, errors bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(input), &output, &errors
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", arguments, err, output.Bytes(), errors.Bytes())
	}
	return output.Bytes()
}

var (
	transformOnce sync.Once
	transformJSON []byte
)

// raw is all templates, transformed, as JSON.
func raw(t testing.TB) []byte {
	t.Helper()
	transformOnce.Do(func() {
		transformJSON = run(t, nil, append([]string{"transform.py", root}, files(t)...)...)
	})
	if transformJSON == nil {
		t.Fatal("the templates could not be transformed; see the first test that failed")
	}
	return transformJSON
}

// transformed is all templates by file name.
func transformed(t testing.TB) map[string]template {
	t.Helper()
	var templates map[string]template
	if err := json.Unmarshal(raw(t), &templates); err != nil {
		t.Fatal(err)
	}
	return templates
}

// of returns a template's resources of one type, by logical id.
func (x template) of(kind string) map[string]resource {
	found := make(map[string]resource)
	for id, r := range x.Resources {
		if r.Type == kind {
			found[id] = r
		}
	}
	return found
}

// at walks into nested values: at(v, "Environment", "Variables").
func at(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// ref is the logical id or parameter that a value refers to.
func ref(v any) string {
	id, _ := at(v, "Ref").(string)
	return id
}

// getAtt is what a value gets of another resource: "Demo.Outputs.ProtectedUrl".
func getAtt(v any) string {
	parts, _ := at(v, "Fn::GetAtt").([]any)
	if len(parts) != 2 {
		return ""
	}
	return fmt.Sprintf("%v.%v", parts[0], parts[1])
}
