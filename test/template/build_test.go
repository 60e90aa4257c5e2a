package template_test

import (
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What `sam build` makes is a static arm64 executable named bootstrap, without the
// symbols and without the part of aws-lambda-go that nobody uses.
func TestSAMBuildsEveryFunction(t *testing.T) {
	t.Parallel()
	for file, x := range transformed(t) {
		for id := range x.of("AWS::Lambda::Function") {
			artifacts := t.TempDir()
			build := exec.Command("make", "-C", root, "build-"+id, "ARTIFACTS_DIR="+artifacts)
			build.Env = append(build.Environ(), "MAKEFLAGS=") // not those of a make that runs this test
			if output, err := build.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", file, id, err, output)
				continue
			}
			checkExecutable(t, filepath.Join(artifacts, "bootstrap"))
		}
	}
}

// Templates travel with the functions that show and list them, and with no other.
func TestTemplatesArePackedWithTheFunctionsThatUseThem(t *testing.T) {
	t.Parallel()
	templates := t.TempDir()
	const file = "catalogue/nl.json"
	err := errors.Join(os.MkdirAll(filepath.Join(templates, "catalogue"), 0o755), os.WriteFile(filepath.Join(templates, file), []byte("{}"), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"AuthorizeFunction": true, "DiscoveryFunction": true, "TokenFunction": false} {
		artifacts := t.TempDir()
		build := exec.Command("make", "-C", root, "build-"+id, "ARTIFACTS_DIR="+artifacts)
		build.Env = append(build.Environ(), "MAKEFLAGS=", "TEMPLATES="+templates)
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", id, err, output)
		}
		if _, err := os.Stat(filepath.Join(artifacts, "pages", file)); (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func checkExecutable(t *testing.T, path string) {
	t.Helper()
	executable, err := elf.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer executable.Close()
	if executable.Machine != elf.EM_AARCH64 {
		t.Errorf("%s is for %v", path, executable.Machine)
	}
	for _, section := range executable.Sections {
		if section.Name == ".symtab" || section.Name == ".interp" {
			t.Errorf("%s has a section %s: it is not stripped, or not static", path, section.Name)
		}
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if !strings.Contains(settings["-tags"], "lambda.norpc") || settings["-trimpath"] != "true" || settings["CGO_ENABLED"] != "0" {
		t.Errorf("%s was built with %v", path, settings)
	}
}
