package pages

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// policy is what a page may do beyond showing text in our style (Content Security
// Policy Level 3). The zero policy is the strictest.
type policy struct {
	images []string // URLs
	frames []string // origins
	forms  []string // sources, beside our own origin
	script string   // the one script

	// formsGoAnywhere leaves form-action out: where the form goes is decided by us,
	// and where the client goes on from there by the client.
	formsGoAnywhere bool
}

// policyOf lets a page about a request show the client's logo, and its form lead
// back to the client: browsers hold the redirect that answers a form to
// form-action, too, and any that the client adds.
func (p *Pages) policyOf(client oauth.Client, req issue.AuthorizationRequest) policy {
	var allowed policy
	if client.LogoURI != "" {
		allowed.images = []string{client.LogoURI}
	}
	for _, uri := range append([]string{req.RedirectURI, client.ClientURI, client.InitiateLoginURI}, client.RedirectURIs...) {
		if source := formSource(uri); source != "" && !slices.Contains(allowed.forms, source) {
			allowed.forms = append(allowed.forms, source)
		}
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
	if frames := sources(a.frames, formSource); frames != "" {
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

// formSource is the origin of a URI as a source expression, or its scheme where it
// has no host, or one that the grammar has no place for (an IPv6 address).
func formSource(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || !plain(u.Scheme) || !plain(u.Host) {
		return ""
	}
	if u.Scheme != "https" && u.Scheme != "http" || strings.HasPrefix(u.Host, "[") {
		return u.Scheme + ":"
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
