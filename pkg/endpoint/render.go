package endpoint

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// challenge is an error with the WWW-Authenticate header that goes with it.
type challenge struct {
	error
	header string
}

func (c challenge) Unwrap() error { return c.error }

// renderJSON writes a good answer.
func renderJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client has gone away; there is nobody to tell
	return nil
}

// renderJWT writes a good answer that is a token (OpenID Connect Core §5.3.2).
func renderJWT(w http.ResponseWriter, token string) error {
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, token) // as above
	return nil
}

// renderError writes a failure: the code's status, the code and its description,
// never a cause (RFC 6749 §5.2).
func renderError(w http.ResponseWriter, err error) {
	expected := issue.Expect(err)
	var c challenge
	if errors.As(err, &c) {
		w.Header().Set("WWW-Authenticate", c.header)
	}
	var soon *identity.TooSoon
	if expected.Code == oauth.TemporarilyUnavailable {
		w.Header().Set("Retry-After", "1")
	} else if errors.As(err, &soon) {
		w.Header().Set("Retry-After", strconv.Itoa(soon.Seconds()))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(expected.Code.Status())
	_ = json.NewEncoder(w).Encode(struct {
		Error       oauth.Code `json:"error"`
		Description string     `json:"error_description,omitempty"`
	}{expected.Code, expected.Description})
}
