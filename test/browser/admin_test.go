package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// An administrator finds a person, sees what there is of them and disables them, invites
// another, registers a client and makes a mistake in it, rotates keys and looks at events:
// on a screen, and on a phone in the dark.
func TestAdministration(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"LOCKOUT_ADDRESS_ATTEMPTS=10000"}, "--tls-self-signed")}
	p.transport = p.Server.Transport(t)
	c := openChromium(t)
	for name, s := range map[string]struct {
		admin  string
		narrow bool
	}{
		"on a screen":            {"ada", false},
		"on a phone in the dark": {"grace", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := c.open(t)
			if s.narrow {
				b.phone()
				b.dark()
			}
			p.add(t, s.admin)
			p.add(t, "person-of-"+s.admin)
			p.Run(t, nil, "group", "member", "add", "administrators", s.admin)
			b.administers(p, s.admin)
		})
	}
}

func (b *tab) administers(p *provider, admin string) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/admin"))
	b.signsIn(admin, password)
	b.sees("people-form")
	b.shows("people")
	b.do(chromedp.SendKeys(chromedp.ID("q"), "person-of-"+admin))
	b.presses("people-search")
	b.sees("people")
	b.leaves(chromedp.Click(chromedp.Search("//ul[@id=\"people\"]//a")))
	b.sees("person-form")
	b.presses("person-disable")
	b.sees("account-done")
	b.shows("person")

	b.do(chromedp.Navigate(p.Issuer + "/admin/invite"))
	b.sees("invite-form")
	b.do(chromedp.SendKeys(chromedp.ID("email"), "friend-of-"+admin+"@example.com"))
	b.presses("invite-submit")
	b.sees("invitation-link")
	b.shows("invitation")

	b.do(chromedp.Navigate(p.Issuer + "/admin/register"))
	b.sees("register-form")
	b.shows("register")
	b.do(chromedp.SendKeys(chromedp.ID("name"), "Shop"), chromedp.SendKeys(chromedp.ID("redirect_uris"), "http://shop.example.com/"))
	b.presses("register-submit")
	b.sees("admin-error")
	b.shows("register-mistake")
	b.do(chromedp.SetValue(chromedp.ID("redirect_uris"), "https://shop.example.com/callback"))
	b.presses("register-submit")
	b.sees("client-secret")
	b.shows("client")
	b.presses("client-rotate")
	b.sees("client-secret")

	b.do(chromedp.Click(chromedp.ID("client-edit")))
	b.sees("client-form")
	b.shows("client-edit")
	b.do(chromedp.SetValue(chromedp.ID("redirect_uris"), "https://shop.example.com/callback\nhttps://*.example.com/"))
	b.presses("client-change")
	b.sees("admin-error")

	for page, id := range map[string]string{
		"/admin/clients": "clients", "/admin/events": "events", "/admin/providers?preset=apple": "provider-form", "/admin/keys": "keys-form",
		"/admin/groups": "groups", "/admin/groups/administrators": "change-form", "/admin/nothing": "admin-problem-page",
	} {
		b.do(chromedp.Navigate(p.Issuer + page))
		b.sees(id)
		b.shows(id)
	}
	b.do(chromedp.Navigate(p.Issuer + "/admin/keys"))
	b.presses("keys-rotate")
	b.sees("account-done")
}
