package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

// reply invokes the handler by the event and returns its answer.
func reply(t *testing.T, event string, handler http.HandlerFunc) map[string]any {
	t.Helper()
	answer, err := gateway.Handler{HTTP: handler, Log: quiet()}.Invoke(t.Context(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// GATEWAY §2.5, 7 and 9.
func TestEveryFlavourHasItsAnswer(t *testing.T) {
	two := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "s=1")
		w.Header().Add("Set-Cookie", "t=2")
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "2")
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-Late", "1")
		fmt.Fprint(w, "{}")
	}
	type object = map[string]any
	for name, c := range map[string]struct {
		event string
		want  object
	}{
		"payload 2.0": {http2, object{
			"statusCode": 201.0, "cookies": []any{"s=1", "t=2"}, "body": "{}", "isBase64Encoded": false,
			"headers": object{"Content-Type": "application/json", "Vary": "Origin, Accept"},
		}},
		"payload 1.0": {rest, object{
			"statusCode": 201.0, "body": "{}", "isBase64Encoded": false,
			"headers":           object{"Content-Type": "application/json"},
			"multiValueHeaders": object{"Set-Cookie": []any{"s=1", "t=2"}, "Vary": []any{"Origin", "Accept"}},
		}},
		"load balancer": {balancer, object{
			"statusCode": 201.0, "statusDescription": "201 Created", "body": "{}", "isBase64Encoded": false,
			"headers": object{
				"Content-Type": "application/json", "Vary": "Origin, Accept", "set-cookie": "s=1", "Set-cookie": "t=2",
			},
		}},
		"load balancer, values": {
			`{"requestContext":{"elb":{}},"httpMethod":"GET","path":"/","multiValueHeaders":{}}`,
			object{
				"statusCode": 201.0, "statusDescription": "201 Created", "body": "{}", "isBase64Encoded": false,
				"multiValueHeaders": object{
					"Content-Type": []any{"application/json"}, "Set-Cookie": []any{"s=1", "t=2"}, "Vary": []any{"Origin", "Accept"},
				},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, reply(t, c.event, two)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// GATEWAY §2.5, 8: REST APIs need the media type configured before they decode.
func TestOnlyBinaryBodiesAreBase64(t *testing.T) {
	for name, c := range map[string]struct {
		encoding, body string
		want           bool
	}{
		"text":       {"", "grüezi", false},
		"nothing":    {"", "", false},
		"binary":     {"", "\xff\xfe\x00", true},
		"compressed": {"gzip", "abc", true},
	} {
		got := reply(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			if c.encoding != "" {
				w.Header().Set("Content-Encoding", c.encoding)
			}
			fmt.Fprint(w, c.body)
		})
		if got["isBase64Encoded"] != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestO30ControlBytesDoNotLeave(t *testing.T) {
	got := reply(t, rest, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://app.example.com/cb?state=a\r\nSet-Cookie: b=c\x00")
		w.WriteHeader(http.StatusSeeOther)
	})
	location, _ := got["headers"].(map[string]any)["Location"].(string)
	if location == "" || strings.ContainsFunc(location, func(r rune) bool { return r < 0x20 }) {
		t.Errorf("got Location %q", location)
	}
}

func TestBodylessAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		event  string
		status int
	}{
		"HEAD":         {`{"httpMethod":"HEAD","path":"/"}`, http.StatusOK},
		"no content":   {rest, http.StatusNoContent},
		"not modified": {rest, http.StatusNotModified},
	} {
		got := reply(t, c.event, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprint(w, "text")
		})
		if got["body"] != "" || got["statusCode"] != float64(c.status) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
