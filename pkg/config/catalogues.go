package config

import (
	"os"
	"path/filepath"
	"strings"
)

// languageTag reports whether the text is made as a language's name is (RFC 5646
// §2.1). Whether it is one, package pages knows, which refuses to start otherwise.
func languageTag(text string) bool {
	for i, part := range strings.Split(text, "-") {
		if part == "" || len(part) > 8 || i == 0 && len(part) < 2 || strings.ContainsFunc(part, notAlphanumeric) {
			return false
		}
	}
	return true
}

func notAlphanumeric(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// Catalogues are the languages of which the folder of TEMPLATE_DIR has a catalogue. A
// folder that cannot be read has none: to say so is for whoever shows pages.
func (c Config) Catalogues() []string {
	if c.TemplateDir == "" {
		return nil
	}
	files, err := os.ReadDir(filepath.Join(c.TemplateDir, "catalogue"))
	if err != nil {
		return nil
	}
	var tags []string
	for _, file := range files {
		tag, isCatalogue := strings.CutSuffix(file.Name(), ".json")
		if isCatalogue && languageTag(tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
