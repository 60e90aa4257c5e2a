package fetch

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// GetAs fetches a document as the bearer of an access token (RFC 6750 §2.1).
func (c *Client) GetAs(ctx context.Context, target string, token oauth.Secret) (Response, error) {
	return c.fetch(ctx, target, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err == nil {
			request.Header.Set("Authorization", "Bearer "+string(token))
		}
		return request, err
	})
}

// GetPadded fetches a document whose length, as the server answers, does not tell which
// one it is, as the range API of Have I Been Pwned does.
func (c *Client) GetPadded(ctx context.Context, target string) (Response, error) {
	return c.fetch(ctx, target, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err == nil {
			request.Header.Set("Add-Padding", "true")
			request.Header.Set("Accept", "text/plain")
		}
		return request, err
	})
}

// Ask posts a form that asks and changes nothing, so that it may arrive twice, as a
// client that authenticates by its secret (RFC 6749 §2.3.1), and returns the
// answer.
func (c *Client) Ask(ctx context.Context, target string, form url.Values, clientID string, secret oauth.Secret) (Response, error) {
	body := form.Encode()
	return c.fetch(ctx, target, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
		if err == nil {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(string(secret)))
		}
		return request, err
	})
}
