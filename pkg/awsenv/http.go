package awsenv

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	amazon "github.com/ostiary-auth/ostiary/pkg/roots"
)

// httpClient trusts Amazon's roots alone. Loading the system's costs 16 to 31 ms
// of the first call, which at 128 MB is more than the rest of it; and fewer roots
// are fewer ways in. Partitions with other authorities, and servers that stand in
// for AWS, get the system's. It is frozen so that the SDK's clients do not each
// copy it: they share connections, and one handshake serves both tables.
func httpClient(region string) aws.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(tune(region)).Freeze()
}

func tune(region string) func(*http.Transport) {
	return func(t *http.Transport) {
		t.IdleConnTimeout = idleTimeout
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = roots(region)
	}
}

// roots is nil for the system's.
func roots(region string) *x509.CertPool {
	if strings.HasPrefix(region, "cn-") || strings.Contains(region, "iso") || standIn() {
		return nil
	}
	return amazon.Amazon()
}

func standIn() bool {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "AWS_ENDPOINT_URL") {
			return true
		}
	}
	return false
}
