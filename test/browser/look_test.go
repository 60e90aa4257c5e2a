package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/cache"
)

// shows keeps a picture of the page, and demands that everybody can use it.
func (b *tab) shows(page string) {
	b.t.Helper()
	b.picture(page)
	b.accessible(page)
}

// picture keeps what the window shows, as build/screenshots/NAME.png.
func (b *tab) picture(page string) {
	b.t.Helper()
	image, err := within(b, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Errorf("no picture of %s: %v", page, err)
		return
	}
	const folder = "../../build/screenshots"
	check(b.t, os.MkdirAll(folder, 0o755))
	name := strings.TrimPrefix(strings.TrimPrefix(b.t.Name(), "Test"), "Stories/")
	name = strings.NewReplacer("/", "-", "_", "-").Replace(name + "-" + page + ".png")
	check(b.t, os.WriteFile(filepath.Join(folder, name), image, 0o644))
}

// violation is a rule of axe-core that a page breaks.
type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// axe is axe-core's source.
var axe = sync.OnceValues(func() (string, error) {
	folder, err := cache.Find()
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(filepath.Join(folder, "node", "node_modules", "axe-core", "axe.min.js"))
	return string(source) + ";0", err
})

// accessible holds the page against every rule that axe-core has, but for its
// experimental ones, and against a width without sideways scrolling.
func (b *tab) accessible(page string) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatalf("%v: run `make tools`", err)
	}
	eval[float64](b, source)
	found := tell(b, chromedp.Evaluate[[]violation](
		`axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations.map(
			({id, help, nodes}) => ({id, help, nodes: nodes.map((n) => n.html + " " + n.failureSummary)})))`,
		chromedp.EvalAwaitPromise))
	for _, v := range found {
		b.t.Errorf("%s: %s (%s):\n  %s", page, v.Help, v.ID, strings.Join(v.Nodes, "\n  "))
	}
	if wide := eval[float64](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		b.t.Errorf("%s: %v pixels too wide", page, wide)
	}
}
