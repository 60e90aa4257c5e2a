package pages_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

func TestWhatIsAdvertisedIsTranslated(t *testing.T) {
	files, err := filepath.Glob("catalogue/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var languages []string
	for _, file := range files {
		languages = append(languages, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	advertised := slices.Sorted(slices.Values(issue.UILocales(config.Config{})))
	if slices.Sort(languages); !slices.Equal(languages, advertised) {
		t.Errorf("ui_locales_supported is %v, but there are catalogues of %v", advertised, languages)
	}
}
