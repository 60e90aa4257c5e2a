package browser_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/serving"
)

// client is an application with a site of its own, to which the provider sends the
// browser back. What arrives there can be read as text by the ids of its paths.
type client struct {
	serving.Client
	site     *httptest.Server
	provider *provider
	verifier string

	arrived      chan arrival    // at /callback and /goodbye
	frontChannel chan url.Values // frames that the provider's page loaded
	backChannel  chan string     // logout tokens
	slow         chan struct{}   // holds frames back until it is closed, unless it is nil
}

type arrival struct {
	method string
	path   string
	params url.Values
}

func (p *provider) newClient(t *testing.T, name string, more map[string]any) *client {
	t.Helper()
	c := &client{
		provider: p, verifier: rand.Text() + rand.Text(),
		arrived: make(chan arrival, 20), frontChannel: make(chan url.Values, 20), backChannel: make(chan string, 20),
	}
	c.site = httptest.NewServer(c)
	t.Cleanup(c.site.Close)
	metadata := map[string]any{
		"client_name": name, "client_uri": c.site.URL, "policy_uri": c.site.URL + "/policy", "tos_uri": c.site.URL + "/terms",
		"logo_uri":                  c.site.URL + "/logo.svg",
		"grant_types":               []string{"authorization_code", "refresh_token"},
		"scope":                     "openid profile email offline_access",
		"redirect_uris":             []string{c.site.URL + "/callback"},
		"post_logout_redirect_uris": []string{c.site.URL + "/goodbye"},
		"frontchannel_logout_uri":   c.site.URL + "/front-channel",
		"backchannel_logout_uri":    c.site.URL + "/back-channel",
	}
	for member, value := range more {
		metadata[member] = value
	}
	c.Client = p.AddClient(t, metadata)
	return c
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#0a7d5a"/></svg>`

// ServeHTTP is the application's site.
func (c *client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	check := r.ParseForm()
	switch r.URL.Path {
	case "/callback", "/goodbye":
		if check != nil {
			http.Error(w, check.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Application</title><p id=arrived>Hello"))
		c.arrived <- arrival{r.Method, r.URL.Path, r.Form}
	case "/front-channel":
		if c.slow != nil {
			<-c.slow
		}
		c.frontChannel <- r.Form
	case "/back-channel":
		c.backChannel <- r.PostFormValue("logout_token")
	case "/logo.svg":
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(logo))
	default:
		http.NotFound(w, r)
	}
}

// request is the URL of an authorization request, more parameters given as
// name=value.
func (c *client) request(more ...string) string {
	challenge := sha256.Sum256([]byte(c.verifier))
	params := url.Values{
		"client_id": {c.ID}, "redirect_uri": {c.site.URL + "/callback"}, "response_type": {"code"},
		"scope": {"openid profile email"}, "state": {"state of " + c.ID}, "nonce": {"nonce of " + c.ID},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	for _, each := range more {
		name, value, _ := strings.Cut(each, "=")
		params.Set(name, value)
	}
	return c.provider.Issuer + "/authorize?" + params.Encode()
}

// lands waits until the browser is back at the application, and returns the response
// that it brings, whose state and iss are checked.
func (c *client) lands(b *tab) arrival {
	b.t.Helper()
	got := c.comes(b)
	if got.path != "/callback" || got.params.Get("state") != "state of "+c.ID || got.params.Get("iss") != c.provider.Issuer {
		b.t.Fatalf("arrived at %s with %s", got.path, got.params.Encode())
	}
	return got
}

func (c *client) comes(b *tab) arrival {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.ID("arrived")))
	select {
	case got := <-c.arrived:
		return got
	default:
		b.t.Fatal("the browser is elsewhere")
		return arrival{}
	}
}

// tokens are what a client gets for a code.
type tokens struct {
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	Error       string `json:"error"`
}

// redeem changes the code for tokens, which must work.
func (c *client) redeem(b *tab, got arrival) tokens {
	b.t.Helper()
	if problem := got.params.Get("error"); problem != "" {
		b.t.Fatalf("%s: %s", problem, got.params.Get("error_description"))
	}
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, c.provider.Issuer+"/token", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {got.params.Get("code")}, "redirect_uri": {c.site.URL + "/callback"},
		"code_verifier": {c.verifier},
	}.Encode()))
	check(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(c.ID, c.Secret)
	response, err := (&http.Client{Transport: c.provider.transport}).Do(request)
	check(b.t, err)
	defer response.Body.Close()
	var made tokens
	check(b.t, json.NewDecoder(response.Body).Decode(&made))
	if made.IDToken == "" || made.AccessToken == "" {
		b.t.Fatalf("no tokens for the code: %d %s", response.StatusCode, made.Error)
	}
	return made
}
