package factor_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/factor"
)

// What happens to factors is recorded, and no code or key with it.
func TestFactorsAreRecorded(t *testing.T) {
	s := open(t)
	var told bytes.Buffer
	s.factors.RecordIn(audit.New(nil, slog.New(slog.NewJSONHandler(&told, nil)), audit.Options{}))
	s.withApp(s.alice)
	refuses(t, s.check(s.alice, "314159"), factor.ErrWrong)
	codes, err := s.factors.NewRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	must(t, s.factors.SpendRecoveryCode(t.Context(), s.alice.ID, string(codes[0]), ""))
	key, err := s.factors.AddPasskey(t.Context(), s.alice.ID, factor.Passkey{ID: []byte("a credential"), PublicKey: []byte("a key"), Name: "Blue", SignCount: 7})
	must(t, err)
	must(t, s.factors.RemovePasskey(t.Context(), s.alice.ID, key.Handle()))
	must(t, s.factors.RemoveAll(t.Context(), s.alice.ID))
	var kinds []audit.Kind
	for line := range bytes.Lines(told.Bytes()) {
		var entry struct{ Event audit.Event }
		must(t, json.Unmarshal(line, &entry))
		kinds = append(kinds, entry.Event.Kind)
		if entry.Event.Subject != s.alice.ID || entry.Event.Method == "" || time.Since(entry.Event.Time) > time.Hour {
			t.Errorf("got %+v", entry.Event)
		}
	}
	want := []audit.Kind{
		audit.FactorAdded, audit.FactorRefused, audit.RecoveryCodesMade, audit.RecoveryCodeUsed, audit.FactorAdded,
		audit.FactorRemoved, audit.FactorRemoved, audit.FactorRemoved,
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	for _, secret := range []string{"314159", string(codes[0]), string(codes[1])} {
		if bytes.Contains(told.Bytes(), []byte(secret)) {
			t.Errorf("the trail holds %s", secret)
		}
	}
}
