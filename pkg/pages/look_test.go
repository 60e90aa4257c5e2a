package pages_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func catalogue(t *testing.T, file string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(file)
	must(t, err)
	var texts map[string]string
	must(t, json.Unmarshal(content, &texts))
	return texts
}

// Every catalogue says all that the English one says, about the same things.
func TestCataloguesAreComplete(t *testing.T) {
	files, err := filepath.Glob("catalogue/*.json")
	must(t, err)
	if len(files) < 6 {
		t.Fatalf("got %v", files)
	}
	var languages []string
	for _, file := range files {
		languages = append(languages, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	advertised := issue.UILocales(config.Config{})
	slices.Sort(advertised)
	if !slices.Equal(languages, advertised) {
		t.Errorf("got catalogues of %v, discovery advertises %v", languages, advertised)
	}
	names := regexp.MustCompile(`\{\w+\}`)
	english := catalogue(t, "catalogue/en.json")
	for _, file := range files {
		texts := catalogue(t, file)
		for key, text := range english {
			want, got := names.FindAllString(text, -1), names.FindAllString(texts[key], -1)
			slices.Sort(want)
			slices.Sort(got)
			if texts[key] == "" || !slices.Equal(want, got) {
				t.Errorf("%s: %s is %q", file, key, texts[key])
			}
		}
		for key := range texts {
			if english[key] == "" {
				t.Errorf("%s: nobody asks for %s", file, key)
			}
		}
	}
}

// Every text that a template names is there, and none is kept for nothing.
func TestTemplatesNameTextsThatThereAre(t *testing.T) {
	files, err := filepath.Glob("templates/*.html")
	must(t, err)
	sources, err := filepath.Glob("*.go")
	must(t, err)
	var all strings.Builder
	for _, file := range append(files, sources...) {
		content, err := os.ReadFile(file)
		must(t, err)
		all.Write(content)
	}
	english := catalogue(t, "catalogue/en.json")
	maps.Copy(english, catalogue(t, "catalogue-admin/en.json"))
	for _, named := range regexp.MustCompile(`\.Text "(\w+)"`).FindAllStringSubmatch(all.String(), -1) {
		if english[named[1]] == "" {
			t.Errorf("there is no text %s", named[1])
		}
	}
	for key := range english {
		stem := strings.TrimSuffix(key, "_advice")
		page := strings.TrimPrefix(strings.TrimPrefix(key, "admin_"), "kind_") // which is named without it
		if !strings.Contains(all.String(), `"`+stem+`"`) && !strings.Contains(all.String(), `"`+page+`"`) && !strings.HasPrefix(key, "admin_key_") && !strings.HasPrefix(key, "scope_") && !strings.HasPrefix(key, "claim_") {
			t.Errorf("nothing says %s", key)
		}
	}
}

func TestTheReadersLanguageIsSpoken(t *testing.T) {
	b := open(t).browser()
	for name, c := range map[string]struct{ locales, accept, lang, dir, says string }{
		"nobody asks":                  {"", "", "en", "ltr", "Sign in"},
		"the browser asks":             {"", "de-AT,de;q=0.9,en;q=0.5", "de", "ltr", "Anmelden"},
		"the client goes before":       {"fr-CA", "de", "fr", "ltr", "Se connecter"},
		"the client's second wish":     {"pl ja", "de", "ja", "ltr", "サインイン"},
		"the client's wish is unknown": {"pl", "es", "es", "ltr", "Iniciar sesión"},
		"from right to left":           {"ar-EG", "", "ar", "rtl", "تسجيل الدخول"},
		"nonsense":                     {"-- %% x", "q=;;,", "en", "ltr", "Sign in"},
	} {
		b.header.Set("Accept-Language", c.accept)
		p := b.follow(b.get(request("first", "ui_locales", c.locales)))
		if !strings.Contains(p.body, `<html lang="`+c.lang+`" dir="`+c.dir+`">`) || !strings.Contains(p.body, c.says) {
			t.Errorf("%s: got %.200s", name, p.body)
		}
	}
}

// A name cannot reorder the sentence that it stands in.
func TestNamesAreIsolated(t *testing.T) {
	b := open(t).browser()
	p := b.follow(b.get(request("app", "ui_locales", "ar")))
	if !strings.Contains(p.body, "\u2068Holiday Photos\u2069") {
		t.Errorf("got %s", p.body)
	}
}

// TestO28NoNameLeavesItsIsolation: a client's name comes from whoever registered it.
func TestO28NoNameLeavesItsIsolation(t *testing.T) {
	s := open(t)
	s.register("mean", func(m *oauth.ClientMetadata) {
		m.ClientName = "Photos\u200f\u2069\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068 drawkcab"
	})
	b := s.browser()
	p := b.follow(b.get(request("mean")))
	if strings.Contains(p.body, "\u202e") || !strings.Contains(p.body, "\u2068Photos\u200f drawkcab\u2069") {
		t.Errorf("got %q", p.body)
	}
}

func TestTheme(t *testing.T) {
	b := open(t, "THEME_NAME=Acme <Login>", "THEME_LOGO_URI=https://cdn.example.com/logo.svg", "THEME_COLOR=#ffee00",
		"POLICY_URI=https://example.com/privacy", "TOS_URI=https://example.com/terms").browser()
	p := b.follow(b.get(request("first")))
	for _, want := range []string{"Acme &lt;Login&gt;", `src="https://cdn.example.com/logo.svg"`, "https://example.com/privacy", "https://example.com/terms"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
	if strings.Contains(p.body, "--accent:#ffee00;--on-accent:#0d0f16}@media") || !strings.Contains(p.body, "--accent:#ffee00;--on-accent:#0d0f16}}") {
		t.Errorf("yellow cannot be read on white, but on black: %.600s", p.body)
	}
	if policy := p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src https://cdn.example.com/logo.svg;") {
		t.Errorf("got %s", policy)
	}
}

func TestFilesOfTheTemplateFolderReplaceThoseBuiltIn(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"templates/error.html": `{{define "title"}}Oops{{end}}{{define "main"}}<main id="error-page">ours {{.Data.Reference}}</main>{{end}}`,
		"catalogue/fr.json":    `{"dir": "ltr"}`, // which is there already
		"catalogue/README":     "no catalogue",
		"catalogue/nl.json":    `{"dir": "ltr", "sign_in": "Inloggen"}`,
	} {
		must(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700))
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	if locales := issue.UILocales(config.Config{TemplateDir: folder}); !slices.Contains(locales, "nl") || len(locales) != 7 {
		t.Errorf("ui_locales_supported is %v", locales)
	}
	b := open(t, "TEMPLATE_DIR="+folder).browser()
	if p := b.get(request("nobody")); !strings.Contains(p.body, `<main id="error-page">ours `) {
		t.Errorf("got %s", p.body)
	}
	p := b.follow(b.get(request("first", "ui_locales", "nl")))
	for _, want := range []string{`lang="nl"`, "Inloggen", "Username"} { // what it lacks is English
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
}
