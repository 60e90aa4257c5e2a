package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// Somebody looks after their account, page by page, and leaves for good: on a screen, and
// on the narrowest phones, in the dark, from right to left and in long words.
func TestAccount(t *testing.T) {
	t.Parallel()
	settings := []string{"MAIL=outbox", "MAIL_FROM=no-reply@example.com", "LOCKOUT_ADDRESS_ATTEMPTS=10000"}
	p := &provider{Server: serving.Start(t, settings, "--tls-self-signed")}
	p.transport = p.Server.Transport(t)
	c := openChromium(t)
	for name, s := range map[string]struct {
		locale string
		narrow bool
	}{
		"in English":                       {"en", false},
		"in Arabic on a phone in the dark": {"ar", true},
		"in German on a phone":             {"de", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			person := "jo-" + s.locale
			p.AddUser(t, person, password, map[string]any{"name": "Jo Example", "email": person + "@example.com", "locale": s.locale})
			app, elsewhere, b := p.newClient(t, "Bookshop", nil), c.open(t), c.open(t)
			elsewhere.do(chromedp.Navigate(app.request("scope=openid email offline_access", "prompt=consent")))
			elsewhere.signsIn(person, password)
			elsewhere.presses("consent-approve")
			app.redeem(elsewhere, app.lands(elsewhere))
			if s.narrow {
				b.phone()
				b.dark()
			}
			b.looksAround(p, person)
			b.changesThings(p, app)
			elsewhere.do(chromedp.Navigate(p.Issuer + "/account"))
			elsewhere.sees("login-form") // it was signed out
			b.leavesForGood(p, person)
		})
	}
}

// looksAround shows every page of the account.
func (b *tab) looksAround(p *provider, person string) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/account/security"))
	b.signsIn(person, password)
	for _, each := range []struct{ page, id string }{
		{"/account/security", "security-page"},
		{"/account", "account-page"},
		{"/account/profile", "profile-page"},
		{"/account/email", "email-page"},
		{"/account/password", "change-password-page"},
		{"/account/sessions", "sessions-page"},
		{"/account/access", "access-page"},
		{"/account/data", "data-page"},
		{"/account/delete", "delete-page"},
	} {
		b.do(chromedp.Navigate(p.Issuer + each.page))
		b.sees(each.id)
		b.shows(each.id)
	}
}

// changesThings saves, refuses, signs out elsewhere and takes back.
func (b *tab) changesThings(p *provider, app *client) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/account/profile"))
	b.do(chromedp.WaitVisible(chromedp.ID("birthdate")), chromedp.SendKeys(chromedp.ID("birthdate"), "yesterday"))
	b.presses("profile-submit")
	b.sees("birthdate-error")
	b.shows("profile-refused")
	b.do(chromedp.Clear(chromedp.ID("birthdate")), chromedp.SendKeys(chromedp.ID("birthdate"), "1990-12-31"))
	b.presses("profile-submit")
	b.sees("account-done")
	b.shows("profile-saved")
	b.do(chromedp.Navigate(p.Issuer + "/account/sessions"))
	b.presses("sessions-end")
	b.sees("account-done")
	b.do(chromedp.Navigate(p.Issuer + "/account/access"))
	b.presses("withdraw-" + app.ID)
	b.sees("account-done")
	b.do(chromedp.Navigate(p.Issuer + "/account/password"))
	b.do(chromedp.WaitVisible(chromedp.ID("current")), chromedp.SendKeys(chromedp.ID("current"), "not this one"),
		chromedp.SendKeys(chromedp.ID("password"), "a crumb of moonlight"))
	b.presses("change-password-submit")
	b.sees("account-error")
	b.shows("password-refused")
	b.do(chromedp.SendKeys(chromedp.ID("current"), password), chromedp.SendKeys(chromedp.ID("password"), "a crumb of moonlight"))
	b.presses("change-password-submit")
	b.sees("account-done")
}

// leavesForGood deletes the account.
func (b *tab) leavesForGood(p *provider, person string) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/account/delete"))
	b.do(chromedp.WaitVisible(chromedp.ID("username")), chromedp.SendKeys(chromedp.ID("username"), person))
	b.presses("delete-submit")
	b.sees("account-deleted")
	b.shows("account-deleted")
	b.do(chromedp.Navigate(p.Issuer + "/account"))
	b.sees("login-form")
}
