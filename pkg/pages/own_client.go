package pages

import (
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// client returns the client of a request. Pages of our own have their name in the
// language of the person.
func (p *Pages) client(v *visit, id string) (oauth.Client, error) {
	client, err := p.issuer.Client(v.Context(), id)
	switch id {
	case issue.AccountClient:
		client.ClientName = p.words(v).text("own_account")
	case issue.AdminClient:
		client.ClientName = p.words(v).text("own_admin")
	}
	return client, err
}

// words are those of the visitor's language.
func (p *Pages) words(v *visit) words {
	return p.look.words.choose(v.locales, v.Header.Get("Accept-Language"))
}
