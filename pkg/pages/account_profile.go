package pages

import (
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// profilePage is what the page about a person's claims shows.
type profilePage struct {
	Version string // of the record that it shows
	Groups  []profileGroup
}

// profileGroup are claims under one heading, "" for none.
type profileGroup struct {
	Name   string // word
	Fields []profileInput
}

// profileInput is a claim as it is typed.
type profileInput struct {
	profileField
	Value   string
	Problem string // word, "" for none
}

// showProfile shows a person what applications are told of them.
func (p *Pages) showProfile(w http.ResponseWriter, v *visit, me owner) error {
	user, version, err := p.users.GetAt(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	return p.renderProfile(w, v, me, "", version, user.StandardClaims, nil)
}

func (p *Pages) renderProfile(w http.ResponseWriter, v *visit, me owner, problem, version string, claims oauth.StandardClaims, problems map[string]string) error {
	page := profilePage{Version: version}
	for _, group := range profileFields() {
		shown := profileGroup{Name: group.name}
		for _, field := range group.fields {
			shown.Fields = append(shown.Fields, profileInput{field, *field.of(&claims), problems[field.Name]})
		}
		page.Groups = append(page.Groups, shown)
	}
	return p.renderAccount(w, v, me, problem, page)
}

// changeProfile takes what a person says of themselves. It was said of the record that
// the page showed: when that has changed since, in another window or by an administrator,
// the person looks again and decides.
func (p *Pages) changeProfile(w http.ResponseWriter, v *visit, me owner) error {
	user, version, err := p.users.GetAt(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	typed, problems := typedProfile(user.StandardClaims, v.params)
	if len(problems) > 0 {
		return p.renderProfile(w, v, me, "problem_profile", v.params.Get("version"), typed, problems)
	}
	_, err = p.users.UpdateAt(v.Context(), me.UserID, v.params.Get("version"), func(user *identity.User) error {
		user.StandardClaims, _ = typedProfile(user.StandardClaims, v.params)
		return nil
	})
	switch {
	case errors.Is(err, identity.ErrVersion):
		return p.renderProfile(w, v, me, "problem_changed", version, typed, nil)
	case oauth.InvalidRequest.In(err): // more than all fields may hold together
		v.told = err
		return p.renderProfile(w, v, me, "problem_profile", version, typed, nil)
	case err != nil:
		return err
	}
	return p.done(w, v, me, "profile_saved")
}
