package architecture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// brought are modules by the packages that bring them, where these have other names.
var brought = map[string]string{"jwt": "pyjwt", "samtranslator": "aws-sam-translator", "openapi_spec_validator": "openapi-spec-validator"}

// standard are the modules of Python itself that are imported.
var standard = strings.Fields("ast http io json os re sys typing urllib warnings zipfile")

// TestWhatTestsImportIsPinned: a package of Python that tests import without an exact
// version is, some day, another one than yesterday's, or gone.
func TestWhatTestsImportIsPinned(t *testing.T) {
	content, err := os.ReadFile("../requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]bool{}
	for _, line := range strings.Split(string(content), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, version, exact := strings.Cut(line, "==")
		if !exact || strings.ContainsAny(version, "*<>~,") {
			t.Errorf("%s has no exact version", line)
		}
		name, _, _ = strings.Cut(name, "[")
		pinned[strings.ToLower(name)] = true
	}
	for module, where := range imported(t) {
		name := module
		if other, ok := brought[module]; ok {
			name = other
		}
		if !pinned[name] {
			t.Errorf("%s imports %s, which test/requirements.txt does not pin", where, module)
		}
	}
}

// imported are the modules that Python programs of tests and examples import, beside
// their own files and those of Python itself, and those that Go runs as programs.
func imported(t *testing.T) map[string]string {
	t.Helper()
	statement := regexp.MustCompile(`(?m)^\s*(?:import|from) +([A-Za-z_][A-Za-z0-9_]*)|"-m", "([a-z_]+)`)
	modules := map[string]string{}
	for _, root := range []string{"..", "../../examples"} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			program, test := strings.HasSuffix(path, ".py"), strings.HasSuffix(path, ".go")
			if err != nil || !program && !test || strings.Contains(path, "bench/peers") { // which have pins of their own
				return err
			}
			content, err := os.ReadFile(path)
			for _, found := range statement.FindAllStringSubmatch(string(content), -1) {
				if name := found[2]; name != "" && name != "venv" {
					modules[name] = path
				}
				if name := found[1]; program && name != "" {
					if _, err := os.Stat(filepath.Join(filepath.Dir(path), name+".py")); err != nil {
						modules[name] = path
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range standard {
		delete(modules, name)
	}
	if len(modules) < 5 {
		t.Fatalf("found %v", modules)
	}
	return modules
}
