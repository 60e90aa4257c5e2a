// Package browser_test has a person use the pages in Chromium, the program itself
// behind them. Pictures of what was seen are in build/screenshots, named after the
// stories here.
package browser_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// provider is the program, as people and clients reach it.
type provider struct {
	*serving.Server
	transport http.RoundTripper
}

const password = "correct horse battery staple"

// Each story has a browser and a person of its own.
func TestStories(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"LOCKOUT_ATTEMPTS=3", "LOCKOUT_ADDRESS_ATTEMPTS=10000"}, "--tls-self-signed")}
	p.transport = p.Server.Transport(t)
	c := openChromium(t)
	for name, story := range map[string]func(t *testing.T, c chromium, p *provider){
		"sign in and consent":        signInAndConsent,
		"denial":                     denial,
		"wrong password and lockout": wrongPasswordAndLockout,
		"single sign-on":             singleSignOn,
		"prompt none":                promptNone,
		"sign in again":              signInAgain,
		"select account":             selectAccount,
		"form post":                  formPost,
		"without scripts":            withoutScripts,
		"keyboard only":              keyboardOnly,
		"sign out for a client":      signOutForClient,
		"sign out without a client":  signOutWithoutClient,
		"sign out of slow clients":   signOutOfSlowClients,
		"errors":                     errorPages,
		"oidc-client-ts":             oidcClientTS,
		"tour in dark":               tour{dark: true}.tell,
		"tour on a phone":            tour{phone: true}.tell,
		"tour in Arabic":             tour{locale: "ar", dir: "rtl"}.tell,
		"tour in Arabic on a phone":  tour{locale: "ar", dir: "rtl", phone: true, dark: true}.tell,
		"tour in German on a phone":  tour{locale: "de", phone: true}.tell,
		"tour in Japanese":           tour{locale: "ja", letters: "サイ"}.tell,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, c, p)
		})
	}
}

// On plain http, which is for this machine alone, browsers refuse cookies that are
// bound to TLS; without them it goes on just as well.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"THEME_NAME=Corner shop", "POLICY_URI=https://shop.example/privacy"})}
	p.transport = http.DefaultTransport
	p.add(t, "henry")
	app, b := p.newClient(t, "Bookshop", nil), openChromium(t).open(t)
	b.do(chromedp.Navigate(app.request()))
	b.sees("login-form")
	b.shows("sign-in")
	b.signsIn("henry", password)
	b.presses("consent-approve")
	app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(app.request("prompt=none"))) // the session is kept
	app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(p.Issuer + "/logout"))
	b.presses("logout-confirm")
	b.sees("logout-result")
}

// add makes a person.
func (p *provider) add(t *testing.T, username string) {
	t.Helper()
	p.AddUser(t, username, password, map[string]any{"name": username + " Example", "email": username + "@example.com", "email_verified": true})
}

// signsIn fills in the form that is shown, with a mouse.
func (b *tab) signsIn(username, password string) {
	b.t.Helper()
	b.do(
		chromedp.WaitVisible(chromedp.ID("login-form")),
		chromedp.Clear(chromedp.ID("username")),
		chromedp.SendKeys(chromedp.ID("username"), username),
		chromedp.SendKeys(chromedp.ID("password"), password),
	)
	b.presses("login-submit")
}

// presses waits for a button, clicks it, and waits for the next page.
func (b *tab) presses(id string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.ID(id)))
	b.leaves(chromedp.Click(chromedp.ID(id)))
}

// leaves does what leads to another page, and waits for that.
func (b *tab) leaves(by chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	tell(b, chromedp.WaitEvent(page.LoadEventFired, func(page.EventLoadEventFired) bool { return true }, by))
}

// sees waits until something is on the page, and returns its text.
func (b *tab) sees(id string) string {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.ID(id)))
	return tell(b, chromedp.Text(chromedp.ID(id)))
}
