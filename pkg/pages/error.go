package pages

import (
	"crypto/rand"
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// stale means that the page is about an interaction that there is not, any more.
type stale struct{ cause error }

func (s *stale) Error() string { return s.cause.Error() }

func (s *stale) Unwrap() error { return s.cause }

// errorPage is what an error page shows.
type errorPage struct {
	Problem    string // word of what happened; with _advice: what to do
	Detail     string // for who looks into it, in English
	Reference  string
	SigningOut bool
}

// fail answers a failure: the client gets what it can be trusted with, the person a
// page about the rest.
func (p *Pages) fail(w http.ResponseWriter, v *visit, err error) {
	var refusal *issue.Refusal
	if errors.As(err, &refusal) && !issue.IsOwnClient(refusal.Request.ClientID) {
		// Gone by now, the client is named by its ID on the page of a form_post.
		client := oauth.Client{ID: refusal.Request.ClientID}
		if p.respond(w, v, client, p.issuer.Refuse(refusal.Request, refusal.Err)) == nil {
			return
		}
	}
	expected := issue.Expect(err)
	page := errorPage{Problem: problem(err, expected), Detail: expected.Description, Reference: newReference(), SigningOut: v.entry.Door == "logout"}
	v.entry.Reference = page.Reference
	status := expected.Code.Status()
	if status == http.StatusUnauthorized { // there is no challenge that a browser could answer
		status = http.StatusBadRequest
	}
	if expected.Code == oauth.TemporarilyUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	_ = p.render(w, v, "error", status, page, policy{}) // the last resort has none
}

// problem is the word for what happened.
func problem(err error, expected *oauth.Error) string {
	var expired *stale
	switch {
	case expected.Code == oauth.TemporarilyUnavailable:
		return "error_busy"
	case expected.Code.Ours():
		return "error_ours"
	case errors.As(err, &expired):
		return "error_stale"
	case errors.Is(err, errInvitation):
		return "error_invitation"
	case errors.Is(err, errNotTheirForm), errors.Is(err, identity.ErrMoved), errors.Is(err, identity.ErrVersion):
		return "error_form"
	case errors.Is(err, issue.ErrLink):
		return "error_link"
	case errors.Is(err, issue.ErrElsewhere):
		return "error_elsewhere"
	case errors.Is(err, errNoAdministrator):
		return "error_no_administrator"
	default:
		return "error_request"
	}
}

// newReference is a number to read out over a telephone: 40 random bits in letters
// and digits that are not mistaken for each other.
func newReference() string {
	text := rand.Text()
	return text[:4] + "-" + text[4:8]
}
