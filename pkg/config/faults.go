package config

import (
	"fmt"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Faults are all that is wrong with a configuration, each with how to mend it.
type Faults []string

// Error lists the faults, a line each.
func (f Faults) Error() string { return "configuration:\n  - " + strings.Join(f, "\n  - ") }

// faults checks what a type alone cannot say: the bounds in the min, max and
// oneof tags, and the rules that join several characters or fields.
func (c Config) faults() Faults {
	var faults Faults
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if fault := bounded(v.Type().Field(i), v.Field(i)); fault != "" {
			faults = append(faults, fault)
		}
	}
	if c.Issuer != "" {
		if fault := issuerFault(c.Issuer); fault != "" {
			faults = append(faults, fault)
		}
	}
	if c.BasePath != "" && (!strings.HasPrefix(c.BasePath, "/") || strings.HasSuffix(c.BasePath, "/")) {
		faults = append(faults, "BASE_PATH must begin with a slash and not end with one, or be empty")
	}
	if n := len(c.HS256Secret); n > 0 && n < 32 { // RFC 7518 §3.2
		faults = append(faults, fmt.Sprintf("HS256_SECRET has %d bytes; at least 32 are needed: openssl rand -hex 32", n))
	}
	if c.RefreshIdleLifetime > c.RefreshLifetime {
		faults = append(faults, "REFRESH_IDLE_LIFETIME must not exceed REFRESH_LIFETIME")
	}
	if c.SessionIdleLifetime > c.SessionLifetime {
		faults = append(faults, "SESSION_IDLE_LIFETIME must not exceed SESSION_LIFETIME")
	}
	for _, link := range [][2]string{{"THEME_LOGO_URI", c.ThemeLogoURI}, {"POLICY_URI", c.PolicyURI}, {"TOS_URI", c.TosURI}} {
		if link[1] != "" && !webURI(link[1]) {
			faults = append(faults, link[0]+" must be an https URL, or empty")
		}
	}
	if !colour(c.ThemeColor) {
		faults = append(faults, "THEME_COLOR must be a colour such as #4353d9")
	}
	faults = append(faults, c.signingFaults()...)
	faults = append(faults, c.mailFaults()...)
	faults = append(faults, c.migrationFaults()...)
	faults = append(faults, c.breachFaults()...)
	faults = append(faults, c.tokenHookFaults()...)
	if scope, err := oauth.ParseScope(c.RegistrationScope); err != nil {
		faults = append(faults, "REGISTRATION_SCOPE must be scope values, separated by spaces")
	} else if slices.ContainsFunc(scope, oauth.Administers) {
		faults = append(faults, "REGISTRATION_SCOPE must not hold what administers this provider, admin:...")
	}
	if c.KeyPublishAhead >= c.KeyLifetime {
		faults = append(faults, "KEY_PUBLISH_AHEAD must be shorter than KEY_LIFETIME")
	}
	return faults
}

func bounded(field reflect.StructField, v reflect.Value) string {
	name := field.Tag.Get("env")
	low, high, choices := field.Tag.Get("min"), field.Tag.Get("max"), field.Tag.Get("oneof")
	switch value := v.Interface().(type) {
	case time.Duration:
		if value < duration(low) || value > duration(high) {
			return fmt.Sprintf("%s is %s; it may be from %s to %s", name, value, low, high)
		}
	case int:
		if value < integer(low) || value > integer(high) {
			return fmt.Sprintf("%s is %d; it may be from %s to %s", name, value, low, high)
		}
	case string:
		if choices != "" && !slices.Contains(strings.Fields(choices), value) {
			return fmt.Sprintf("%s is %q; it may be one of: %s", name, value, choices)
		}
	}
	return ""
}

// issuerFault applies RFC 8414 §2 and OpenID Connect Discovery §3.
func issuerFault(issuer string) string {
	const mend = "ISSUER must be an https URL such as https://id.example.com: "
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return mend + "it is no URL"
	case u.User != nil:
		return mend + "it has a user name"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(issuer, "#"):
		return mend + "it has a query or a fragment"
	case strings.HasSuffix(issuer, "/"):
		return mend + "it ends with a slash"
	case u.String() != issuer || u.Path != "" && path.Clean(u.Path) != u.Path:
		// Metadata lies below it, so it is part of a route, which braces would mean something in.
		return mend + "its path has //, dots for a folder, or a character that URLs write as % and two digits"
	case !oauth.SecureURI(u):
		return mend + "plain http is for localhost and loopback addresses only"
	}
	return ""
}

// webURI reports whether a page may link to the URI.
func webURI(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.User == nil && oauth.SecureURI(u)
}

// colour reports whether the text is # and six hexadecimal digits.
func colour(text string) bool {
	digits, ok := strings.CutPrefix(text, "#")
	_, err := strconv.ParseUint(digits, 16, 32)
	return ok && err == nil && len(digits) == 6
}

// duration and integer read a tag; the tests read every tag, so they cannot fail.
func duration(tag string) time.Duration {
	d, _ := time.ParseDuration(tag)
	return d
}

func integer(tag string) int {
	n, _ := strconv.Atoi(tag)
	return n
}
