package pages

import "net/http"

// overview is what the first account page shows.
type overview struct {
	Name, Email string
	Verified    bool
	Created     moment
	Signed      moment // in, the last time, in this browser
}

// showAccount shows a person who they are here.
func (p *Pages) showAccount(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderAccount(w, v, me, "", overview{
		Name: me.User.Name, Email: me.User.Email, Verified: me.User.EmailVerified != nil && *me.User.EmailVerified,
		Created: moment{me.User.Created}, Signed: moment{me.AuthTime},
	})
}
