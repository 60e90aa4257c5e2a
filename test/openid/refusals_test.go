package openid_test

import (
	"net/http"
	"strings"
	"testing"
)

// refusals is section 1: how a request that is wrong is answered.
func refusals(t *testing.T, p *provider) {
	c := p.newClient(t, nil)
	for name, r := range map[string]struct {
		changes []string
		want    string
	}{
		"response-type-missing":           {[]string{"response_type="}, "invalid_request"},
		"response type of another flow":   {[]string{"response_type=id_token token"}, "unsupported_response_type"},
		"prompt-none-not-logged-in":       {[]string{"prompt=none"}, "login_required"},
		"unsigned-request-object":         {[]string{"request=eyJhbGciOiJub25lIn0.eyJub25jZSI6IngifQ."}, "request_not_supported"},
		"request-uri-unsigned":            {[]string{"request_uri=https://app.example.com/request.jwt"}, "request_uri_not_supported"},
		"registration":                    {[]string{`registration={"client_name":"x"}`}, "registration_not_supported"},
		"prompt none beside login":        {[]string{"prompt=none login"}, "invalid_request"},
		"scope beyond what is registered": {[]string{"scope=openid admin"}, "invalid_scope"},
		"id_token_hint that is no token":  {[]string{"id_token_hint=x"}, "invalid_request"},
		"plain PKCE":                      {[]string{"code_challenge_method=plain"}, "invalid_request"},
	} {
		for _, mode := range []string{"", "response_mode=query", "response_mode=form_post"} {
			got := c.authorize(t, append(r.changes[:len(r.changes):len(r.changes)], mode)...)
			if got.Get("error") != r.want || got.Has("code") || !describable.MatchString(got.Get("error_description")) {
				t.Errorf("%s, %s: got %v", name, mode, got)
			}
		}
	}
	// What nobody but the person can be told: an error page at the authorization URL.
	for name, r := range map[string]struct{ change, names string }{
		"registered-redirect-uri":               {"redirect_uri=" + callback + "/foo", "redirect_uri"},
		"redirect-uri-query-added":              {"redirect_uri=" + callback + "?foo=bar", "redirect_uri"},
		"redirect-uri-in-authorization-request": {"redirect_uri=", "redirect_uri"},
		"unknown client":                        {"client_id=nobody", "client_id"},
		"response mode that cannot be used":     {"response_mode=fragment", "response_mode"},
	} {
		page, err := c.person.Open(t.Context(), c.request(r.change))
		check(t, err)
		if page.Status != http.StatusBadRequest || !strings.Contains(page.Text("error-page"), r.names) || page.URL.Path != "/authorize" {
			t.Errorf("%s: got %d at %s: %s", name, page.Status, page.URL, page.Text("error-page"))
		}
	}
	// request-object-with-redirect-uri: the outer URI is not registered, whatever is inside.
	page, err := c.person.Open(t.Context(), c.request("redirect_uri=https://evil.example.com/", "request=eyJhbGciOiJub25lIn0.eyJ9."))
	check(t, err)
	if !page.Has("error-page") {
		t.Errorf("got %d %s", page.Status, page.Source)
	}
	// redirect-uri-query-OK and -mismatch.
	query := p.newClient(t, map[string]any{"redirect_uris": []string{callback + "?bar=foo"}})
	arrived, err := query.person.Go(t.Context(), query.request("redirect_uri="+callback+"?bar=foo"))
	check(t, err)
	if !strings.HasPrefix(arrived.URL.RawQuery, "bar=foo&") || !arrived.Params().Has("code") {
		t.Errorf("redirect-uri-query-OK: arrived at %s", arrived.URL)
	}
	if page, err = query.person.Open(t.Context(), query.request("redirect_uri="+callback+"?bar=foo2")); err != nil || !page.Has("error-page") {
		t.Errorf("redirect-uri-query-mismatch: got %v", err)
	}
}
