package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

var description = gateway.Describe("https://id.example.com", []string{"https://api.example.com", "https://old.example.com"})

func TestProtectedAnswersWhomTheAuthorizerNamed(t *testing.T) {
	for name, c := range map[string]struct {
		event  string
		status float64
		body   string
	}{
		"payload 2.0":          {http2, 200, `{"user_id":"alice"}`},
		"payload 1.0":          {rest, 200, `{"user_id":"alice"}`},
		"no authorizer":        {`{"httpMethod":"GET","path":"/protected","headers":{"sub":"alice"}}`, 401, `{"error":"invalid_token"}`},
		"load balancer's word": {`{"requestContext":{"elb":{},"authorizer":{"sub":"alice"}},"httpMethod":"GET","path":"/"}`, 401, `{"error":"invalid_token"}`},
		"RFC 9728 description": {
			`{"httpMethod":"GET","path":"/.well-known/oauth-protected-resource"}`, 200,
			`{"resource":"https://api.example.com","authorization_servers":["https://id.example.com"],"bearer_methods_supported":["header"]}`,
		},
	} {
		answer, err := gateway.Handler{HTTP: gateway.Protected(description), Log: quiet()}.Invoke(t.Context(), []byte(c.event))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			StatusCode float64
			Body       string
		}
		if err := json.Unmarshal(answer, &got); err != nil || got.StatusCode != c.status || strings.TrimSpace(got.Body) != c.body {
			t.Errorf("%s: got %s", name, answer)
		}
	}
}
