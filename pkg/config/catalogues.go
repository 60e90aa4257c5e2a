package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// languageTag is what a language's name is made of (RFC 5646 §2.1). Whether it is one,
// package pages knows, which refuses to start otherwise.
var languageTag = regexp.MustCompile(`^[A-Za-z0-9]{2,8}(-[A-Za-z0-9]{1,8})*$`)

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
		if isCatalogue && languageTag.MatchString(tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
