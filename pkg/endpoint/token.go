package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// token is the token endpoint (RFC 6749 §3.2). A grant fills in step 3 and can
// skip none of the others.
func (p *Provider) token(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	params, err := parseForm(w, r) // 1. What is asked?
	if err != nil {
		return err
	}
	grantType, err := params.Require("grant_type")
	if err != nil {
		return err
	}
	grant, ok := p.issuer.Grants()[oauth.GrantType(grantType)]
	if !ok {
		return oauth.UnsupportedGrantType.Errorf("this grant type is not supported")
	}
	e.Grant = oauth.GrantType(grantType)

	client, err := p.authenticate(r, params, e) // 2. Who asks? RFC 6749 §2.3
	if err != nil {
		return err
	}
	if !client.Allows(e.Grant) {
		return oauth.UnauthorizedClient.Errorf("the client is not registered for this grant type")
	}

	approval, err := grant.Approve(r.Context(), issue.Request{Client: client, Params: params, Address: inbound.Address(r)}) // 3. May they?
	if err != nil {
		return err
	}
	e.Subject, approval.GrantType = approval.User.ID, e.Grant

	response, err := p.issuer.Mint(r.Context(), approval) // 4. Mint.
	if err != nil {
		return err
	}
	return renderJSON(w, response)
}
