package browser_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

const multiFactor = "https://refeds.org/profile/mfa"

// Browsers give passkeys to no page whose certificate they do not trust, but to this
// machine's by plain http.
func TestFactors(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"LOCKOUT_ADDRESS_ATTEMPTS=10000"}), transport: http.DefaultTransport}
	c := openChromium(t)
	for name, as := range map[string]struct {
		story  func(b *tab, p *provider, app *client, name, locale string)
		locale string
		narrow bool
	}{
		"passkeys in English":                       {passkeys, "en", false},
		"passkeys in Arabic on a phone in the dark": {passkeys, "ar", true},
		"an app in French":                          {authenticatorApp, "fr", false},
		"an app in German on a phone":               {authenticatorApp, "de", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, b := p.newClient(t, "Bookshop", map[string]any{"skip_consent": true}), c.open(t)
			if as.narrow {
				b.phone()
				b.dark()
			}
			person := "fay-" + as.locale
			p.add(t, person)
			as.story(b, p, app, person, "ui_locales="+as.locale)
		})
	}
}

// device gives the tab an authenticator, which is asked when a page wants it.
func (b *tab) device() (setVerified func(bool)) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	check(b.t, err)
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	check(b.t, err)
	return func(verified bool) {
		_, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{
			AuthenticatorID: made.AuthenticatorID, IsUserVerified: verified,
		})
		check(b.t, err)
	}
}

// passkeys adds one, signs in by it alone, and shows it after a password.
func passkeys(b *tab, p *provider, app *client, name, locale string) {
	verifies := b.device()
	b.do(chromedp.Navigate(app.request(locale)))
	b.signsIn(name, password)
	app.lands(b)
	b.do(chromedp.Navigate(p.Issuer + "/second-factor/add?" + locale))
	b.sees("add-passkey")
	b.shows("add-factor")
	b.do(chromedp.Navigate(p.Issuer + "/second-factor/passkey?" + locale))
	b.sees("passkey-submit")
	b.shows("add-passkey")
	verifies(false)
	b.do(chromedp.Click(chromedp.ID("passkey-submit")))
	b.sees("passkey-problem")
	b.shows("passkey-problem")
	verifies(true)
	b.presses("passkey-submit")
	b.sees("recovery-codes")
	b.shows("recovery-codes")
	b.do(chromedp.Navigate(p.Issuer + "/second-factor/recovery?" + locale))
	b.sees("recovery-form")
	b.shows("new-recovery-codes")

	b.scripts(false)
	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.signsIn(name, password)
	b.sees("not-you")
	b.still("passkey-without-scripts")
	b.scripts(true)

	// The browser offers a passkey among the usernames that it knows, and this one takes
	// it at once, unless its user cannot be verified.
	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.proves(app, "hwk", "user", "mfa")
	verifies(false)
	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.sees("passkey-submit")
	b.shows("sign-in")
	verifies(true)
	b.presses("passkey-submit")
	b.proves(app, "hwk", "user", "mfa")
	verifies(false)
	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.signsIn(name, password)
	b.sees("passkey-submit")
	b.shows("second-factor")
	verifies(true)
	b.presses("passkey-submit")
	b.proves(app, "pwd", "hwk", "user", "mfa")
}

// authenticatorApp is added where a client steps up, without a script, and asked for at
// the next sign-in.
func authenticatorApp(b *tab, p *provider, app *client, name, locale string) {
	b.scripts(false)
	b.do(chromedp.Navigate(app.request(locale)))
	b.signsIn(name, password)
	b.proves(app, "pwd")
	b.do(chromedp.Navigate(app.request(locale, "acr_values="+multiFactor)))
	b.sees("add-app")
	b.still("add-factor-demanded")
	b.presses("add-app")
	key := strings.ReplaceAll(b.sees("app-key"), " ", "")
	b.still("add-app")
	b.do(chromedp.SendKeys(chromedp.ID("code"), "000000"))
	b.presses("app-submit")
	b.sees("factor-error")
	b.still("add-app-wrong-code")
	b.do(chromedp.SendKeys(chromedp.ID("code"), code(b.t, key, time.Now())))
	b.presses("app-submit")
	codes := strings.Fields(b.sees("recovery-codes"))
	b.presses("continue")
	b.proves(app, "pwd", "otp", "mfa")

	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.signsIn(name, password)
	b.sees("factor-form")
	b.still("second-factor")
	b.do(chromedp.SendKeys(chromedp.ID("code"), code(b.t, key, time.Now().Add(30*time.Second)))) // the next, for one is good once
	b.presses("factor-submit")
	b.proves(app, "pwd", "otp", "mfa")

	b.do(chromedp.Navigate(app.request(locale, "prompt=login")))
	b.signsIn(name, password)
	b.do(chromedp.Click(chromedp.Search("//summary")))
	b.sees("recovery-form")
	b.still("recovery-code")
	b.do(chromedp.SendKeys(chromedp.ID("recovery_code"), codes[len(codes)-1]))
	b.presses("recovery-submit")
	b.proves(app, "pwd", "otp", "mfa")
	b.scripts(true)
}

// still is shows of a page that was loaded without scripts, which the check needs.
func (b *tab) still(page string) {
	b.t.Helper()
	b.scripts(true)
	b.shows(page)
	b.scripts(false)
}

// proves demands what the id_token says of how somebody signed in.
func (b *tab) proves(app *client, amr ...any) {
	b.t.Helper()
	told := claims(b.t, app.redeem(b, app.lands(b)).IDToken)
	if !reflect.DeepEqual(told["amr"], amr) || (told["acr"] == multiFactor) != (len(amr) > 1) {
		b.t.Errorf("got amr %v, acr %v; want %v", told["amr"], told["acr"], amr)
	}
}

// code is what an authenticator app with this key shows at a time (RFC 6238).
func code(t *testing.T, key string, at time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.DecodeString(key)
	check(t, err)
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&(1<<31-1)%1000000)
}
