package api_test

import (
	"strings"
	"testing"
)

// TestUsers is a person's life, by the API.
func TestUsers(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/users", `{"username":"Carol","password":"a crumb of moonlight","email":"carol@example.com","email_verified":true}`)
	id, _ := made.json["sub"].(string)
	path := strings.TrimPrefix(made.Header.Get("Location"), base)
	if path != "/users/"+id || made.json["username"] != "carol" || strings.Contains(made.text, "moonlight") || strings.Contains(made.text, "argon2") {
		t.Errorf("got %s at %s", made.text, path)
	}
	read := s.call(200, s.token, "GET", path, "")
	if read.Header.Get("ETag") != made.Header.Get("ETag") || read.Header.Get("ETag") == "" {
		t.Errorf("got the ETags %q and %q", made.Header.Get("ETag"), read.Header.Get("ETag"))
	}
	s.call(304, s.token, "GET", path, "", "If-None-Match: "+read.Header.Get("ETag"))

	changed := s.call(200, s.token, "PATCH", path, `{"name":"Carol Example","nickname":null,"email":"c@example.com"}`, "If-Match: "+read.Header.Get("ETag"))
	if changed.json["name"] != "Carol Example" || changed.json["email"] != "c@example.com" || changed.json["email_verified"] != nil {
		t.Errorf("got %s", changed.text)
	}
	if s.call(200, s.token, "PATCH", path, `{"email":"d@example.com","email_verified":true}`, "If-Match: *").json["email_verified"] != true {
		t.Error("an administrator's word that an address is verified does not count")
	}
	for typed, want := range map[string]int{"CAROL": 1, "D@example.com": 1, id: 1, "c@example.com": 0, "nobody": 0} {
		if found := s.call(200, s.token, "GET", "/users?find="+typed, ""); len(found.items()) != want {
			t.Errorf("%s: got %s", typed, found.text)
		}
	}
	s.call(204, s.token, "POST", path+"/disable", "")
	if s.call(200, s.token, "GET", path, "").json["disabled"] != true {
		t.Error("who was disabled is not")
	}
	s.call(204, s.token, "POST", path+"/enable", "")
	s.call(204, s.token, "POST", path+"/reset", "")
	s.call(204, s.token, "PUT", path+"/password", `{"password":"another crumb of moonlight"}`)
	s.call(204, s.token, "DELETE", path, "", "If-Match: *")
	s.call(404, s.token, "GET", path, "")
}
