package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// browser is a person with a browser, who signs in and agrees.
type browser struct {
	t      *testing.T
	client http.Client
	demo   demo
}

func newBrowser(t *testing.T, d demo) *browser {
	jar, err := cookiejar.New(nil)
	check(t, err)
	return &browser{t, http.Client{Jar: jar}, d}
}

var (
	formAction  = regexp.MustCompile(`<form id="(login|consent)-form" method="post" action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// open follows a URL, through what pages there are, to the end.
func (b *browser) open(target string) {
	b.t.Helper()
	response, err := b.client.Get(target)
	for range 3 {
		check(b.t, err)
		page, err := io.ReadAll(response.Body)
		check(b.t, err)
		response.Body.Close()
		form := formAction.FindSubmatch(page)
		if form == nil {
			if response.StatusCode != http.StatusOK {
				b.t.Errorf("%s: %d\n%s", response.Request.URL, response.StatusCode, page)
			}
			return
		}
		action, err := response.Request.URL.Parse(html.UnescapeString(string(form[2])))
		check(b.t, err)
		values := url.Values{"decision": {"approve"}}
		if string(form[1]) == "login" {
			values = url.Values{"username": {b.demo.Username}, "password": {b.demo.Password}}
		}
		for _, hidden := range hiddenField.FindAllSubmatch(page, -1) {
			values.Set(html.UnescapeString(string(hidden[1])), html.UnescapeString(string(hidden[2])))
		}
		response, err = b.client.PostForm(action.String(), values)
		check(b.t, err)
	}
	b.t.Errorf("the pages lead nowhere: %s", target)
}

// The demo's clients sign in from a terminal, and the API takes what they get.
func TestTokenGetFromServe(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	r := start(t, "--demo", "--data", folder)
	d := readDemoFile(t, folder)
	person := newBrowser(t, d)
	for name, c := range map[string]struct {
		stdin   string
		args    []string
		refresh bool
	}{
		"a public client":       {"", []string{"--scope", "openid offline_access"}, true},
		"a confidential client": {d.ClientSecret + "\n", []string{"--client", d.ClientID, "--secret-stdin"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := get(t, c.stdin, person.open, append(c.args, "--issuer", d.Issuer, "--json")...)
			check(t, err)
			var tokens map[string]any
			check(t, json.Unmarshal([]byte(out), &tokens))
			access, _ := tokens["access_token"].(string)
			if _, refresh := tokens["refresh_token"]; refresh != c.refresh || tokens["id_token"] == nil {
				t.Errorf("got %v", tokens)
			}
			if response, body := r.request("GET", "/protected", nil, access); response.StatusCode != http.StatusOK {
				t.Errorf("the API answers %d %v", response.StatusCode, body)
			}
		})
	}
	for name, args := range map[string][]string{
		"parameter redirect_uri is none that the client is registered with": {"--redirect-uri", "http://127.0.0.1/elsewhere"},
		"parameter client_id names no client":                               {"--client", "unknown"},
	} {
		nobody := func(target string) { t.Errorf("%s: a person is sent to %s", name, target) }
		if _, err := get(t, "", nobody, append(args, "--issuer", d.Issuer)...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	_, err := get(t, strings.Repeat("x", 32), person.open, "--issuer", d.Issuer, "--client", d.ClientID, "--secret-stdin")
	if err == nil || !strings.HasPrefix(err.Error(), "invalid_client") {
		t.Errorf("a wrong secret: got %v", err)
	}
}
