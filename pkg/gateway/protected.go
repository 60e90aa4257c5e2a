package gateway

import (
	"encoding/json"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Protected is the example of an API behind the authorizer: it tells whom the
// authorizer let in. Without an authorizer's word it refuses, in case that the
// route was deployed without one. Where it has a description, it also tells who
// issues its tokens (RFC 9728).
func Protected(description oauth.ProtectedResource) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if description.Resource != "" && r.URL.Path == oauth.ProtectedResourcePath {
			w.Header().Set("Cache-Control", "public, max-age=300")
			w.Header().Set("Access-Control-Allow-Origin", "*") // it is public, and clients run in pages
			_ = json.NewEncoder(w).Encode(description)
			return
		}
		user, _ := AuthorizerContext(r)["sub"].(string)
		if user == "" {
			refuse(w, http.StatusUnauthorized, "invalid_token")
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]string{"user_id": user})
	})
}

// Describe is what an API says of itself when it is known by the first of the
// audiences and takes the issuer's tokens; the zero value when that is not said.
func Describe(issuer string, audience []string) oauth.ProtectedResource {
	if issuer == "" || len(audience) == 0 {
		return oauth.ProtectedResource{}
	}
	return oauth.ProtectedResource{
		Resource: audience[0], AuthorizationServers: []string{issuer}, BearerMethodsSupported: []string{"header"},
	}
}
