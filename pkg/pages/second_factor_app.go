package pages

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// appPage is what the page on which an authenticator app is added shows.
type appPage struct {
	addPage
	Action  string
	Offer   string
	QR      factor.QR
	URI     template.URL // for an app on the same device
	Key     string       // in groups, to be typed
	Problem string
	Minutes string
}

// showApp shows the key of a new authenticator app, to be scanned.
func (p *Pages) showApp(w http.ResponseWriter, v *visit) error {
	a, err := p.adding(w, v)
	if a == nil {
		return err
	}
	return p.newApp(w, v, *a, "")
}

func (p *Pages) newApp(w http.ResponseWriter, v *visit, a adding, problem string) error {
	offer, err := p.factors.OfferApp(v.Context(), a.who.ID, p.knowBrowser(w, v.Request))
	if err != nil {
		return err
	}
	return p.renderApp(w, v, a, offer, problem)
}

func (p *Pages) renderApp(w http.ResponseWriter, v *visit, a adding, offer factor.Offer, problem string) error {
	uri := offer.URI(p.look.theme.Name, a.who.Username)
	drawn, err := factor.DrawQR(uri)
	if err != nil {
		return err
	}
	return p.render(w, v, "second-factor-app", problemStatus(problem), appPage{
		addPage: addPage{Interaction: a.ID, Client: viewClient(a.client), Demanded: a.forRequest(), Back: p.back(a)},
		Action:  p.path + appPath, Offer: offer.Sealed, QR: drawn, URI: template.URL(uri), Key: grouped(offer.Text()),
		Problem: problem, Minutes: p.waitMinutes(w, v),
	}, p.policyOf(a.client, a.Request))
}

// grouped puts spaces in, for who types it off.
func grouped(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// addApp takes the first code of a new authenticator app.
func (p *Pages) addApp(w http.ResponseWriter, v *visit) error {
	a, err := p.adding(w, v)
	if a == nil {
		return err
	}
	offer, err := p.factors.OfferedApp(v.Context(), a.who.ID, p.browser(v.Request), v.params.Get("offer"))
	if problem := factorProblem(err, ""); problem != "" {
		v.told = err
		return p.newApp(w, v, *a, problem)
	}
	if err != nil {
		return err
	}
	err = p.factors.AddApp(v.Context(), a.who.User, offer, v.params.Get("code"), inbound.Address(v.Request))
	if problem := factorProblem(err, "code"); problem != "" {
		v.told = err
		return p.renderApp(w, v, *a, offer, problem)
	}
	if err != nil {
		return err
	}
	return p.added(w, v, *a, oauth.AMROneTime)
}
