package oauth_test

import (
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestSecureURI(t *testing.T) {
	for uri, want := range map[string]bool{
		"https://id.example.com":        true,
		"https://id.example.com:8443/a": true,
		"http://localhost:8080":         true,
		"http://127.0.0.1/callback":     true,
		"http://127.8.9.10":             true,
		"http://[::1]:8080":             true,
		"http://id.example.com":         false,
		"http://localhost.example.com":  false,
		"http://127.0.0.1.example.com":  false,
		"http://[::ffff:127.0.0.1]":     true,
		"http://0.0.0.0":                false,
		"http://10.0.0.1":               false,
		"https:///no-host":              false,
		"https://:8443/no-host":         false,
		"http:":                         false,
		"ftp://localhost":               false,
		"com.example.app:/callback":     false,
		"//localhost":                   false,
		"":                              false,
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if got := oauth.SecureURI(u); got != want {
			t.Errorf("SecureURI(%q): got %t, want %t", uri, got, want)
		}
	}
}

func TestLoopbackURI(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://localhost:8080": true, "https://localhost": true, "http://[::1]": true,
		"https://id.example.com": false, "http://[::1": false, "localhost": false, "": false,
	} {
		if got := oauth.LoopbackURI(uri); got != want {
			t.Errorf("LoopbackURI(%q): got %t, want %t", uri, got, want)
		}
	}
}
