package endpoint_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestDiscovery(t *testing.T) {
	s := open(t)
	a := s.call("GET", "/.well-known/openid-configuration", "")
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Fatalf("got %s", a)
	}
	again := s.call("GET", "/.well-known/openid-configuration/", "", "If-None-Match: "+a.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || len(again.body) != 0 {
		t.Errorf("got %s", again)
	}
	if b := s.call("GET", "/.well-known/oauth-authorization-server", ""); string(b.body) != string(a.body) {
		t.Errorf("RFC 8414's document differs: %s", b)
	}
	var grants []string
	must(t, json.Unmarshal(mustJSON(t, a.json["grant_types_supported"]), &grants))
	for _, grant := range grants { // what is advertised works
		if b := s.post("/token", "grant_type="+grant, secretID, secret); b.text("error") == "unsupported_grant_type" {
			t.Errorf("%s: %s", grant, b)
		}
	}
	for _, member := range []string{"token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint", "introspection_endpoint"} {
		path, ours := strings.CutPrefix(a.text(member), issuer)
		if b := s.call("GET", path, ""); !ours || b.StatusCode == http.StatusNotFound {
			t.Errorf("%s is %s, which is not there", member, a.text(member))
		}
	}
	for member, path := range map[string]string{"authorization_endpoint": "/authorize", "end_session_endpoint": "/logout"} {
		if a.text(member) != issuer+path { // behind which package pages is
			t.Errorf("%s is %s", member, a.text(member))
		}
	}
	for member, want := range map[string]string{ // what the checks of a request are held to elsewhere
		"response_types_supported": `["code"]`, "response_modes_supported": `["query","form_post"]`,
		"code_challenge_methods_supported": `["S256"]`, "claims_parameter_supported": `true`,
		"prompt_values_supported":                        `["none","login","consent","select_account"]`,
		"authorization_response_iss_parameter_supported": `true`, "request_parameter_supported": `false`,
		"backchannel_logout_supported": `true`, "backchannel_logout_session_supported": `true`,
		"frontchannel_logout_supported": `true`, "frontchannel_logout_session_supported": `true`,
	} {
		if got := string(mustJSON(t, a.json[member])); got != want {
			t.Errorf("%s is %s, want %s", member, got, want)
		}
	}
	if a.json["request_uri_parameter_supported"] != false {
		t.Error("request_uri_parameter_supported is true when it is not stated")
	}
}

func TestDiscoveryOfAnIssuerWithAPath(t *testing.T) {
	s := open(t, "ISSUER=https://id.example.com/tenants/a")
	const path = "/.well-known/oauth-authorization-server/tenants/a" // RFC 8414 §3.1
	if a := s.call("GET", path, ""); a.text("issuer") != "https://id.example.com/tenants/a" {
		t.Errorf("got %s", a)
	}
	if a := s.call("GET", "/.well-known/oauth-authorization-server/tenants/b", ""); a.StatusCode != 404 {
		t.Errorf("another tenant: %s", a)
	}
}

func TestJWKSHoldsNoPrivatePart(t *testing.T) {
	s := open(t)
	var set struct{ Keys []map[string]any }
	must(t, json.Unmarshal(s.call("GET", "/jwks.json", "").body, &set))
	if len(set.Keys) < 4 {
		t.Fatalf("got %d keys", len(set.Keys))
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if key[private] != nil {
				t.Errorf("the set publishes %s of %v", private, key["kid"])
			}
		}
		if key["kid"] == nil || key["alg"] == nil || key["use"] != "sig" {
			t.Errorf("got %v", key)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	encoded, err := json.Marshal(v)
	must(t, err)
	return encoded
}
