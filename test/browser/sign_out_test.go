package browser_test

import (
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Signing out for one client tells all that the person is signed in to: by a frame
// in the page, and behind the browser's back.
func signOutForClient(t *testing.T, c chromium, p *provider) {
	p.add(t, "oscar")
	trusted := map[string]any{"skip_consent": true}
	first, second := p.newClient(t, "Bookshop", trusted), p.newClient(t, "Library", trusted)
	b := c.open(t)
	b.do(chromedp.Navigate(first.request()))
	b.signsIn("oscar", password)
	one := first.redeem(b, first.lands(b))
	b.do(chromedp.Navigate(second.request()))
	two := second.redeem(b, second.lands(b))

	b.do(chromedp.Navigate(p.Issuer + "/logout?" + url.Values{
		"id_token_hint": {one.IDToken}, "post_logout_redirect_uri": {first.site.URL + "/goodbye"}, "state": {"see you"},
	}.Encode()))
	got := first.comes(b)
	if got.path != "/goodbye" || got.params.Encode() != (url.Values{"state": {"see you"}}).Encode() {
		t.Errorf("arrived at %s with %s", got.path, got.params.Encode())
	}
	for app, token := range map[*client]string{first: one.IDToken, second: two.IDToken} {
		app.hearsOfSignOut(t, claims(t, token))
	}
	b.do(chromedp.Navigate(second.request("prompt=none")))
	if got := second.lands(b); got.params.Get("error") != "login_required" {
		t.Errorf("after signing out: %s", got.params.Encode())
	}
}

// hearsOfSignOut waits for the word by both channels.
func (c *client) hearsOfSignOut(t *testing.T, signedIn map[string]any) {
	t.Helper()
	select {
	case frame := <-c.frontChannel:
		if frame.Get("iss") != c.provider.Issuer || frame.Get("sid") != signedIn["sid"] || frame.Get("sid") == "" {
			t.Errorf("the frame has %s", frame.Encode())
		}
	case <-time.After(patience):
		t.Fatal("no frame")
	}
	select {
	case token := <-c.backChannel:
		told := claims(t, token)
		if told["iss"] != c.provider.Issuer || told["aud"] != c.ID || told["sid"] != signedIn["sid"] || told["nonce"] != nil {
			t.Errorf("the logout token has %v", told)
		}
	case <-time.After(patience):
		t.Fatal("no logout token")
	}
}

// Nobody is signed out by a link alone: it could stand on any site.
func signOutWithoutClient(t *testing.T, c chromium, p *provider) {
	p.add(t, "otto")
	app, b := p.newClient(t, "Bookshop", map[string]any{"skip_consent": true}), c.open(t)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("otto", password)
	app.redeem(b, app.lands(b))
	b.do(chromedp.Navigate(p.Issuer + "/logout"))
	b.sees("logout-confirm")
	b.shows("sign-out")
	b.do(chromedp.Navigate(app.request("prompt=none")))
	app.redeem(b, app.lands(b)) // still signed in
	b.do(chromedp.Navigate(p.Issuer + "/logout"))
	b.presses("logout-confirm")
	b.sees("logout-result")
	b.shows("signed-out")
	b.do(chromedp.Navigate(app.request("prompt=none")))
	if got := app.lands(b); got.params.Get("error") != "login_required" {
		t.Errorf("after signing out: %s", got.params.Encode())
	}
}

// The page goes on when all frames are loaded; until then it can be used by everybody.
func signOutOfSlowClients(t *testing.T, c chromium, p *provider) {
	p.add(t, "silas")
	app, b := p.newClient(t, "Bookshop", map[string]any{"skip_consent": true}), c.open(t)
	app.slow = make(chan struct{})
	answer := sync.OnceFunc(func() { close(app.slow) })
	t.Cleanup(answer)
	b.do(chromedp.Navigate(app.request()))
	b.signsIn("silas", password)
	made := app.redeem(b, app.lands(b))
	address := p.Issuer + "/logout?" + url.Values{
		"id_token_hint": {made.IDToken}, "post_logout_redirect_uri": {app.site.URL + "/goodbye"},
	}.Encode()
	eval[float64](b, `location.href = `+strconv.Quote(address)+`, 0`) // Navigate would wait for the frame
	b.sees("logout-continue")
	b.shows("waiting")
	answer()
	app.hearsOfSignOut(t, claims(t, made.IDToken))
	if got := app.comes(b); got.path != "/goodbye" {
		t.Errorf("arrived at %s", got.path)
	}
}
