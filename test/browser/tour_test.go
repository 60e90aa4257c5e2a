package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tour is a walk through all pages as somebody sees them.
type tour struct {
	locale, dir string
	letters     string // two of the language's own, when it needs a font of its own
	phone, dark bool
}

func (as tour) tell(t *testing.T, c chromium, p *provider) {
	name := "tina" + as.locale
	if as.phone {
		name += "-phone"
	}
	if as.dark {
		name += "-dark"
	}
	p.add(t, name)
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	if as.phone {
		b.phone()
	}
	if as.dark {
		b.dark()
	}
	locale := "ui_locales=" + as.locale
	b.do(chromedp.Navigate(app.request(locale)))
	b.sees("login-form")
	as.looks(b, "sign-in")
	b.signsIn(name, "not the password")
	b.sees("login-error")
	as.looks(b, "wrong-password")
	b.signsIn(name, password)
	b.sees("consent-approve")
	as.looks(b, "consent")
	b.presses("consent-approve")
	app.redeem(b, app.lands(b))
	b.scripts(false) // or the page would be gone at once
	b.do(chromedp.Navigate(app.request(locale, "response_mode=form_post")))
	b.sees("response-submit")
	b.scripts(true)
	as.looks(b, "form-post")
	b.do(chromedp.Navigate(app.request(locale, "prompt=select_account")))
	b.sees("account-another")
	as.looks(b, "select-account")
	b.do(chromedp.Navigate(p.Issuer + "/logout?" + url.Values{"ui_locales": {as.locale}}.Encode()))
	b.sees("logout-confirm")
	as.looks(b, "sign-out")
	b.presses("logout-confirm")
	if said := b.sees("logout-result"); !strings.Contains(said, "signed out") {
		t.Errorf("no script can read that somebody is signed out: %s", said)
	}
	as.looks(b, "signed-out")
	if frames := eval[float64](b, `document.querySelectorAll("#logout-result iframe").length`); frames != 1 {
		b.t.Errorf("the page loads %v frames of the client that was signed in to", frames)
	}
}

// looks demands that the page is as this person wants it.
func (as tour) looks(b *tab, page string) {
	b.t.Helper()
	b.shows(page)
	if dir := eval[string](b, "document.documentElement.dir"); as.dir != "" && dir != as.dir {
		b.t.Errorf("%s is written %s", page, dir)
	}
	if lang := eval[string](b, "document.documentElement.lang"); as.locale != "" && lang != as.locale {
		b.t.Errorf("%s is in %s", page, lang)
	}
	if letters := []rune(as.letters); len(letters) == 2 {
		b.reads(string(letters[0]), string(letters[1]))
	}
	dark := eval[bool](b, `getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).slice(0, 3).every((c) => c < 80) ||
		getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).every((c) => c < 80)`)
	if as.dark && !dark {
		b.t.Errorf("%s is bright", page)
	}
}
