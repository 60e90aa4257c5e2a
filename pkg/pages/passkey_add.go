package pages

import (
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/factor/passkey"
)

// passkeyPage is what the page on which a passkey is added shows.
type passkeyPage struct {
	addPage
	Passkey *passkeyForm
	Offer   string
	Name    string
	Problem string
}

// showAddPasskey asks for a name, and then the browser for a passkey.
func (p *Pages) showAddPasskey(w http.ResponseWriter, v *visit) error {
	a, err := p.adding(w, v)
	if a == nil {
		return err
	}
	return p.renderAddPasskey(w, v, *a, "")
}

func (p *Pages) renderAddPasskey(w http.ResponseWriter, v *visit, a adding, problem string) error {
	offer, err := p.factors.OfferPasskey(v.Context(), a.who.ID, p.knowBrowser(w, v.Request))
	if err != nil {
		return err
	}
	options, err := p.party.Creation(v.Context(), a.who.User, offer.Secret)
	if err != nil {
		return err
	}
	set, err := p.factors.Of(v.Context(), a.who.ID)
	if err != nil {
		return err
	}
	page := passkeyPage{
		addPage: addPage{Interaction: a.ID, Client: viewClient(a.client), Demanded: a.forRequest(), Back: p.back(a)},
		Passkey: newPasskeyForm(p.path+addPasskeyPath, "create", options), Offer: offer.Sealed, Problem: problem,
		Name: p.words(v).text("passkey_default", "number", strconv.Itoa(len(set.Passkeys)+1)),
	}
	return p.render(w, v, "passkey-add", problemStatus(problem), page, p.policyOf(a.client, a.Request).withPasskey(page.Passkey))
}

// addPasskey takes the passkey that a browser has made.
func (p *Pages) addPasskey(w http.ResponseWriter, v *visit) error {
	a, err := p.adding(w, v)
	if a == nil {
		return err
	}
	offer, err := p.factors.OfferedPasskey(v.Context(), a.who.ID, p.browser(v.Request), v.params.Get("offer"))
	var made factor.Passkey
	if err == nil {
		made, err = p.party.Add(v.Context(), a.who.User, offer.Secret, v.params.Get("credential"), v.params.Get("name"))
	}
	if problem := factorProblem(err, "passkey"); problem != "" {
		v.told = err
		return p.renderAddPasskey(w, v, *a, problem)
	}
	if err != nil {
		return err
	}
	return p.added(w, v, *a, passkey.Proof{Verified: true, Synced: made.Synced}.AMR()...)
}
