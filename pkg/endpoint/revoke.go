package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/journal"
)

// revoke is the revocation endpoint (RFC 7009). The answer is 200 whatever the
// token was.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	params, err := parseForm(w, r)
	if err != nil {
		return err
	}
	client, err := p.authenticate(r, params, e)
	if err != nil {
		return err
	}
	token, err := params.Require("token")
	if err != nil {
		return err
	}
	if err := p.issuer.Revoke(r.Context(), client, token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
