// Package openid_test holds the program that serves, over TLS, against what the
// certification profiles of the OpenID Foundation look at. Each case is named by the
// behaviour. What needs a browser is in test/browser, what needs other people's clients
// in test/interop, what needs a clock of its own beside the package that keeps it.
package openid_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/ostiary-auth/ostiary/test/person"
	"github.com/ostiary-auth/ostiary/test/serving"
)

const (
	password = "correct horse battery staple"
	callback = "https://app.example.com/callback"
	goodbye  = "https://app.example.com/goodbye"
	state    = "4fq9XhLw2TzN8bRk6YvJ3mPd7CsG5aEu0iOx1WnKtHgBlVcZyQrSfUjDpMeA_4fq9XhLw2TzN8bRk6YvJ3mPd7CsG5aEu0iOx1WnKtHgBlVcZyQrSfUjDpMeA-.~!*x" // of 128 characters
)

// provider is the program that serves.
type provider struct {
	*serving.Server
	http *http.Client
}

func TestOpenID(t *testing.T) {
	t.Parallel()
	p := &provider{Server: serving.Start(t, []string{"LOCKOUT_ADDRESS_ATTEMPTS=10000", "REGISTRATION=open"}, "--tls-self-signed")}
	p.http = &http.Client{Transport: p.Transport(t)}
	p.AddUser(t, "alice", password, everything())
	for name, section := range map[string]func(*testing.T, *provider){
		"0 always": always, "1 basic": basic, "1 basic claims": claims, "1 basic errors": refusals, "1 basic sessions": sessions,
		"3 dynamic": section3, "4 form post": formPost, "5 logout": logout, "6 encrypted": encrypted,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			section(t, p)
		})
	}
}

// client is a client, and the person who uses it.
type client struct {
	*provider
	serving.Client
	person   *person.Person
	verifier string
	basic    bool
}

// newClient registers a confidential client; more changes its metadata.
func (p *provider) newClient(t *testing.T, more map[string]any) *client {
	t.Helper()
	metadata := map[string]any{
		"client_name": "Rule by rule", "redirect_uris": []string{callback}, "post_logout_redirect_uris": []string{goodbye},
		"grant_types": []string{"authorization_code", "refresh_token"}, "scope": "openid profile email address phone offline_access",
		"token_endpoint_auth_method": "client_secret_basic", "skip_consent": true,
	}
	for member, value := range more {
		metadata[member] = value
	}
	c := &client{
		provider: p, Client: p.AddClient(t, metadata), person: p.alice(t), verifier: rand.Text() + rand.Text(),
		basic: metadata["token_endpoint_auth_method"] == "client_secret_basic",
	}
	return c
}

// alice is a person with a browser that knows no cookie yet.
func (p *provider) alice(t *testing.T) *person.Person {
	t.Helper()
	somebody, err := person.New(p.Issuer, "alice", password, p.http.Transport)
	check(t, err)
	return somebody
}

// request is an authorization request, changed by name=value; name= leaves one out.
func (c *client) request(changes ...string) string {
	digest := sha256.Sum256([]byte(c.verifier))
	params := url.Values{
		"client_id": {c.ID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {state}, "nonce": {"a nonce"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {"S256"},
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		if params.Set(name, value); value == "" {
			params.Del(name)
		}
	}
	return c.Issuer + "/authorize?" + params.Encode()
}

// authorize is what comes back for a request. state and iss are checked: they must be
// there whatever the answer is.
func (c *client) authorize(t *testing.T, changes ...string) url.Values {
	t.Helper()
	arrived, err := c.person.Go(t.Context(), c.request(changes...))
	check(t, err)
	got := arrived.Params()
	if got.Get("state") != state || got.Get("iss") != c.Issuer {
		t.Errorf("%v: arrived with %v", changes, got)
	}
	if at := *arrived.URL; arrived.Method == http.MethodGet {
		if at.RawQuery = ""; at.String() != callback || at.Fragment != "" {
			t.Errorf("%v: arrived at %s", changes, arrived.URL)
		}
	}
	return got
}

// signIn is the whole flow, which must succeed.
func (c *client) signIn(t *testing.T, changes ...string) tokens {
	t.Helper()
	return c.redeem(t, c.authorize(t, changes...))
}

func (c *client) redeem(t *testing.T, answer url.Values) tokens {
	t.Helper()
	if answer.Get("code") == "" {
		t.Fatalf("no code: %v", answer)
	}
	status, got := c.token(t, url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}, "code_verifier": {c.verifier},
	})
	if status != http.StatusOK {
		t.Fatalf("got %d %v", status, got)
	}
	return got
}

// tokens is a token response, or an error.
type tokens map[string]any

func (made tokens) text(member string) string {
	text, _ := made[member].(string)
	return text
}

// token asks the token endpoint, and holds what every answer must.
func (c *client) token(t *testing.T, form url.Values) (int, tokens) {
	t.Helper()
	if !c.basic {
		form.Set("client_id", c.ID)
		form.Set("client_secret", c.Secret)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.Issuer+"/token", strings.NewReader(form.Encode()))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.basic {
		r.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	status, header, body := c.send(t, r)
	var got tokens
	if err := json.Unmarshal(body, &got); err != nil || header.Get("Cache-Control") != "no-store" || header.Get("Date") == "" ||
		!strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Errorf("got %v, %v", err, header)
	}
	return status, got
}

func (p *provider) send(t *testing.T, r *http.Request) (int, http.Header, []byte) {
	t.Helper()
	response, err := p.http.Do(r)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return response.StatusCode, response.Header, body
}

func (p *provider) get(t *testing.T, path, bearer string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Issuer+path, nil)
	check(t, err)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return p.send(t, r)
}

// userinfo is the claims at the userinfo endpoint.
func (p *provider) userinfo(t *testing.T, made tokens) map[string]any {
	t.Helper()
	status, _, body := p.get(t, "/userinfo", made.text("access_token"))
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	return got
}

// idToken is the claims of an id_token, whose signature another library has checked
// against the published keys.
func (p *provider) idToken(t *testing.T, made tokens) map[string]any {
	t.Helper()
	_, _, published := p.get(t, "/jwks.json", "")
	keys, err := jwk.Parse(published)
	check(t, err)
	payload, err := jws.Verify([]byte(made.text("id_token")), jws.WithKeySet(keys))
	check(t, err)
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	var claims map[string]any
	check(t, decoder.Decode(&claims))
	return claims
}

func number(t *testing.T, value any) int64 {
	t.Helper()
	n, ok := value.(json.Number)
	if !ok {
		t.Fatalf("%v is no number", value)
	}
	whole, err := n.Int64()
	check(t, err)
	return whole
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
