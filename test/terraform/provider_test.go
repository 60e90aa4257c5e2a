package terraform_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// kinds are the resource types that are used here, as version 6.66.0 of the AWS
// provider has them.
type kinds map[string]struct {
	Required, Optional, Computed []string
	Blocks                       map[string][]string
}

func provider(t *testing.T) (all kinds) {
	t.Helper()
	content, err := os.ReadFile("testdata/provider-6.66.0.json")
	check(t, err)
	check(t, json.Unmarshal(content, &all))
	return all
}

// meta are the arguments that Terraform itself reads.
var meta = []string{"for_each", "count", "depends_on", "provider", "lifecycle"}

// Every argument is one that the provider has, and none that it demands is missing.
func TestTheProviderKnowsEveryArgument(t *testing.T) {
	known := provider(t)
	for _, path := range []string{"authorizer", "examples/rest-api", "examples/http-api"} {
		for address, r := range read(t, path).resources {
			kind, ok := known[r.Labels[0]]
			if !ok {
				t.Errorf("%s: nobody looked up %s", path, r.Labels[0])
				continue
			}
			for name := range r.Body.Attributes {
				if !slices.Contains(slices.Concat(kind.Required, kind.Optional, meta), name) {
					t.Errorf("%s: %s has no argument %s", path, address, name)
				}
			}
			for _, name := range kind.Required {
				if r.Body.Attributes[name] == nil {
					t.Errorf("%s: %s lacks %s", path, address, name)
				}
			}
			for _, block := range r.Body.Blocks {
				blockArguments(t, address, block, kind.Blocks)
			}
		}
	}
}

func blockArguments(t *testing.T, address string, block *hclsyntax.Block, known map[string][]string) {
	t.Helper()
	if slices.Contains(meta, block.Type) {
		return
	}
	arguments, ok := known[block.Type]
	if !ok {
		t.Errorf("%s has no block %s", address, block.Type)
	}
	for name := range block.Body.Attributes {
		if !slices.Contains(arguments, name) {
			t.Errorf("%s: %s has no argument %s", address, block.Type, name)
		}
	}
}
