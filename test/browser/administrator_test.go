package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// TestANewAdministrator starts a server, registers two clients on the admin page and
// invites somebody, who makes an account, adds a passkey, signs in to both clients from
// two browsers, sees both sessions and ends one; and then connects a second Ostiary, by
// which somebody else signs in.
func TestANewAdministrator(t *testing.T) {
	t.Parallel()
	p := &provider{
		Server:    serving.Start(t, []string{"MAIL=outbox", "MAIL_FROM=no-reply@example.com", "LOCKOUT_ADDRESS_ATTEMPTS=10000"}),
		transport: http.DefaultTransport,
	}
	p.Run(t, strings.NewReader(password+"\n"), "user", "add", "ada", "--admin")
	c := openChromium(t)
	office := c.open(t)
	bookshop := office.registers(p, "Bookshop", true)
	library := office.registers(p, "Library", false)
	office.invites(p, "jo@example.com")

	laptop, phone := c.open(t), c.open(t)
	phone.phone()
	codes := laptop.accepts(p, "jo@example.com")
	laptop.do(chromedp.Navigate(bookshop.request()))
	laptop.presses("consent-approve")
	bookshop.redeem(laptop, bookshop.lands(laptop))
	phone.do(chromedp.Navigate(library.request()))
	phone.signsIn("jo@example.com", password)
	phone.do(chromedp.Click(chromedp.Search("//summary")))
	phone.sees("recovery-form")
	phone.do(chromedp.SendKeys(chromedp.ID("recovery_code"), codes[0]))
	phone.presses("recovery-submit")
	phone.presses("consent-approve")
	library.redeem(phone, library.lands(phone))

	laptop.endsTheOtherSession(p)
	phone.do(chromedp.Navigate(library.request("prompt=none")))
	if got := library.lands(phone); got.params.Get("error") != "login_required" {
		t.Errorf("the phone is signed in still: %s", got.params.Encode())
	}
	laptop.do(chromedp.Navigate(bookshop.request("prompt=none")))
	bookshop.redeem(laptop, bookshop.lands(laptop))

	other := p.connects(t)
	visitor := c.open(t)
	visitor.do(chromedp.Navigate(bookshop.request()))
	visitor.presses("provider-partner")
	visitor.signsIn("una", password)
	visitor.presses("consent-approve") // to the first, at the second
	visitor.presses("consent-approve") // to the bookshop, at the first
	told := claims(t, bookshop.redeem(visitor, bookshop.lands(visitor)).IDToken)
	if told["iss"] != p.Issuer || told["iss"] == other.Issuer {
		t.Errorf("got %v", told)
	}
}

// registers registers a client for a server-side application on the admin page.
func (b *tab) registers(p *provider, name string, first bool) *client {
	b.t.Helper()
	made := &client{provider: p, verifier: strings.Repeat("verifier-of-"+name, 4), arrived: make(chan arrival, 20)}
	made.site = httptest.NewServer(made)
	b.t.Cleanup(made.site.Close)
	b.do(chromedp.Navigate(p.Issuer + "/admin/register"))
	if first {
		b.signsIn("ada", password)
	}
	b.sees("register-form")
	b.do(
		chromedp.SendKeys(chromedp.ID("name"), name),
		chromedp.SendKeys(chromedp.ID("redirect_uris"), "localhost/callback"), // a mistake, which is explained
	)
	b.presses("register-submit")
	if told := b.sees("admin-error"); !strings.Contains(told, "https://") {
		b.t.Errorf("the mistake is not explained: %s", told)
	}
	b.do(
		chromedp.Clear(chromedp.ID("redirect_uris")),
		chromedp.SendKeys(chromedp.ID("redirect_uris"), made.site.URL+"/callback"),
	)
	b.presses("register-submit")
	made.ID, made.Secret = b.sees("client-id"), b.sees("client-secret")
	return made
}

func (b *tab) invites(p *provider, email string) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/admin/invite"))
	b.do(chromedp.SendKeys(chromedp.ID("email"), email))
	b.presses("invite-submit")
	b.sees("invitations")
}

// accepts follows an invitation, makes an account and adds a passkey. It returns the
// recovery codes.
func (b *tab) accepts(p *provider, email string) []string {
	b.t.Helper()
	b.device()
	b.do(chromedp.Navigate(b.mailed(p, email, "/invitation")))
	b.sees("password-form")
	b.do(chromedp.SendKeys(chromedp.ID("password"), password))
	b.presses("password-submit")
	b.sees("invitation-done")
	b.presses("continue")
	b.signsIn(email, password)
	b.sees("account-page")
	b.do(chromedp.Navigate(p.Issuer + "/account/security"))
	b.presses("security-add")
	b.presses("add-passkey")
	b.presses("passkey-submit")
	return strings.Fields(b.sees("recovery-codes"))
}

// endsTheOtherSession sees two, and ends the one that is elsewhere.
func (b *tab) endsTheOtherSession(p *provider) {
	b.t.Helper()
	b.do(chromedp.Navigate(p.Issuer + "/account/sessions"))
	b.sees("session-here")
	if n := eval[int](b, `document.querySelectorAll("form.end-session").length`); n != 1 {
		b.t.Fatalf("%d sessions elsewhere, want 1", n)
	}
	b.leaves(chromedp.Click(chromedp.Search("form.end-session button")))
	if n := eval[int](b, `document.querySelectorAll("form.end-session").length`); n != 0 {
		b.t.Errorf("%d sessions elsewhere are left", n)
	}
}

// connects starts a second provider, at which una has an account, and lets people sign
// in by it.
func (p *provider) connects(t *testing.T) *provider {
	t.Helper()
	other := &provider{Server: serving.Start(t, nil), transport: http.DefaultTransport}
	other.add(t, "una")
	known := other.AddClient(t, map[string]any{
		"client_name": "The first", "token_endpoint_auth_method": "client_secret_basic", "scope": "openid profile email",
		"grant_types": []string{"authorization_code"}, "redirect_uris": []string{p.Issuer + "/upstream/partner/callback"},
	})
	p.Run(t, strings.NewReader(known.Secret+"\n"), "provider", "add", "partner", "--name", "Partner", "--issuer", other.Issuer,
		"--client-id", known.ID, "--create-users")
	return other
}
