package pages

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

//go:embed templates catalogue catalogue-admin
var embedded embed.FS

// pageNames are the pages, each a template of that name.
func pageNames() []string {
	return []string{
		"sign-in", "select-account", "consent", "form-post", "sign-out", "signed-out", "error",
		"notice", "reset", "new-password", "email-confirm", "sign-up", "outbox",
		"second-factor", "second-factor-add", "second-factor-app", "passkey-add", "recovery-codes",
		"upstream", "connect",
		"account", "account-profile", "account-email", "account-password", "account-security",
		"account-sessions", "account-access", "account-data", "account-delete",
		"admin-people", "admin-person", "admin-invite", "admin-groups", "admin-group", "admin-clients", "admin-client", "admin-client-edit", "admin-register",
		"admin-keys", "admin-providers", "admin-provider", "admin-events", "admin-problem", "admin-done",
	}
}

// look is how the pages look and what they say.
type look struct {
	theme     theme
	templates map[string]*template.Template
	mail      *template.Template
	words     catalogues

	// adminWords are those of the admin page, which has catalogues of its own: it has more
	// texts than all other pages, and few readers.
	adminWords catalogues
}

// openLook reads templates, style and catalogues: those built in, and those in the
// configured folder before them. A fault in them shows now and not to a person.
func openLook(cfg config.Config) (look, error) {
	files := fs.FS(embedded)
	if cfg.TemplateDir != "" {
		if found, err := os.Stat(cfg.TemplateDir); err != nil || !found.IsDir() {
			return look{}, config.Faults{fmt.Sprintf("TEMPLATE_DIR is %s, which is no folder that can be read", cfg.TemplateDir)}
		}
		own := os.DirFS(cfg.TemplateDir)
		if faults := strays(own); len(faults) > 0 {
			return look{}, faults
		}
		files = replaced{own, embedded}
	}
	style, err := fs.ReadFile(files, "templates/style.css")
	if err != nil {
		return look{}, err
	}
	l := look{templates: map[string]*template.Template{}}
	if l.theme, err = newTheme(cfg, string(style)); err != nil {
		return look{}, err
	}
	if l.words, err = openCatalogues(files, "catalogue"); err != nil {
		return look{}, err
	}
	if l.adminWords, err = openCatalogues(files, "catalogue-admin"); err != nil {
		return look{}, err
	}
	l.adminWords.lean(l.words)
	for _, name := range pageNames() {
		l.templates[name], err = template.ParseFS(files, "templates/layout.html", "templates/account-parts.html", "templates/admin-parts.html", "templates/"+name+".html")
		if err != nil {
			return look{}, fmt.Errorf("page %s: %w", name, err)
		}
	}
	if l.mail, err = template.ParseFS(files, "templates/mail.html"); err != nil {
		return look{}, fmt.Errorf("mail: %w", err)
	}
	return l, nil
}

// strays are files that would replace nothing: a misspelt name, or one folder too
// high. Whoever wrote them would look for a mistake in their text. Other files, such as
// a README, are no business of ours.
func strays(own fs.FS) config.Faults {
	var faults config.Faults
	for _, pattern := range []string{"*.html", "*.css", "*.json", "templates/*.html", "templates/*.css"} {
		names, _ := fs.Glob(own, pattern) // the pattern is well formed
		for _, name := range names {
			if _, err := fs.Stat(embedded, name); err != nil {
				faults = append(faults, fmt.Sprintf("TEMPLATE_DIR has %s, which replaces nothing: see docs/theming.md for the names", name))
			}
		}
	}
	return faults
}

// replaced is files of which some are replaced by others of the same name.
type replaced struct{ first, then fs.FS }

// Open implements fs.FS.
func (r replaced) Open(name string) (fs.File, error) {
	f, err := r.first.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r.then.Open(name)
	}
	return f, err
}

// Glob implements fs.GlobFS, so that a folder can add languages.
func (r replaced) Glob(pattern string) ([]string, error) {
	first, err := fs.Glob(r.first, pattern)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(r.then, pattern)
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for _, name := range first {
		if !known[name] {
			names = append(names, name)
		}
	}
	return names, err
}

// page is what a template sees.
type page struct {
	Lang, Dir string
	Theme     theme
	Data      any
	words     words
}

// Text is the text of a key in the reader's language.
func (p page) Text(key string, values ...string) string { return p.words.text(key, values...) }

// Style is the sheet, as the policy's hash knows it.
func (p page) Style() template.CSS { return template.CSS(p.Theme.style) }

// render writes a page, or nothing and an error.
func (p *Pages) render(w http.ResponseWriter, v *visit, name string, status int, data any, allowed policy) error {
	return p.renderIn(p.words(v), w, name, status, data, allowed)
}

// renderIn is render in these words.
func (p *Pages) renderIn(words words, w http.ResponseWriter, name string, status int, data any, allowed policy) error {
	var body bytes.Buffer
	err := p.look.templates[name].ExecuteTemplate(&body, "layout", page{
		Lang: words.tag.String(), Dir: words.dir(), Theme: p.look.theme, Data: data, words: words,
	})
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	if p.look.theme.LogoURI != "" {
		allowed.images = append(allowed.images, p.look.theme.LogoURI)
	}
	header := w.Header()
	header.Set("Content-Security-Policy", allowed.header(p.look.theme.style))
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", words.tag.String())
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the visitor has gone away; there is nobody to tell
	return nil
}
