package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A mistake that no client can be told of is told to the person.
func errorPages(t *testing.T, c chromium, p *provider) {
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	for name, each := range map[string]struct{ address, names string }{
		"redirect-uri": {app.request("redirect_uri=" + app.site.URL + "/callback/more"), "redirect_uri"},
		"client":       {app.request("client_id=unknown"), "client_id"},
		"logout": {p.Issuer + "/logout?" + url.Values{
			"post_logout_redirect_uri": {"https://elsewhere.example/"},
		}.Encode(), "post_logout_redirect_uri"},
		"stale": {p.Issuer + "/sign-in?interaction=gone", ""},
	} {
		b.do(chromedp.Navigate(each.address))
		if text := b.sees("error-page"); !strings.Contains(text, each.names) {
			t.Errorf("%s: the page does not name %s: %s", name, each.names, text)
		}
		b.shows(name)
	}
}
