package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestAPersonSaysWhoTheyAre(t *testing.T) {
	s := open(t)
	b := s.browser()
	verified := true
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	_, err = s.people.Update(t.Context(), alice.ID, func(u *identity.User) error {
		u.PhoneNumber, u.PhoneNumberVerified, u.PreferredUsername = "+33199001234", &verified, "alice"
		u.Address = &oauth.PostalAddress{Formatted: "1 Old Street\nOldtown", Locality: "Oldtown"}
		return nil
	})
	must(t, err)
	p := b.opens("/account/profile", "alice")
	if !strings.Contains(p.body, `name="name" type="text" value="Alice Example"`) || !strings.Contains(p.body, `value="Oldtown"`) {
		t.Errorf("got %s", p.body)
	}
	saved := b.change(p, "profile-form", "name", "Alice <b>Liddell</b>", "locale", "de-AT", "zoneinfo", "Europe/Vienna", "birthdate", "0000-02-29",
		"website", "https://alice.example.com/", "phone_number", "+43 (1) 234-5678", "locality", "Wien", "preferred_username", "root", "email", "x@example.com", "sub", "x", "groups", "administrators")
	if saved.does(t, "Ihr Profil ist gespeichert"); !strings.Contains(saved.body, "Alice &lt;b&gt;Liddell&lt;/b&gt;") { // in the language that she has just chosen
		t.Errorf("got %s", saved.body)
	}
	got, err := s.people.Get(t.Context(), alice.ID)
	must(t, err)
	if got.Name != "Alice <b>Liddell</b>" || got.Locale != "de-AT" || got.Zoneinfo != "Europe/Vienna" || got.Birthdate != "0000-02-29" ||
		got.Website != "https://alice.example.com/" || got.PhoneNumber != "+4312345678" || got.Address == nil || *got.Address != (oauth.PostalAddress{Locality: "Wien"}) {
		t.Errorf("got %+v", got.StandardClaims)
	}
	if got.PhoneNumberVerified != nil {
		t.Error("another telephone number counts as verified")
	}
	if got.PreferredUsername != "alice" || got.Email != "" || got.ID != alice.ID || got.Username != "alice" || len(got.Groups) > 0 {
		t.Errorf("a form has changed what is no field of the page: %+v", got)
	}
	b.change(saved, "profile-form").does(t, "Your profile is saved") // every field empty, the language too
	if got, err = s.people.Get(t.Context(), alice.ID); err != nil || got.Name != "" || got.Address != nil {
		t.Errorf("what was emptied is there still: %+v %v", got.StandardClaims, err)
	}
}

func TestClaimsHaveTheFormThatTheyMust(t *testing.T) {
	b := open(t).browser()
	p := b.opens("/account/profile", "alice")
	for name, c := range map[string]struct{ field, value string }{
		"a month too many":        {"birthdate", "1990-13-01"},
		"no day of any year":      {"birthdate", "0000-02-30"},
		"a date of another order": {"birthdate", "31.12.1990"},
		"no language":             {"locale", "x y"},
		"no zone":                 {"zoneinfo", "../../etc/passwd"},
		"a script":                {"website", "javascript:alert(1)"},
		"a picture of no host":    {"picture", "https:///x"},
		"no country":              {"phone_number", "01 99 00 12 34"},
		"a line break":            {"name", "Alice\r\nBcc: x"},
		"much":                    {"nickname", strings.Repeat("é", 201)},
	} {
		wrong := b.press(p, "profile-form", c.field, c.value)
		wrong.shows(t, "account-error")
		if wrong.shows(t, c.field+"-error"); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, `aria-describedby="`+c.field+`-error"`) {
			t.Errorf("%s: got %d %s", name, wrong.StatusCode, wrong.body)
		}
	}
	if p := b.get("/account"); !strings.Contains(p.body, "Alice Example") {
		t.Errorf("something was saved: %s", p.body)
	}
}

// Of two windows, the second does not undo unseen what the first has saved.
func TestAProfileIsChangedAsItWasSeen(t *testing.T) {
	s := open(t)
	b := s.browser()
	first, second := b.opens("/account/profile", "alice"), b.get("/account/profile")
	b.change(first, "profile-form", "name", "Alice One").does(t, "saved")
	p := b.press(second, "profile-form", "name", "Alice Two")
	if p.shows(t, "account-error"); !strings.Contains(p.body, "in another place") || !strings.Contains(p.body, "Alice Two") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	alice, err := s.people.ByUsername(t.Context(), "alice")
	if err != nil || alice.Name != "Alice One" {
		t.Errorf("got %q %v", alice.Name, err)
	}
	b.change(p, "profile-form", "name", "Alice Two").does(t, "saved")
}

// A person sees of the operator's attributes what they may, and changes what they may.
func TestAttributesAreShownAndChangedAsTheSchemaSays(t *testing.T) {
	s := open(t)
	for name, a := range map[string]oauth.Attribute{
		"department": {Type: oauth.StringAttribute, SelfService: oauth.ReadOwn},
		"risk":       {Type: oauth.NumberAttribute, SelfService: oauth.NoSelfService},
		"motto":      {Type: oauth.StringAttribute, SelfService: oauth.WriteOwn, Description: "Your motto"},
		"badges":     {Type: oauth.StringsAttribute, SelfService: oauth.WriteOwn},
		"floor":      {Type: oauth.NumberAttribute, SelfService: oauth.WriteOwn},
		"remote":     {Type: oauth.BooleanAttribute, SelfService: oauth.WriteOwn},
	} {
		a.Name, a.Scope = name, "employment"
		_, err := s.people.AddAttribute(t.Context(), a)
		must(t, err)
	}
	alice := s.account("alice")
	_, err := s.people.SetAttributes(t.Context(), alice.ID, identity.Values{
		"department": []byte(`"Wonderland"`), "risk": []byte(`7`), "motto": []byte(`"Why \"not\"?"`), "badges": []byte(`["a","b"]`),
	})
	must(t, err)
	b := s.browser()
	p := b.opens("/account/profile", "alice")
	for _, want := range []string{"Wonderland</output>", "Your motto", `value="Why &#34;not&#34;?"`, ">a\nb</textarea>"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
	if strings.Contains(p.body, "risk") {
		t.Errorf("what is not for alice is shown: %s", p.body)
	}
	for field, value := range map[string]string{"floor": `3}, "x": {`, "remote": "perhaps", "motto": strings.Repeat("x", 300)} {
		wrong := b.press(p, "profile-form", "attribute."+field, value)
		if wrong.shows(t, "attribute."+field+"-error"); wrong.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d", field, wrong.StatusCode)
		}
	}
	b.change(p, "profile-form", "attribute.department", "Treasury", "attribute.risk", "0", "attribute.unheard", "x",
		"attribute.badges", " b \r\n\r\nc", "attribute.floor", "3", "attribute.remote", "true").does(t, "saved")
	got, err := s.people.Get(t.Context(), alice.ID)
	must(t, err)
	for name, want := range map[string]string{"department": `"Wonderland"`, "risk": `7`, "motto": "", "badges": `["b","c"]`, "floor": `3`, "remote": `true`, "unheard": ""} {
		if string(got.Attributes[name]) != want {
			t.Errorf("%s: got %s, want %s", name, got.Attributes[name], want)
		}
	}
}

// A form that does not say what it was filled in on changes nothing.
func TestAProfileWithoutAVersionIsRefused(t *testing.T) {
	b := open(t).browser()
	p := b.opens("/account/profile", "alice")
	b.press(p, "profile-form", "version", "", "name", "Mallory").shows(t, "error-page")
	if p := b.get("/account"); !strings.Contains(p.body, "Alice Example") {
		t.Errorf("got %s", p.body)
	}
}
