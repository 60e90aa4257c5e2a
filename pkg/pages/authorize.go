package pages

import (
	"net/http"
	"net/url"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// authorize is the authorization endpoint (OpenID Connect Core §3.1.2). A request
// that nobody need be asked about is answered at once; else it waits, as an
// interaction, and the person is led through its steps.
func (p *Pages) authorize(w http.ResponseWriter, v *visit) error {
	if again, err := p.sentAgain(w, v, authorizePath); again || err != nil {
		return err
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

// sentAgain has a client's form sent once more, from here, and reports whether that is
// the answer. Browsers send a Lax cookie along with a link from another site, but not
// with its form, so whoever is signed in would have to sign in again, or be told that
// they are signed out. A form that is too long for a URL is sent by a page of ours; what
// says that it was has to come from there.
func (p *Pages) sentAgain(w http.ResponseWriter, v *visit, path string) (bool, error) {
	if v.Method != http.MethodPost || p.cookie(v.Request, sessionCookie) != "" {
		return false, nil
	}
	if v.params.Has(bounced) {
		return false, p.checkOwn(v)
	}
	form, err := url.ParseQuery(v.form)
	if err != nil {
		return false, oauth.InvalidRequest.Errorf("the form's encoding is broken")
	}
	location := p.path + path + "?" + form.Encode()
	if len(location) <= maxLocation {
		seeOther(w, location)
		return true, nil
	}
	form.Set(bounced, "1")
	return true, p.renderBounce(w, v, path, form)
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
