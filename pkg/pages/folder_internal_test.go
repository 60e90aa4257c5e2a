package pages

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// A folder that is not there is a slip, not a wish for the built-in pages.
func TestTemplateDirMustBeAFolder(t *testing.T) {
	for _, folder := range []string{t.TempDir() + "/typo", "look.go"} {
		_, err := openLook(config.Config{TemplateDir: folder})
		if err == nil || !strings.Contains(err.Error(), "TEMPLATE_DIR is "+folder) {
			t.Errorf("got %v", err)
		}
	}
}

func TestTemplateDirHoldsNothingForNothing(t *testing.T) {
	for name, fault := range map[string]string{
		"templates/signin.html":   "templates/signin.html",
		"templates/styles.css":    "templates/styles.css",
		"sign-in.html":            "sign-in.html",
		"nl.json":                 "nl.json",
		"templates/sign-out.html": "",
		"README.md":               "",
		"templates/notes.txt":     "",
	} {
		folder := t.TempDir()
		text, err := embedded.ReadFile("templates/sign-out.html")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		_, err = openLook(config.Config{TemplateDir: folder, ThemeColor: "#4353d9"})
		if (err != nil) != (fault != "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
