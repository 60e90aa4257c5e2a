package config_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestPasswordBreachCheck(t *testing.T) {
	for name, c := range map[string]struct{ issuer, check, uri, fault string }{
		"off":                     {"https://id.example.com", "off", "nonsense", ""},
		"Have I Been Pwned":       {"https://id.example.com", "on", "", ""},
		"a mirror":                {"https://id.example.com", "on", "https://mirror.example.com/range/", ""},
		"on a laptop":             {"http://localhost:8080", "on", "http://localhost:9000/", ""},
		"http":                    {"https://id.example.com", "on", "http://mirror.example.com/range/", "https"},
		"http away from a laptop": {"http://localhost:8080", "on", "http://mirror.example.com/range/", "https"},
		"a query":                 {"https://id.example.com", "on", "https://mirror.example.com/?range=", "no URL"},
		"a fragment":              {"https://id.example.com", "on", "https://mirror.example.com/#", "no URL"},
		"a user":                  {"https://id.example.com", "on", "https://u:p@mirror.example.com/", "no URL"},
		"no host":                 {"https://id.example.com", "on", "/range/", "no URL"},
		"neither":                 {"https://id.example.com", "yes", "", "PASSWORD_BREACH_CHECK"},
	} {
		environment := map[string]string{"ISSUER": c.issuer, "PASSWORD_BREACH_CHECK": c.check}
		if c.uri != "" {
			environment["PASSWORD_BREACH_URI"] = c.uri
		}
		_, err := config.FromMap(environment)
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: got %v, want %q", name, err, c.fault)
		}
	}
}
