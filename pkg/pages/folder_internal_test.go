package pages

import (
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
