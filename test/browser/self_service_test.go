package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// Somebody creates an account by the link in a mail, lands in the application, forgets
// the password, and gets in by another one: first as they do it, then in Arabic on a
// phone in the dark, which shows what a narrow page does with directions.
func TestSelfService(t *testing.T) {
	t.Parallel()
	settings := []string{"MAIL=outbox", "MAIL_FROM=no-reply@example.com", "SIGN_UP=open", "LOCKOUT_ADDRESS_ATTEMPTS=10000"}
	p := &provider{Server: serving.Start(t, settings, "--tls-self-signed")}
	p.transport = p.Server.Transport(t)
	c := openChromium(t)
	for name, s := range map[string]struct {
		email, locale string
		narrow        bool
	}{
		"in English":                       {"jo@example.com", "en", false},
		"in Arabic on a phone in the dark": {"amal@example.com", "ar", true},
		"in Japanese":                      {"yuki@example.com", "ja", false},
		"in German on a phone, whose words are long": {"max@example.com", "de", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, b := p.newClient(t, "Bookshop", nil), c.open(t)
			if s.narrow {
				b.phone()
				b.dark()
			}
			b.signsUp(p, app, s.email, s.locale)
			b.forgets(p, app, s.email, s.locale)
		})
	}
}

// signsUp creates an account, and goes on to the application by it.
func (b *tab) signsUp(p *provider, app *client, email, locale string) {
	b.t.Helper()
	b.do(chromedp.Navigate(app.request("ui_locales=" + locale)))
	b.sees("login-form")
	b.shows("sign-in")
	b.presses("create-account")
	b.sees("signup-form")
	b.shows("sign-up")
	b.do(chromedp.SendKeys(chromedp.ID("email"), email))
	b.presses("signup-submit")
	b.sees("signup-sent")
	b.shows("sign-up-sent")
	b.do(chromedp.Navigate(b.mailed(p, email, "/sign-up/finish")))
	b.sees("password-form")
	b.shows("sign-up-password")
	b.do(chromedp.SendKeys(chromedp.ID("password"), "12345678"))
	b.presses("password-submit")
	b.sees("password-error")
	b.shows("sign-up-password-refused")
	b.do(chromedp.SendKeys(chromedp.ID("password"), password))
	b.presses("password-submit")
	b.presses("consent-approve")
	got := app.redeem(b, app.lands(b))
	if told := claims(b.t, got.IDToken); told["sub"] == "" {
		b.t.Errorf("got %v", told)
	}
	b.do(chromedp.Navigate(p.Issuer + "/account/email?ui_locales=" + locale))
	b.sees("email-page")
	b.shows("email")
}

// forgets asks for another password, and signs in by it.
func (b *tab) forgets(p *provider, app *client, email, locale string) {
	b.t.Helper()
	b.do(chromedp.Navigate(app.request("ui_locales="+locale, "prompt=login")))
	b.presses("forgot-password")
	b.sees("reset-form")
	b.shows("reset")
	b.do(chromedp.SendKeys(chromedp.ID("username"), email))
	b.presses("reset-submit")
	b.sees("reset-sent")
	b.do(chromedp.Navigate(b.mailed(p, email, "/reset/password")))
	b.sees("password-form")
	b.do(chromedp.SendKeys(chromedp.ID("password"), "a crumb of moonlight"))
	b.presses("password-submit")
	b.sees("password-done")
	b.shows("password-done")
	b.presses("continue")
	b.signsIn(email, password)
	b.sees("login-error") // the one of before is no more
	b.signsIn(email, "a crumb of moonlight")
	app.redeem(b, app.lands(b))
}

// mailed looks into the outbox until there is a mail to the address with a link to the
// path, and returns it. Mails are delivered every second.
func (b *tab) mailed(p *provider, email, path string) string {
	b.t.Helper()
	for range 1000 {
		b.do(chromedp.Navigate(p.Issuer + "/outbox"))
		b.sees("outbox")
		link := eval[string](b, `[...document.querySelectorAll("article")].filter(a => a.querySelector(".mail-to").textContent === "`+email+`")
			.map(a => a.querySelector(".mail-link")?.href ?? "").find(l => l.includes("`+path+`")) ?? ""`)
		if strings.HasPrefix(link, p.Issuer+path) {
			return link
		}
	}
	b.t.Fatalf("no mail to %s with a link to %s", email, path)
	return ""
}
