// Package api is the Admin API's doors: JSON over HTTP at ISSUER/admin/api, for programs
// that hold an access token of this provider. What an act does, and who may do it, is
// decided in package admin; here is what was sent, and what is answered.
//
// The table in routes.go is the API: it is served, and the OpenAPI description is
// computed from it and from the Go types in it, so that what is described is what works.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Letters are the mails that an act sends.
type Letters struct {
	Reset      issue.Letter // choose another password
	Invitation issue.Letter // have an account
}

// Sealer keeps what only we may read.
type Sealer interface {
	Seal(ctx context.Context, plaintext []byte, purpose string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, purpose string) ([]byte, error)
}

// API is the Admin API of one issuer.
type API struct {
	issuer  string
	desk    *admin.Desk
	state   store.Table
	sealer  Sealer
	letters Letters
	log     *slog.Logger
	now     func() time.Time
	openAPI func() ([]byte, error)
}

// New returns the Admin API that stands on the parts. Where MAIL is off no letter is sent.
func New(parts issue.Parts, letters Letters, log *slog.Logger) *API {
	if !parts.Config.SendsMail() {
		letters = Letters{}
	}
	a := &API{
		issuer: parts.Config.Issuer, desk: admin.New(parts), state: parts.State, sealer: parts.Sealer, letters: letters,
		log: log, now: time.Now,
	}
	a.openAPI = sync.OnceValues(a.describe) // when somebody asks: a cold start need not pay for it
	return a
}

// Handler returns the API below ISSUER, and the admin page beside it. HEAD gets what GET
// gets, OPTIONS the methods, and a method that a path has not gets 405 and Allow (RFC 9110
// §9.3, §15.5.6).
func (a *API) Handler(page http.Handler) http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range a.routes() {
		mux.Handle(r.method+" "+admin.Path+r.path, a.door(r))
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		mux.Handle(admin.Path+path, a.otherwise(allowed))
	}
	unknown := a.public("admin-unknown", func(*http.Request) (answer, error) {
		return answer{}, problem{missing, "there is no such resource"}
	})
	mux.Handle(admin.Path, unknown) // which the mux would redirect to the next
	mux.Handle(admin.Path+"/", unknown)
	mux.Handle("/", page)
	return inbound.ExactOr(mux, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, admin.Path) {
			unknown.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
}

// otherwise answers the methods that a path has no route for.
func (a *API) otherwise(methods []string) http.Handler {
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	allow := strings.Join(methods, ", ")
	return a.public("admin-options", func(r *http.Request) (answer, error) {
		allowed := answer{header: http.Header{"Allow": {allow}}}
		if r.Method == http.MethodOptions {
			allowed.status = http.StatusNoContent
			return allowed, nil
		}
		return allowed, problem{kind: methodNotAllowed, detail: "this resource takes " + allow}
	})
}

// location is where a resource is.
func (a *API) location(segments ...string) string {
	path := a.issuer + admin.Path
	for _, segment := range segments {
		path += "/" + url.PathEscape(segment)
	}
	return path
}
