package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// toOwn is the path of a request for a page of the provider.
func toOwn(client, uri string, parameters ...string) string {
	query := url.Values{"client_id": {client}, "redirect_uri": {uri}, "response_type": {"code"}}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	return "/authorize?" + query.Encode()
}

func TestOwnPagesAreReachedBySigningIn(t *testing.T) {
	for client, uri := range map[string]string{issue.AccountClient: issuer + "/account", issue.AdminClient: issuer + "/admin"} {
		b := open(t).browser()
		p := b.follow(b.get(toOwn(client, uri, "state", "/people/alice%40example.com")))
		p.shows(t, "login-form")
		p = b.submit(p, "username", "alice", "password", password)
		if want := uri + "/people/alice%40example.com"; p.StatusCode != http.StatusSeeOther || p.location() != want {
			t.Errorf("%s: got %d %s, want %s", client, p.StatusCode, p.location(), want)
		}
		if p := b.get(toOwn(client, uri)); p.location() != uri {
			t.Errorf("%s, signed in: got %d %s", client, p.StatusCode, p.location())
		}
		b.follow(b.get(toOwn(client, uri, "max_age", "0"))).shows(t, "login-form")
		b.follow(b.get(toOwn(client, uri, "prompt", "select_account"))).shows(t, "account-another")
	}
}

func TestOwnPagesAreNamedInThePersonsLanguage(t *testing.T) {
	b := open(t).browser()
	b.header.Set("Accept-Language", "de")
	if p := b.follow(b.get(toOwn(issue.AccountClient, issuer+"/account"))); !strings.Contains(p.body, "und weiter zu Ihrem Konto") {
		t.Errorf("got %s", p.body)
	}
}

// Whatever is wrong with a request for a page of ours, it leads nowhere.
func TestO02ARequestForAnOwnPageLeadsNowhereElse(t *testing.T) {
	b := open(t).browser()
	b.signIn("alice").answer()
	uri := issuer + "/account"
	for name, path := range map[string]string{
		"another host":          toOwn(issue.AccountClient, "https://evil.example.com/account"),
		"a longer path":         toOwn(issue.AccountClient, uri+"/password"),
		"a query":               toOwn(issue.AccountClient, uri+"?a=b"),
		"the other's":           toOwn(issue.AccountClient, issuer+"/admin"),
		"no redirect_uri":       toOwn(issue.AccountClient, ""),
		"prompt=none":           toOwn(issue.AccountClient, uri, "prompt", "none"),
		"prompt=consent":        toOwn(issue.AccountClient, uri, "prompt", "consent"),
		"response_type":         toOwn(issue.AccountClient, uri, "response_type", "token"),
		"max_age":               toOwn(issue.AccountClient, uri, "max_age", "x"),
		"state is no path":      toOwn(issue.AccountClient, uri, "state", ".evil.example.com"),
		"state is a user":       toOwn(issue.AccountClient, uri, "state", "@evil.example.com/"),
		"state is a host":       toOwn(issue.AccountClient, uri, "state", "//evil.example.com"),
		"state goes up":         toOwn(issue.AccountClient, uri, "state", "/../logout"),
		"state goes up, hidden": toOwn(issue.AccountClient, uri, "state", "/x/%2E%2e/%2e./logout"),
		"state stays":           toOwn(issue.AccountClient, uri, "state", "/./x"),
		"state has a backslash": toOwn(issue.AccountClient, uri, "state", `/\evil.example.com`),
		"state has a query":     toOwn(issue.AccountClient, uri, "state", "/x?a=b"),
		"state has a fragment":  toOwn(issue.AccountClient, uri, "state", "/x#a"),
		"state has a new line":  toOwn(issue.AccountClient, uri, "state", "/x\r\nSet-Cookie: a=b"),
		"state is broken":       toOwn(issue.AccountClient, uri, "state", "/%zz"),
		"state is no ASCII":     toOwn(issue.AccountClient, uri, "state", "/ä"),
		"state ends in a slash": toOwn(issue.AccountClient, uri, "state", "/x/"),
		"state is too long":     toOwn(issue.AccountClient, uri, "state", "/"+strings.Repeat("x", 600)),
	} {
		p := b.get(path)
		if p.shows(t, "error-page"); p.StatusCode != http.StatusBadRequest || p.location() != "" {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.location())
		}
	}
}

// No door gives a token, or anything else, to who says that they are the provider.
func TestOwnClientsGetNothing(t *testing.T) {
	s := open(t)
	b := s.browser()
	p := b.follow(b.get(toOwn(issue.AccountClient, issuer+"/account", "scope", "openid", "response_mode", "form_post",
		"code_challenge", "x", "nonce", "n", "claims", "{}", "request", "x.y.z")))
	p = b.submit(p, "username", "alice", "password", password)
	if p.location() != issuer+"/account" {
		t.Errorf("got %d %s, want no code", p.StatusCode, p.location())
	}
	for _, id := range []string{issue.AccountClient, issue.AdminClient} {
		if _, err := s.clients.Get(t.Context(), id); !oauth.InvalidClient.In(err) {
			t.Errorf("%s is found among the registered ones: %v", id, err)
		}
		_, _, err := s.clients.Add(t.Context(), identity.Registration{ID: id, ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password},
		}})
		if !oauth.InvalidClientMetadata.In(err) {
			t.Errorf("%s can be registered: %v", id, err)
		}
		if _, err := s.clients.Update(t.Context(), id, func(*oauth.ClientMetadata) error { return nil }); !oauth.InvalidClient.In(err) {
			t.Errorf("%s can be changed: %v", id, err)
		}
		for name, form := range map[string]url.Values{
			"password":      {"grant_type": {"password"}, "username": {"alice"}, "password": {password}},
			"refresh token": {"grant_type": {"refresh_token"}, "refresh_token": {"x.1.y"}},
			"a code":        {"grant_type": {"authorization_code"}, "code": {"x.y"}, "redirect_uri": {issuer + "/account"}},
			"credentials":   {"grant_type": {"client_credentials"}},
		} {
			form.Set("client_id", id)
			if p := b.post("/token", form); p.StatusCode != http.StatusUnauthorized || !strings.Contains(p.body, "invalid_client") {
				t.Errorf("%s by %s: got %d %s", id, name, p.StatusCode, p.body)
			}
		}
	}
}
