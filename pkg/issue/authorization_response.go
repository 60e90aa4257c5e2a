package issue

import (
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// AuthorizationResponse is what goes back to the client by way of the browser
// (RFC 6749 §4.1.2): to RedirectURI, as a query or as a form that posts itself.
type AuthorizationResponse struct {
	RedirectURI string
	Mode        oauth.ResponseMode
	Params      url.Values
}

// Location is where to redirect to in query mode. A query that the redirect URI
// has already stays as it is (RFC 6749 §3.1.2).
func (r AuthorizationResponse) Location() string { return withQuery(r.RedirectURI, r.Params) }

// withQuery adds parameters to a registered URI, none of whose bytes change.
func withQuery(uri string, params url.Values) string {
	separator := "?"
	if _, query, ok := strings.Cut(uri, "?"); ok {
		separator = "&"
		if query == "" || strings.HasSuffix(query, "&") {
			separator = ""
		}
	}
	return uri + separator + params.Encode()
}

// Refuse tells the client why its request fails (RFC 6749 §4.1.2.1). What is our
// fault tells it no more than that.
func (i *Issuer) Refuse(req AuthorizationRequest, err error) AuthorizationResponse {
	expected := Expect(err)
	params := url.Values{"error": {string(expected.Code)}}
	if expected.Description != "" {
		params.Set("error_description", expected.Description)
	}
	return i.respond(req, params)
}

// respond adds what every response has. The issuer lets a client that uses several
// servers notice a response of another one (RFC 9207 §2).
func (i *Issuer) respond(req AuthorizationRequest, params url.Values) AuthorizationResponse {
	params.Set("iss", i.cfg.Issuer)
	if req.State != "" {
		params.Set("state", req.State)
	}
	return AuthorizationResponse{RedirectURI: req.RedirectURI, Mode: req.ResponseMode, Params: params}
}
