package pages

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// policy is what a page may do beyond showing text in our style (Content Security
// Policy Level 3). The zero policy is the strictest.
type policy struct {
	images []string // URLs
	frames []string // origins
	forms  []string // schemes, beside our own origin
	script string   // the one script

	// formsGoAnywhere leaves form-action out: where the form goes is decided by us,
	// and where the client goes on from there by the client.
	formsGoAnywhere bool
}

// policyOf lets a page about a request show the client's logo, and its form lead
// back to the client. Chromium holds every redirect that follows a form to
// form-action, those that the client adds on its own hosts among them, which nobody
// can list; so a web client opens the web. What is left keeps a form that somebody
// smuggled into the page off plain http and off apps.
func (p *Pages) policyOf(client oauth.Client, req issue.AuthorizationRequest) policy {
	allowed := leadingTo(req.RedirectURI)
	if client.LogoURI != "" {
		allowed.images = []string{client.LogoURI}
	}
	return allowed
}

// leadingTo lets a form lead to where the URI is.
func leadingTo(uri string) policy {
	var allowed policy
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || !plain(u.Scheme):
	case u.Scheme == "http": // the grammar has no place for [::1]
		allowed.forms = []string{"http:", "https:"}
	default:
		allowed.forms = []string{u.Scheme + ":"}
	}
	return allowed
}

// header is the policy of a page in this style.
func (a policy) header(style string) string {
	rules := []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "style-src " + hashSource(style)}
	if a.script != "" {
		rules = append(rules, "script-src "+hashSource(a.script))
	}
	if images := sources(a.images, imageSource); images != "" {
		rules = append(rules, "img-src"+images)
	}
	if frames := sources(a.frames, origin); frames != "" {
		rules = append(rules, "frame-src"+frames)
	}
	if !a.formsGoAnywhere {
		rules = append(rules, "form-action 'self'"+sources(a.forms, func(source string) string { return source }))
	}
	return strings.Join(rules, "; ")
}

func sources(list []string, source func(string) string) string {
	var b strings.Builder
	for _, each := range list {
		if s := source(each); s != "" {
			b.WriteString(" " + s)
		}
	}
	return b.String()
}

func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// origin is that of a URL, "" when it cannot stand in a policy.
func origin(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || !plain(u.Scheme) || !plain(u.Host) {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// imageSource is a URL without its query, which a source expression cannot have.
func imageSource(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || !plain(u.Host) {
		return ""
	}
	path := strings.NewReplacer(";", "%3B", ",", "%2C", "'", "%27").Replace(u.EscapedPath())
	return u.Scheme + "://" + u.Host + path
}

// plain reports whether the text can stand in a policy without ending its rule.
func plain(s string) bool { return !strings.ContainsAny(s, " ;,'\"\t\r\n*") }
