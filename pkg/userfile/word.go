package userfile

import (
	"encoding/json"
	"strings"
)

// Word is the name of a group or a role, in a file and here.
type Word struct {
	Name string // as a report calls it: groups./staff, realmRoles.editor
	Here string // what it is called here, if nobody says otherwise
}

// Group is a group to which a file says that somebody belongs.
type Group struct {
	Word
	Roles []Word // that the file says its members have by it

	RolesHere []string // what these are here
	Left      []string // those that are none here, by name
	Told      bool     // what it is here was said for it by name
}

// Value is what a file says of somebody in words of the product that it is from.
type Value struct {
	Name  string // as a report calls it: custom:team, attributes.department
	Here  string // the attribute that it is here, if nobody says otherwise; "" for none
	Texts []string
	JSON  json.RawMessage // instead of texts, where the product has JSON
}

// groupHere is the name of a group in the form of names here: small letters, no space,
// and no slash at the beginning, where Keycloak has one.
func groupHere(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "/")), " ", "-")
}

func groupWord(name string) Word { return Word{"groups." + name, groupHere(name)} }

// texts are what a value says as a list: of a list its texts, of a text what stands
// between commas. ok is false for what is neither.
func (v Value) texts() (texts []string, ok bool) {
	said := v.Texts
	if v.JSON != nil {
		var one string
		if json.Unmarshal(v.JSON, &said) != nil {
			if json.Unmarshal(v.JSON, &one) != nil {
				return nil, false
			}
			said = []string{one}
		}
	}
	for _, text := range said {
		texts = append(texts, listed(text)...)
	}
	return texts, true
}

// listed are the texts between commas, without the space around them.
func listed(cell string) (texts []string) {
	for text := range strings.SplitSeq(cell, ",") {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// text is what a value says if it is one text.
func (v Value) text() (string, bool) {
	var text string
	if v.JSON != nil {
		return text, json.Unmarshal(v.JSON, &text) == nil
	}
	if len(v.Texts) != 1 {
		return "", false
	}
	return v.Texts[0], true
}
