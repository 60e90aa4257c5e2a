package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A person without a mouse gets everywhere by Tab and Enter, and sees where they are
// (WCAG 2.2, 2.1.1 and 2.4.7).
func keyboardOnly(t *testing.T, c chromium, p *provider) {
	p.add(t, "kim")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.sees("login-form")
	b.tabsTo("username")
	b.do(chromedp.KeyEvent("kim"))
	b.tabsTo("password")
	b.do(chromedp.KeyEvent(password))
	b.tabsTo("login-submit")
	b.picture("focus")
	b.leaves(chromedp.KeyEvent(kb.Enter))
	b.sees("consent-form")
	b.tabsTo("consent-deny")
	b.tabsTo("consent-approve")
	b.leaves(chromedp.KeyEvent(kb.Enter))
	app.redeem(b, app.lands(b))
	// Enter in a field sends the form.
	b.do(chromedp.Navigate(app.request("prompt=login")))
	b.sees("login-form")
	b.tabsTo("password")
	b.do(chromedp.KeyEvent(password))
	b.leaves(chromedp.KeyEvent(kb.Enter))
	app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(p.Issuer + "/logout"))
	b.sees("logout-confirm")
	b.tabsTo("logout-confirm")
	b.leaves(chromedp.KeyEvent(kb.Enter))
	b.sees("logout-result")
}

// tabsTo presses Tab until the element has the focus, which must show.
func (b *tab) tabsTo(id string) {
	b.t.Helper()
	for range 20 {
		if eval[string](b, "document.activeElement.id") == id {
			if !eval[bool](b, `(() => {
				const s = getComputedStyle(document.activeElement)
				return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== "none"
			})()`) {
				b.t.Errorf("nobody can see that %s has the focus", id)
			}
			return
		}
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	b.t.Fatalf("%s cannot be reached by Tab", id)
}
