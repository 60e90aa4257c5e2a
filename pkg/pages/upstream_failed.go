package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// upstreamPage is what a page shows when another provider was of no help.
type upstreamPage struct {
	ID        string
	Title     string // words
	Lead      string
	Provider  string
	Name      string // of the person there
	Client    clientView
	Reference string
	Back      string // to where there is another way
	BackTo    string // word of where that is
}

// upstreamFailed brings a person back from a provider that could not, or would not, say
// who they are. It is never our failure: there is another way, and the page leads there.
func (p *Pages) upstreamFailed(w http.ResponseWriter, v *visit, interaction string, err error) error {
	var refused *upstream.Refused
	if errors.As(err, &refused) {
		v.told = oauth.AccessDenied.Errorf("the other provider gave no answer: %w", err)
		notice := noticeRefused
		if refused.Code == string(oauth.AccessDenied) {
			notice = noticeDenied
		}
		if interaction == "" {
			seeOther(w, p.path+accountPath+securityPath)
			return nil
		}
		seeOther(w, p.at(signInPath, interaction)+"&"+url.Values{"notice": {notice}, "provider": {refused.Provider.ID}}.Encode())
		return nil
	}
	var failure *upstream.Failure
	if !errors.As(err, &failure) {
		return err
	}
	v.told = oauth.TemporarilyUnavailable.Errorf("the other provider could not say who it is: %w", err)
	v.entry.Reference = newReference()
	page := upstreamPage{
		ID: "upstream-failed", Title: "error_upstream", Lead: "error_upstream_advice", Provider: failure.Provider.Name, Reference: v.entry.Reference,
		Back: p.path + accountPath + securityPath, BackTo: "back_to_account",
	}
	if interaction != "" {
		page.Back, page.BackTo = p.at(signInPath, interaction)+"&notice="+noticeBack, "back_to_sign_in"
	}
	return p.render(w, v, "upstream", http.StatusServiceUnavailable, page, policy{})
}

// The words of why somebody is back at the sign-in page. Any of them keeps the page from
// sending them off again.
const (
	noticeDenied  = "upstream_denied"
	noticeRefused = "upstream_refused"
	noticeBack    = "back"
)

// upstreamUnknown tells a person that nobody here is who the provider says they are. It
// says no more than they know: whether anybody has their address is not looked up.
func (p *Pages) upstreamUnknown(w http.ResponseWriter, v *visit, now waiting, vouched upstream.Vouched, err error) error {
	v.told = oauth.AccessDenied.Errorf("nobody here is who the other provider says: %w", err)
	v.entry.Reference = newReference()
	return p.render(w, v, "upstream", http.StatusForbidden, upstreamPage{
		ID: "upstream-unknown", Title: "upstream_unknown", Lead: "upstream_unknown_lead", Provider: vouched.Provider.Name, Name: vouched.Name(),
		Client: viewClient(now.client), Reference: v.entry.Reference, Back: p.at(signInPath, now.ID) + "&notice=" + noticeBack, BackTo: "back_to_sign_in",
	}, policy{})
}

// connectForm is what the page shows that asks whether to connect two accounts.
type connectForm struct {
	Action      string
	Interaction string
	Provider    string
	Name        string // of the person there
	Person      personView
}

// signInToConnect has the owner of an account prove that it is theirs, before anything
// of another provider leads to it (THREATS.md O44).
func (p *Pages) signInToConnect(w http.ResponseWriter, v *visit, now waiting, vouched upstream.Vouched, owner identity.User) error {
	now.Progress.Connecting = &issue.Connecting{Linked: vouched.Linked(), UserID: owner.ID}
	if err := p.save(v, &now); err != nil {
		return err
	}
	seeOther(w, p.at(signInPath, now.ID))
	return nil
}

// showConnect asks whether the account that somebody has signed in to and the one at the
// other provider are to be connected.
func (p *Pages) showConnect(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	if !p.isAt(v, now, issue.Connect) {
		return p.proceed(w, v, now)
	}
	connecting := now.Progress.Connecting
	form := connectForm{
		Action: p.path + connectPath, Interaction: now.ID, Provider: p.providerName(v, connecting.Provider), Name: connecting.Name,
		Person: viewPerson(*now.accounts.current()),
	}
	return p.render(w, v, "connect", http.StatusOK, form, p.policyOf(now.client, now.Request))
}

// connect does what the person has chosen.
func (p *Pages) connect(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	if !p.isAt(v, now, issue.Connect) {
		return p.proceed(w, v, now)
	}
	if v.params.Get("decision") == "connect" {
		err := p.users.Link(v.Context(), now.accounts.current().UserID, now.Progress.Connecting.Linked)
		if err != nil && !errors.Is(err, identity.ErrTaken) {
			return err
		}
	}
	now.Progress.Connecting = nil
	if err := p.save(v, &now); err != nil {
		return err
	}
	return p.proceed(w, v, now)
}

// providerName is what a provider is called, its ID when it is no more.
func (p *Pages) providerName(v *visit, id string) string {
	if found, err := p.upstream.Providers.Get(v.Context(), id); err == nil {
		return found.Name
	}
	return id
}
