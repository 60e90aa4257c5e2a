package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	_, err := config.FromMap(map[string]string{
		"ISSUER":                   "http://id.example.com/",
		"ACCESS_TOKEN_LIFETIME":    "30h",
		"REFRESH_GRACE":            "soon",
		"SESSION_LIFETIME":         "1h", // shorter than the idle lifetime
		"LOCKOUT_ATTEMPTS":         "1",
		"LOCKOUT_ADDRESS_ATTEMPTS": "many",
		"LOG_LEVEL":                "loud",
		"HS256_SECRET":             "short-secret-value",
		"BASE_PATH":                "dev/",
	}, "USER_TABLE")
	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want Faults", err)
	}
	text := faults.Error()
	for _, want := range []string{
		"ISSUER", "ACCESS_TOKEN_LIFETIME", "REFRESH_GRACE must be a duration", "LOCKOUT_ATTEMPTS", "LOCKOUT_ADDRESS_ATTEMPTS must be a whole number", "LOG_LEVEL", "HS256_SECRET",
		"BASE_PATH", "SESSION_IDLE_LIFETIME must not exceed", "USER_TABLE is not set",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no word of %s in %s", want, text)
		}
	}
	if strings.Contains(text, "short-secret-value") || strings.Contains(text, "soon") {
		t.Errorf("the secret is in the fault list: %s", text)
	}
}

func TestIssuer(t *testing.T) {
	for issuer, good := range map[string]bool{
		"https://id.example.com":            true,
		"https://id.example.com/tenants/a":  true,
		"http://localhost:8080":             true,
		"http://127.0.0.1:8080":             true,
		"http://[::1]:8080":                 true,
		"http://localhost.example.com":      false,
		"http://id.example.com":             false,
		"https://id.example.com/":           false,
		"https://id.example.com?x=1":        false,
		"https://id.example.com?":           false,
		"https://id.example.com#":           false,
		"https://alice@id.example.com":      false,
		"https://:8443":                     false,
		"id.example.com":                    false,
		"https:id.example.com":              false,
		"javascript:alert(1)//example.com/": false,
		"https://id.example.com/My%20Realm": true,
		"https://id.example.com/My Realm":   false,
		"https://id.example.com/{realm}":    false,
		"https://id.example.com/größe":      false,
		"https://id.example.com/a//b":       false,
		"https://id.example.com//a":         false,
		"https://id.example.com/.":          false,
		"https://id.example.com/a/..":       false,
		"https://id.example.com/a/%2e%2e/b": false,
	} {
		_, err := config.Default(issuer)
		if (err == nil) != good {
			t.Errorf("%s: got %v, want good %v", issuer, err, good)
		}
	}
}

func TestDefaultsAreWithinTheirBounds(t *testing.T) {
	c, err := config.Default("https://id.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if c.AccessTokenLifetime.Hours() != 1 || c.RefreshGrace.Seconds() != 10 {
		t.Errorf("got %v and %v", c.AccessTokenLifetime, c.RefreshGrace)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	c, err := config.FromMap(map[string]string{"HS256_SECRET": "0123456789abcdef0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(s, "0123456789abcdef") {
		t.Errorf("the secret prints: %s", s)
	}
}
