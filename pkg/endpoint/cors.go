package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/journal"
)

// allowOrigin lets scripts of a registered origin read the answer. Cookies play
// no part, so credentials are not allowed; an origin that nobody registered gets
// no header, and neither does "null" (RFC 9700 §2.6).
func (p *Provider) allowOrigin(w http.ResponseWriter, r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	w.Header().Add("Vary", "Origin")
	registered, err := p.clients.OriginAllowed(r.Context(), origin)
	if err != nil {
		return err
	}
	if registered {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
	}
	return nil
}

// preflight answers the question that a browser asks before a request with an
// Authorization header.
func (p *Provider) preflight() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, "preflight", func(w http.ResponseWriter, r *http.Request, _ *journal.Entry) error {
			if err := p.allowOrigin(w, r); err != nil {
				return err
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "" {
				w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
				w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
				w.Header().Set("Access-Control-Max-Age", "600")
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		})
	})
}
