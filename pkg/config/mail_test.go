package config_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestMail(t *testing.T) {
	for name, c := range map[string]struct{ settings, fault string }{
		"off":                       {"", ""},
		"ses":                       {"MAIL=ses MAIL_FROM=no-reply@example.com", ""},
		"smtp":                      {"MAIL=smtp MAIL_FROM=no-reply@example.com SMTP_URL=smtps://post@mail.example.com", ""},
		"outbox on localhost":       {"MAIL=outbox MAIL_FROM=no-reply@example.com ISSUER=http://localhost:8080", ""},
		"outbox for the world":      {"MAIL=outbox MAIL_FROM=no-reply@example.com", "ISSUER is on localhost"},
		"no sender":                 {"MAIL=ses", "MAIL_FROM"},
		"a sender with a name":      {"MAIL=ses MAIL_FROM=<no-reply@example.com>", "MAIL_FROM"},
		"a sender without a domain": {"MAIL=ses MAIL_FROM=no-reply@localhost", "MAIL_FROM"},
		"no server":                 {"MAIL=smtp MAIL_FROM=no-reply@example.com", "SMTP_URL must be"},
		"a server of the web":       {"MAIL=smtp MAIL_FROM=no-reply@example.com SMTP_URL=https://mail.example.com", "SMTP_URL must be"},
		"a password in the URL":     {"MAIL=smtp MAIL_FROM=no-reply@example.com SMTP_URL=smtps://u:p@mail.example.com", "SMTP_PASSWORD"},
		"sign-up":                   {"SIGN_UP=open MAIL=ses MAIL_FROM=no-reply@example.com", ""},
		"sign-up in domains":        {"SIGN_UP=domains SIGN_UP_DOMAINS=example.com,example.net MAIL=ses MAIL_FROM=no-reply@example.com", ""},
		"sign-up without mail":      {"SIGN_UP=open", "SIGN_UP needs mail"},
		"sign-up in no domain":      {"SIGN_UP=domains MAIL=ses MAIL_FROM=no-reply@example.com", "SIGN_UP_DOMAINS"},
		"an address for a domain":   {"SIGN_UP=domains SIGN_UP_DOMAINS=jo@example.com MAIL=ses MAIL_FROM=no-reply@example.com", "SIGN_UP_DOMAINS"},
		"a domain in capitals":      {"SIGN_UP=domains SIGN_UP_DOMAINS=Example.com MAIL=ses MAIL_FROM=no-reply@example.com", "SIGN_UP_DOMAINS"},
		"unknown":                   {"MAIL=pigeon MAIL_FROM=no-reply@example.com", "MAIL is \"pigeon\""},
	} {
		environment := map[string]string{"ISSUER": "https://id.example.com"}
		for _, setting := range strings.Fields(c.settings) {
			name, value, _ := strings.Cut(setting, "=")
			environment[name] = value
		}
		_, err := config.FromMap(environment)
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: got %v, want %q", name, err, c.fault)
		}
	}
}
