package pages

import (
	"errors"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// seen returns the version of what a form was made of, as the API's If-Match has it (RFC
// 9110 §13.1.1). A form without one has seen nothing, and changes nothing: it would undo
// what somebody else did without a word.
func seen(v *visit) (string, error) {
	version := v.params.Get("version")
	if version == "" {
		return "", identity.ErrVersion
	}
	return version, nil
}

// mistaken reports whether the page is shown again for a mistake in the form, and not
// because somebody else was faster: then what was typed goes, and what stands is shown.
func (v *visit) mistaken() bool { return v.fault != "" && !errors.Is(v.told, identity.ErrVersion) }

// typed is what was typed where the form comes back for a mistake, else what stands: a
// link fills in nothing, or it could bring a stranger's address into a form that is sent
// without a second look.
func (v *visit) typed(name, stands string) string {
	if v.mistaken() {
		return v.params.Get(name)
	}
	return stands
}

// ticked is typed for a box.
func (v *visit) ticked(name string, stands bool) bool {
	if v.mistaken() {
		return v.params.Get(name) != ""
	}
	return stands
}

// deletion is the form by which something is deleted whose name was typed: a click alone
// would be too easily meant for something else.
type deletion struct {
	Field   string // that the name is typed into
	Ask     string // word
	Version string
}

// typedName holds the name in a deletion's form to what is to be deleted.
func typedName(v *visit, field, name string) error {
	if v.params.Get(field) != name {
		return oauth.InvalidRequest.Errorf("type the name exactly as it stands there, for this cannot be undone")
	}
	return nil
}

// oneButton is a form of one button, which does something to one thing of a list.
type oneButton struct {
	Here, Token       string
	Act, Field, Value string
	Text, About       string // what it says, and to what it does that, for who does not see the list
	Version           string
}

// Button is for templates.
func (a adminView) Button(act, field, value, text, about string) oneButton {
	return oneButton{Here: a.Here, Token: a.Token, Act: act, Field: field, Value: value, Text: text, About: about}
}

// Of says at which version the thing is.
func (b oneButton) Of(version string) oneButton {
	b.Version = version
	return b
}

// lines is a list in a field, one thing a line; strings.Fields reads it.
func lines(list []string) string { return strings.Join(list, "\n") }
