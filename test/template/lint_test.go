package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLint(t *testing.T) {
	t.Parallel()
	arguments := []string{"-c", "import sys; from cfnlint.runner import main; sys.exit(main())", "--"}
	for _, file := range files(t) {
		arguments = append(arguments, filepath.Join(root, file))
	}
	run(t, nil, arguments...)
}

// The linter does not notice a missing nested template, nor one that nothing uses.
func TestEveryNestedTemplateIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{
		rootFile:                      true,
		"infra/authorizer-table.yaml": true, // it is deployed beside the others, for an API of its own: docs/api-keys.md
	}
	for id, stack := range transformed(t)[rootFile].of("AWS::CloudFormation::Stack") {
		url, _ := stack.Properties["TemplateURL"].(string)
		file := strings.TrimPrefix(url, "https://artifacts.s3.amazonaws.com/")
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		used[file] = true
	}
	for _, file := range files(t) {
		if !used[file] {
			t.Errorf("%s is not part of %s", file, rootFile)
		}
	}
}

// What people keep may not vanish with a stack or a changed property. What passes
// with its stack says so.
func TestStatefulResourcesAreRetained(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"AWS::DynamoDB::Table": "Retain",
		"AWS::KMS::Key":        "Retain",
		"AWS::Logs::LogGroup":  "Delete",
	}
	for file, x := range transformed(t) {
		for id, r := range x.Resources {
			policy, stateful := want[r.Type]
			if stateful && (r.DeletionPolicy != policy || r.UpdateReplacePolicy != policy) {
				t.Errorf("%s: %s: got DeletionPolicy %q and UpdateReplacePolicy %q, want %s",
					file, id, r.DeletionPolicy, r.UpdateReplacePolicy, policy)
			}
		}
	}
}
