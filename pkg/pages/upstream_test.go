package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

// there lets people in by the provider.
func (s *site) there(op *elsewhere.OpenID, change func(*upstream.Settings)) {
	s.t.Helper()
	set := upstream.Settings{
		Name: "Over There", Kind: upstream.OpenID, Issuer: op.Issuer, ClientID: "house", Auth: oauth.ClientSecretBasic,
		Scope: oauth.Scope{"openid", "profile", "email"}, Trust: upstream.Trust{CreateUsers: true},
	}
	if change != nil {
		change(&set)
	}
	_, err := s.upstream.Providers.Add(s.t.Context(), "there", set, oauth.Secret(op.Secret))
	must(s.t, err)
}

// away goes to the provider where p leads, and returns with where it sends the browser.
func (b *browser) away(p page, op *elsewhere.OpenID) string {
	b.t.Helper()
	if p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.location(), op.Issuer) {
		b.t.Fatalf("got %d %s %s, want the way to the provider", p.StatusCode, p.location(), p.body)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Get(p.location())
	must(b.t, err)
	defer response.Body.Close()
	return response.Header.Get("Location")
}

// link is where the page's link of this id leads.
func (p page) link(id string) string {
	p.t.Helper()
	_, after, found := strings.Cut(p.body, `id="`+id+`"`)
	_, after, _ = strings.Cut(after, `href="`)
	href, _, _ := strings.Cut(after, `"`)
	if !found {
		p.t.Fatalf("no link %s in %s", id, p.body)
	}
	return strings.ReplaceAll(href, "&amp;", "&")
}

// comeBy signs in by the provider, by its button.
func (b *browser) comeBy(op *elsewhere.OpenID, parameters ...string) page {
	b.t.Helper()
	p := b.follow(b.get(request("first", parameters...)))
	return b.follow(b.get(b.away(b.get(p.link("provider-there")), op)))
}

func TestAButtonLeadsToAnotherProviderAndBackToTheClient(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	b := s.browser()
	if answer := b.comeBy(op).answer(); answer.Get("code") == "" || answer.Get("state") != "a state" {
		t.Errorf("got %v", answer)
	}
	if again := b.get(request("first")).answer(); again.Get("code") == "" { // single sign-on
		t.Errorf("got %v", again)
	}
}

// Who has the provider say another address takes the account's letters along: whose the one
// before is hears of it there, once, and nobody at one that was never confirmed.
func TestAnAddressThatFollowsAProviderIsTakenLeaveOf(t *testing.T) {
	for name, trusted := range map[string]bool{"a confirmed one": true, "one that nobody confirmed": false} {
		t.Run(name, func(t *testing.T) {
			s, op := openPost(t), elsewhere.Open(t)
			s.there(op, func(set *upstream.Settings) { set.TrustEmail = trusted })
			s.browser().comeBy(op).answer()
			op.Person["email"] = "joanna@example.com"
			s.browser().comeBy(op).answer()
			s.browser().comeBy(op).answer()
			got := s.mails()
			if len(got) > 1 || (len(got) == 1) != trusted {
				t.Fatalf("got %d mails", len(got))
			}
			if trusted && (got[0].To.String() != "jo@example.com" || !strings.Contains(got[0].Text, "another email address")) {
				t.Errorf("got %s to %s", got[0].Text, got[0].To)
			}
		})
	}
}

func TestNothingChangesWhereThereIsNoProvider(t *testing.T) {
	b := open(t).browser()
	if p := b.follow(b.get(request("first"))); strings.Contains(p.body, "provider-") || !strings.Contains(p.body, `id="password"`) {
		t.Errorf("got %s", p.body)
	}
}

func TestWhatLeadsToAProviderWithoutAsking(t *testing.T) {
	for name, c := range map[string]struct {
		settings  func(*upstream.Settings)
		parameter []string
		leads     bool
	}{
		"idp_hint":                    {nil, []string{"idp_hint", "there"}, true},
		"idp_hint of nobody":          {nil, []string{"idp_hint", "nobody"}, false},
		"idp_hint of one that is off": {func(s *upstream.Settings) { s.Disabled = true }, []string{"idp_hint", "there"}, false},
		"an acr of its own":           {func(s *upstream.Settings) { s.ACRValues = []string{"gold"} }, []string{"acr_values", "silver gold"}, true},
		"another acr":                 {func(s *upstream.Settings) { s.ACRValues = []string{"gold"} }, []string{"acr_values", "silver"}, false},
		"the domain of login_hint":    {func(s *upstream.Settings) { s.Domains = []string{"example.com"} }, []string{"login_hint", "jo@EXAMPLE.com"}, true},
		"a domain below it":           {func(s *upstream.Settings) { s.Domains = []string{"example.com"} }, []string{"login_hint", "jo@mail.example.com"}, false},
		"a domain after another at":   {func(s *upstream.Settings) { s.Domains = []string{"example.com"} }, []string{"login_hint", "jo@example.com@evil.example"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			s.there(op, c.settings)
			b := s.browser()
			p := b.follow(b.get(request("first", c.parameter...)))
			if leads := strings.HasPrefix(p.location(), op.Issuer); leads != c.leads {
				t.Errorf("got %d %s", p.StatusCode, p.location())
			}
		})
	}
}

func TestTheDomainThatIsTypedLeadsToAProvider(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.Domains, set.Hidden = []string{"example.com"}, true })
	b := s.browser()
	first := b.follow(b.get(request("first")))
	if strings.Contains(first.body, `id="password"`) || strings.Contains(first.body, "provider-there") {
		t.Errorf("the password is asked for at once: %s", first.body)
	}
	if csp := first.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "http:") { // where the form may lead
		t.Errorf("got %s", csp)
	}
	routed := b.submit(first, "username", "jo@example.com")
	if u, err := url.Parse(routed.location()); err != nil || u.Query().Get("login_hint") != "jo@example.com" {
		t.Errorf("got %s", routed.location())
	}
	second := b.submit(first, "username", "alice")
	second.shows(t, "password")
	if answer := b.submit(second, "username", "alice", "password", password).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
}

func TestARefusalBringsThePersonBackToSignIn(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	op.Answer = func(answer url.Values) { answer.Del("code"); answer.Set("error", "access_denied") }
	b := s.browser()
	p := b.follow(b.get(request("first", "idp_hint", "there"))) // which does not send them off again
	back := b.follow(b.get(b.away(p, op)))
	if back.shows(t, "notice"); !strings.Contains(back.body, "Over There") {
		t.Errorf("got %s", back.body)
	}
	if answer := b.submit(back, "username", "alice", "password", password).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
}

func TestAnOutageIsAPageWithAWayBack(t *testing.T) {
	for name, bend := range map[string]func(*elsewhere.OpenID){
		"of the token endpoint": func(op *elsewhere.OpenID) { op.Status = 500 },
		"a token of nobody":     func(op *elsewhere.OpenID) { op.Bend = func(t elsewhere.Token) { t.Claims["aud"] = "other" } },
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			s.there(op, nil)
			bend(op)
			b := s.browser()
			p := b.comeBy(op)
			p.shows(t, "upstream-failed")
			p.shows(t, "error-reference")
			if p.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("got %d", p.StatusCode)
			}
			b.get(p.link("back")).shows(t, "login-form")
		})
	}
	s, op := open(t), &elsewhere.OpenID{Issuer: "http://127.0.0.1:1", Secret: "a-secret"}
	s.there(op, nil)
	b := s.browser()
	b.get(b.follow(b.get(request("first"))).link("provider-there")).shows(t, "upstream-failed")
}

func TestWhoIsNotKnownIsToldSo(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.CreateUsers = false })
	p := s.browser().comeBy(op)
	if p.shows(t, "upstream-unknown"); p.StatusCode != http.StatusForbidden || !strings.Contains(p.body, "jo@example.com") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
}

func TestAFormOfAnotherSiteIsSentOnceMoreByOurs(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.ResponseMode = oauth.FormPost })
	b := s.browser()
	u, err := url.Parse(b.away(b.get(b.follow(b.get(request("first"))).link("provider-there")), op))
	must(t, err)
	foreign := &browser{s, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}}
	foreign.jar = s.browser().jar // no cookie comes along with it
	form := u.Query()
	form.Set("iss", op.Issuer)                      // RFC 9207 §2; an answer to a client has it too, and is no form of ours
	form.Set("user", `{"name":{"firstName":"Jo"}}`) // as Apple sends it
	bounced := foreign.post(u.Path, form)
	if bounced.StatusCode != http.StatusOK || strings.Contains(bounced.body, "firstName") {
		t.Fatalf("got %d %s", bounced.StatusCode, bounced.body)
	}
	if answer := b.follow(b.submit(bounced)).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	foreign.submit(bounced).shows(t, "error-page") // another site cannot send that form either
}

func TestAClientSaysByWhomPeopleSignIn(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	s.register("only", func(m *oauth.ClientMetadata) { m.SkipConsent, m.IdentityProviders = true, []string{"there"} })
	s.register("never", func(m *oauth.ClientMetadata) { m.SkipConsent, m.IdentityProviders = true, []string{"local"} })
	b := s.browser()
	if p := b.follow(b.get(request("only"))); !strings.HasPrefix(p.location(), op.Issuer) { // there is nothing to choose
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	never := b.follow(b.get(request("never")))
	if strings.Contains(never.body, "provider-there") {
		t.Errorf("got %s", never.body)
	}
	if answer := b.submit(never, "username", "alice", "password", password).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	if p := b.follow(b.get(request("only"))); !strings.HasPrefix(p.location(), op.Issuer) { // a session of here is none for it
		t.Errorf("got %d %s", p.StatusCode, p.location())
	}
}

// A password is none of what a client wants, though the form is sent all the same.
func TestAPasswordIsNoWayIntoAClientOfAnotherProvider(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	s.register("only", func(m *oauth.ClientMetadata) { m.SkipConsent, m.IdentityProviders = true, []string{"there"} })
	b := s.browser()
	p := b.get(request("only"))
	u, err := url.Parse(p.location())
	must(t, err)
	done := b.follow(b.post("/sign-in", url.Values{"interaction": {u.Query().Get("interaction")}, "username": {"alice"}, "password": {password}}))
	if answer := done.answer(); answer.Has("code") || answer.Get("error") != "access_denied" {
		t.Errorf("got %v", answer)
	}
}

func TestAnAnswerOfAProviderIsTakenOnceAndInItsBrowser(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, nil)
	b := s.browser()
	back := b.away(b.get(b.follow(b.get(request("first"))).link("provider-there")), op)
	other := s.browser()
	other.follow(other.get(request("first"))) // it is a browser of its own
	other.get(back).shows(t, "error-page")
	if answer := b.follow(b.get(back)).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	b.get(back).shows(t, "error-page")
}
