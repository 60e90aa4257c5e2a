package awsenv

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// setenv replaces every AWS variable.
func setenv(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value) // restores it
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

func lambda(more ...string) map[string]string {
	v := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
	}
	for i := 0; i < len(more); i += 2 {
		v[more[i]] = more[i+1]
	}
	return v
}

func TestConfig(t *testing.T) {
	setenv(t, lambda())
	cfg, err := Config()
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || cfg.Region != "eu-central-1" || got.AccessKeyID != "AKIA" || got.SecretAccessKey != "s" || got.SessionToken != "t" {
		t.Errorf("%s, %v, %v", cfg.Region, got, err)
	}
	if o := dynamodb.NewFromConfig(cfg).Options(); o.BaseEndpoint != nil {
		t.Errorf("endpoint %s, want AWS's own", *o.BaseEndpoint)
	}
	for _, missing := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		setenv(t, lambda(missing, ""))
		if _, err := Config(); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for name, c := range map[string]struct {
		variables []string
		want      string
	}{
		"for all":             {[]string{"AWS_ENDPOINT_URL", "http://all"}, "http://all"},
		"for one":             {[]string{"AWS_ENDPOINT_URL_DYNAMODB", "http://one"}, "http://one"},
		"for one before all":  {[]string{"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_DYNAMODB", "http://one"}, "http://one"},
		"for another service": {[]string{"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_KMS", "http://kms"}, "http://all"},
	} {
		t.Run(name, func(t *testing.T) {
			setenv(t, lambda(c.variables...))
			cfg, err := Config()
			if err != nil {
				t.Fatal(err)
			}
			if o := dynamodb.NewFromConfig(cfg).Options(); o.BaseEndpoint == nil || *o.BaseEndpoint != c.want {
				t.Errorf("endpoint %v, want %s", o.BaseEndpoint, c.want)
			}
		})
	}
}

func TestRootsByPlace(t *testing.T) {
	for region, amazons := range map[string]bool{
		"eu-central-1": true, "us-gov-west-1": true, "cn-north-1": false, "us-iso-east-1": false, "eu-isoe-west-1": false,
	} {
		setenv(t, lambda())
		if got := roots(region) != nil; got != amazons {
			t.Errorf("%s: Amazon's roots alone: %v", region, got)
		}
		setenv(t, lambda("AWS_ENDPOINT_URL_KMS", "https://localhost"))
		if roots(region) != nil {
			t.Errorf("%s: Amazon's roots for a server that stands in", region)
		}
	}
	setenv(t, lambda())
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	defer foreign.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, foreign.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := httpClient("eu-central-1").Do(request); err == nil {
		_ = response.Body.Close()
		t.Error("a certificate under another root was accepted")
	}
}

// TestF22IdleConnections: a connection that outlived a freeze is not used.
func TestF22IdleConnections(t *testing.T) {
	if _, frozen := httpClient("eu-central-1").(*http.Client); !frozen {
		t.Error("the SDK's clients copy what is not frozen, and share no connection")
	}
	var transport http.Transport
	if tune("eu-central-1")(&transport); transport.IdleConnTimeout != idleTimeout {
		t.Errorf("idle connections are closed after %v, want %v", transport.IdleConnTimeout, idleTimeout)
	}
}
