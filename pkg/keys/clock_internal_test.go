package keys

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

// An instance's clock is set back by a day: what was withdrawn, or disabled, is over no
// later for that.
func TestF22AClockThatIsSetBackKeepsNothingForEver(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	wrapper, err := OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	disabled := &refusing{Wrapper: wrapper}
	open := func(w Wrapper) *Ring {
		sealer, err := OpenSealer(t.Context(), db.Table("users"), w)
		if err != nil {
			t.Fatal(err)
		}
		day := 24 * time.Hour
		return OpenRing(db.Table("users"), sealer, Policy{Lifetime: 10 * day, PublishAhead: day, RetireAfter: day, Algs: []oauth.Alg{oauth.ES256}})
	}
	operator, ring := open(wrapper), open(disabled)
	first, err := operator.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := ring.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Sign(t.Context(), oauth.ES256, "JWT", struct{}{}); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.RotateNow(t.Context(), Withdrawing); err != nil {
		t.Fatal(err)
	}
	behind := func() time.Time { return time.Now().Add(-24 * time.Hour) }
	ring.now = behind
	if _, err := ring.Key(t.Context(), first.Made[0]); err == nil {
		t.Error("a key that was withdrawn is still good")
	}
	if document, err := ring.JWKS(t.Context()); err != nil || bytes.Equal(document, leaked) {
		t.Errorf("published %s, %v", document, err)
	}
	made, err := operator.RotateNow(t.Context(), AtOnce)
	if err != nil {
		t.Fatal(err)
	}
	ring.now = func() time.Time { return behind().Add(-2 * ringUnknownAge) }
	if _, err := ring.Key(t.Context(), made.Made[0]); err != nil {
		t.Errorf("a key of another instance: %v", err)
	}
	ring.now, ring.sealer.now = time.Now, behind
	disabled.err = errors.New("disabled")
	if _, err := ring.Sign(t.Context(), oauth.ES256, "JWT", struct{}{}); !errors.Is(err, disabled.err) {
		t.Errorf("signed with a wrapping key that is disabled: %v", err)
	}
}

// refusing is a wrapper that somebody may have disabled.
type refusing struct {
	Wrapper
	err error
}

func (r *refusing) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.Wrapper.Unwrap(ctx, wrapped)
}
