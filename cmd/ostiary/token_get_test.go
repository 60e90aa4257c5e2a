package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// strangeProvider is an issuer that can be told to misbehave.
type strangeProvider struct {
	t      *testing.T
	server *httptest.Server
	signer josetest.Signer

	metadata func(map[string]any)        // changes what discovery says
	answer   func(url.Values)            // changes the authorization response
	idToken  func(claims map[string]any) // changes the id_token
	sign     func(payload string) string // signs it otherwise
	tokens   func(map[string]any)        // changes the token response

	asked url.Values // the authorization request
	form  url.Values // the token request
	basic [2]string
}

func newStrangeProvider(t *testing.T) *strangeProvider {
	p := &strangeProvider{t: t, signer: josetest.New(oauth.ES256)}
	p.sign = func(payload string) string { return p.signer.Token("JWT", "k", payload) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		metadata := map[string]any{
			"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/jwks.json", "authorization_response_iss_parameter_supported": true,
		}
		changed(p.metadata, metadata)
		check(t, json.NewEncoder(w).Encode(metadata))
	})
	mux.HandleFunc("/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, josetest.JWKS(p.signer.JWK("k", "")))
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		p.asked = r.URL.Query()
		answer := url.Values{"code": {"the-code"}, "state": {p.asked.Get("state")}, "iss": {p.server.URL}}
		if p.answer != nil {
			p.answer(answer)
		}
		http.Redirect(w, r, p.asked.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("/token", p.token)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func changed(change func(map[string]any), what map[string]any) {
	if change != nil {
		change(what)
	}
}

func (p *strangeProvider) token(w http.ResponseWriter, r *http.Request) {
	check(p.t, r.ParseForm())
	p.form = r.PostForm
	p.basic[0], p.basic[1], _ = r.BasicAuth()
	if err := verify.CodeVerifier(p.form.Get("code_verifier"), p.asked.Get("code_challenge")); err != nil || p.form.Get("code") != "the-code" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"no such code\u001b[2J"}`)
		return
	}
	claims := map[string]any{
		"iss": p.server.URL, "aud": "app", "sub": "1", "nonce": p.asked.Get("nonce"), "exp": time.Now().Add(time.Minute).Unix(),
	}
	changed(p.idToken, claims)
	payload, err := json.Marshal(claims)
	check(p.t, err)
	tokens := map[string]any{"access_token": "AT", "token_type": "bearer", "expires_in": 60, "id_token": p.sign(string(payload))}
	changed(p.tokens, tokens)
	check(p.t, json.NewEncoder(w).Encode(tokens))
}

// terminal passes on the URL that a person would open.
type terminal chan string

var shownURL = regexp.MustCompile(`\n\n  (http\S+)\n`)

func (c terminal) Write(b []byte) (int, error) {
	if found := shownURL.FindSubmatch(b); found != nil {
		c <- string(found[1])
	}
	return len(b), nil
}

// get runs the command; browse is what the person does with the URL.
func get(t *testing.T, stdin string, browse func(target string), args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	shown := make(terminal, 1)
	a := &app{in: strings.NewReader(stdin), out: &out, err: shown}
	root := a.root()
	root.SetArgs(append([]string{"token", "get"}, args...))
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	select {
	case target := <-shown:
		browse(target)
		err := <-done
		return out.String(), err
	case err := <-done:
		return out.String(), err
	}
}

// follow opens the URL in a browser that asks no questions, and returns the page.
func follow(t *testing.T, target string) (int, string) {
	t.Helper()
	response, err := http.Get(target)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return response.StatusCode, string(body)
}

func TestTokenGet(t *testing.T) {
	p := newStrangeProvider(t)
	out, err := get(t, "", func(target string) {
		if status, page := follow(t, target); status != 200 || !strings.Contains(page, "Back to the terminal") {
			t.Errorf("the browser got %d %q", status, page)
		}
	}, "--issuer", p.server.URL, "--client", "app", "--scope", "openid offline_access", "--resource", "https://api.example.com", "--json")
	check(t, err)
	var tokens map[string]any
	check(t, json.Unmarshal([]byte(out), &tokens))
	if tokens["access_token"] != "AT" || tokens["expires_in"] != 60.0 || tokens["id_token"] == nil {
		t.Errorf("got %s", out)
	}
	redirect, err := url.Parse(p.asked.Get("redirect_uri"))
	check(t, err)
	if redirect.Hostname() != "127.0.0.1" || redirect.Port() == "" || redirect.Path != "/callback" {
		t.Errorf("redirect_uri is %s", redirect)
	}
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "app", "scope": "openid offline_access", "prompt": "consent",
		"code_challenge_method": "S256", "resource": "https://api.example.com",
	} {
		if got := p.asked.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if p.form.Get("client_id") != "app" || p.form.Get("redirect_uri") != redirect.String() || p.form.Get("resource") == "" || p.basic[0] != "" {
		t.Errorf("the token request was %v", p.form)
	}
}

func TestTokenGetWithASecret(t *testing.T) {
	p := newStrangeProvider(t)
	p.idToken = func(claims map[string]any) { claims["aud"] = "a:b" }
	args := []string{"--issuer", p.server.URL, "--client", "a:b", "--secret-stdin"}
	_, err := get(t, "s e&cret\n", func(target string) { follow(t, target) }, args...)
	check(t, err)
	if p.basic != [2]string{"a%3Ab", "s+e%26cret"} || p.form.Has("client_secret") || p.form.Has("client_id") { // RFC 6749 §2.3.1
		t.Errorf("got %q %v", p.basic, p.form)
	}
	_, err = get(t, "s e&cret\n", func(target string) { follow(t, target) }, append(args, "--auth-method", "client_secret_post")...)
	check(t, err)
	if p.basic[0] != "" || p.form.Get("client_secret") != "s e&cret" || p.form.Get("client_id") != "a:b" {
		t.Errorf("got %q %v", p.basic, p.form)
	}
}

func TestTokenGetRefuses(t *testing.T) {
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	claim := func(name string, value any) func(map[string]any) {
		return func(m map[string]any) { maps.Copy(m, map[string]any{name: value}) }
	}
	for name, c := range map[string]struct {
		change func(*strangeProvider)
		want   string
	}{
		"another issuer's answer":    {func(p *strangeProvider) { p.answer = set("iss", "https://evil.example") }, `issuer "https://evil.example"`},
		"no iss where it is due":     {func(p *strangeProvider) { p.answer = func(v url.Values) { v.Del("iss") } }, `issuer ""`},
		"an error":                   {func(p *strangeProvider) { p.answer = set("error", "access_denied") }, "access_denied"},
		"no code":                    {func(p *strangeProvider) { p.answer = func(v url.Values) { v.Del("code") } }, "neither a code"},
		"a code that is refused":     {func(p *strangeProvider) { p.answer = set("code", "x") }, `invalid_grant: no such code\x1b[2J`},
		"another issuer's name":      {func(p *strangeProvider) { p.metadata = claim("issuer", "https://evil.example") }, "calls itself"},
		"an endpoint in clear":       {func(p *strangeProvider) { p.metadata = claim("token_endpoint", "http://evil.example/token") }, "not a https URL"},
		"no authorization":           {func(p *strangeProvider) { p.metadata = claim("authorization_endpoint", "") }, "no authorization endpoint"},
		"no bearer token":            {func(p *strangeProvider) { p.tokens = claim("token_type", "DPoP") }, "no bearer token"},
		"no id_token":                {func(p *strangeProvider) { p.tokens = claim("id_token", "") }, "missing"},
		"id_token of another nonce":  {func(p *strangeProvider) { p.idToken = claim("nonce", "x") }, "nonce"},
		"id_token of another client": {func(p *strangeProvider) { p.idToken = claim("aud", "x") }, "another client"},
		"id_token of another issuer": {func(p *strangeProvider) { p.idToken = claim("iss", "x") }, `from "x"`},
		"id_token expired":           {func(p *strangeProvider) { p.idToken = claim("exp", 1) }, "expired"},
		"id_token of a strange key": {func(p *strangeProvider) {
			p.sign = func(payload string) string { return josetest.New(oauth.ES256).Token("JWT", "k", payload) }
		}, "id_token is not good"},
		"id_token without signature": {func(p *strangeProvider) {
			p.sign = func(payload string) string {
				return josetest.Encode([]byte(`{"alg":"none"}`)) + "." + josetest.Encode([]byte(payload)) + "."
			}
		}, "id_token is not good"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newStrangeProvider(t)
			c.change(p)
			out, err := get(t, "", func(target string) { follow(t, target) }, "--issuer", p.server.URL, "--client", "app")
			if err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
				t.Errorf("got %q %v, want %s", out, err, c.want)
			}
		})
	}
}

// Whatever reaches the port and does not know the state changes nothing: the answer
// still counts when it comes.
func TestTokenGetWaitsForItsOwnState(t *testing.T) {
	p := newStrangeProvider(t)
	out, err := get(t, "", func(target string) {
		request, err := url.Parse(target)
		check(t, err)
		back := request.Query().Get("redirect_uri")
		for name, bad := range map[string]string{
			"no state":      back + "?code=theirs",
			"another state": back + "?code=theirs&state=x&iss=" + url.QueryEscape(p.server.URL),
			"an error":      back + "?error=access_denied",
			"twice a state": back + "?code=theirs&state=x&state=" + request.Query().Get("state"),
			"another path":  strings.Replace(back, "/callback", "/", 1) + "?code=theirs&state=" + request.Query().Get("state"),
		} {
			if status, page := follow(t, bad); status < 400 {
				t.Errorf("%s: got %d %q", name, status, page)
			}
		}
		follow(t, target)
	}, "--issuer", p.server.URL, "--client", "app")
	check(t, err)
	if !strings.Contains(out, "access_token   AT\n") {
		t.Errorf("got %s", out)
	}
}

func TestTokenGetListensOnThisMachineOnly(t *testing.T) {
	p := newStrangeProvider(t)
	for _, uri := range []string{
		"http://0.0.0.0/callback", "http://localhost/callback", "http://192.0.2.1/callback", "https://127.0.0.1/callback", "http://127.0.0.1/c?x=y",
	} {
		if _, err := get(t, "", func(string) { t.Errorf("%s: went on", uri) }, "--issuer", p.server.URL, "--redirect-uri", uri); err == nil {
			t.Errorf("%s: no error", uri)
		}
	}
	if _, err := get(t, "", func(string) {}, "--issuer", "http://issuer.example"); err == nil || !strings.Contains(err.Error(), "not a https URL") {
		t.Errorf("got %v", err)
	}
	if _, err := get(t, "", func(string) {}, "--issuer", p.server.URL, "--timeout", "1ns"); err == nil {
		t.Error("it waits for ever")
	}
}
