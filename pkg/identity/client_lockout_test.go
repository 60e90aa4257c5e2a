package identity_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO16AFloodOfWrongSecretsIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, state := tables(t)
		guard := identity.NewClientLockout(state, lockout)
		for i := range 10 {
			if err := guard.Check(t.Context(), "app", "2001:db8::1"); err != nil {
				t.Fatalf("attempt %d: %v", i, err)
			}
			if err := guard.Failed(t.Context(), "app", "2001:db8::1"); err != nil {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		for name, c := range map[string]struct {
			client, address string
			code            oauth.Code
		}{
			"the address that guessed":               {"app", "2001:db8::1", oauth.InvalidClient},
			"another address of the same network":    {"app", "2001:db8::2", oauth.InvalidClient},
			"the client itself, from somewhere else": {"app", "192.0.2.1", ""},
			"another client behind that address":     {"other", "2001:db8::1", ""},
		} {
			if err := guard.Check(t.Context(), c.client, c.address); code(err) != c.code {
				t.Errorf("%s: got %v, want %q", name, err, c.code)
			}
		}
		<-time.After(lockout.Window + 2*time.Second) // by the bubble's clock
		if err := guard.Check(t.Context(), "app", "2001:db8::1"); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}
