package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// client returns the client of a request. Pages of our own have their name in the
// language of the person.
func (p *Pages) client(v *visit, id string) (oauth.Client, error) {
	client, err := p.issuer.Client(v.Context(), id)
	switch id {
	case issue.AccountClient:
		client.ClientName = p.words(v).text("own_account")
	case issue.AdminClient:
		client.ClientName = p.words(v).text("own_admin")
	}
	return client, err
}

// words are those of the visitor's language.
func (p *Pages) words(v *visit) words {
	return p.look.words.choose(v.locales, v.Header.Get("Accept-Language"))
}

// leadTo sends a person through the authorization endpoint, and from there to a page of
// our own: to sign in, or to prove once more who they are.
func (p *Pages) leadTo(w http.ResponseWriter, req issue.AuthorizationRequest) {
	seeOther(w, p.ownLocation(req))
}

// ownLocation is the request as a link.
func (p *Pages) ownLocation(req issue.AuthorizationRequest) string {
	query := url.Values{
		"client_id": {req.ClientID}, "redirect_uri": {req.RedirectURI}, "response_type": {oauth.ResponseTypeCode},
	}
	if req.State != "" {
		query.Set("state", req.State)
	}
	if req.MaxAge != nil {
		query.Set("max_age", strconv.Itoa(*req.MaxAge))
	}
	if len(req.ACRValues) > 0 {
		query.Set("acr_values", strings.Join(req.ACRValues, " "))
	}
	return p.path + authorizePath + "?" + query.Encode()
}
