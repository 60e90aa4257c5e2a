package authorizer_test

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

var document = regexp.MustCompile("(?s)```json\n(.+?)```")

// The settings in the documentation are good ones.
func TestDocumentedSettingsOpen(t *testing.T) {
	tables := authorizer.Tables{APIKey: lookup, Once: func(context.Context, string, time.Time) error { return nil }}
	for _, file := range []string{"../../docs/sender-constraint.md", "../../docs/routes.md", "../../docs/api-keys.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := document.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s has no settings", file)
		}
		for _, one := range found {
			settings, err := authorizer.ParseSettings(one[1])
			if err == nil {
				_, err = authorizer.New(settings.With(tables), nil, slog.New(slog.DiscardHandler))
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
