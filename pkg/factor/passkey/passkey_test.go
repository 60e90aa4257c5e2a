package passkey_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/factor/passkey"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/authenticator"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const origin = "https://id.example.com"

// site is a relying party with two people.
type site struct {
	t          testing.TB
	party      *passkey.Party
	people     *identity.Users
	factors    *factor.Factors
	alice, bob identity.User
}

func TestMain(m *testing.M) { ring.Main(m) }

func open(t testing.TB) *site {
	t.Helper()
	folder := ring.Copy(t)
	sealer, _ := folder.Keys(t, folder.Users)
	s := &site{t: t, people: identity.NewUsers(folder.Users, folder.State, identity.Lockout{Attempts: 10, AddressAttempts: 1000, Window: time.Hour})}
	s.factors = factor.Open(folder.Users, s.people, sealer)
	var err error
	s.party, err = passkey.New(origin, "Corner shop", s.factors)
	must(t, err)
	for username, user := range map[string]*identity.User{"alice": &s.alice, "bob": &s.bob} {
		*user, err = s.people.Add(t.Context(), identity.NewUser{Username: username})
		must(t, err)
	}
	return s
}

func challenge() []byte {
	c := make([]byte, 32)
	_, _ = rand.Read(c)
	return c
}

// add has a device make a passkey for somebody.
func (s *site) add(user identity.User, d *authenticator.Device) error {
	s.t.Helper()
	c := challenge()
	options, err := s.party.Creation(s.t.Context(), user, c)
	must(s.t, err)
	_, err = s.party.Add(s.t.Context(), user, c, d.Create(options), "Key")
	return err
}

// prove has a device answer; userID is of who must, "" for anybody.
func (s *site) prove(userID string, d *authenticator.Device) (passkey.Proof, error) {
	s.t.Helper()
	c := challenge()
	options, err := s.party.Request(s.t.Context(), userID, c)
	must(s.t, err)
	return s.party.Prove(s.t.Context(), userID, c, d.Get(options))
}

// device is one that holds a passkey of somebody.
func (s *site) device(user identity.User) *authenticator.Device {
	s.t.Helper()
	d := authenticator.New(s.t, origin)
	must(s.t, s.add(user, d))
	return d
}

func TestAPasskeySaysWhoItIs(t *testing.T) {
	s := open(t)
	d := s.device(s.alice)
	for _, userID := range []string{"", s.alice.ID} {
		proof, err := s.prove(userID, d)
		if err != nil || proof.UserID != s.alice.ID || !proof.Verified || proof.AMR()[0] != oauth.AMRHardwareKey {
			t.Errorf("as %q: got %+v %v", userID, proof, err)
		}
	}
	synced := authenticator.New(t, origin)
	synced.Synced, synced.Count = true, 0 // as phones have them, which do not count
	must(t, s.add(s.bob, synced))
	for range 2 {
		proof, err := s.prove("", synced)
		if err != nil || proof.UserID != s.bob.ID || proof.AMR()[0] != oauth.AMRSoftwareKey {
			t.Errorf("got %+v %v", proof, err)
		}
	}
}

// TestO46Refusals: whatever a passkey lies about, or was led to, it is not let in.
func TestO46Refusals(t *testing.T) {
	for name, lie := range map[string]func(*authenticator.Device){
		"wrong origin":                  func(d *authenticator.Device) { d.Origin = "https://id.example.com.evil.example" },
		"plain http":                    func(d *authenticator.Device) { d.Origin = "http://id.example.com" },
		"a neighbouring host":           func(d *authenticator.Device) { d.Origin = "https://www.example.com" },
		"in another site's frame":       func(d *authenticator.Device) { d.Framed = true },
		"wrong rpIdHash":                func(d *authenticator.Device) { d.RPID = "example.com" },
		"not for this challenge":        func(d *authenticator.Device) { d.Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		"of the other ceremony":         func(d *authenticator.Device) { d.Type = "webauthn.create" },
		"the user was not verified":     func(d *authenticator.Device) { d.Verifies = false },
		"a count that went back":        func(d *authenticator.Device) { d.Count = 1 },
		"a count that is none any more": func(d *authenticator.Device) { d.Count = 0 },
		"another key":                   func(d *authenticator.Device) { *d = *another(d, authenticator.New(t, origin)) },
		"nobody's handle":               func(d *authenticator.Device) { d.UserHandle = nil },
		"another's handle":              func(d *authenticator.Device) { d.UserHandle = []byte("somebody else's") },
		"an unknown credential":         func(d *authenticator.Device) { d.ID = []byte("unknown") },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			d := s.device(s.alice)
			_, err := s.prove("", d)
			must(t, err)
			lie(d)
			if proof, err := s.prove("", d); err == nil || !errors.Is(err, factor.ErrWrong) || !oauth.InvalidGrant.In(err) {
				t.Errorf("got %+v %v", proof, err)
			}
		})
	}
}

// another is a device that pretends to be this one without having its key.
func another(d, thief *authenticator.Device) *authenticator.Device {
	thief.ID, thief.UserHandle, thief.Count = d.ID, d.UserHandle, d.Count
	return thief
}

// TestO46ACreationIsChecked: what is wrong at the beginning never counts.
func TestO46ACreationIsChecked(t *testing.T) {
	for name, lie := range map[string]func(*authenticator.Device){
		"wrong origin":              func(d *authenticator.Device) { d.Origin = "https://evil.example" },
		"in another site's frame":   func(d *authenticator.Device) { d.Framed = true },
		"wrong rpIdHash":            func(d *authenticator.Device) { d.RPID = "evil.example" },
		"not for this challenge":    func(d *authenticator.Device) { d.Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		"of the other ceremony":     func(d *authenticator.Device) { d.Type = "webauthn.get" },
		"the user was not verified": func(d *authenticator.Device) { d.Verifies = false },
	} {
		s := open(t)
		d := authenticator.New(t, origin)
		lie(d)
		if err := s.add(s.alice, d); !errors.Is(err, factor.ErrWrong) {
			t.Errorf("%s: got %v", name, err)
		}
		if set, err := s.factors.Of(t.Context(), s.alice.ID); err != nil || set.Any() {
			t.Errorf("%s: it counts: %v", name, err)
		}
	}
}

// TestO46CrossUser: a passkey of one person is no second factor of another.
func TestO46CrossUser(t *testing.T) {
	s := open(t)
	alices, bobs := s.device(s.alice), s.device(s.bob)
	if proof, err := s.prove(s.alice.ID, bobs); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("bob's passkey passed for alice's: %+v %v", proof, err)
	}
	if proof, err := s.prove("", alices); err != nil || proof.UserID != s.alice.ID {
		t.Errorf("got %+v %v", proof, err)
	}
}

// TestO46ACredentialIsOnePersons: over all users, and of many who add it at once.
func TestO46ACredentialIsOnePersons(t *testing.T) {
	s := open(t)
	d := s.device(s.alice)
	for _, user := range []identity.User{s.bob, s.alice} {
		if err := s.add(user, d); !errors.Is(err, factor.ErrTaken) {
			t.Errorf("%s got a passkey that alice has: %v", user.Username, err)
		}
	}
	fresh := factor.Passkey{ID: []byte("one credential"), PublicKey: []byte("a key"), Name: "Key"}
	var taken atomic.Int32
	var tries sync.WaitGroup
	for n := range 8 {
		tries.Go(func() {
			if _, err := s.factors.AddPasskey(t.Context(), []string{s.alice.ID, s.bob.ID}[n%2], fresh); err == nil {
				taken.Add(1)
			}
		})
	}
	tries.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d of 8 have the credential", taken.Load())
	}
}

// TestO46ACountIsGoodOnce: of two who hold copies and sign at once, one is let in.
func TestO46ACountIsGoodOnce(t *testing.T) {
	s := open(t)
	d := s.device(s.alice)
	var taken atomic.Int32
	var tries sync.WaitGroup
	for range 8 {
		tries.Go(func() {
			if s.factors.UsedPasskey(t.Context(), s.alice.ID, d.ID, 7, false) == nil {
				taken.Add(1)
			}
		})
	}
	tries.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d of 8 were let in by one count", taken.Load())
	}
}

func TestAPasskeyIsRemovedByItsPerson(t *testing.T) {
	s := open(t)
	d := s.device(s.alice)
	set, err := s.factors.Of(t.Context(), s.alice.ID)
	must(t, err)
	handle := set.Passkeys[0].Handle()
	if s.factors.RemovePasskey(t.Context(), s.bob.ID, handle) == nil {
		t.Error("bob removed alice's passkey")
	}
	must(t, s.factors.RemovePasskey(t.Context(), s.alice.ID, handle))
	if _, err := s.prove("", d); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a removed passkey: got %v", err)
	}
	must(t, s.add(s.bob, d)) // its credential is free again
}

// A person who is no more keeps no credential from others.
func TestACredentialOfNobodyIsFree(t *testing.T) {
	s := open(t)
	d := s.device(s.alice)
	must(t, s.people.Delete(t.Context(), s.alice.ID))
	must(t, s.add(s.bob, d))
	if proof, err := s.prove("", d); err != nil || proof.UserID != s.bob.ID {
		t.Errorf("got %+v %v", proof, err)
	}
}

func TestNoPasskeysOfAnAddress(t *testing.T) {
	for _, issuer := range []string{"http://127.0.0.1:8080", "http://[::1]:8080"} {
		if party, err := passkey.New(issuer, "Here", nil); party != nil || err != nil {
			t.Errorf("%s: got %v %v", issuer, party, err)
		}
	}
}

func FuzzWhatIsNoAnswerIsRefused(f *testing.F) {
	s := open(f)
	f.Add(`{}`)
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`)
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`)
	f.Fuzz(func(t *testing.T, answer string) {
		if proof, err := s.party.Prove(t.Context(), "", challenge(), answer); !oauth.InvalidGrant.In(err) {
			t.Errorf("%q gave %+v %v", answer, proof, err)
		}
		if _, err := s.party.Add(t.Context(), s.alice, challenge(), answer, "Key"); !oauth.InvalidGrant.In(err) {
			t.Errorf("%q made a passkey: %v", answer, err)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
