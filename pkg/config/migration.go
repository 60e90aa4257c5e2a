package config

import (
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// breachFaults refuses a list that anybody on the way could read the question to, or
// answer for.
func (c Config) breachFaults() Faults {
	u, err := url.Parse(c.PasswordBreachURI)
	switch {
	case c.PasswordBreachCheck != "on":
		return nil
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(c.PasswordBreachURI, "?#"):
		return Faults{"PASSWORD_BREACH_URI is no URL that five digits can be put behind"}
	case !c.mayCall(u):
		return Faults{"PASSWORD_BREACH_URI must be an https URL"}
	}
	return nil
}

// migrationFaults refuses a hook that passwords would be sent to in clear, or that could
// not tell us from anybody who wants to try passwords.
func (c Config) migrationFaults() Faults {
	if c.MigrationHookURI == "" {
		return nil
	}
	return c.hookFaults("MIGRATION_HOOK", c.MigrationHookURI, c.MigrationHookSecret, "passwords are sent there")
}

// mayCall reports whether the provider may call the URL: over plain http only on its own
// machine, and only where it is nowhere else, as package fetch holds it.
func (c Config) mayCall(u *url.URL) bool {
	return oauth.SecureURI(u) && (u.Scheme == "https" || oauth.LoopbackURI(c.Issuer))
}

// hookFaults are what is wrong with a hook's URL and the secret that it knows us by.
func (c Config) hookFaults(name, uri string, secret oauth.Secret, why string) Faults {
	var faults Faults
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		faults = append(faults, name+"_URI is no URL of a hook")
	case !c.mayCall(u):
		faults = append(faults, name+"_URI must be an https URL: "+why)
	}
	if len(secret) < 32 {
		faults = append(faults, name+"_SECRET must have at least 32 bytes: openssl rand -hex 32")
	}
	return faults
}
