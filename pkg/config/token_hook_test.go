package config_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestTokenHookAndWhatStrangersGet(t *testing.T) {
	const secret, function = "0123456789abcdef0123456789abcdef", "arn:aws:lambda:eu-central-1:123456789012:function:hook"
	for name, c := range map[string]struct{ settings, fault string }{
		"none":                         {"", ""},
		"a URL":                        {"TOKEN_HOOK_URI=https://hook.example.com/ TOKEN_HOOK_SECRET=" + secret, ""},
		"a function":                   {"TOKEN_HOOK_FUNCTION=" + function, ""},
		"an alias of it":               {"TOKEN_HOOK_FUNCTION=" + function + ":live TOKEN_HOOK_FAILURE=open", ""},
		"both":                         {"TOKEN_HOOK_FUNCTION=" + function + " TOKEN_HOOK_URI=https://hook.example.com/", "one hook"},
		"a URL in clear":               {"TOKEN_HOOK_URI=http://hook.example.com/ TOKEN_HOOK_SECRET=" + secret, "https"},
		"this machine, from elsewhere": {"TOKEN_HOOK_URI=http://localhost:9/ TOKEN_HOOK_SECRET=" + secret, "https"},
		"a URL with a user":            {"TOKEN_HOOK_URI=https://a@hook.example.com/ TOKEN_HOOK_SECRET=" + secret, "no URL"},
		"no secret":                    {"TOKEN_HOOK_URI=https://hook.example.com/", "TOKEN_HOOK_SECRET"},
		"a function's name":            {"TOKEN_HOOK_FUNCTION=hook", "ARN"},
		"the ARN of a queue":           {"TOKEN_HOOK_FUNCTION=arn:aws:sqs:eu-central-1:123456789012:hook", "ARN"},
		"an ARN with a path":           {"TOKEN_HOOK_FUNCTION=" + function + "/../x", "ARN"},
		"a wait of 4s":                 {"TOKEN_HOOK_TIMEOUT=4s", "TOKEN_HOOK_TIMEOUT"},
		"no wait":                      {"TOKEN_HOOK_TIMEOUT=0s", "TOKEN_HOOK_TIMEOUT"},
		"strangers who administer":     {"REGISTRATION_SCOPE=admin:users:read", "REGISTRATION_SCOPE"},
		"a failure that is none":       {"TOKEN_HOOK_FAILURE=ajar", "TOKEN_HOOK_FAILURE"},
	} {
		environment := map[string]string{"ISSUER": "https://id.example.com"}
		for setting := range strings.FieldsSeq(c.settings) {
			name, value, _ := strings.Cut(setting, "=")
			environment[name] = value
		}
		_, err := config.FromMap(environment)
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: got %v, want %q", name, err, c.fault)
		}
	}
}
