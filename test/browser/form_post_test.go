package browser_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

func formPost(t *testing.T, c chromium, p *provider) {
	p.add(t, "frank")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.do(chromedp.Navigate(app.request("response_mode=form_post")))
	b.signsIn("frank", password)
	b.presses("consent-approve")
	got := app.lands(b)
	if got.method != http.MethodPost {
		t.Errorf("arrived by %s", got.method)
	}
	app.redeem(b, got)
	// Errors travel the same way.
	b.do(chromedp.Navigate(app.request("response_mode=form_post", "prompt=none", "max_age=0")))
	if got := app.lands(b); got.method != http.MethodPost || got.params.Get("error") != "login_required" {
		t.Errorf("got %s %s", got.method, got.params.Encode())
	}
}

// Nothing needs a script, not even the form that a script sends.
func withoutScripts(t *testing.T, c chromium, p *provider) {
	p.add(t, "wilma")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.scripts(false)
	b.do(chromedp.Navigate(app.request("response_mode=form_post")))
	b.signsIn("wilma", password)
	b.presses("consent-approve")
	b.sees("response-submit")
	b.scripts(true) // axe is one; the page's own has had its time
	b.shows("form-post")
	b.scripts(false)
	b.presses("response-submit")
	got := app.lands(b)
	if got.method != http.MethodPost {
		t.Errorf("arrived by %s", got.method)
	}
	app.redeem(b, got)
}
