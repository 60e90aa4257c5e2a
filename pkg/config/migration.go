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
	issuer, _ := url.Parse(c.Issuer)
	here := issuer != nil && Loopback(issuer.Hostname())
	switch {
	case c.PasswordBreachCheck != "on":
		return nil
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(c.PasswordBreachURI, "?#"):
		return Faults{"PASSWORD_BREACH_URI is no URL that five digits can be put behind"}
	case u.Scheme != "https" && (u.Scheme != "http" || !here || !Loopback(u.Hostname())):
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

// hookFaults are what is wrong with a hook's URL and the secret that it knows us by.
func (c Config) hookFaults(name, uri string, secret oauth.Secret, why string) Faults {
	var faults Faults
	u, err := url.Parse(uri)
	issuer, _ := url.Parse(c.Issuer) // an issuer that is none is a fault of its own
	here := issuer != nil && Loopback(issuer.Hostname())
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		faults = append(faults, name+"_URI is no URL of a hook")
	case u.Scheme != "https" && (u.Scheme != "http" || !here || !Loopback(u.Hostname())):
		faults = append(faults, name+"_URI must be an https URL: "+why)
	}
	if len(secret) < 32 {
		faults = append(faults, name+"_SECRET must have at least 32 bytes: openssl rand -hex 32")
	}
	return faults
}
