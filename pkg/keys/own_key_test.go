package keys_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/keys"
)

func TestWhoDropsAKeyHasDroppedWhatItSealed(t *testing.T) {
	sealer := openSealer(t, openTable(t), openWrapper(t))
	own := func() keys.OwnKey {
		t.Helper()
		sealed, err := sealer.NewOwnKey(t.Context(), "tokens of there")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sealer.OwnKey(t.Context(), sealed, "tokens of elsewhere"); !errors.Is(err, keys.ErrForeign) {
			t.Errorf("opened for another purpose: %v", err)
		}
		key, err := sealer.OwnKey(t.Context(), sealed, "tokens of there")
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	before, after := own(), own()
	sealed, err := before.Seal([]byte("secret"), "jo's")
	if err != nil || bytes.Contains(sealed, []byte("secret")) {
		t.Fatalf("got %q %v", sealed, err)
	}
	if got, err := before.Open(sealed, "jo's"); err != nil || string(got) != "secret" {
		t.Errorf("got %q %v", got, err)
	}
	byDataKey := seal(t, sealer, "secret", "jo's")
	for name, c := range map[string]struct {
		key     keys.OwnKey
		sealed  []byte
		purpose string
	}{
		"the next key":           {after, sealed, "jo's"},
		"no key":                 {keys.OwnKey{}, sealed, "jo's"},
		"another purpose":        {before, sealed, "bo's"},
		"sealed by the data key": {before, byDataKey, "jo's"},
		"nothing":                {before, nil, "jo's"},
	} {
		if got, err := c.key.Open(c.sealed, c.purpose); !errors.Is(err, keys.ErrForeign) {
			t.Errorf("%s: got %q %v", name, got, err)
		}
	}
	if _, err := sealer.Open(t.Context(), sealed, "jo's"); !errors.Is(err, keys.ErrForeign) {
		t.Errorf("the data key opens it: %v", err)
	}
	if _, err := before.Seal([]byte("secret"), ""); err == nil {
		t.Error("sealed without a purpose")
	}
}
