package identity_test

import (
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestAPasswordIsReplacedOnlyWhereItWasMeant(t *testing.T) {
	users := newUsers(t)
	jo := add(t, users, identity.NewUser{Username: "jo", Password: password})
	hashed, err := users.HashPassword(t.Context(), "a crumb of moonlight", "jo")
	if err != nil {
		t.Fatal(err)
	}
	if err := users.ReplacePassword(t.Context(), jo.ID, jo.Epoch, identity.NewPassword{}); err == nil {
		t.Error("no password was set")
	}
	if err := users.SignOutEverywhere(t.Context(), jo.ID); err != nil {
		t.Fatal(err)
	}
	if err := users.ReplacePassword(t.Context(), jo.ID, jo.Epoch, hashed); !errors.Is(err, identity.ErrMoved) {
		t.Errorf("in another epoch: got %v", err)
	}
	if err := users.ReplacePassword(t.Context(), jo.ID, jo.Epoch+1, hashed); err != nil {
		t.Fatal(err)
	}
	if got, err := users.SignIn(t.Context(), "jo", "a crumb of moonlight", home); err != nil || got.Epoch != jo.Epoch+2 {
		t.Errorf("got %+v %v", got, err)
	}
	if err := users.Disable(t.Context(), jo.ID); err != nil {
		t.Fatal(err)
	}
	if err := users.ReplacePassword(t.Context(), jo.ID, jo.Epoch+3, hashed); !errors.Is(err, identity.ErrMoved) {
		t.Errorf("of somebody kept out: got %v", err)
	}
	if got, err := users.Named(t.Context(), "jo"); err != nil || got.ID != "" {
		t.Errorf("somebody kept out is %+v %v", got, err)
	}
}

func TestWhyAPasswordIsNotTaken(t *testing.T) {
	users := newUsers(t)
	for given, want := range map[oauth.Secret]error{
		"short": identity.ErrPasswordLength, "12345678": identity.ErrPasswordCommon, "QWERTYUIOP": identity.ErrPasswordCommon,
		"Jo.Username": identity.ErrPasswordIsUsername,
	} {
		if _, err := users.HashPassword(t.Context(), given, "jo.username"); !errors.Is(err, want) {
			t.Errorf("%q: got %v", string(given), err)
		}
	}
	if users.HashCalls() != 0 {
		t.Error("what is refused was hashed")
	}
}

// O43: who signs in by their address goes on by the new one, unless it is somebody
// else's name.
func TestO43AnAddressThatIsAUsername(t *testing.T) {
	users := newUsers(t)
	jo := add(t, users, identity.NewUser{Username: "jo@example.com", StandardClaims: oauth.StandardClaims{Email: "Jo@example.com"}})
	add(t, users, identity.NewUser{Username: "taken@example.com"})
	for _, step := range []struct{ before, email, username string }{
		{"Jo@example.com", "Jo@example.com", "jo@example.com"},
		{"Jo@example.com", "taken@example.com", "jo@example.com"},
		{"taken@example.com", "Jo@example.com", "jo@example.com"},
		{"Jo@example.com", "joe@example.com", "joe@example.com"},
	} {
		got, err := users.ConfirmEmail(t.Context(), jo.ID, step.before, step.email)
		if err != nil || got.Username != step.username || got.Email != step.email || got.EmailVerified == nil || !*got.EmailVerified {
			t.Errorf("%s: got %+v %v", step.email, got, err)
		}
	}
	if _, err := users.ConfirmEmail(t.Context(), jo.ID, "Jo@example.com", "eve@example.com"); !errors.Is(err, identity.ErrMoved) {
		t.Errorf("from an address that is theirs no more: got %v", err)
	}
}

func TestO37MailsAreCountedForNobodyToo(t *testing.T) {
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "jo"})
	for _, name := range []string{"jo", "nobody", "\x00"} {
		for n := range 5 {
			if send, err := users.AskForMail(t.Context(), name, home); err != nil || send != (n < 3) {
				t.Errorf("%q: mail %d: got %v %v", name, n+1, send, err)
			}
		}
	}
	users2, state := tables(t)
	unlimited := identity.NewUsers(users2, state, identity.Lockout{})
	if send, err := unlimited.AskForMail(t.Context(), "jo", home); send || err == nil {
		t.Errorf("without a lockout: got %v %v", send, err)
	}
}
