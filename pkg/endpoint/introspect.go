package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// introspect is the introspection endpoint (RFC 7662).
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	params, err := parseForm(w, r)
	if err != nil {
		return err
	}
	client, err := p.authenticate(r, params, e)
	if err != nil {
		return err
	}
	if client.Public() { // RFC 7662 §2.1: or anyone could scan for tokens
		return oauth.InvalidClient.Errorf("introspection needs a client with credentials")
	}
	token, err := params.Require("token")
	if err != nil {
		return err
	}
	answer, err := p.issuer.Introspect(r.Context(), client, token)
	if err != nil {
		return err
	}
	e.Subject = answer.Subject
	return renderJSON(w, answer)
}
