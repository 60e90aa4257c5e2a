// Package person is somebody with a browser that runs no script: it keeps cookies,
// follows the provider's redirects and answers its pages, which it knows by the ids
// that scripts and assistive tools may rely on.
package person

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
)

// Person has one browser.
type Person struct {
	Username, Password string
	Deny               bool     // what the consent page gets for an answer
	Seen               []string // ids of what was answered, in order

	homes   []*url.URL // of the providers
	browser *http.Client
}

// New returns a person whose browser reaches the issuer by transport.
func New(issuer, username, password string, transport http.RoundTripper) (*Person, error) {
	at, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &Person{Username: username, Password: password, homes: []*url.URL{at}}
	p.browser = &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if !p.home(r.URL) {
				return http.ErrUseLastResponse
			}
			if len(via) > 10 {
				return errors.New("the provider redirects in circles")
			}
			return nil
		},
	}
	return p, nil
}

// home reports whether the URL is a provider's.
func (p *Person) home(u *url.URL) bool {
	return slices.ContainsFunc(p.homes, func(home *url.URL) bool { return u.Scheme == home.Scheme && u.Host == home.Host })
}

// Also makes another provider one that the browser stays at.
func (p *Person) Also(issuer string) error {
	at, err := url.Parse(issuer)
	p.homes = append(p.homes, at)
	return err
}

// Arrival is where the provider sent the browser in the end, and how.
type Arrival struct {
	Method string
	URL    *url.URL
	Form   url.Values // of a POST
}

// Params are the parameters that arrive, however they travel.
func (a Arrival) Params() url.Values {
	if a.Method == http.MethodPost {
		return a.Form
	}
	return a.URL.Query()
}

// Go opens a page of the provider's and answers whatever it is asked, until the
// provider sends the browser elsewhere. A page without a question is an error that
// quotes it.
func (p *Person) Go(ctx context.Context, address string) (Arrival, error) {
	page, err := p.Open(ctx, address)
	for range 10 {
		if err != nil {
			return Arrival{}, err
		}
		if page.left != nil {
			return *page.left, nil
		}
		page, err = p.answer(ctx, page)
	}
	return Arrival{}, fmt.Errorf("no end after %s", strings.Join(p.Seen, ", "))
}

// answer fills in the page's form and sends it.
func (p *Person) answer(ctx context.Context, page *Page) (*Page, error) {
	switch {
	case page.Has("error-page"):
		return nil, fmt.Errorf("error page: %s", page.Text("error-page"))
	case page.Has("login-form") && page.Status == http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("sign-in page: %s", page.Text("login-form"))
	case page.Has("login-form"):
		p.Seen = append(p.Seen, "login-form")
		return p.Press(ctx, page, "login-submit", url.Values{"username": {p.Username}, "password": {p.Password}})
	case page.Has("consent-approve") && p.Deny:
		p.Seen = append(p.Seen, "consent-deny")
		return p.Press(ctx, page, "consent-deny", nil)
	case page.Has("consent-approve"):
		p.Seen = append(p.Seen, "consent-approve")
		return p.Press(ctx, page, "consent-approve", nil)
	case page.Has("logout-confirm"):
		p.Seen = append(p.Seen, "logout-confirm")
		return p.Press(ctx, page, "logout-confirm", nil)
	}
	if form := page.foreignForm(p.home); form != nil { // form_post
		return &Page{left: form}, nil
	}
	if onward := page.refresh(); onward != nil { // after frames for front-channel logout
		p.Seen = append(p.Seen, "refresh")
		return p.arrive(ctx, onward)
	}
	return nil, fmt.Errorf("%d, a page with nothing to answer at %s:\n%s", page.Status, page.URL, page.Source)
}

// arrive goes where a page leads: elsewhere, or to another page of the provider's.
func (p *Person) arrive(ctx context.Context, to *url.URL) (*Page, error) {
	if !p.home(to) {
		return &Page{left: &Arrival{Method: http.MethodGet, URL: to}}, nil
	}
	return p.Open(ctx, to.String())
}
