package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// parseForm reads the parameters from the body and from nowhere else.
func parseForm(w http.ResponseWriter, r *http.Request) (oauth.Params, error) {
	form, err := inbound.Form(w, r)
	if err != nil {
		return oauth.Params{}, err
	}
	return oauth.ParseParams(form)
}
