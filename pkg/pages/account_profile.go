package pages

import (
	"errors"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// profilePage is what the page about a person's claims shows.
type profilePage struct {
	Version    string // of the record that it shows
	Groups     []profileGroup
	Attributes []attributeInput
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

// profile is a person's claims, as they are or as they are to be.
type profile struct {
	version  string // of the record that they are to be put into
	user     identity.User
	schema   []oauth.Attribute
	problems map[string]string // words, by the inputs' names
}

// profile loads what a person may see and change of themselves.
func (p *Pages) profile(v *visit, me owner) (profile, error) {
	user, version, err := p.users.GetAt(v.Context(), me.UserID)
	if err != nil {
		return profile{}, err
	}
	schema, err := p.users.OwnAttributes(v.Context())
	return profile{version, user, schema, map[string]string{}}, err
}

// typed puts what was typed into a person's claims. A person is what the store has, so
// nothing but these members can be changed by a form.
func (is profile) typed(user identity.User, typed oauth.Params) profile {
	is.problems = map[string]string{}
	user.StandardClaims = typedProfile(user.StandardClaims, typed, is.problems)
	user.Attributes = typedAttributes(is.schema, user.Attributes, typed, is.problems)
	is.user = user
	return is
}

// showProfile shows a person what applications are told of them.
func (p *Pages) showProfile(w http.ResponseWriter, v *visit, me owner) error {
	is, err := p.profile(v, me)
	if err != nil {
		return err
	}
	return p.renderProfile(w, v, me, "", is)
}

func (p *Pages) renderProfile(w http.ResponseWriter, v *visit, me owner, problem string, is profile) error {
	page := profilePage{Version: is.version, Attributes: attributeInputs(is.schema, is.user.Attributes, is.problems)}
	for _, group := range profileFields() {
		shown := profileGroup{Name: group.name}
		for _, field := range group.fields {
			shown.Fields = append(shown.Fields, profileInput{field, *field.of(&is.user.StandardClaims), is.problems[field.Name]})
		}
		page.Groups = append(page.Groups, shown)
	}
	return p.renderAccount(w, v, me, problem, page)
}

// changeProfile takes what a person says of themselves. It was said of the record that
// the page showed: when that has changed since, in another window or by an administrator,
// the person looks again and decides.
func (p *Pages) changeProfile(w http.ResponseWriter, v *visit, me owner) error {
	is, err := p.profile(v, me)
	if err != nil {
		return err
	}
	wanted := is.typed(is.user, v.params)
	if len(wanted.problems) > 0 {
		wanted.version = v.params.Get("version")
		return p.renderProfile(w, v, me, "problem_profile", wanted)
	}
	seen := v.params.Get("version")
	if seen == "" {
		return errForm()
	}
	_, err = p.users.UpdateAt(v.Context(), me.UserID, seen, func(user *identity.User) error {
		*user = is.typed(*user, v.params).user
		return nil
	})
	switch {
	case errors.Is(err, identity.ErrVersion):
		return p.renderProfile(w, v, me, "problem_changed", wanted)
	case oauth.InvalidRequest.In(err): // more than all fields may hold together
		v.told = err
		return p.renderProfile(w, v, me, "problem_profile", wanted)
	case err != nil:
		return err
	}
	return p.done(w, v, me, "profile_saved")
}
