package person

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Page is what the browser shows.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Source string

	root *html.Node
	left *Arrival // the browser is elsewhere
}

// Open goes to an address of the provider's.
func (p *Person) Open(ctx context.Context, address string) (*Page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return p.send(r)
}

// Follow goes where a link leads.
func (p *Person) Follow(ctx context.Context, page *Page, link string) (*Page, error) {
	found := page.find(link)
	if found == nil {
		return nil, fmt.Errorf("there is no %s at %s:\n%s", link, page.URL, page.Source)
	}
	to, err := page.URL.Parse(attribute(found, "href"))
	if err != nil {
		return nil, err
	}
	return p.Open(ctx, to.String())
}

// Left is where the browser was sent that is no provider's, nil while it shows a page.
func (page *Page) Left() *Arrival { return page.left }

// Press fills in the form around a button, and presses it.
func (p *Person) Press(ctx context.Context, page *Page, button string, fields url.Values) (*Page, error) {
	pressed := page.find(button)
	form := around(pressed, "form")
	if form == nil {
		return nil, fmt.Errorf("%s is in no form at %s", button, page.URL)
	}
	values := inputs(form)
	for name, value := range fields {
		if _, there := values[name]; !there {
			return nil, fmt.Errorf("the form with %s has no input %s", button, name)
		}
		values[name] = value
	}
	if name := attribute(pressed, "name"); name != "" {
		values.Set(name, attribute(pressed, "value"))
	}
	action, err := page.URL.Parse(attribute(form, "action"))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "null") // for the pages say no-referrer
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.send(r)
}

func (p *Person) send(r *http.Request) (*Page, error) {
	r.Header.Set("Accept", "text/html")
	response, err := p.browser.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if to, err := response.Location(); err == nil { // CheckRedirect stopped there
		return &Page{left: &Arrival{Method: http.MethodGet, URL: to}}, nil
	}
	source, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(bytes.NewReader(source))
	return &Page{URL: response.Request.URL, Status: response.StatusCode, Header: response.Header, Source: string(source), root: root}, err
}

// Has reports whether the page has an element of this id.
func (page *Page) Has(id string) bool { return page.find(id) != nil }

// Text is what can be read in an element.
func (page *Page) Text(id string) string {
	found := page.find(id)
	if found == nil {
		return ""
	}
	var text []string
	for n := range found.Descendants() {
		if n.Type == html.TextNode {
			text = append(text, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(text, " ")
}

func (page *Page) find(id string) *html.Node {
	if page.root == nil {
		return nil
	}
	for n := range page.root.Descendants() {
		if attribute(n, "id") == id {
			return n
		}
	}
	return nil
}

// foreignForm is the form that leads away from the provider.
func (page *Page) foreignForm(home func(*url.URL) bool) *Arrival {
	for n := range page.root.Descendants() {
		if n.Data != "form" {
			continue
		}
		action, err := page.URL.Parse(attribute(n, "action"))
		if err == nil && !home(action) {
			return &Arrival{Method: http.MethodPost, URL: action, Form: inputs(n)}
		}
	}
	return nil
}

// refresh is where the page sends the browser after a while.
func (page *Page) refresh() *url.URL {
	for n := range page.root.Descendants() {
		if n.Data != "meta" || !strings.EqualFold(attribute(n, "http-equiv"), "refresh") {
			continue
		}
		if _, target, found := strings.Cut(attribute(n, "content"), "url="); found {
			if to, err := page.URL.Parse(target); err == nil {
				return to
			}
		}
	}
	return nil
}

// inputs are the fields of a form that have names. The value of a button travels
// only when it is pressed.
func inputs(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && attribute(n, "name") != "" {
			values.Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return values
}

func around(n *html.Node, element string) *html.Node {
	for n != nil && n.Data != element {
		n = n.Parent
	}
	return n
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
