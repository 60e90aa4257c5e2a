package pages

import (
	"net/http"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// accessView is a client and what it may have, as the person sees it.
type accessView struct {
	ID          string
	Client      clientView
	May         consentForm // in the words in which they were asked
	Since, Used moment
	Away        bool // acts while the person is away
}

// showAccess shows a person what clients may have of them.
func (p *Pages) showAccess(w http.ResponseWriter, v *visit, me owner) error {
	found, err := p.issuer.Access(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	schema, err := p.users.KnownAttributes(v.Context())
	if err != nil {
		return err
	}
	all := make([]accessView, len(found))
	for n, access := range found {
		all[n] = accessView{
			ID: access.Client.ID, Client: viewClient(access.Client), Since: moment{access.Since}, Used: moment{access.Used}, Away: access.Away,
		}
		all[n].May.describe(issue.AuthorizationRequest{Scope: access.Scope}, schema)
		all[n].May.Claims = append(all[n].May.Claims, access.Claims...)
	}
	return p.renderAccount(w, v, me, "", all)
}

// withdrawAccess takes back what a client may have, and ends what it was given.
func (p *Pages) withdrawAccess(w http.ResponseWriter, v *visit, me owner) error {
	found, err := p.issuer.Access(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	client := v.params.Get("client")
	if slices.ContainsFunc(found, func(a issue.ClientAccess) bool { return a.Client.ID == client }) {
		if err := p.issuer.WithdrawConsent(v.Context(), me.UserID, client); err != nil {
			return err
		}
	}
	return p.done(w, v, me, "access_withdrawn")
}
