package pages_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// others are the sids of the sessions that a page offers to end.
func (p page) others() []string {
	var sids []string
	for _, found := range regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(p.body, -1) {
		sids = append(sids, found[1])
	}
	return sids
}

// isOut reports whether nobody is signed in, in the browser.
func (b *browser) isOut() bool {
	return strings.Contains(b.roam(b.get("/account")).body, `id="login-form"`)
}

func TestAPersonSeesTheirSessionsAndEndsOne(t *testing.T) {
	s := open(t)
	b, phone, tablet := s.browser(), s.browser(), s.browser()
	phone.header.Set("User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
	phone.opens("/account", "alice")
	tablet.header.Set("User-Agent", "<script>alert(1)</script>")
	p := b.opens("/account/sessions", "alice")
	if !strings.Contains(p.body, "Firefox on Android") || strings.Count(p.body, "session-here") != 1 || len(p.others()) != 1 {
		t.Errorf("got %s", p.body)
	}
	b.change(p, "end-session", "session", p.others()[0]).does(t, "That browser is signed out")
	if !phone.isOut() || b.isOut() {
		t.Error("the wrong session has ended")
	}
	phone.opens("/account", "alice")
	tablet.opens("/account", "alice")
	p = b.get("/account/sessions")
	if len(p.others()) != 2 || !strings.Contains(p.body, "Unknown device") || strings.Contains(p.body, "<script") {
		t.Errorf("got %s", p.body)
	}
	b.change(p, "sessions-form").does(t, "signed out everywhere else")
	if !phone.isOut() || !tablet.isOut() || b.isOut() {
		t.Error("not all others have ended, or this one has")
	}
}

// A client that was told of a session hears of its end, whoever ends it.
func TestClientsHearOfASessionThatItsPersonEnded(t *testing.T) {
	s := open(t)
	s.register("told", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.BackchannelLogoutURI = true, "https://app.example.com/backchannel"
	})
	b, phone := s.browser(), s.browser()
	phone.opens("/account", "alice")
	phone.get(request("told")).answer()
	p := b.opens("/account/sessions", "alice")
	b.change(p, "end-session", "session", p.others()[0])
	report, err := s.drain(t.Context())
	if must(t, err); report.Delivered+report.Failed+report.Dead != 1 {
		t.Errorf("got %+v, want one message to the client", report)
	}
}

// Whatever ID a form names, it ends nobody else's session.
func TestSomebodyElsesSessionIsNotEnded(t *testing.T) {
	s := open(t)
	b, other, phone := s.browser(), s.browser(), s.browser()
	phone.opens("/account", "alice")
	sid := b.opens("/account/sessions", "alice").others()[0]
	other.opens("/account", "bob")
	second := s.browser()
	second.opens("/account", "bob")
	other.change(other.get("/account/sessions"), "end-session", "session", sid)
	if phone.isOut() {
		t.Error("bob has ended a session of alice")
	}
}
