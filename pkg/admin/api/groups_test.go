package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// TestGroups is a group's life, by the API.
func TestGroups(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/groups", `{"name":"support","roles":["agent"],"scope":"admin:users:read"}`)
	if made.Header.Get("Location") != base+"/groups/support" || made.json["scope"] != "admin:users:read" {
		t.Errorf("got %s", made.text)
	}
	s.call(409, s.token, "POST", "/groups", `{"name":"support"}`)
	s.call(422, s.token, "POST", "/groups", `{"name":"support-2","scope":"openid"}`)
	changed := s.call(200, s.token, "PATCH", "/groups/support", `{"description":"They help","scope":null}`, "If-Match: "+made.Header.Get("ETag"))
	if changed.json["description"] != "They help" || changed.json["scope"] != nil || changed.json["roles"] == nil {
		t.Errorf("got %s", changed.text)
	}
	s.call(412, s.token, "PATCH", "/groups/support", `{"description":"lost"}`, "If-Match: "+made.Header.Get("ETag"))
	s.call(204, s.token, "PUT", "/groups/support/members/"+s.bob.ID, "")
	members := s.call(200, s.token, "GET", "/groups/support/members", "")
	if len(members.items()) != 1 || strings.Contains(members.text, "example.com") {
		t.Errorf("got %s", members.text)
	}
	s.call(204, s.token, "DELETE", "/groups/support/members/"+s.bob.ID, "")
	s.call(404, s.token, "PUT", "/groups/nothing/members/"+s.bob.ID, "")
	s.call(404, s.token, "PUT", "/groups/support/members/nobody", "")
	s.call(200, s.token, "GET", "/groups?prefix=sup", "")
	s.call(204, s.token, "DELETE", "/groups/support", "", "If-Match: "+changed.Header.Get("ETag"))
	s.call(404, s.token, "GET", "/groups/support", "")

	administrators := s.call(200, s.token, "GET", "/groups/"+identity.Administrators, "")
	s.call(200, s.token, "PATCH", "/groups/administrators", `{"description":"us"}`, "If-Match: "+administrators.Header.Get("ETag"))
	s.call(412, s.token, "PATCH", "/groups/administrators", `{"description":"us"}`, "If-Match: "+administrators.Header.Get("ETag"))
	s.call(422, s.token, "DELETE", "/groups/administrators", "", "If-Match: *")
}

// TestInvitations are made, sent once more and withdrawn.
func TestInvitations(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/invitations", `{"email":"dora@example.com","name":"Dora","groups":["administrators"]}`)
	if made.json["by"] != "robot" || made.json["mailed"] != true || made.json["link"] != nil {
		t.Errorf("got %s", made.text)
	}
	s.call(409, s.token, "POST", "/invitations", `{"email":"Dora@example.com"}`)
	s.call(422, s.token, "POST", "/invitations", `{"email":"no address"}`)
	if found := s.call(200, s.token, "GET", "/invitations?prefix=dora", ""); len(found.items()) != 1 {
		t.Errorf("got %s", found.text)
	}
	s.call(200, s.token, "POST", "/invitations/dora@example.com/renew", "")
	s.call(404, s.token, "POST", "/invitations/dor/renew", "")
	s.call(204, s.token, "DELETE", "/invitations/dora@example.com", "")
	s.call(404, s.token, "DELETE", "/invitations/dora@example.com", "")
}

// TestFactorsAreRemoved by an administrator, for who has lost them.
func TestFactorsAreRemoved(t *testing.T) {
	s := open(t)
	_, err := s.parts.Factors.NewRecoveryCodes(t.Context(), s.bob.ID)
	must(t, err)
	path := "/users/" + s.bob.ID + "/factors"
	if found := s.call(200, s.token, "GET", path, ""); len(found.items()) != 1 || found.items()[0].(object)["left"] == nil {
		t.Errorf("got %s", found.text)
	}
	s.call(204, s.token, "DELETE", path+"/recovery-codes", "")
	s.call(404, s.token, "DELETE", path+"/recovery-codes", "")
	s.call(404, s.token, "DELETE", path+"/totp", "")
	s.call(404, s.token, "GET", "/users/nobody/factors", "")
}

// TestWhatIsDoneIsInTheTrail: first that it will be, then that it was, by whom and from
// where.
func TestWhatIsDoneIsInTheTrail(t *testing.T) {
	s := open(t)
	s.call(204, s.token, "POST", "/users/"+s.bob.ID+"/disable", "")
	found := s.call(200, s.token, "GET", "/audit?sub="+s.bob.ID+"&limit=1", "")
	event := found.items()[0].(object)
	if event["kind"] != string(audit.UserDisabled) || event["actor"].(object)["id"] != "robot" || event["actor"].(object)["type"] != "administrator" || event["address"] == nil {
		t.Errorf("got %s", found.text)
	}
	cursor, _ := found.json["next"].(string)
	before := s.call(200, s.token, "GET", "/audit?sub="+s.bob.ID+"&limit=1&cursor="+cursor, "")
	if announced := before.items()[0].(object); announced["outcome"] != "announced" || announced["object"] != "disable user" {
		t.Errorf("got %s", before.text)
	}
	s.call(200, s.token, "GET", "/audit?client_id=robot&kind=client.registered&since=2026-01-01T00:00:00Z&until="+time.Now().UTC().Format(time.RFC3339), "")
	s.call(400, s.token, "GET", "/audit?since=yesterday", "")
}

// TestWhatCannotBeToldIsNotDone: who could stop the trail could otherwise change
// everything unseen.
func TestWhatCannotBeToldIsNotDone(t *testing.T) {
	s := open(t)
	s.state.broken.Store(true)
	for _, c := range [][3]string{
		{"POST", "/users", `{"username":"carol"}`},
		{"POST", "/users/" + s.bob.ID + "/disable", ""},
		{"POST", "/clients", `{"redirect_uris":["https://shop.example.com/"]}`},
		{"POST", "/clients/robot/secret", ""},
		{"POST", "/groups", `{"name":"support"}`},
		{"PUT", "/groups/administrators/members/" + s.bob.ID, ""},
		{"POST", "/invitations", `{"email":"dora@example.com"}`},
		{"POST", "/keys/rotate", `{"algs":["ES256"]}`},
	} {
		if a := s.call(503, s.token, c[0], c[1], c[2]); a.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: got %s", c[0], c[1], a.text)
		}
	}
	s.state.broken.Store(false)
	if user := s.call(200, s.token, "GET", "/users/"+s.bob.ID, ""); user.json["disabled"] != nil || user.json["groups"] != nil {
		t.Errorf("got %s", user.text)
	}
}
