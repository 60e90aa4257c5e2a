package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ownForm admits forms of our own pages only. Another site could have a person's
// browser post one, and sign them in as somebody else or agree for them (RFC 9700
// §4.7). The interaction, which is bound to the browser, keeps that off already;
// this does where a form is about no interaction.
//
// Browsers send Sec-Fetch-Site, which no script can set; those from before 2023
// send Origin alone, which is null where the page has a referrer policy. What sends
// neither is no browser, so nobody else drives it.
func (p *Pages) ownForm(d door) door {
	return func(w http.ResponseWriter, v *visit) error {
		site, origin := v.Header.Get("Sec-Fetch-Site"), v.Header.Get("Origin")
		foreign := site != "same-origin" && site != "none"
		if site == "" {
			foreign = origin != "" && origin != p.origin
		}
		if foreign {
			return oauth.InvalidRequest.Errorf("the form was sent by another site")
		}
		return d(w, v)
	}
}
