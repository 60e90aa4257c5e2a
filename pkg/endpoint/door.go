package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// door answers one request. What it returns is rendered and logged by whoever
// called it, so a door does neither for a failure. It tells the entry who came.
type door func(w http.ResponseWriter, r *http.Request, e *journal.Entry) error

// private wraps a door whose answers are one client's business: never stored,
// readable by registered origins, logged.
func (p *Provider) private(name string, d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
		w.Header().Set("X-Content-Type-Options", "nosniff")
		p.answer(w, from(r), name, func(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
			if err := p.allowOrigin(w, r); err != nil {
				return err
			}
			return d(w, r, e)
		})
	})
}

// unshared is private for programs alone: no script of another origin reads the answers.
func (p *Provider) unshared(name string, d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // RFC 7591 §3.2.1
		w.Header().Set("X-Content-Type-Options", "nosniff")
		p.answer(w, from(r), name, d)
	})
}

// from is the request with what the audit trail will say of where it came from. Public
// documents, which decide nothing, do without.
func from(r *http.Request) *http.Request {
	return r.WithContext(audit.WithOrigin(r.Context(), audit.Origin{Address: inbound.Address(r), UserAgent: r.UserAgent()}))
}

// answer runs a door, renders its failure, and logs one line.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, name string, d door) {
	e := journal.Entry{Door: name, Began: p.now()}
	err := d(w, r, &e)
	if err != nil {
		renderError(w, err)
	}
	var failure *oauth.Error
	if err != nil {
		failure = issue.Expect(err)
	}
	journal.Record(r.Context(), p.log, e, p.now(), failure)
}
