package pages

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// catalogues are the texts of the pages, by language. The first is English, which
// is for everybody who wants none of the others and for texts that another lacks.
type catalogues struct {
	matcher language.Matcher
	all     []words
}

// words are the texts of one language, by key.
type words struct {
	tag      language.Tag
	texts    map[string]string
	fallback map[string]string
}

// openCatalogues reads FOLDER/TAG.json, every one of which is an object of texts.
func openCatalogues(files fs.FS, folder string) (catalogues, error) {
	names, err := fs.Glob(files, folder+"/*.json")
	if err != nil {
		return catalogues{}, err
	}
	c := catalogues{all: make([]words, 1)}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return catalogues{}, err
		}
		var w words
		if err := json.Unmarshal(content, &w.texts); err != nil {
			return catalogues{}, fmt.Errorf("%s: %w", name, err)
		}
		if w.tag, err = language.Parse(strings.TrimSuffix(path.Base(name), ".json")); err != nil {
			return catalogues{}, fmt.Errorf("%s: a catalogue is named after its language: %w", name, err)
		}
		if w.tag == language.English {
			c.all[0] = w
		} else {
			c.all = append(c.all, w)
		}
	}
	tags := make([]language.Tag, len(c.all))
	for i := range c.all {
		tags[i], c.all[i].fallback = c.all[i].tag, c.all[0].texts
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// lean takes texts that catalogues lack from the English of others.
func (c catalogues) lean(on catalogues) {
	for key, text := range on.all[0].texts {
		if _, has := c.all[0].texts[key]; !has {
			c.all[0].texts[key] = text
		}
	}
}

// Bounds of what is read of somebody's wishes.
const (
	maxAcceptLanguage = 256
	maxLocales        = 10
)

// choose returns the words that the client asks for (ui_locales, the first first),
// else those that the browser does.
func (c catalogues) choose(locales []string, acceptLanguage string) words {
	if len(acceptLanguage) > maxAcceptLanguage {
		acceptLanguage = ""
	}
	wishes := append(slices.Clone(locales[:min(len(locales), maxLocales)]), acceptLanguage)
	_, i := language.MatchStrings(c.matcher, wishes...)
	return c.all[i]
}

// dir is the direction in which the language is written.
func (w words) dir() string {
	if w.texts["dir"] == "rtl" {
		return "rtl"
	}
	return "ltr"
}

// Marks around a text whose direction is its own, so that it cannot reorder the
// sentence that it stands in (Unicode Standard Annex #9, §2.2).
const firstStrongIsolate, popDirectionalIsolate = "\u2068", "\u2069"

// text returns the text of a key, with values in place of its {names}.
func (w words) text(key string, values ...string) string {
	text, ok := w.texts[key]
	if !ok {
		text = w.fallback[key]
	}
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+values[i]+"}", w.isolate(values[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// isolate marks a value off where it could reorder what is around it.
func (w words) isolate(value string) string {
	ascii := !strings.ContainsFunc(value, func(r rune) bool { return r > 0x7e })
	if ascii && w.dir() == "ltr" {
		return value
	}
	return firstStrongIsolate + strings.Map(undirected, value) + popDirectionalIsolate
}

// undirected leaves out what sets the direction of all that follows it, up to a
// counterpart that need not come (Unicode Standard Annex #9, §2.1 to §2.5): a value
// that pops its isolate would be let out of it. Marks, which are letters without a
// shape, may stay.
func undirected(r rune) rune {
	if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
		return -1
	}
	return r
}
