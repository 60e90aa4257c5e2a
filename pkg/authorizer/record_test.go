package authorizer_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// One line a request, which CloudWatch reads as metrics: what became of it, why, how
// long it took, how old the keys are and how often they were fetched since.
func TestALineIsCountedByOutcome(t *testing.T) {
	issuing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[` + signer.JWK("k1", "") + `]}`))
	}))
	defer issuing.Close()
	s, err := authorizer.ParseSettings([]byte(`{"issuers":[{"issuer":"` + issuing.URL + `","audience":["` + audience + `"],"own":true}],
		"routes":[{"method":"GET","path":"/x","all":["read"]},{"method":"GET","path":"/acr","acr":["gold"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := authorizer.Open(t.Context(), s, func(string) oauth.Secret { return "" }, gateway.NewLogger(&log, "info"))
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]any{"iss": issuing.URL}
	for i, c := range []struct{ path, token, metric, outcome string }{
		{"/x", token("read", ours), "Allowed", "allowed"},
		{"/x", token("", ours), "Denied", "insufficient_scope"},
		{"/acr", token("read", ours), "Denied", "insufficient_user_authentication"},
		{"/x", "garbage", "Unauthorized", "invalid_token"},
	} {
		log.Reset()
		_, _ = a.Invoke(t.Context(), []byte(flavours["rest request"](request{"GET", c.path, c.path, "Bearer " + c.token})))
		var line struct {
			Metric   string   `json:"metric"`
			Outcome  string   `json:"outcome"`
			Duration *float64 `json:"duration_ms"`
			Age      *float64 `json:"keys_age_s"`
			Fetches  *int     `json:"keys_refreshes"`
			AWS      struct {
				CloudWatchMetrics []struct {
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, &log)
		}
		if line.Metric != c.metric || line.Outcome != c.outcome || line.Duration == nil || line.Age == nil || line.Fetches == nil ||
			*line.Fetches != map[bool]int{true: 1}[i == 0] || len(line.AWS.CloudWatchMetrics) != 1 || len(line.AWS.CloudWatchMetrics[0].Metrics) != 4 {
			t.Errorf("%s %s: got %s", c.metric, c.outcome, &log)
		}
	}
}
