package upstream_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func TestTheTrailHoldsWhatWasDecidedAndNoSecret(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	var told bytes.Buffer
	trail := audit.New(nil, slog.New(slog.NewJSONHandler(&told, nil)), audit.Options{})
	s.RecordIn(trail)
	s.users.RecordIn(trail)
	p := s.add("there", op, nil)
	_, err := s.account(t.Context(), p) // nobody here
	if err == nil {
		t.Error("somebody unknown got in")
	}
	op.Answer = func(a url.Values) { a.Del("code"); a.Set("error", "access_denied") }
	_, _ = s.visit(p)
	op.Answer = nil
	p, err = s.Providers.Update(t.Context(), "there", "another-secret-that-is-long-enough-too", func(set *upstream.Settings) error {
		set.CreateUsers = true
		return nil
	})
	must(t, err)
	user, err := s.account(t.Context(), p)
	must(t, err)
	must(t, s.users.Disable(t.Context(), user.ID))
	if _, err = s.account(t.Context(), p); err == nil || !strings.Contains(told.String(), `"reason":"the account is disabled"`) {
		t.Errorf("a disabled account: got %v, and\n%s", err, told.String())
	}
	linked, err := s.users.Linked(t.Context(), user.ID)
	must(t, err)
	must(t, s.users.Unlink(t.Context(), user.ID, linked[0].ID(), others))
	must(t, s.Providers.Delete(t.Context(), "there"))
	for _, kind := range []audit.Kind{
		audit.ProviderAdded, audit.ProviderChanged, audit.ProviderDeleted, audit.IdentityLinked, audit.IdentityUnlinked, audit.IdentityRefused,
		audit.UserSignedUp,
	} {
		if !strings.Contains(told.String(), `"`+string(kind)+`"`) {
			t.Errorf("the trail has no %s:\n%s", kind, told.String())
		}
	}
	for _, secret := range []string{op.Secret, "another-secret", "an-access-token", "code-", "jo@example.com"} {
		if strings.Contains(told.String(), secret) {
			t.Errorf("the trail holds %s:\n%s", secret, told.String())
		}
	}
}

// others says that somebody signs in by something else, too.
func others(context.Context) (bool, error) { return true, nil }
