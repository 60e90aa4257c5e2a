package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// kind is a kind of problem: the last segment of its type's URI (RFC 9457 §3.1.1).
type kind string

// The kinds of problems.
const (
	malformed         kind = "malformed-request"
	invalid           kind = "invalid-content"
	invalidMetadata   kind = "invalid-client-metadata"
	invalidToken      kind = "invalid-token"
	insufficientScope kind = "insufficient-scope"
	insufficientProof kind = "insufficient-user-authentication"
	missing           kind = "not-found"
	methodNotAllowed  kind = "method-not-allowed"
	taken             kind = "taken"
	underWay          kind = "request-under-way"
	otherVersion      kind = "other-version"
	keyReused         kind = "idempotency-key-reused"
	tooLarge          kind = "too-large"
	mediaType         kind = "unsupported-media-type"
	noPrecondition    kind = "precondition-required"
	unavailable       kind = "unavailable"
	internal          kind = "internal-error"
)

// kindTable gives each kind its status and title: a status is chosen here and nowhere
// else. It is served, so that a problem's type leads somewhere.
func kindTable() []Problem {
	return []Problem{
		{Type: string(malformed), Status: http.StatusBadRequest, Title: "The request cannot be read"},
		{Type: string(invalidToken), Status: http.StatusUnauthorized, Title: "There is no good access token"},
		{Type: string(insufficientProof), Status: http.StatusUnauthorized, Title: "The person has not proved well enough who they are"},
		{Type: string(insufficientScope), Status: http.StatusForbidden, Title: "The access token does not go so far"},
		{Type: string(missing), Status: http.StatusNotFound, Title: "There is no such thing"},
		{Type: string(methodNotAllowed), Status: http.StatusMethodNotAllowed, Title: "The resource has no such method"},
		{Type: string(taken), Status: http.StatusConflict, Title: "Somebody else has that name"},
		{Type: string(underWay), Status: http.StatusConflict, Title: "A request with this Idempotency-Key is under way"},
		{Type: string(otherVersion), Status: http.StatusPreconditionFailed, Title: "It has changed since it was read"},
		{Type: string(tooLarge), Status: http.StatusRequestEntityTooLarge, Title: "The request is too large"},
		{Type: string(mediaType), Status: http.StatusUnsupportedMediaType, Title: "The content has another media type than is taken here"},
		{Type: string(invalid), Status: http.StatusUnprocessableEntity, Title: "The content breaks a rule"},
		{Type: string(invalidMetadata), Status: http.StatusUnprocessableEntity, Title: "The client's metadata break a rule"},
		{Type: string(keyReused), Status: http.StatusUnprocessableEntity, Title: "The Idempotency-Key belongs to another request"},
		{Type: string(noPrecondition), Status: http.StatusPreconditionRequired, Title: "If-Match is required"},
		{Type: string(internal), Status: http.StatusInternalServerError, Title: "Something went wrong on our side"},
		{Type: string(unavailable), Status: http.StatusServiceUnavailable, Title: "Not now; try again"},
	}
}

// Problem is a failure as RFC 9457 §3 writes it. Code is OAuth's error code, where it has
// one.
type Problem struct {
	Type   string     `json:"type"`
	Status int        `json:"status"`
	Title  string     `json:"title"`
	Detail string     `json:"detail,omitempty"`
	Code   oauth.Code `json:"code,omitempty"`
}

// problem is a failure that is found at this door.
type problem struct {
	kind   kind
	detail string
}

func (p problem) Error() string { return string(p.kind) + ": " + p.detail }

// kindOf decides what kind of problem an error is. What nobody expected is ours, and
// tells nothing.
func kindOf(err error) kind {
	var ours problem
	switch {
	case errors.As(err, &ours):
		return ours.kind
	case errors.Is(err, identity.ErrVersion):
		return otherVersion
	case errors.Is(err, identity.ErrTaken), errors.Is(err, issue.ErrInvited), errors.Is(err, upstream.ErrTaken):
		return taken
	}
	code := issue.Expect(err).Code
	switch code {
	case oauth.TemporarilyUnavailable:
		return unavailable
	case oauth.InvalidToken:
		return invalidToken
	case oauth.InsufficientScope:
		return insufficientScope
	case oauth.InsufficientUserAuthentication:
		return insufficientProof
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return missing
	case code == oauth.InvalidClientMetadata, code == oauth.InvalidRedirectURI:
		return invalidMetadata
	case !code.Ours():
		return invalid
	default:
		return internal
	}
}

// asProblem is a failure as it is told.
func (a *API) asProblem(err error) Problem {
	kind := kindOf(err)
	p := Problem{Type: string(kind), Status: http.StatusInternalServerError}
	for _, known := range kindTable() {
		if known.Type == string(kind) {
			p = known
		}
	}
	p.Type = a.issuer + admin.Path + "/problems#" + string(kind)
	var ours problem
	expected := issue.Expect(err)
	switch {
	case errors.As(err, &ours):
		p.Detail = ours.detail
	case kind == otherVersion:
		p.Detail = "read it again, and decide again"
	case kind != internal && expected.Code != oauth.ServerError:
		p.Detail, p.Code = expected.Description, expected.Code
	}
	return p
}

// asFailure is a failure for the log.
func asFailure(err error) *oauth.Error {
	kind := kindOf(err)
	if kind == internal || kind == unavailable {
		return issue.Expect(err)
	}
	return &oauth.Error{Code: oauth.Code(kind), Description: err.Error()}
}

// refuse tells of a failure.
func (a *API) refuse(w http.ResponseWriter, err error) {
	told := a.asProblem(err)
	header := w.Header()
	var c challenged
	if errors.As(err, &c) {
		header.Set("WWW-Authenticate", c.header)
	}
	if told.Status == http.StatusServiceUnavailable {
		header.Set("Retry-After", "1")
	}
	header.Set("Content-Type", "application/problem+json")
	w.WriteHeader(told.Status)
	_ = json.NewEncoder(w).Encode(told)
}
