package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Code is an OAuth error code. Its value is what goes over the wire, and it
// implies the HTTP status, so a status is chosen in one place.
type Code string

// Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC
// 7591 §3.2.2 and RFC 8707 §2.
const (
	InvalidRequest         Code = "invalid_request"
	InvalidClient          Code = "invalid_client"
	InvalidGrant           Code = "invalid_grant"
	UnauthorizedClient     Code = "unauthorized_client"
	UnsupportedGrantType   Code = "unsupported_grant_type"
	InvalidScope           Code = "invalid_scope"
	InvalidToken           Code = "invalid_token"
	InsufficientScope      Code = "insufficient_scope"
	InvalidTarget          Code = "invalid_target"
	InvalidClientMetadata  Code = "invalid_client_metadata"
	InvalidRedirectURI     Code = "invalid_redirect_uri"
	AccessDenied           Code = "access_denied"
	ServerError            Code = "server_error"
	TemporarilyUnavailable Code = "temporarily_unavailable"
)

// Error codes of authorization responses: OpenID Connect Core §3.1.2.6, and for
// the last OpenID Connect Core Error Code unmet_authentication_requirements §2.
// They travel to the redirect URI, so their status hardly shows.
const (
	UnsupportedResponseType         Code = "unsupported_response_type"
	LoginRequired                   Code = "login_required"
	ConsentRequired                 Code = "consent_required"
	InteractionRequired             Code = "interaction_required"
	RequestNotSupported             Code = "request_not_supported"
	RequestURINotSupported          Code = "request_uri_not_supported"
	RegistrationNotSupported        Code = "registration_not_supported"
	UnmetAuthenticationRequirements Code = "unmet_authentication_requirements"
)

// InsufficientUserAuthentication is the error code of RFC 9470 §3: the person has to
// prove again, or better, who they are.
const InsufficientUserAuthentication Code = "insufficient_user_authentication"

// Error codes of RFC 9449 §7.1 and §9, at a resource server.
const (
	InvalidDPoPProof Code = "invalid_dpop_proof"
	UseDPoPNonce     Code = "use_dpop_nonce"
)

// Status returns the HTTP status that the code implies.
func (c Code) Status() int {
	switch c {
	case InvalidDPoPProof, UseDPoPNonce: // RFC 9449 §7.1, §9
		return http.StatusUnauthorized
	case InvalidClient, InvalidToken, InsufficientUserAuthentication: // RFC 6749 §5.2, RFC 6750 §3.1, RFC 9470 §3
		return http.StatusUnauthorized
	case InsufficientScope, AccessDenied: // RFC 6750 §3.1
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// Ours reports whether the code blames the server and not the request.
func (c Code) Ours() bool { return c.Status() >= http.StatusInternalServerError }

// Error is an expected failure: a code and a description for the client, and
// perhaps a cause for the log, which the client never sees.
type Error struct {
	Code        Code
	Description string
	cause       error
}

// Errorf makes an error of this code. A %w verb in format attaches the cause,
// which stays out of the description: write it last, after a colon.
//
//	oauth.InvalidGrant.Errorf("unknown or expired refresh token: %w", err)
func (c Code) Errorf(format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	cause := errors.Unwrap(wrapped)
	description := wrapped.Error()
	if cause != nil {
		description = strings.TrimSuffix(strings.TrimSuffix(description, cause.Error()), ": ")
	}
	return &Error{Code: c, Description: describable(description), cause: cause}
}

// Error describes the failure for the log, with its cause.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Description
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// In reports whether err is, or was caused by, an expected failure of this code.
func (c Code) In(err error) bool { return errors.Is(err, &Error{Code: c}) }

// Is reports whether target is an Error of the same code: see Code.In.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// AsError returns the *Error in err's chain. Anything else is a server_error
// that tells the client nothing and keeps err as its cause.
func AsError(err error) *Error {
	var expected *Error
	if errors.As(err, &expected) {
		return expected
	}
	return &Error{Code: ServerError, Description: "something went wrong on our side", cause: err}
}

// describable keeps the characters that error_description may hold: printable
// ASCII without the double quote and the backslash (RFC 6749 §5.2).
func describable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < 0x20 || r > 0x7e:
			return '?'
		default:
			return r
		}
	}, s)
}
