package identity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// outrun is a table at which somebody else is faster, once.
type outrun struct {
	store.Table
	first func()
}

func (o *outrun) Write(ctx context.Context, changes ...store.Change) error {
	if first := o.first; first != nil {
		o.first = nil
		first()
	}
	return o.Table.Write(ctx, changes...)
}

// What another provider gave for somebody who disconnects it in this moment is not kept:
// nobody would find it to delete it.
func TestOfAnIdentityThatIsTakenAwayMeanwhileNoTokensAreKept(t *testing.T) {
	users, state := tables(t)
	table := &outrun{Table: users}
	people := identity.NewUsers(table, state, identity.Lockout{})
	user := add(t, people, identity.NewUser{Username: "jo", Password: "correct horse battery"})
	linked := identity.Linked{Issuer: "https://there.example.com", Subject: "4711", Provider: "there"}
	if err := people.Link(t.Context(), user.ID, linked); err != nil {
		t.Fatal(err)
	}
	table.first = func() {
		if err := people.Unlink(t.Context(), user.ID, linked.ID(), nil); err != nil {
			t.Error(err)
		}
	}
	err := people.KeepLinkedTokens(t.Context(), user.ID, identity.LinkedTokens{ID: linked.ID(), Provider: "there", Sealed: []byte("sealed")})
	if !errors.As(err, new(*store.Conflict)) {
		t.Errorf("got %v", err)
	}
	if left, err := people.LinkedTokens(t.Context(), user.ID); err != nil || len(left) != 0 {
		t.Errorf("there is left %v %v", left, err)
	}
}
