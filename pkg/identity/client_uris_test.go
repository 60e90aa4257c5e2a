package identity_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func registerRedirectURI(t testing.TB, clients *identity.Clients, uri string) error {
	t.Helper()
	metadata := oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.Password}, RedirectURIs: []string{uri}}
	_, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: metadata})
	metadata.RedirectURIs, metadata.PostLogoutRedirectURIs = nil, []string{uri}
	if _, _, other := clients.Add(t.Context(), identity.Registration{ClientMetadata: metadata}); code(other) != code(err) {
		t.Errorf("%.60q to come back to after signing out: %v", uri, other)
	}
	return err
}

func TestO03RedirectSchemes(t *testing.T) {
	clients, _ := newClients(t)
	for uri, want := range map[string]oauth.Code{
		"https://app.example.com/back":                         "",
		"https://app.example.com/back?a=b":                     "",
		"http://127.0.0.1/back":                                "",
		"http://[::1]:1234/back":                               "",
		"http://localhost:8000/docs/oauth2":                    "",
		"com.example.app:/back":                                "",
		"com.example.app://back":                               "",
		"javascript:alert(1)":                                  oauth.InvalidRedirectURI,
		"JavaScript:alert(1)":                                  oauth.InvalidRedirectURI,
		"javascript://app.example.com/%0aa":                    oauth.InvalidRedirectURI,
		"java\tscript:alert(1)":                                oauth.InvalidRedirectURI,
		"data:text/html,hello":                                 oauth.InvalidRedirectURI,
		"vbscript:msgbox":                                      oauth.InvalidRedirectURI,
		"file:///etc/passwd":                                   oauth.InvalidRedirectURI,
		"blob:https://app.example.com/1":                       oauth.InvalidRedirectURI,
		"app:/back":                                            oauth.InvalidRedirectURI,
		"http://app.example.com/back":                          oauth.InvalidRedirectURI,
		"http://127.0.0.1.example.com/back":                    oauth.InvalidRedirectURI,
		"http://localhost@example.com/back":                    oauth.InvalidRedirectURI,
		"https://user@app.example.com/back":                    oauth.InvalidRedirectURI,
		"https://app.example.com/back#":                        oauth.InvalidRedirectURI,
		"https://app.example.com/back#a":                       oauth.InvalidRedirectURI,
		"https:///back":                                        oauth.InvalidRedirectURI,
		"https:back":                                           oauth.InvalidRedirectURI,
		"//app.example.com/back":                               oauth.InvalidRedirectURI,
		"/back":                                                oauth.InvalidRedirectURI,
		"":                                                     oauth.InvalidRedirectURI,
		"https://app.example.com/ba ck":                        oauth.InvalidRedirectURI,
		"https://app.example.com/\r\nback":                     oauth.InvalidRedirectURI,
		"https://app.example.com\\@evil.com":                   oauth.InvalidRedirectURI,
		"https://äpp.example.com/back":                         oauth.InvalidRedirectURI,
		"https://app.example.com/<b>":                          oauth.InvalidRedirectURI,
		"https://app.example.com/a|b":                          oauth.InvalidRedirectURI,
		"https://*.example.com/back":                           oauth.InvalidRedirectURI,
		"https://app.example.com/" + strings.Repeat("a", 2048): oauth.InvalidRedirectURI,
	} {
		if err := registerRedirectURI(t, clients, uri); code(err) != want {
			t.Errorf("%.60q: got %v, want %q", uri, err, want)
		}
	}
}

// An answer that has code, state or iss twice is read in two ways.
func TestO11NoRedirectURIHasWhatTheAnswerSays(t *testing.T) {
	clients, _ := newClients(t)
	with := func(id string, uris ...string) identity.Registration {
		return identity.Registration{ID: id, ClientMetadata: oauth.ClientMetadata{RedirectURIs: uris}}
	}
	for _, query := range []string{"code=x", "a=b&error=x", "error_description=", "iss", "response=x", "st%61te=x"} {
		if _, _, err := clients.Add(t.Context(), with("", "https://app.example.com/back?"+query)); code(err) != oauth.InvalidRedirectURI {
			t.Errorf("%s: got %v", query, err)
		}
	}
	register(t, clients, with("app", "https://app.example.com/back?a=code&State=x"))
	_, err := clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error {
		m.RedirectURIs = append(m.RedirectURIs, "https://app.example.com/back?code=x")
		return nil
	})
	if code(err) != oauth.InvalidRedirectURI {
		t.Errorf("a change: got %v", err)
	}
}

// Nor has where people come back to from signing out, which may have a code of its own;
// one that was registered before stands.
func TestO11NoPostLogoutURIHasWhatTheAnswerSays(t *testing.T) {
	clients, _ := newClients(t)
	after := func(uris ...string) oauth.ClientMetadata {
		return oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/back"}, LogoutMetadata: oauth.LogoutMetadata{PostLogoutRedirectURIs: uris}}
	}
	for _, query := range []string{"state=x", "a=b&state", "st%61te=x"} {
		if _, _, err := clients.Add(t.Context(), identity.Registration{ClientMetadata: after("https://app.example.com/bye?" + query)}); code(err) != oauth.InvalidRedirectURI {
			t.Errorf("%s: got %v", query, err)
		}
	}
	register(t, clients, identity.Registration{ID: "app", ClientMetadata: after("https://app.example.com/bye?code=x")})
	change := func(m *oauth.ClientMetadata) error {
		m.PostLogoutRedirectURIs = append(m.PostLogoutRedirectURIs, "https://app.example.com/bye?state=x")
		return nil
	}
	if _, err := clients.Update(t.Context(), "app", change); code(err) != oauth.InvalidRedirectURI {
		t.Errorf("a change: got %v", err)
	}
}

// No path leads to . or .., whatever is written before it.
func TestAClientIDCanStandInAPath(t *testing.T) {
	clients, _ := newClients(t)
	for _, id := range []string{".", ".."} {
		_, _, err := clients.Add(t.Context(), identity.Registration{ID: id, ClientMetadata: oauth.ClientMetadata{ClientName: "App"}})
		if code(err) != oauth.InvalidClientMetadata {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

// What was registered before there was the rule stands, whatever else changes.
func TestARedirectURIFromBeforeTheRuleStands(t *testing.T) {
	table, _ := tables(t)
	clients := identity.NewClients(table, newSealer(t, table))
	client, _ := register(t, clients, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}}})
	_, version, err := clients.GetAt(t.Context(), "app")
	if err != nil {
		t.Fatal(err)
	}
	client.RedirectURIs = []string{"https://app.example.com/?code=x"}
	client.PostLogoutRedirectURIs = []string{"https://app.example.com/?state=x"}
	if err := table.Write(t.Context(), store.Put(identity.ClientKey("app"), client).IfVersion(version)); err != nil {
		t.Fatal(err)
	}
	if _, err := clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error { m.ClientName = "App"; return nil }); err != nil {
		t.Error(err)
	}
}

// Nor to somebody called so, however they come in; who is already here stays.
func TestANewSubCanStandInAPath(t *testing.T) {
	_, users := newClients(t)
	for _, id := range []string{".", ".."} {
		if _, err := users.Add(t.Context(), identity.NewUser{ID: id, Username: "jo"}); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: got %v", id, err)
		}
		if _, err := users.CheckImport(t.Context(), identity.NewUser{ID: id, Username: "jo"}, identity.UpdateStanding); code(err) != oauth.InvalidRequest {
			t.Errorf("%s in a file: got %v", id, err)
		}
	}
	if _, err := users.Add(t.Context(), identity.NewUser{ID: "...", Username: "jo"}); err != nil {
		t.Error(err)
	}
}
