package authorizer

import (
	"encoding/json"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// wellKnown is where a protected resource describes itself (RFC 9728 §3).
const wellKnown = "/.well-known/oauth-protected-resource"

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
