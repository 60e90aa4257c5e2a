package authorizer_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// withKeys are settings that take API keys beside tokens, for this API.
const withKeys = `"result_ttl":"0s","sources":[{"header":"Authorization"},{"api_key_header":"X-Api-Key"}],` +
	`"issuers":[{"issuer":"https://id.example.com","audience":["https://api.example.com"]}]`

var errTable = errors.New("the table does not answer")

// lookup knows a few keys by their names.
func lookup(_ context.Context, key string) (oauth.AccessToken, error) {
	t := oauth.AccessToken{
		Issuer: "urn:ostiary:api-key", Subject: "api-key#" + key, Audience: []string{"https://other.example.com", audience},
		Scope: oauth.Scope{"read"}, Expires: time.Now().Add(time.Hour), Claims: map[string]any{},
	}
	switch key {
	case "good":
	case "counted":
		t.Claims[oauth.UsageIdentifierKey] = "0123456789abcdefghij"
	case "elsewhere":
		t.Audience = []string{"https://other.example.com"}
	case "nowhere":
		t.Audience = nil
	case "outage":
		return oauth.AccessToken{}, errTable
	default:
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("unknown API key")
	}
	return t, nil
}

func keyed(tb testing.TB, members string) *authorizer.Authorizer {
	tb.Helper()
	a, err := settled(tb, members, authorizer.Tables{APIKey: lookup})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestAPIKeysAtTheGate(t *testing.T) {
	a := keyed(t, withKeys+`,"routes":[{"method":"GET","path":"/pets","all":["read"]},{"method":"POST","path":"/pets","all":["write"]}]`)
	good := token("read", nil)
	for name, c := range map[string]struct {
		method string
		header http.Header
		want   authorizer.Outcome
		code   oauth.Code
	}{
		"a key":                             {"GET", http.Header{"X-Api-Key": {"good"}}, authorizer.Allowed, ""},
		"a token still passes":              {"GET", http.Header{"Authorization": {"Bearer " + good}}, authorizer.Allowed, ""},
		"a scope that the key has not":      {"POST", http.Header{"X-Api-Key": {"good"}}, authorizer.Denied, oauth.InsufficientScope},
		"J31 a key for another API":         {"GET", http.Header{"X-Api-Key": {"elsewhere"}}, authorizer.Unauthorized, oauth.InvalidToken},
		"J31 a key for no API":              {"GET", http.Header{"X-Api-Key": {"nowhere"}}, authorizer.Unauthorized, oauth.InvalidToken},
		"an unknown key":                    {"GET", http.Header{"X-Api-Key": {"guess"}}, authorizer.Unauthorized, oauth.InvalidToken},
		"two keys":                          {"GET", http.Header{"X-Api-Key": {"good", "good"}}, authorizer.Unauthorized, oauth.InvalidRequest},
		"a key and a token":                 {"GET", http.Header{"X-Api-Key": {"good"}, "Authorization": {"Bearer " + good}}, authorizer.Unauthorized, oauth.InvalidRequest},
		"a token in the key's place":        {"GET", http.Header{"X-Api-Key": {good}}, authorizer.Unauthorized, oauth.InvalidToken},
		"a key in the token's place":        {"GET", http.Header{"Authorization": {"Bearer good"}}, authorizer.Unauthorized, oauth.InvalidToken},
		"F06 the table does not answer":     {"GET", http.Header{"X-Api-Key": {"outage"}}, authorizer.Failed, oauth.ServerError},
		"neither":                           {"GET", http.Header{}, authorizer.Unauthorized, oauth.InvalidToken},
		"a key in a header of another name": {"GET", http.Header{"X-Key": {"good"}}, authorizer.Unauthorized, oauth.InvalidToken},
	} {
		v := a.Check(t.Context(), authorizer.Request{Method: c.method, Path: "/pets", Header: c.header})
		if v.Outcome != c.want || reason(v) != c.code {
			t.Errorf("%s: got %s, %v", name, v.Outcome, v.Reason)
		}
	}
}

// A usage plan counts what its key's owner does, on REST APIs, which alone have them.
// A token that names a plan's key would let its bearer use somebody else's quota.
func TestUsageIdentifierKeyIsOfAPIKeysAlone(t *testing.T) {
	const plan = `"usageIdentifierKey":"0123456789abcdefghij"`
	named := token("read", map[string]any{oauth.UsageIdentifierKey: "0123456789abcdefghij"})
	for name, c := range map[string]struct {
		headers string
		http    bool
		want    bool
	}{
		"REST, a key of a plan":      {`{"x-api-key":"counted"}`, false, true},
		"REST, a key of none":        {`{"x-api-key":"good"}`, false, false},
		"HTTP API, a key of a plan":  {`{"x-api-key":"counted"}`, true, false},
		"REST, a token with a claim": {`{"Authorization":"Bearer ` + named + `"}`, false, false},
	} {
		event := `{"type":"REQUEST","methodArn":"` + base + `GET/pets","resource":"/pets","path":"/pets","httpMethod":"GET","headers":` + c.headers + `,"requestContext":{}}`
		if c.http {
			event = strings.Replace(event, "{", `{"version":"1.0",`, 1)
		}
		answer, err := keyed(t, withKeys).Invoke(t.Context(), []byte(event))
		if err != nil || !json.Valid(answer) || strings.Contains(string(answer), plan) != c.want {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
	}
}
