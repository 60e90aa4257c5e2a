package browser_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

func signInAndConsent(t *testing.T, c chromium, p *provider) {
	p.add(t, "alice")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.sees("login-form")
	b.shows("sign-in")
	b.signsIn("alice", password)
	b.sees("consent-approve")
	b.shows("consent")
	b.isCookie("__Host-ostiary-session")
	b.presses("consent-approve")
	app.redeem(b, app.lands(b))
	// What was agreed to is not asked again.
	b.do(chromedp.Navigate(app.request()))
	app.redeem(b, app.lands(b))
}

// isCookie demands a cookie that only this host gets, over TLS, out of reach for
// scripts and requests from elsewhere.
func (b *tab) isCookie(name string) {
	b.t.Helper()
	found, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{})
	check(b.t, err)
	for _, cookie := range found.Cookies {
		if strings.HasPrefix(cookie.Name, name) {
			if !cookie.Secure || !cookie.HTTPOnly || cookie.SameSite != network.CookieSameSiteLax || cookie.Path != "/" {
				b.t.Errorf("cookie %+v", cookie)
			}
			return
		}
	}
	b.t.Errorf("no cookie %s", name)
}

func denial(t *testing.T, c chromium, p *provider) {
	p.add(t, "denise")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("denise", password)
	b.presses("consent-deny")
	if got := app.lands(b); got.params.Get("error") != "access_denied" || got.params.Has("code") {
		t.Errorf("got %s", got.params.Encode())
	}
}

func wrongPasswordAndLockout(t *testing.T, c chromium, p *provider) {
	p.add(t, "wendy")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("wendy", "not the password")
	wrong := b.sees("login-error")
	b.shows("wrong-password")
	if kept := tell(b, chromedp.Value(chromedp.ID("username"))); kept != "wendy" {
		t.Errorf("the username is forgotten: %q", kept)
	}
	if role := eval[string](b, `document.getElementById("login-error").role`); role != "alert" {
		t.Errorf("the error has role %q: nobody hears of it", role)
	}
	locked := wrong
	for range 3 {
		b.signsIn("wendy", "not the password")
		locked = b.sees("login-error")
	}
	if locked == wrong {
		t.Errorf("no word of the lockout: %q", locked)
	}
	b.shows("lockout")
	// The right password does not help now, and nobody can tell that it is right.
	b.signsIn("wendy", password)
	if text := b.sees("login-error"); text != locked {
		t.Errorf("got %q, want %q", text, locked)
	}
	// Somebody who does not exist is told the same.
	b.signsIn("nobody", password)
	if text := b.sees("login-error"); text != wrong {
		t.Errorf("got %q for somebody unknown, want %q", text, wrong)
	}
}

func singleSignOn(t *testing.T, c chromium, p *provider) {
	p.add(t, "simon")
	first, second := p.newClient(t, "Bookshop", nil), p.newClient(t, "Library", map[string]any{"skip_consent": true})
	b := c.open(t)
	b.do(chromedp.Navigate(first.request()))
	b.signsIn("simon", password)
	b.presses("consent-approve")
	one := first.redeem(b, first.lands(b))
	b.do(chromedp.Navigate(second.request())) // straight on
	two := second.redeem(b, second.lands(b))
	if a, z := claims(t, one.IDToken), claims(t, two.IDToken); a["sub"] != z["sub"] || a["auth_time"] != z["auth_time"] {
		t.Errorf("one sign-in gave %v and %v", a, z)
	}
}

func promptNone(t *testing.T, c chromium, p *provider) {
	p.add(t, "nora")
	app, b := p.newClient(t, "Bookshop", nil), c.open(t)
	fails := func(with string) {
		t.Helper()
		b.do(chromedp.Navigate(app.request("prompt=none")))
		if got := app.lands(b); got.params.Get("error") != with {
			t.Errorf("got %s, want %s", got.params.Encode(), with)
		}
	}
	fails("login_required")
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("nora", password)
	b.sees("consent-approve")
	fails("consent_required")
	b.do(chromedp.Navigate(app.request()))
	b.presses("consent-approve")
	first := app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(app.request("prompt=none", "id_token_hint="+first.IDToken)))
	again := app.redeem(b, app.lands(b))
	if a, z := claims(t, first.IDToken), claims(t, again.IDToken); a["sub"] != z["sub"] || a["auth_time"] != z["auth_time"] {
		t.Errorf("got %v, then %v", a, z)
	}
}

func signInAgain(t *testing.T, c chromium, p *provider) {
	p.add(t, "agnes")
	app, b := p.newClient(t, "Bookshop", map[string]any{"skip_consent": true}), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("agnes", password)
	app.redeem(b, app.lands(b))
	for _, demand := range []string{"prompt=login", "max_age=0"} {
		b.do(chromedp.Navigate(app.request(demand)))
		b.sees("login-form")
		b.shows("again")
		b.signsIn("agnes", password)
		app.redeem(b, app.lands(b))
	}
}

func selectAccount(t *testing.T, c chromium, p *provider) {
	p.add(t, "selma")
	p.add(t, "sibyl")
	app, b := p.newClient(t, "Bookshop", map[string]any{"skip_consent": true}), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("selma", password)
	selma := claims(t, app.redeem(b, app.lands(b)).IDToken)
	b.do(chromedp.Navigate(app.request("prompt=select_account")))
	b.presses("account-another")
	b.signsIn("sibyl", password)
	sibyl := claims(t, app.redeem(b, app.lands(b)).IDToken)
	if selma["sub"] == sibyl["sub"] {
		t.Fatal("they are the same person")
	}
	b.do(chromedp.Navigate(app.request("prompt=select_account")))
	b.sees("account-another")
	b.shows("select-account")
	b.leaves(chromedp.Click(chromedp.Search(`//button[contains(., "selma")]`)))
	if chosen := claims(t, app.redeem(b, app.lands(b)).IDToken); chosen["sub"] != selma["sub"] {
		t.Errorf("chose %v, got %v", selma["sub"], chosen["sub"])
	}
}

// claims reads an id_token, which came from the token endpoint and needs no check
// here.
func claims(t *testing.T, token string) (read map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no id_token: %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	check(t, err)
	check(t, json.Unmarshal(payload, &read))
	return read
}
