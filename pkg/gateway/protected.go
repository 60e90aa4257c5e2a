package gateway

import (
	"encoding/json"
	"net/http"
)

// Protected is the example of an API behind the authorizer: it tells whom the
// authorizer let in. Without an authorizer's word it refuses, in case that the
// route was deployed without one.
func Protected() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := AuthorizerContext(r)["sub"].(string)
		if user == "" {
			refuse(w, http.StatusUnauthorized, "invalid_token")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]string{"user_id": user})
	})
}
