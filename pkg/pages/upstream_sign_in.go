package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// elsewhere is what the sign-in page shows of other providers.
type elsewhere struct {
	Providers []providerButton
	Local     bool   // people sign in here, too
	First     bool   // the username alone is asked for, for its domain may lead elsewhere
	Provider  string // of the account that is to be connected; or of the notice
	Connect   string // what the person is called there, "" where nothing is to be connected
	Notice    string // word of why they are back
}

// providerButton leads to another provider.
type providerButton struct{ ID, Name, Href string }

// elsewhere fills in what the sign-in page shows of other providers, and returns the
// policy by which its form may lead to one of them.
func (p *Pages) elsewhere(v *visit, now waiting, form *signInForm) (policy, error) {
	allowed := p.policyOf(now.client, now.Request)
	offered, err := p.offered(v, now.client)
	if err != nil {
		return policy{}, err
	}
	form.Local = now.client.AdmitsBy(oauth.LocalProvider)
	if connecting := now.Progress.Connecting; connecting != nil {
		form.Connect, form.Provider, form.Local = connecting.Name, p.providerName(v, connecting.Provider), true
		return allowed, nil
	}
	for _, each := range offered {
		if len(each.Domains) > 0 {
			form.First = form.Username == ""
			allowed.forms = append(allowed.forms, schemeOf(each.Issuer))
		}
		if !each.Hidden {
			href := p.at(upstreamPath, now.ID) + "&provider=" + url.QueryEscape(each.ID)
			form.Providers = append(form.Providers, providerButton{each.ID, each.Name, href})
		}
		if each.ID == v.params.Get("provider") {
			form.Provider = each.Name
		}
	}
	slices.Sort(allowed.forms)
	allowed.forms = slices.Compact(allowed.forms)
	// Other words could be put into a link; these say no more than that somebody is back.
	if notice := v.params.Get("notice"); notice == noticeDenied || notice == noticeRefused {
		form.Notice = notice
	}
	return allowed, nil
}

// schemeOf is the scheme of a URI, as a source expression.
func schemeOf(uri string) string {
	scheme, _, _ := strings.Cut(uri, ":")
	return scheme + ":"
}

// sentElsewhere sends a person on to the provider that the request leads to, unless they
// have just come back, or are to sign in here to connect an account.
func (p *Pages) sentElsewhere(w http.ResponseWriter, v *visit, now waiting) (bool, error) {
	if v.params.Has("notice") || now.Progress.Connecting != nil {
		return false, nil
	}
	offered, err := p.offered(v, now.client)
	if err != nil {
		return false, err
	}
	chosen := chosenFor(now.Request, now.client, offered)
	if chosen == nil {
		return false, nil
	}
	return true, p.toUpstream(w, v, now, *chosen, now.Request.LoginHint)
}

// byItsDomain sends on who has typed a username alone, whose domain leads elsewhere. With
// a password it is one for here: an account of another provider's domain can be here too,
// and its owner must reach it to connect the two.
func (p *Pages) byItsDomain(w http.ResponseWriter, v *visit, now waiting, username string) (bool, error) {
	if v.params.Has("password") || now.Progress.Connecting != nil {
		return false, nil
	}
	offered, err := p.offered(v, now.client)
	if err != nil {
		return false, err
	}
	if chosen := byDomain(username, offered); chosen != nil {
		return true, p.toUpstream(w, v, now, *chosen, username)
	}
	if !slices.ContainsFunc(offered, func(each upstream.Provider) bool { return len(each.Domains) > 0 }) {
		return false, nil
	}
	return true, p.renderSignIn(w, v, now, username, "") // whose it is is not looked up
}
