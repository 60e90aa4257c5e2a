package pages

import "net/http"

// selectForm is what the page for choosing an account shows.
type selectForm struct {
	Interaction string
	Action      string
	Client      clientView
	Accounts    []personView
}

// showAccounts asks which of the people who are signed in it is.
func (p *Pages) showAccounts(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	form := selectForm{Interaction: now.ID, Action: p.path + selectAccountPath, Client: viewClient(now.client)}
	for _, each := range now.accounts.all {
		form.Accounts = append(form.Accounts, viewPerson(each.SignedIn))
	}
	return p.render(w, v, "select-account", http.StatusOK, form, p.policyOf(now.client, now.Request))
}

// selectAccount goes on as the person chosen, or has another one sign in.
func (p *Pages) selectAccount(w http.ResponseWriter, v *visit) error {
	now, err := p.waiting(v)
	if err != nil {
		return err
	}
	choice := v.params.Get("account")
	chosen := now.accounts.find(func(a account) bool { return a.ID == choice })
	if chosen == nil { // "another", or somebody who has signed out meanwhile
		seeOther(w, p.at(signInPath, now.ID))
		return nil
	}
	v.entry.Subject = chosen.UserID
	now.accounts = now.accounts.use(*chosen)
	if err := p.keepAccounts(v.Context(), w, now.accounts); err != nil {
		return err
	}
	now.Progress.Selected, now.Progress.Proven = true, nil
	if err := p.save(v, &now); err != nil {
		return err
	}
	return p.proceed(w, v, now)
}
