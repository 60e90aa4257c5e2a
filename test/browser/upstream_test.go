package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/elsewhere"
	"github.com/ostiary-auth/ostiary/test/serving"
)

// Somebody comes by another provider, which answers from its own site by a form, signs in
// to the account that has the same address, connects the two, and gets in; and meets a
// provider that is down.
func TestOtherProviders(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"LOCKOUT_ADDRESS_ATTEMPTS=10000"}, "--tls-self-signed")}
	p.transport = p.Server.Transport(t)
	c := openChromium(t)
	there, arabic := elsewhere.Open(t), elsewhere.Open(t)
	there.Posts, arabic.Posts = true, true
	arabic.Person["sub"], arabic.Person["email"] = "amal-there", "amal@example.com"
	for id, op := range map[string]*elsewhere.OpenID{"there": there, "arabic": arabic, "down": {Issuer: "http://127.0.0.1:1", Secret: "a-secret"}} {
		file := `{"response_mode":"form_post","name":"` + strings.ToUpper(id) + `"}`
		p.Run(t, strings.NewReader(file), "provider", "add", id, "--issuer", op.Issuer, "--client-id", "house", "--auth-method", "none",
			"--trust-email", "-f", "-")
	}
	for name, s := range map[string]struct {
		provider, email, locale string
		narrow                  bool
	}{
		"in English":                       {"there", "jo@example.com", "en", false},
		"in Arabic on a phone in the dark": {"arabic", "amal@example.com", "ar", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.AddUser(t, s.email, password, map[string]any{"name": "Jo Example", "email": s.email, "email_verified": true})
			app, b := p.newClient(t, "Bookshop", nil), c.open(t)
			if s.narrow {
				b.phone()
				b.dark()
			}
			b.comesBy(app, s.provider, s.locale)
		})
	}
}

func (b *tab) comesBy(app *client, provider, locale string) {
	b.t.Helper()
	b.do(chromedp.Navigate(app.request("ui_locales=" + locale)))
	b.sees("provider-down")
	b.shows("sign-in-providers")
	b.presses("provider-down")
	b.sees("upstream-failed")
	b.shows("upstream-failed")
	b.presses("back")
	b.presses("provider-" + provider)
	b.sees("connect-lead")
	b.shows("connect-sign-in")
	b.do(chromedp.SendKeys(chromedp.ID("password"), password))
	b.presses("login-submit")
	b.sees("connect-form")
	b.shows("connect")
	b.presses("connect-approve")
	b.presses("consent-approve")
	app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(app.request("ui_locales="+locale, "prompt=login"))) // from now on nobody asks
	b.presses("provider-" + provider)
	app.redeem(b, app.lands(b))
}
