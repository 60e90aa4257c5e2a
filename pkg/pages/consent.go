package pages

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// consentForm is what the consent page shows.
type consentForm struct {
	Interaction string
	Action      string
	Client      clientView
	Person      personView
	Elsewhere   string   // where somebody else can sign in
	Known       []string // words of what is asked for
	Admin       []string // scope values that administer this provider
	Other       []string // scope values that have no words
	Claims      []string // attributes, and what is asked for by name beyond the scope
	Self        string   // where the answer goes of a client that registered itself, "" for any other
}

// showConsent asks whether the client may have what it asks for.
func (p *Pages) showConsent(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	if !p.isAt(v, now, issue.Consent) {
		return p.proceed(w, v, now)
	}
	current := now.accounts.current()
	asked, err := p.issuer.Narrowed(v.Context(), now.Request, current.User)
	if err != nil {
		return err
	}
	form := consentForm{
		Interaction: now.ID, Action: p.path + consentPath, Client: viewClient(now.client),
		Person: viewPerson(*current), Elsewhere: p.at(signInPath, now.ID),
	}
	if now.client.Dynamic != nil {
		form.Self = destination(now.Request.RedirectURI)
	}
	schema, err := p.users.KnownAttributes(v.Context())
	if err != nil {
		return err
	}
	form.describe(asked, schema)
	return p.render(w, v, "consent", http.StatusOK, form, p.policyOf(now.client, now.Request))
}

// destination is the host that a redirect URI leads to, or the private scheme. It is what a
// client that registered itself cannot choose as it likes: its name and logo say whatever
// it wants, our own name too (RFC 7591 §5).
func destination(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return schemeOf(uri)
	}
	return u.Host
}

// describe lists all that would be given: nothing is agreed to unseen.
func (f *consentForm) describe(req issue.AuthorizationRequest, schema []oauth.Attribute) {
	covered := []string{}
	words := []string{
		oauth.OpenID, oauth.Profile, oauth.Email, oauth.Address, oauth.Phone, oauth.OfflineAccess, oauth.Groups, oauth.Roles, oauth.ProviderTokens,
	}
	for _, token := range req.Scope {
		covered = append(covered, oauth.ScopeClaims()[token]...)
		switch {
		case slices.Contains(words, token):
			f.Known = append(f.Known, "scope_"+token)
		case oauth.Administers(token):
			f.Admin = append(f.Admin, token)
		default:
			f.Other = append(f.Other, token)
		}
	}
	for _, a := range schema {
		if req.Scope.Has(a.Scope) {
			covered, f.Claims = append(covered, a.Name), append(f.Claims, a.Name)
		}
	}
	for _, name := range req.Claims.Names() {
		if !slices.Contains(covered, name) {
			f.Claims = append(f.Claims, name)
		}
	}
}

// consent takes the person's answer. The form says who was asked: when somebody
// else has signed in since, in another window, they are asked themselves.
func (p *Pages) consent(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	current := now.accounts.current()
	if !p.isAt(v, now, issue.Consent) || v.params.Get("account") != current.ID {
		return p.proceed(w, v, now)
	}
	v.entry.Subject = current.UserID
	if v.params.Get("decision") != "approve" {
		if err := p.issuer.CloseInteraction(v.Context(), now.Interaction); err != nil && !overtaken(err) {
			return err
		}
		return &issue.Refusal{Request: now.Request, Err: oauth.AccessDenied.Errorf("the person did not agree")}
	}
	asked, err := p.issuer.Narrowed(v.Context(), now.Request, current.User) // as it was shown
	if err != nil {
		return err
	}
	err = p.issuer.GrantConsent(v.Context(), current.UserID, now.client.ID, asked.Scope, now.Request.Claims)
	if err != nil {
		return err
	}
	now.Progress.ConsentedBy = current.UserID
	if err := p.save(v, &now); err != nil {
		return err
	}
	return p.proceed(w, v, now)
}
