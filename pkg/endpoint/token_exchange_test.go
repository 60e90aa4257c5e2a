package endpoint_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

const (
	vaultID = "vault" // may have tokens of the provider there
	nearID  = "near"  // of another provider alone
	farID   = "far"   // of none
)

// vault opens a site where alice signs in by a provider whose tokens are kept, and are
// good for so many seconds.
func vault(t *testing.T, seconds int) (*site, *elsewhere.OpenID) {
	t.Helper()
	s, op := open(t, "ISSUER=http://localhost:8080"), elsewhere.Open(t)
	op.Rotates = true
	op.Tokens = func(m map[string]any) { m["expires_in"] = seconds }
	grants := []oauth.GrantType{oauth.Password, oauth.RefreshToken, oauth.ClientCredentials, oauth.TokenExchange}
	for id, providers := range map[string][]string{vaultID: {"there", "gone"}, nearID: {"near"}, farID: nil} {
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: grants, Scope: oauth.Scope{"openid", "provider_tokens", "read"}, ProviderTokens: providers,
		}})
	}
	p, err := s.upstream.Providers.Add(t.Context(), "there", upstream.Settings{
		Name: "There", Kind: upstream.OpenID, Issuer: op.Issuer, ClientID: "house", Auth: oauth.ClientSecretBasic,
		Scope: oauth.Scope{"openid", "calendar"}, Trust: upstream.Trust{KeepTokens: true},
	}, oauth.Secret(op.Secret))
	must(t, err)
	s.comeFrom(p)
	return s, op
}

// comeFrom has alice connect the provider.
func (s *site) comeFrom(p upstream.Provider) {
	s.t.Helper()
	const browser = oauth.Secret("the-secret-of-a-browser-that-nobody-else-has-got-here")
	ctx := s.t.Context()
	to, err := s.upstream.Begin(ctx, p, browser, upstream.Wish{UserID: s.alice.ID})
	must(s.t, err)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Get(to)
	must(s.t, err)
	defer response.Body.Close()
	back, err := response.Location()
	must(s.t, err)
	params, err := oauth.ParseParams(back.RawQuery)
	must(s.t, err)
	errand, err := s.upstream.Receive(ctx, p.ID, params.Get("state"), browser)
	must(s.t, err)
	vouched, err := s.upstream.Judge(ctx, errand, params)
	must(s.t, err)
	must(s.t, s.people.Link(ctx, s.alice.ID, vouched.Linked()))
	must(s.t, s.upstream.Keep(ctx, s.alice.ID, vouched))
}

// of gets a token of alice's for a client.
func (s *site) of(client, scope string) string {
	s.t.Helper()
	return s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password)+"&scope="+url.QueryEscape(scope), client, secret).text("access_token")
}

// exchange asks for alice's token at the provider, changed by "name=value" (escaped);
// "name=" leaves one out.
func (s *site) exchange(client, subject string, changes ...string) answer {
	s.t.Helper()
	form := url.Values{
		"grant_type": {string(oauth.TokenExchange)}, "subject_token": {subject}, "subject_token_type": {oauth.TokenTypeAccessToken}, "audience": {"there"},
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		form.Set(name, value)
	}
	return s.post("/token", form.Encode(), client, secret)
}

func TestAClientHasTheTokenOfAnotherProvider(t *testing.T) {
	s, _ := vault(t, 300)
	a := s.exchange(vaultID, s.of(vaultID, "provider_tokens"), "requested_token_type="+oauth.TokenTypeAccessToken)
	seconds, _ := a.json["expires_in"].(float64)
	if a.StatusCode != 200 || a.text("access_token") != "an-access-token" || a.text("token_type") != "Bearer" || a.text("scope") != "openid calendar" ||
		a.text("issued_token_type") != oauth.TokenTypeAccessToken || seconds < 290 || seconds > 300 || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s", a)
	}
	if len(a.json) != 5 { // neither a refresh token nor an id_token
		t.Errorf("got %s", a)
	}
}

// What works is advertised: the grant type, and the scope without which it gives nothing.
func TestExchangeIsAdvertisedWithItsScope(t *testing.T) {
	a := open(t).call("GET", "/.well-known/openid-configuration", "")
	for member, want := range map[string]string{"grant_types_supported": string(oauth.TokenExchange), "scopes_supported": oauth.ProviderTokens} {
		if got := string(mustJSON(t, a.json[member])); !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("%s: got %s, want %s", member, got, want)
		}
	}
}

func TestWhoIsNotGivenATokenOfAnotherProvider(t *testing.T) {
	s, _ := vault(t, 300)
	good, others := s.of(vaultID, "provider_tokens"), s.of(nearID, "provider_tokens")
	own := s.post("/token", "grant_type=client_credentials", vaultID, secret).text("access_token")
	withID := s.post("/token", "grant_type=password&username=alice&scope=openid&password="+url.QueryEscape(password), vaultID, secret).text("id_token")
	for name, c := range map[string]struct {
		client, token string
		change        string
		code          oauth.Code
	}{
		"a client that may have those of another provider": {nearID, others, "", oauth.InvalidTarget},
		"a client that may have none":                      {farID, s.of(farID, "provider_tokens"), "", oauth.InvalidTarget},
		"a client not registered for it":                   {secretID, good, "", oauth.UnauthorizedClient},
		"a client with another's token":                    {vaultID, others, "", oauth.InvalidRequest},
		"a token without the scope":                        {vaultID, s.of(vaultID, "openid read"), "", oauth.InvalidRequest},
		"a token of the client's own":                      {vaultID, own, "", oauth.InvalidRequest},
		"a token of nobody's making":                       {vaultID, good[:len(good)-4] + "AAAA", "", oauth.InvalidRequest},
		"an id_token":                                      {vaultID, withID, "", oauth.InvalidRequest},
		"no token":                                         {vaultID, "", "", oauth.InvalidRequest},
		"another kind of token":                            {vaultID, good, "subject_token_type=urn:ietf:params:oauth:token-type:id_token", oauth.InvalidRequest},
		"another kind wanted":                              {vaultID, good, "requested_token_type=urn:ietf:params:oauth:token-type:refresh_token", oauth.InvalidRequest},
		"for somebody who acts":                            {vaultID, good, "actor_token=" + good, oauth.InvalidRequest},
		"with less scope":                                  {vaultID, good, "scope=calendar", oauth.InvalidRequest},
		"no provider":                                      {vaultID, good, "audience=", oauth.InvalidRequest},
		"a provider that is gone":                          {vaultID, good, "audience=gone", oauth.InvalidTarget},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.exchange(c.client, c.token, c.change)
			if a.text("error") != string(c.code) || a.StatusCode != 400 || a.text("access_token") != "" {
				t.Errorf("got %s, want %s", a, c.code)
			}
		})
	}
	s.wants(s.post("/token", "grant_type=client_credentials&scope=provider_tokens", vaultID, secret), 400, oauth.InvalidScope)
	if s.exchange(vaultID, good).StatusCode != 200 {
		t.Error("what was good all along is not")
	}
}

func TestARevokedTokenIsExchangedForNothing(t *testing.T) {
	s, _ := vault(t, 300)
	revoked, disabled := s.of(vaultID, "provider_tokens"), s.of(vaultID, "provider_tokens")
	s.post("/revoke", "token="+revoked, vaultID, secret)
	s.wants(s.exchange(vaultID, revoked), 400, oauth.InvalidRequest)
	if a := s.exchange(vaultID, disabled); a.StatusCode != 200 {
		t.Errorf("the other token: got %s", a)
	}
	_, err := s.people.Update(t.Context(), s.alice.ID, func(u *identity.User) error { u.Disabled = true; return nil })
	must(t, err)
	s.wants(s.exchange(vaultID, disabled), 400, oauth.InvalidRequest)
}

func TestATokenWithoutCredentialsIsExchangedForNothing(t *testing.T) {
	s, _ := vault(t, 300)
	_, _, err := s.clients.Add(t.Context(), identity.Registration{ID: "bare", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.TokenExchange}, ProviderTokens: []string{"there"},
	}})
	if !oauth.InvalidClientMetadata.In(err) {
		t.Errorf("a public client is registered for it: %v", err)
	}
	_, _, err = s.clients.Add(t.Context(), identity.Registration{ID: "half", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, ProviderTokens: []string{"there"},
	}})
	if !oauth.InvalidClientMetadata.In(err) {
		t.Errorf("a client may have tokens that it cannot ask for: %v", err)
	}
	if a := s.exchange(vaultID, s.of(vaultID, "provider_tokens"), "client_id="+nearID); a.StatusCode == 200 {
		t.Errorf("got %s", a)
	}
}

func TestAProviderThatIsOutIsAnOutage(t *testing.T) {
	s, op := vault(t, 10)
	token := s.of(vaultID, "provider_tokens")
	op.Status = 500
	a := s.exchange(vaultID, token)
	if a.StatusCode != 503 || a.text("error") != "temporarily_unavailable" || a.Header.Get("Retry-After") == "" {
		t.Errorf("got %s", a)
	}
	op.Status = 0
	if a := s.exchange(vaultID, token); a.text("access_token") != "a-renewed-access-token" {
		t.Errorf("got %s", a)
	}
}

func TestHandingATokenOutIsRecordedAndNotLogged(t *testing.T) {
	s, op := vault(t, 10)
	token := s.of(vaultID, "provider_tokens")
	s.exchange(vaultID, token)
	for _, secret := range []string{"access-token", "refresh-token", token, op.Secret} {
		if strings.Contains(s.logged.String()+s.told.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
	e := s.event(audit.ProviderTokenGiven)
	if e.Subject != s.alice.ID || e.Client != vaultID || e.Object != "there" || e.Actor != audit.Client(vaultID) || e.Outcome != audit.Succeeded {
		t.Errorf("got %+v", e)
	}
}

func TestATokenThatIsRenewedNoMoreIsRecorded(t *testing.T) {
	s, op := vault(t, 10)
	op.Forget()
	if a := s.exchange(vaultID, s.of(vaultID, "provider_tokens")); a.text("error") != "invalid_target" {
		t.Errorf("got %s", a)
	}
	if e := s.event(audit.ProviderTokenGiven); e.Subject != s.alice.ID || e.Outcome != audit.Refused || e.Reason == "" {
		t.Errorf("got %+v", e)
	}
}

// event is the one event of the kind that was recorded.
func (s *site) event(kind audit.Kind) audit.Event {
	s.t.Helper()
	var found []audit.Event
	for line := range strings.Lines(s.told.String()) {
		var told struct{ Event audit.Event }
		must(s.t, json.Unmarshal([]byte(line), &told))
		if told.Event.Kind == kind {
			found = append(found, told.Event)
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("recorded %d of %s", len(found), kind)
	}
	return found[0]
}
