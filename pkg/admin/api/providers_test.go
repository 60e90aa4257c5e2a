package api_test

import (
	"strings"
	"testing"
)

// TestProviders is the life of another provider here, by the API. Its secret can be
// written, and never read.
func TestProviders(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/providers",
		`{"id":"partner","issuer":"https://partner.example.com","client_id":"us","client_secret":"hunter-of-seven-seas","create_users":true}`)
	if made.json["redirect_uri"] != issuer+"/upstream/partner/callback" || made.json["create_users"] != true || made.json["kind"] != "openid" {
		t.Errorf("got %s", made.text)
	}
	s.call(409, s.token, "POST", "/providers", `{"id":"partner","issuer":"https://partner.example.com","client_id":"us","client_secret":"s"}`)
	s.call(422, s.token, "POST", "/providers", `{"id":"plain","issuer":"http://partner.example.com","client_id":"us","client_secret":"s"}`)
	tag := "If-Match: " + made.Header.Get("ETag")
	changed := s.call(200, s.token, "PATCH", "/providers/partner", `{"name":"Partner","client_secret":"sailor-of-seven-seas"}`, tag)
	if changed.json["name"] != "Partner" || changed.json["client_id"] != "us" {
		t.Errorf("got %s", changed.text)
	}
	s.call(412, s.token, "PATCH", "/providers/partner", `{"name":"Lost"}`, tag)
	if a := s.send(s.request(s.token, "PATCH", "/providers/partner", `{"sealed":"AAAA"}`, "If-Match: *")); a.StatusCode != 422 {
		t.Errorf("what is sealed can be written: %d %s", a.StatusCode, a.text)
	}
	for _, shown := range []answer{made, changed, s.call(200, s.token, "GET", "/providers", ""), s.call(200, s.token, "GET", "/providers/partner", "")} {
		if strings.Contains(shown.text, "seven-seas") || strings.Contains(shown.text, "sealed") {
			t.Errorf("a secret is shown: %s", shown.text)
		}
	}
	s.call(204, s.token, "DELETE", "/providers/partner", "", "If-Match: "+changed.Header.Get("ETag"))
	s.call(404, s.token, "GET", "/providers/partner", "")
}
