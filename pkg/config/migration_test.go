package config_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestMigrationHook(t *testing.T) {
	long := strings.Repeat("s", 32)
	for name, c := range map[string]struct{ issuer, uri, secret, fault string }{
		"off":                       {"https://id.example.com", "", "", ""},
		"https":                     {"https://id.example.com", "https://old.example.com/check?a=b", long, ""},
		"http on a laptop":          {"http://localhost:8080", "http://localhost:9000/check", long, ""},
		"http":                      {"https://id.example.com", "http://old.example.com/check", long, "https"},
		"http beside a real issuer": {"https://id.example.com", "http://localhost:9000/check", long, "https"},
		"http away from a laptop":   {"http://localhost:8080", "http://old.example.com/check", long, "https"},
		"a user":                    {"https://id.example.com", "https://u:p@old.example.com/", long, "no URL"},
		"no host":                   {"https://id.example.com", "/check", long, "no URL"},
		"no secret":                 {"https://id.example.com", "https://old.example.com/", "", "MIGRATION_HOOK_SECRET"},
		"a short secret":            {"https://id.example.com", "https://old.example.com/", "s3cret", "MIGRATION_HOOK_SECRET"},
	} {
		_, err := config.FromMap(map[string]string{"ISSUER": c.issuer, "MIGRATION_HOOK_URI": c.uri, "MIGRATION_HOOK_SECRET": c.secret})
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: got %v, want %q", name, err, c.fault)
		}
		if err != nil && c.secret != "" && strings.Contains(err.Error(), c.secret) {
			t.Errorf("%s: the fault shows the secret", name)
		}
	}
}
