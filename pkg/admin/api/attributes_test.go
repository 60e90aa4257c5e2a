package api_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// What people have of attributes is changed one by one, and held to the schema.
func TestAttributesOfUsers(t *testing.T) {
	s := open(t)
	for _, a := range []oauth.Attribute{{Name: "level", Type: oauth.NumberAttribute, Scope: "profile"}, {Name: "team", Scope: "profile"}, {Name: "plan", Type: oauth.JSONAttribute, Scope: "profile"}} {
		if _, err := s.parts.Users.AddAttribute(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	made := s.call(201, s.token, "POST", "/users", `{"username":"carol","attributes":{"level":1,"team":"red"}}`)
	path := strings.TrimPrefix(made.Header.Get("Location"), base)
	changed := s.call(200, s.token, "PATCH", path, `{"attributes":{"level":2,"team":null}}`, "If-Match: *")
	if diff := cmp.Diff(map[string]any{"level": 2.0}, changed.json["attributes"]); diff != "" {
		t.Error(diff)
	}
	// Unlike in a list of ours, null means there what the operator likes.
	changed = s.call(200, s.token, "PATCH", path, `{"attributes":{"plan":[null,{"until":null}]}}`, "If-Match: *")
	if diff := cmp.Diff(map[string]any{"level": 2.0, "plan": []any{nil, map[string]any{"until": nil}}}, changed.json["attributes"]); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"attributes":{"level":"high"}}`, `{"attributes":{"size":1}}`} {
		s.call(422, s.token, "PATCH", path, bad, "If-Match: *")
	}
}
