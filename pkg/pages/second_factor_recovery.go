package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// recoveryPage is what the page with recovery codes shows: the codes, or the button that
// makes new ones.
type recoveryPage struct {
	Action   string
	Codes    []string
	Left     int
	Continue string
}

// showCodes shows recovery codes, for the only time.
func (p *Pages) showCodes(w http.ResponseWriter, v *visit, a adding, codes []oauth.Secret) error {
	page := recoveryPage{Continue: p.back(a)}
	if a.forRequest() {
		page.Continue = p.at(secondFactorPath, a.ID)
	}
	for _, code := range codes {
		page.Codes = append(page.Codes, string(code))
	}
	return p.render(w, v, "recovery-codes", http.StatusOK, page, p.policyOf(a.client, a.Request))
}

// showRecovery asks whether somebody really wants new recovery codes.
func (p *Pages) showRecovery(w http.ResponseWriter, v *visit) error {
	a, err := p.replacing(w, v)
	if a == nil {
		return err
	}
	set, err := p.factors.Of(v.Context(), a.who.ID)
	if err != nil {
		return err
	}
	page := recoveryPage{Action: p.path + recoveryPath, Left: set.RecoveryCodes, Continue: p.back(*a)}
	return p.render(w, v, "recovery-codes", http.StatusOK, page, policy{})
}

// newCodes makes recovery codes, in place of those before.
func (p *Pages) newCodes(w http.ResponseWriter, v *visit) error {
	a, err := p.replacing(w, v)
	if a == nil {
		return err
	}
	codes, err := p.factors.NewRecoveryCodes(v.Context(), a.who.ID)
	if err != nil {
		return err
	}
	return p.showCodes(w, v, *a, codes)
}

// replacing is adding without a request: no sign-in demands recovery codes, which alone
// are no factor. Who has no other is led to add one.
func (p *Pages) replacing(w http.ResponseWriter, v *visit) (*adding, error) {
	if v.params.Has("interaction") {
		return nil, oauth.InvalidRequest.Errorf("recovery codes are no part of a sign-in")
	}
	a, err := p.adding(w, v)
	if a == nil {
		return nil, err
	}
	set, err := p.factors.Of(v.Context(), a.who.ID)
	if err != nil {
		return nil, err
	}
	if !set.Any() {
		seeOther(w, p.path+addFactorPath)
		return nil, nil
	}
	return a, nil
}
