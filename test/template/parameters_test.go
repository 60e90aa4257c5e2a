package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nested returns the nested stacks of the root by file, as the root fills in their
// parameters.
func nested(t testing.TB) map[string]map[string]any {
	stacks := make(map[string]map[string]any)
	for _, stack := range transformed(t)[rootFile].of("AWS::CloudFormation::Stack") {
		file := strings.TrimPrefix(stack.Properties["TemplateURL"].(string), "https://artifacts.s3.amazonaws.com/")
		stacks[file], _ = stack.Properties["Parameters"].(map[string]any)
	}
	return stacks
}

func TestTheRootPassesOnEveryParameter(t *testing.T) {
	t.Parallel()
	templates := transformed(t)
	taken := make(map[string]bool)
	for file, given := range nested(t) {
		for name := range given {
			if _, ok := templates[file].Parameters[name]; !ok {
				t.Errorf("%s has no parameter %s", file, name)
			}
		}
		for name := range templates[file].Parameters {
			value, ok := given[name]
			if !ok {
				t.Errorf("%s does not get %s", file, name)
			}
			if id := ref(value); id != "" && id != name {
				t.Errorf("%s gets %s for %s", file, id, name)
			}
			taken[name] = true
		}
	}
	for name := range templates[rootFile].Parameters {
		if !taken[name] && name != "DemoApi" { // DemoApi is a condition of the root
			t.Errorf("nothing takes the parameter %s", name)
		}
	}
}

// A parameter that the root just passes on is the same in both.
func TestAParameterIsTheSameInEveryTemplate(t *testing.T) {
	t.Parallel()
	templates := transformed(t)
	for file, given := range nested(t) {
		for name, value := range given {
			if ref(value) != name {
				continue // filled in by another stack
			}
			if diff := cmp.Diff(templates[rootFile].Parameters[name], templates[file].Parameters[name]); diff != "" {
				t.Errorf("%s: %s differs from %s:\n%s", file, name, rootFile, diff)
			}
		}
	}
}
