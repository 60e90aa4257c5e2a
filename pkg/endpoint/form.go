package endpoint

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// parseForm reads the parameters from the body and from nowhere else: a secret
// in a URL ends up in logs (RFC 6749 §2.3.1), so a query is refused as a whole.
func parseForm(w http.ResponseWriter, r *http.Request) (oauth.Params, error) {
	if r.URL.RawQuery != "" {
		return oauth.Params{}, oauth.InvalidRequest.Errorf("send the parameters in the body, not in the URL")
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return oauth.Params{}, oauth.InvalidRequest.Errorf("the content type must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, oauth.MaxFormBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return oauth.Params{}, oauth.InvalidRequest.Errorf("the form is longer than %d bytes", oauth.MaxFormBytes)
	}
	if err != nil {
		return oauth.Params{}, oauth.InvalidRequest.Errorf("the body could not be read: %w", err)
	}
	return oauth.ParseParams(string(body))
}
