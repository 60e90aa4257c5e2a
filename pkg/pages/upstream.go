package pages

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// otherProviders adds the doors to other identity providers and back.
func (p *Pages) otherProviders(mux *http.ServeMux) {
	mux.Handle("GET "+upstreamPath, p.door("upstream", p.startUpstream))
	mux.Handle("GET "+upstreamPath+"/{provider}/callback", p.door("upstream-callback", p.upstreamCallback))
	mux.Handle("POST "+upstreamPath+"/{provider}/callback", p.door("upstream-callback", p.bounce(p.upstreamCallback)))
	mux.Handle("POST "+upstreamPath+"/{provider}/logout", p.door("upstream-logout", p.upstreamLogout))
	mux.Handle("GET "+upstreamPath+"/signed-out", p.door("upstream-signed-out", p.upstreamSignedOut))
	mux.Handle("GET "+connectPath, p.door("connect", p.showConnect))
	mux.Handle("POST "+connectPath, p.door("connect", p.ownForm(p.connect)))
}

// startUpstream sends a person to the other provider whose button they chose. It is a
// link, since Chromium would hold the way there to the page's form-action; nothing comes
// of it but a way to sign in, in the interaction that the browser has anyway.
func (p *Pages) startUpstream(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	offered, err := p.offered(v, now.client)
	if err != nil {
		return err
	}
	chosen := v.params.Get("provider")
	for _, provider := range offered {
		if provider.ID == chosen {
			return p.toUpstream(w, v, now, provider, now.Request.LoginHint)
		}
	}
	return oauth.InvalidRequest.Errorf("parameter provider names none that can be used here")
}

// toUpstream sends a person to another provider, with what the client wants of the
// sign-in.
func (p *Pages) toUpstream(w http.ResponseWriter, v *visit, now waiting, provider upstream.Provider, hint string) error {
	req := now.Request
	wish := upstream.Wish{
		Interaction: now.ID, LoginHint: hint, MaxAge: req.MaxAge, Select: slices.Contains(req.Prompt, oauth.PromptSelectAccount),
	}
	if slices.Contains(req.Prompt, oauth.PromptLogin) {
		wish.MaxAge = new(int)
	}
	for _, acr := range req.ACRValues {
		if slices.Contains(provider.ACRValues, acr) {
			wish.ACRValues = append(wish.ACRValues, acr)
		}
	}
	location, err := p.upstream.Begin(v.Context(), provider, p.browser(v.Request), wish)
	if err != nil {
		return p.upstreamFailed(w, v, now.ID, err)
	}
	seeOther(w, location)
	return nil
}

// upstreamCallback takes back who was sent to another provider.
func (p *Pages) upstreamCallback(w http.ResponseWriter, v *visit) error {
	errand, err := p.upstream.Receive(v.Context(), v.PathValue("provider"), v.params.Get("state"), p.browser(v.Request))
	if errors.Is(err, upstream.ErrErrand) {
		return &stale{err}
	}
	if err != nil {
		return err
	}
	if errand.UserID != "" {
		return p.connectAccount(w, v, errand)
	}
	now, err := p.waitingOn(v, errand.Interaction)
	if err != nil {
		return err
	}
	vouched, err := p.upstream.Judge(v.Context(), errand, v.params)
	if err != nil {
		return p.upstreamFailed(w, v, now.ID, err)
	}
	user, err := p.upstream.Account(v.Context(), vouched)
	var connect *upstream.ConnectError
	switch {
	case errors.As(err, &connect):
		return p.signInToConnect(w, v, now, vouched, connect.User)
	case errors.Is(err, upstream.ErrUnknown):
		return p.upstreamUnknown(w, v, now, vouched, err)
	case err != nil:
		return err
	}
	if err := p.upstream.Keep(v.Context(), user.ID, vouched); err != nil {
		return err
	}
	now.Progress.Connecting = nil
	how, err := p.byUpstream(v, vouched)
	if err != nil {
		return err
	}
	return p.signedIn(w, v, now, user, how)
}

// byUpstream is how somebody proved who they are whom another provider vouches for. It
// was now that they proved it here; when they did so there is kept beside.
func (p *Pages) byUpstream(v *visit, vouched upstream.Vouched) (identity.Authentication, error) {
	there, err := p.upstream.Elsewhere(v.Context(), vouched)
	return identity.Authentication{
		Time: p.now(), AMR: vouched.AMR, ACR: vouched.ACR, UserAgent: v.UserAgent(), Address: inbound.Address(v.Request),
		Elsewhere: there,
	}, err
}

// bounce has a provider's form sent once more, by a page of ours: no Lax cookie comes
// along with another site's form (response_mode=form_post), and none that would is worth
// having. What the form holds stays off URLs, for some of it is about the person.
func (p *Pages) bounce(d door) door {
	own := p.ownForm(d)
	return func(w http.ResponseWriter, v *visit) error {
		if v.params.Has(bounced) {
			return own(w, v)
		}
		fields := url.Values{bounced: {"1"}}
		for _, name := range []string{"state", "code", "iss", "error"} {
			if v.params.Has(name) {
				fields.Set(name, v.params.Get(name))
			}
		}
		return p.renderBounce(w, v, v.URL.EscapedPath(), fields)
	}
}

// renderBounce shows the page that sends a form to a path of ours.
func (p *Pages) renderBounce(w http.ResponseWriter, v *visit, path string, fields url.Values) error {
	form := postedForm{Action: template.URL(p.path + path), Fields: fields, Script: postScript}
	form.Client.Name = p.look.theme.Name
	return p.render(w, v, "form-post", http.StatusOK, form, policy{script: postScript, formsGoAnywhere: true})
}

// bounced marks a form that a page of ours has sent.
const bounced = "bounced"

// offered are the providers that people may sign in by for a client, in the order of
// their buttons.
func (p *Pages) offered(v *visit, client oauth.Client) ([]upstream.Provider, error) {
	all, err := p.upstream.Providers.List(v.Context())
	return slices.DeleteFunc(all, func(each upstream.Provider) bool {
		return each.Disabled || !client.AdmitsBy(each.ID)
	}), err
}

// chosenFor is the provider that a request leads to without asking: by idp_hint, by an
// acr_values that is a provider's, or by the domain of who is expected; and the only one
// there is where nobody signs in here.
func chosenFor(req issue.AuthorizationRequest, client oauth.Client, offered []upstream.Provider) *upstream.Provider {
	find := func(is func(upstream.Provider) bool) *upstream.Provider {
		if i := slices.IndexFunc(offered, is); i >= 0 {
			return &offered[i]
		}
		return nil
	}
	if found := find(func(each upstream.Provider) bool { return each.ID == req.ProviderHint }); found != nil {
		return found
	}
	for _, acr := range req.ACRValues {
		if found := find(func(each upstream.Provider) bool { return slices.Contains(each.ACRValues, acr) }); found != nil {
			return found
		}
	}
	if found := byDomain(req.LoginHint, offered); found != nil {
		return found
	}
	if len(offered) == 1 && !client.AdmitsBy(oauth.LocalProvider) {
		return &offered[0]
	}
	return nil
}

// byDomain is the provider to which people of the address's domain are sent.
func byDomain(address string, offered []upstream.Provider) *upstream.Provider {
	_, domain, found := strings.Cut(address, "@")
	if !found {
		return nil
	}
	domain = strings.ToLower(domain)
	for i, each := range offered {
		if slices.Contains(each.Domains, domain) {
			return &offered[i]
		}
	}
	return nil
}
