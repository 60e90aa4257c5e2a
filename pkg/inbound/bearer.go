package inbound

import (
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bearer returns the token in the Authorization header (RFC 6750 §2.1): "" where there is
// none, or something of another scheme, whose sender has shown nothing that is understood
// here (§3.1). Two headers are refused: nobody could know which of them counts.
func Bearer(r *http.Request) (string, error) {
	header := r.Header.Values("Authorization")
	if len(header) > 1 {
		return "", oauth.InvalidRequest.Errorf("two Authorization headers")
	}
	if len(header) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(header[0], " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 §11.1
		return "", nil
	}
	return strings.TrimSpace(token), nil
}
