package main

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// probe asks what the browser will ask, with prompt=none: nobody is signed in here, so
// an issuer that trusts the client and its redirect URI redirects with login_required.
// One that does not shows an error page, of which this command would never hear (RFC
// 6749 §4.1.2.1); it would wait for a person who sees a mistake that is not theirs.
// Whatever else comes back is for the browser to see.
func (p provider) probe(ctx context.Context, g *tokenGet, redirectURI string) error {
	target, err := url.Parse(p.ask(g, redirectURI).url)
	if err != nil {
		return err
	}
	query := target.Query()
	query.Set("prompt", string(oauth.PromptNone))
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return err
	}
	client := *p.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.http = &client
	status, page, err := p.do(request)
	if err != nil || status != http.StatusBadRequest {
		return nil
	}
	return fmt.Errorf("%s refuses client %s at %s%s; is the client registered with %s?", p.Issuer, g.client, redirectURI, detail(page), g.redirectURI)
}

// errorDetail is where a page of Ostiary's says what is wrong.
var errorDetail = regexp.MustCompile(`id="error-detail">([^<]{1,200})<`)

func detail(page []byte) string {
	found := errorDetail.FindSubmatch(page)
	if found == nil {
		return ""
	}
	return ": " + printable(html.UnescapeString(string(found[1])))
}
