package factor_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

func (s *site) archive() *identity.Archive {
	return identity.NewArchive(s.people, identity.NewClients(s.users, nil), s.factors.Carrier())
}

// Whoever moves proves themselves there by what they have here: by their passkey, their
// app and the recovery codes that are left.
func TestFactorsComeThroughAnArchive(t *testing.T) {
	here, there := open(t), open(t)
	synctest.Test(t, func(*testing.T) { // else a code could be of the time after the one used
		must(t, there.people.Delete(t.Context(), there.alice.ID))
		app := here.withApp(here.alice)
		codes, err := here.factors.NewRecoveryCodes(t.Context(), here.alice.ID)
		must(t, err)
		p, err := here.factors.AddPasskey(t.Context(), here.alice.ID, factor.Passkey{ID: []byte("id"), PublicKey: []byte("key"), Name: "Phone", SignCount: 7})
		must(t, err)

		var lines []identity.ArchiveLine
		left, err := here.archive().Write(t.Context(), func(line identity.ArchiveLine) error {
			if line.ID != here.bob.ID {
				lines = append(lines, line)
			}
			return nil
		})
		if err != nil || len(left) != 0 {
			t.Fatalf("left %v, %v", left, err)
		}
		for range 2 { // as an import that was broken off
			for _, line := range lines {
				must(t, there.archive().Restore(t.Context(), line))
			}
		}
		if diff := cmp.Diff(here.set(here.alice), there.set(here.alice)); diff != "" {
			t.Errorf("alice has something else there:\n%s", diff)
		}
		refuses(t, there.check(here.alice, app.code(time.Now())), factor.ErrWrong) // it was used here already
		must(t, there.check(here.alice, app.code(time.Now().Add(30*time.Second))))
		must(t, there.factors.SpendRecoveryCode(t.Context(), here.alice.ID, string(codes[0]), ""))
		if owner, err := there.factors.Owner(t.Context(), p.ID); err != nil || owner != here.alice.ID {
			t.Errorf("the credential is %s's, %v", owner, err)
		}
		for _, line := range lines {
			if strings.Contains(line.ID, "totp") && (len(line.Clear) != 1 || !bytes.Contains(line.Record, []byte(`"secret":null`))) {
				t.Errorf("the app's key is sealed, and opens nowhere: %s", line.Record)
			}
			for _, code := range codes {
				if bytes.Contains(line.Record, []byte(code)) {
					t.Error("a recovery code is in clear")
				}
			}
		}
	})
}

// A file that somebody has worked on brings in no factor that could not be added.
func TestFactorsThatAreNotRestored(t *testing.T) {
	const record = `{"id":"aWQ=","public_key":"a2V5","sign_count":0,"name":"Phone","created":"2026-01-01T00:00:00Z"}`
	handle := factor.Passkey{ID: []byte("id")}.Handle()
	s := open(t)
	_, err := s.factors.AddPasskey(t.Context(), s.bob.ID, factor.Passkey{ID: []byte("bob's"), PublicKey: []byte("key"), Name: "Phone"})
	must(t, err)
	bobs := factor.Passkey{ID: []byte("bob's")}.Handle()
	for name, line := range map[string]identity.ArchiveLine{
		"of nobody":                       {Owner: "nobody", ID: "passkey#" + handle, Record: json.RawMessage(record)},
		"another passkey's ID":            {ID: "passkey#abc", Record: json.RawMessage(record)},
		"somebody else's passkey":         {ID: "passkey#" + bobs, Record: json.RawMessage(strings.Replace(record, "aWQ=", "Ym9iJ3M=", 1))},
		"a name of many lines":            {ID: "passkey#" + handle, Record: json.RawMessage(strings.Replace(record, "Phone", `a\nb`, 1))},
		"a passkey without a key":         {ID: "passkey#" + handle, Record: json.RawMessage(strings.Replace(record, "a2V5", "", 1))},
		"an app without a key":            {ID: "totp", Record: json.RawMessage(`{}`)},
		"an app with a short key":         {ID: "totp", Record: json.RawMessage(`{}`), Clear: []string{"MFRGG==="}},
		"a second app":                    {ID: "totp#2", Record: json.RawMessage(`{}`), Clear: []string{strings.Repeat("A", 32)}},
		"recovery codes that are no hash": {ID: "recovery-codes", Record: json.RawMessage(`{"hashes":["YQ=="]}`)},
		"more of a later version":         {ID: "recovery-codes", Record: json.RawMessage(`{"hashes":[],"salt":"x"}`)},
		"a factor of a later version":     {ID: "magic", Record: json.RawMessage(`{}`)},
	} {
		line.Kind = factor.Kind
		if line.Owner == "" {
			line.Owner = s.alice.ID
		}
		if err := s.archive().Restore(t.Context(), line); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
	if s.set(s.alice).Any() {
		t.Errorf("alice has %+v", s.set(s.alice))
	}
}
