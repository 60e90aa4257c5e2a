package api

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// FuzzContent: content that is taken is one object, and says the same to whoever reads it
// once more, in whatever order.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{`{"username":"a"}`, `{"username":"a","USERNAME":"b"}`, `{"email":null}`, `{} {}`, `[]`, `{"roles":["a"],"address":{"locality":"b"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest("POST", "/users", strings.NewReader(text))
		r.Header.Set("Content-Type", jsonType)
		body, err := route{method: "POST", in: UserContent{}}.read(httptest.NewRecorder(), r)
		if err != nil {
			return
		}
		content, err := decode[UserContent](body)
		if err != nil {
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatalf("taken, and no object: %q", text)
		}
		sorted, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := decode[UserContent](sorted); err != nil || !reflect.DeepEqual(again, content) {
			t.Errorf("%q: got %+v and %+v, %v", text, content, again, err)
		}
	})
}

// FuzzPatch: a merge patch does nothing more when it is applied once more, and what it
// does not name stays (RFC 7396 §1).
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{`{"name":"b"}`, `{"name":null}`, `{"address":{"locality":null}}`, `{"address":"x"}`, `{}`, `{"username":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, patch string) {
		before := UserContent{Username: "a"}
		before.Name, before.Nickname = "Ada", "A"
		once, err := patched(before, []byte(patch))
		if err != nil {
			return
		}
		if twice, err := patched(once, []byte(patch)); err != nil || !reflect.DeepEqual(once, twice) {
			t.Errorf("%q: got %+v, and then %+v, %v", patch, once, twice, err)
		}
		if !strings.Contains(strings.ToLower(patch), "nickname") && !strings.Contains(patch, `\u`) && once.Nickname != "A" {
			t.Errorf("%q has changed what it does not name: %+v", patch, once)
		}
	})
}
