package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ownForm admits forms of our own pages only. Another site could have a person's
// browser post one, and sign them in as somebody else or agree for them (RFC 9700
// §4.7). What keeps that off in any browser is that a form is about an interaction,
// which is bound to a cookie, or else, at sign-out, that no Lax cookie comes along
// with another site's form. This comes on top.
//
// Browsers send Sec-Fetch-Site, which no script can set. Those from before 2023 send
// Origin alone, and since our pages have a referrer policy, it is null for their own
// forms (Fetch §3.2): refusing it would lock these people out, and would keep off no
// more than the cookies do. What sends neither is no browser, so nobody else drives it.
func (p *Pages) ownForm(d door) door {
	return func(w http.ResponseWriter, v *visit) error {
		if err := p.checkOwn(v); err != nil {
			return err
		}
		return d(w, v)
	}
}

// checkOwn also refuses an answer to a client, which a page of ours posts wherever the
// client is registered: at a door of ours, too (response_mode=form_post). It has iss (RFC
// 9207 §2), which no form of ours has but the one that a provider's answer is in.
func (p *Pages) checkOwn(v *visit) error {
	if v.params.Has("iss") && !v.params.Has(bounced) {
		return oauth.InvalidRequest.Errorf("the form is an answer to a client")
	}
	site, origin := v.Header.Get("Sec-Fetch-Site"), v.Header.Get("Origin")
	foreign := site != "same-origin" && site != "none"
	if site == "" {
		foreign = origin != "" && origin != "null" && origin != p.origin
	}
	if foreign {
		return oauth.InvalidRequest.Errorf("the form was sent by another site")
	}
	return nil
}
