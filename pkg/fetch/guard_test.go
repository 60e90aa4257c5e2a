package fetch_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

// TestAddressesInside tries addresses that nobody outside may make us call. Each
// is refused when it is about to be connected to, so nothing leaves the machine.
func TestAddressesInside(t *testing.T) {
	for _, host := range []string{
		"127.0.0.1", "127.8.8.8", "[::1]", "localhost", "0.0.0.0", "[::]", "0.1.2.3",
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "[fd00::1]", "[fc00::1]",
		"169.254.169.254", "169.254.170.2", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", // metadata and link-local
		"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
		"[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fec0::1]",
		"[::ffff:0:127.0.0.1]", "[::ffff:0:a9fe:a9fe]",
		"100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "[ff02::1]", "240.0.0.1", "255.255.255.255",
	} {
		client := fetch.New(fetch.Options{})
		_, err := client.Get(t.Context(), "https://"+host+":9/jwks.json", "")
		if err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: got %v", host, err)
		}
		// Letting in this machine lets in nothing else.
		if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil || address.Unmap().IsLoopback() {
			continue
		}
		client = fetch.New(fetch.Options{AllowLoopback: true})
		_, err = client.Get(t.Context(), "https://"+host+":9/jwks.json", "")
		if err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s, loopback allowed: got %v", host, err)
		}
	}
}

func TestURLs(t *testing.T) {
	var called atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, loopback := range []bool{false, true} {
		client := fetch.New(fetch.Options{AllowLoopback: loopback})
		for _, bad := range []string{
			"", "x", "://", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:" + port, "unix:///run/x", "https://", "https:x",
			"http://id.example.com/", "http://127.0.0.1.example.com/", "http://user:word@127.0.0.1:" + port, "HTTPS://user@id.example.com/",
			"http://10.0.0.1/", "javascript:alert(1)", "http://%zz/", "//127.0.0.1:" + port,
		} {
			if _, err := client.Get(t.Context(), bad, ""); err == nil || strings.Contains(err.Error(), "dial") {
				t.Errorf("%s: got %v, want a refusal before dialling", bad, err)
			}
		}
		for _, host := range []string{"127.0.0.1", "localhost"} {
			if _, err := client.Get(t.Context(), "http://"+host+":"+port, ""); (err == nil) != loopback {
				t.Errorf("%s, loopback %v: got %v", host, loopback, err)
			}
		}
	}
	if called.Load() != 2 {
		t.Errorf("the server was called %d times", called.Load())
	}
}

func TestUntrustedCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{AllowLoopback: true})
	if _, err := client.Get(t.Context(), server.URL, ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}
