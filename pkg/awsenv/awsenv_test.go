package awsenv

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
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

func TestRootsAreAmazons(t *testing.T) {
	want := map[string]string{ // as published at amazontrust.com
		"Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
		"Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
		"Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
		"Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
		"Starfield Services Root Certificate Authority - G2": "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
	}
	for rest := bytes.TrimSpace(amazonRoots); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatal("not PEM")
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(block.Bytes)
		if name := root.Subject.CommonName; hex.EncodeToString(sum[:]) != want[name] {
			t.Errorf("%s has the fingerprint %x", name, sum)
		} else {
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
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
