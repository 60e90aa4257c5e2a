package identity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

var errNoPost = errors.New("the letter cannot be sent")

// nicknamed changes a person while somebody else is changing them, who has to try again.
func nicknamed(t *testing.T, users *identity.Users, id string) {
	t.Helper()
	if _, err := users.Update(t.Context(), id, func(u *identity.User) error { u.Nickname = "J"; return nil }); err != nil {
		t.Error(err)
	}
}

func TestWhoIsToldOfAnAddressThatFollowsAProvider(t *testing.T) {
	const (
		stays = `"email":"jo@example.com","email_verified":true`
		moved = `"email":"ny@example.com","email_verified":true`
	)
	for rule, c := range map[string]struct {
		said  string
		fails error
		told  int
		email string
	}{
		"the one before, once, however often it is tried": {moved, nil, 1, "ny@example.com"},
		"nobody where the address stays":                  {stays + `,"name":"Joanna"`, nil, 0, "jo@example.com"},
		"nobody where the claims are refused":             {moved + `,"picture":"javascript:a"`, nil, 0, "jo@example.com"},
		"nothing changes that cannot be told":             {moved, errNoPost, 1, "jo@example.com"},
	} {
		t.Run(rule, func(t *testing.T) {
			users, told := newUsers(t), 0
			linked := identity.Linked{Issuer: "https://there.example.com", Subject: "4711", Provider: "there"}
			user, err := users.AddLinked(t.Context(), identity.NewUser{Username: "jo", StandardClaims: claims(t, stays+`,"name":"Jo"`)}, linked)
			if err != nil {
				t.Fatal(err)
			}
			users.NotifyMovedBy(func(_ context.Context, before, after identity.User) error {
				told++
				if before.Email != "jo@example.com" || after.Email != "ny@example.com" {
					t.Errorf("from %s to %s", before.Email, after.Email)
				}
				if told == 1 {
					nicknamed(t, users, user.ID)
				}
				return c.fails
			})
			said := claims(t, c.said)
			linked.Claims = &said
			if _, err := users.Follow(t.Context(), user, linked); !errors.Is(err, c.fails) {
				t.Errorf("got %v", err)
			}
			if kept, err := users.Get(t.Context(), user.ID); err != nil || kept.Email != c.email || told != c.told {
				t.Errorf("told %d times, and has %s now; %v", told, kept.Email, err)
			}
		})
	}
}

func TestWhoIsToldOfAnIdentityThatIsConnected(t *testing.T) {
	for rule, fails := range map[string]error{"once, however often it is tried": nil, "nothing changes that cannot be told": errNoPost} {
		t.Run(rule, func(t *testing.T) {
			users, told := newUsers(t), 0
			user := add(t, users, identity.NewUser{Username: "jo"})
			users.NotifyLinkedBy(func(_ context.Context, who identity.User, _ bool) error {
				told++
				if told == 1 {
					nicknamed(t, users, who.ID)
				}
				return fails
			})
			l := identity.Linked{Issuer: "https://there.example.com", Subject: "jo"}
			if err := users.Link(t.Context(), user.ID, l); !errors.Is(err, fails) {
				t.Errorf("got %v", err)
			}
			if linked, err := users.Linked(t.Context(), user.ID); err != nil || (len(linked) == 1) != (fails == nil) || told != 1 {
				t.Errorf("told %d times of %v, %v", told, linked, err)
			}
		})
	}
}
