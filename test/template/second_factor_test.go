package template_test

import (
	"html"
	"net/url"
	"regexp"
	"testing"

	"github.com/ostiary-auth/ostiary/test/authenticator"
)

// options are what a page asks of a passkey.
func options(t testing.TB, page string) string {
	t.Helper()
	found := regexp.MustCompile(`data-options="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no passkey in %s", page)
	}
	return html.UnescapeString(found[1])
}

// TestTheRolesAllowWhatFactorsDo has somebody add a passkey, get recovery codes, sign in
// by the passkey, and after a password by either.
func TestTheRolesAllowWhatFactorsDo(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	v, device := d.resident(), authenticator.New(t, d.cfg.Issuer)
	v.signIn(doorsPerson)
	page := v.visit("/second-factor/passkey", "passkey-form", nil)
	v.visit("/second-factor/passkey", "recovery-codes", url.Values{
		"offer": {v.field(page, "offer")}, "name": {"Key"}, "credential": {device.Create(options(t, page))},
	})
	page = v.visit("/second-factor/recovery", "recovery-codes", url.Values{})
	code := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindStringSubmatch(page)

	alone := d.resident()
	page = alone.visit("/account", "passkey-form", nil)
	alone.visit("/sign-in/passkey", "account-page", url.Values{
		"interaction": {alone.field(page, "interaction")}, "credential": {device.Get(options(t, page))},
	})

	second := d.resident()
	page = second.visit("/account", "login-form", nil)
	page = second.visit("/sign-in", "passkey-form", url.Values{
		"interaction": {second.field(page, "interaction")}, "username": {"alice"}, "password": {doorsPerson},
	})
	second.visit("/second-factor", "factor-error", url.Values{"interaction": {second.field(page, "interaction")}, "code": {"000000"}})
	second.visit("/second-factor", "account-page", url.Values{"interaction": {second.field(page, "interaction")}, "recovery_code": {code[1]}})
}
