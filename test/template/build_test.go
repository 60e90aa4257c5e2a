package template_test

import (
	"debug/buildinfo"
	"debug/elf"
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

// Templates travel with the functions that show and list them, settings with the
// authorizers, and neither with any other.
func TestFoldersArePackedWithTheFunctionsThatUseThem(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"AuthorizeFunction": "pages", "DiscoveryFunction": "pages", "AuthorizerFunction": "gate", "AuthorizerTableFunction": "gate", "TokenFunction": "",
	} {
		artifacts := t.TempDir()
		build := exec.Command("make", "-C", root, "build-"+id, "ARTIFACTS_DIR="+artifacts)
		build.Env = append(build.Environ(), "MAKEFLAGS=", "TEMPLATES="+folder, "GATE="+folder)
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", id, err, output)
		}
		for _, name := range []string{"pages", "gate"} {
			if _, err := os.Stat(filepath.Join(artifacts, name, "file.json")); (err == nil) != (name == want) {
				t.Errorf("%s: %s: %v", id, name, err)
			}
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
