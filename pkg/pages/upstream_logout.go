package pages

import (
	"encoding/json"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// byWayOfUpstream returns where people go on who have signed out here: by way of the
// provider by which the first of them came, where they are to be signed out as well.
func (p *Pages) byWayOfUpstream(v *visit, leaving []account, onward string) (string, error) {
	for _, each := range leaving {
		if each.Elsewhere == nil {
			continue
		}
		location, err := p.upstream.EndSession(v.Context(), *each.Elsewhere, p.browser(v.Request), onward)
		if err != nil || location != "" {
			return location, err
		}
	}
	return onward, nil
}

// upstreamSignedOut takes back who has signed out at another provider.
func (p *Pages) upstreamSignedOut(w http.ResponseWriter, v *visit) error {
	onward, err := p.upstream.Return(v.Context(), v.params.Get("state"), p.browser(v.Request))
	if err != nil {
		return err
	}
	if onward != "" {
		seeOther(w, onward)
		return nil
	}
	return p.render(w, v, "signed-out", http.StatusOK, signedOut{}, policy{})
}

// upstreamLogout is told by another provider of sessions that have ended there
// (Back-Channel Logout §2.5). Ours that rest on them end, and our clients are told.
func (p *Pages) upstreamLogout(w http.ResponseWriter, v *visit) error {
	err := p.endResting(v)
	if err == nil {
		w.WriteHeader(http.StatusOK) // §2.8
		return nil
	}
	v.told = err
	expected := issue.Expect(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(expected.Code.Status())
	_ = json.NewEncoder(w).Encode(map[string]string{ // the provider has gone away
		"error": string(expected.Code), "error_description": expected.Description,
	})
	return nil
}

func (p *Pages) endResting(v *visit) error {
	token, err := v.params.Require("logout_token")
	if err != nil {
		return err
	}
	ended, err := p.upstream.ReadLogout(v.Context(), v.PathValue("provider"), token)
	if err != nil {
		return err
	}
	resting, err := p.sessions.Resting(v.Context(), identity.Elsewhere{
		Provider: ended.Provider.ID, Issuer: ended.Issuer, Subject: ended.Subject, SessionID: ended.SessionID,
	})
	if err != nil {
		return err
	}
	for _, session := range resting {
		ctx := audit.WithActor(v.Context(), audit.System("logout at "+ended.Provider.ID))
		if err := p.issuer.EndSession(ctx, session.UserID, session.ID); err != nil {
			return err
		}
	}
	return p.upstream.Spend(v.Context(), ended)
}
