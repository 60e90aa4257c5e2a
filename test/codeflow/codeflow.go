// Package codeflow is the authorization code flow as a person, a client and
// whoever stole from them live it, over HTTP: one story for every way in which a
// request can reach the provider.
package codeflow

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/person"
)

const (
	clientID = "code-flow"
	secret   = "a-secret:of-more/than+32-bytes%and&signs"
	callback = "https://app.example.com/callback?tenant=a%20b"
	goodbye  = "https://app.example.com/goodbye"
	state    = `a state "of" <odd> & ümlaut`
	verifier = "a-verifier-of-at-least-forty-three-characters-it-is"
)

// Registration is the client that the story is about. It must be registered.
func Registration() identity.Registration {
	return identity.Registration{ID: clientID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		ClientName: "Code flow", TokenEndpointAuthMethod: oauth.ClientSecretBasic, RedirectURIs: []string{callback},
		GrantTypes:     []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken},
		Scope:          oauth.Scope{oauth.OpenID, oauth.Profile, oauth.OfflineAccess},
		LogoutMetadata: oauth.LogoutMetadata{PostLogoutRedirectURIs: []string{goodbye}},
	}}
}

// flow is a person at a client.
type flow struct {
	issuer string
	person *person.Person
}

// Run tells the story about a person who exists, called Alice Example.
func Run(t *testing.T, issuer, username, password string) {
	somebody, err := person.New(issuer, username, password, http.DefaultTransport)
	check(t, err)
	f := flow{issuer, somebody}
	f.refused(t, f.authorize(t, "prompt=none"), "login_required")
	code := f.authorize(t, "prompt=consent")
	if want := "login-form consent-approve"; strings.Join(somebody.Seen, " ") != want {
		t.Errorf("the person saw %q, want %s", somebody.Seen, want)
	}
	tokens := f.redeem(t, code, http.StatusOK)
	idToken := tokens.text("id_token")
	info := f.userinfo(t, tokens, http.StatusOK)
	if info.text("sub") == "" || info.text("name") != "Alice Example" {
		t.Errorf("userinfo is %v", info)
	}
	fresh := f.refresh(t, tokens, http.StatusOK)
	f.userinfo(t, fresh, http.StatusOK)

	// A second use of the code takes back what the first one gave.
	if again := f.redeem(t, code, http.StatusBadRequest); again.text("error") != "invalid_grant" {
		t.Errorf("a code used twice: %v", again)
	}
	f.userinfo(t, fresh, http.StatusUnauthorized)
	f.refresh(t, fresh, http.StatusBadRequest)

	posted := f.authorize(t, "response_mode=form_post")
	if posted.Method != http.MethodPost || posted.URL.RawQuery != "tenant=a%20b" {
		t.Errorf("form_post arrived by %s at %s", posted.Method, posted.URL)
	}
	f.userinfo(t, f.redeem(t, posted, http.StatusOK), http.StatusOK)
	f.signsOut(t, idToken)
	f.refused(t, f.authorize(t, "prompt=none"), "login_required")
}

// authorize sends the person with a request that has more parameters, name=value,
// and returns what the client gets.
func (f flow) authorize(t *testing.T, more string) person.Arrival {
	t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	params := url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {state}, "nonce": {"n"},
		"scope": {"openid profile offline_access"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	arrived, err := f.person.Go(t.Context(), f.issuer+"/authorize?"+params.Encode()+"&"+more)
	check(t, err)
	got := arrived.Params()
	if got.Get("state") != state || got.Get("iss") != f.issuer || arrived.URL.Query().Get("tenant") != "a b" {
		t.Errorf("%s: arrived at %s with %v", more, arrived.URL, got)
	}
	return arrived
}

func (f flow) refused(t *testing.T, arrived person.Arrival, want string) {
	t.Helper()
	if got := arrived.Params(); got.Get("error") != want || got.Has("code") {
		t.Errorf("got %v, want %s", got, want)
	}
}

func (f flow) signsOut(t *testing.T, idToken string) {
	t.Helper()
	left, err := f.person.Go(t.Context(), f.issuer+"/logout?"+url.Values{
		"id_token_hint": {idToken}, "post_logout_redirect_uri": {goodbye}, "state": {state},
	}.Encode())
	check(t, err)
	got := *left.URL
	if got.RawQuery = ""; got.String() != goodbye || left.URL.Query().Get("state") != state {
		t.Errorf("signed out to %s", left.URL)
	}
}

func (f flow) redeem(t *testing.T, arrived person.Arrival, status int) answer {
	t.Helper()
	return f.token(t, status, url.Values{
		"grant_type": {"authorization_code"}, "code": {arrived.Params().Get("code")}, "redirect_uri": {callback}, "code_verifier": {verifier},
	})
}

func (f flow) refresh(t *testing.T, tokens answer, status int) answer {
	t.Helper()
	return f.token(t, status, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.text("refresh_token")}})
}

func (f flow) token(t *testing.T, status int, form url.Values) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.issuer+"/token", strings.NewReader(form.Encode()))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret)) // RFC 6749 §2.3.1
	return send(t, r, status)
}

func (f flow) userinfo(t *testing.T, tokens answer, status int) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.issuer+"/userinfo", nil)
	check(t, err)
	r.Header.Set("Authorization", "Bearer "+tokens.text("access_token"))
	return send(t, r, status)
}

// answer is a JSON object.
type answer map[string]any

func (a answer) text(member string) string {
	text, _ := a[member].(string)
	return text
}

func send(t *testing.T, r *http.Request, status int) (got answer) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	defer response.Body.Close()
	check(t, json.NewDecoder(response.Body).Decode(&got))
	if response.StatusCode != status || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s: got %d, Cache-Control %q, %v; want %d", r.URL.Path, response.StatusCode, response.Header.Get("Cache-Control"), got, status)
	}
	return got
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
