package authorizer

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// describe is what the API says of itself, with what the settings imply.
func (s Settings) describe() oauth.ProtectedResource {
	r := *s.Resource
	if r.AuthorizationServers == nil {
		for _, issuer := range s.Issuers {
			r.AuthorizationServers = append(r.AuthorizationServers, issuer.Issuer)
		}
	}
	if r.BearerMethodsSupported == nil {
		r.BearerMethodsSupported = []string{"header"}
		for _, source := range s.Sources {
			if source.Query != "" {
				r.BearerMethodsSupported = append(r.BearerMethodsSupported, "query")
			}
		}
	}
	return r
}

// Metadata is the API's description as a document (RFC 9728 §3.2), nil when the
// settings have none.
func (a *Authorizer) Metadata() []byte {
	if a.resource.Resource == "" {
		return nil
	}
	document, _ := json.Marshal(a.resource) // strings and lists of them
	return document
}

// metadataAddress is where a resource's metadata are: the well-known path goes
// between host and path (RFC 9728 §3.1).
func metadataAddress(resource string) (string, config.Faults) {
	u, err := url.Parse(resource)
	if err != nil || u.User != nil || u.Fragment != "" || u.RawQuery != "" || !oauth.SecureURI(u) {
		return "", config.Faults{"settings: resource.resource must be an https URL without query and fragment"}
	}
	u.Path = oauth.ProtectedResourcePath + strings.TrimSuffix(u.Path, "/")
	return u.String(), nil
}

func metadataPath(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// serveMetadata answers clients of whatever origin: nothing in it is a secret.
func serveMetadata(w http.ResponseWriter, document []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(document) // a caller that went away is nobody's failure
}
