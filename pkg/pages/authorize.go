package pages

import (
	"net/http"
	"net/url"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// authorize is the authorization endpoint (OpenID Connect Core §3.1.2). A request
// that nobody need be asked about is answered at once; else it waits, as an
// interaction, and the person is led through its steps.
func (p *Pages) authorize(w http.ResponseWriter, v *visit) error {
	if location, ok := p.asGet(v, authorizePath); ok {
		seeOther(w, location)
		return nil
	}
	req, client, err := p.issuer.ParseAuthorizationRequest(v.Context(), v.params)
	v.entry.Client = client.ID
	if err != nil {
		return err
	}
	signedIn, err := p.accounts(v.Context(), v.Request)
	if err == nil {
		signedIn, _, err = p.named(v.Context(), req, client, signedIn)
	}
	if err != nil {
		return &issue.Refusal{Request: req, Err: err}
	}
	step, err := p.issuer.Next(v.Context(), req, client, signedIn.current(), issue.Progress{})
	if err != nil {
		return err
	}
	if step == issue.Done {
		return p.finish(w, v, req, client, *signedIn.current())
	}
	it, err := p.issuer.OpenInteraction(v.Context(), req, p.knowBrowser(w, v.Request))
	if err != nil {
		return &issue.Refusal{Request: req, Err: err}
	}
	seeOther(w, p.at(stepPath(step), it.ID))
	return nil
}

// maxLocation is as long as a URL may be to reach us through every proxy.
const maxLocation = 4 << 10

// asGet returns a POST request's GET form. Browsers send a Lax cookie along with
// a link from another site, but not with its form, so whoever is signed in would
// have to sign in again. A form that is too long for a URL has to bear that.
func (p *Pages) asGet(v *visit, path string) (string, bool) {
	if v.Method != http.MethodPost || p.cookie(v.Request, sessionCookie) != "" {
		return "", false
	}
	query, err := url.ParseQuery(v.form)
	if err != nil {
		return "", false
	}
	location := p.path + path + "?" + query.Encode()
	return location, len(location) <= maxLocation
}

// stepPath is the page of a step.
func stepPath(step issue.Step) string {
	switch step {
	case issue.SelectAccount:
		return selectAccountPath
	case issue.Consent:
		return consentPath
	case issue.Connect:
		return connectPath
	case issue.CreateAccount:
		return signUpPath
	case issue.SecondFactor:
		return secondFactorPath
	case issue.AddFactor:
		return addFactorPath
	default:
		return signInPath
	}
}
