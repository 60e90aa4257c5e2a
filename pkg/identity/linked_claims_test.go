package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestWhichClaimsFollowAProvider(t *testing.T) {
	const (
		name, other = `"name":"Jo"`, `"name":"Joanna"`
		picture     = `,"picture":"https://there.example.com/1"`
		address     = `,"email":"jo@example.com"`
		confirmed   = address + `,"email_verified":true`
		bare        = address + `,"email_verified":false`
	)
	for rule, c := range map[string]struct{ made, here, said, want string }{
		"one that nobody changed does":        {name + picture, ``, other, other + picture},
		"one that was not said before does":   {name, ``, name + `,"locale":"de"`, name + `,"locale":"de"`},
		"one that was changed here stays":     {name + picture, `"name":"J."`, other, `"name":"J."` + picture},
		"one that was taken out here stays":   {name + picture, `"picture":""`, `"picture":"https://there.example.com/2"`, name},
		"one that is left out stays":          {name + picture, ``, name, name + picture},
		"one that came to the same does":      {name, other, other, other},
		"an unconfirmed address does":         {name + bare, ``, `"email":"ny@example.com","email_verified":false`, name + `,"email":"ny@example.com","email_verified":false`},
		"a confirmed address does":            {name + confirmed, ``, `"email":"ny@example.com","email_verified":true`, name + `,"email":"ny@example.com","email_verified":true`},
		"a confirmed address stays for none":  {name + confirmed, ``, `"email":"ny@example.com","email_verified":false`, name + confirmed},
		"a confirmed address stays confirmed": {name + confirmed, ``, `"email":"jo@example.com","email_verified":false`, name + confirmed},
		"one confirmed here stays":            {name + bare, `"email_verified":true`, `"email":"ny@example.com","email_verified":true`, name + confirmed},
		"one that is somebody's stays":        {name + confirmed, ``, other + `,"email":"bo@example.com","email_verified":true`, other + confirmed},
		"a number confirmed here stays":       {`"phone_number":"+1"`, `"phone_number_verified":true`, `"phone_number":"+2"`, `"phone_number":"+1","phone_number_verified":true`},
		"what nobody can be called does not":  {name, ``, other + `,"picture":"javascript:a"`, name},
	} {
		t.Run(rule, func(t *testing.T) {
			users := newUsers(t)
			add(t, users, identity.NewUser{Username: "bo", StandardClaims: claims(t, `"email":"bo@example.com","email_verified":true`)})
			linked := identity.Linked{Issuer: "https://there.example.com", Subject: "4711", Provider: "there"}
			user, err := users.AddLinked(t.Context(), identity.NewUser{Username: "jo", StandardClaims: claims(t, c.made)}, linked)
			if err == nil && c.here != "" {
				user, err = users.Update(t.Context(), user.ID, func(u *identity.User) error {
					return json.Unmarshal([]byte("{"+c.here+"}"), &u.StandardClaims)
				})
			}
			said := claims(t, c.said)
			linked.Claims = &said
			for range 2 { // the second time it is no news
				if err == nil {
					user, err = users.Follow(t.Context(), user, linked)
				}
			}
			kept, missing := users.Get(t.Context(), user.ID)
			if err != nil || missing != nil {
				t.Fatal(err, missing)
			}
			want := written(t, claims(t, c.want))
			if got := written(t, kept.StandardClaims); got != want || written(t, user.StandardClaims) != want || kept.Username != "jo" {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func claims(t *testing.T, members string) (c oauth.StandardClaims) {
	t.Helper()
	if err := json.Unmarshal([]byte("{"+members+"}"), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// written are the claims as text, without the time of a change.
func written(t *testing.T, c oauth.StandardClaims) string {
	t.Helper()
	c.UpdatedAt = 0
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Who connects an account stays who they are here, whatever the provider says of them.
func TestNothingFollowsAProviderThatWasConnected(t *testing.T) {
	users := newUsers(t)
	user := add(t, users, identity.NewUser{Username: "jo", StandardClaims: oauth.StandardClaims{Name: "Jo"}})
	linked := identity.Linked{Issuer: "https://there.example.com", Subject: "4711", Provider: "there", Claims: &oauth.StandardClaims{Name: "Jo"}}
	if err := users.Link(t.Context(), user.ID, linked); err != nil {
		t.Fatal(err)
	}
	linked.Claims = &oauth.StandardClaims{Name: "Mallory"}
	if user, err := users.Follow(t.Context(), user, linked); err != nil || user.Name != "Jo" {
		t.Errorf("got %+v %v", user, err)
	}
}
