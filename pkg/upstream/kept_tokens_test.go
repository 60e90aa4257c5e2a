package upstream_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

// kept opens a site whose one person has come by a provider whose tokens are kept, and
// are good for so many seconds.
func kept(t *testing.T, seconds int) (site, *elsewhere.OpenID, identity.User) {
	t.Helper()
	s, op := open(t), elsewhere.Open(t)
	op.Rotates = true
	op.Tokens = func(m map[string]any) { m["expires_in"] = seconds }
	s.add("there", op, func(set *upstream.Settings) { set.KeepTokens, set.CreateUsers = true, true })
	return s, op, s.come()
}

// come has the person sign in by the provider.
func (s site) come() identity.User {
	s.t.Helper()
	p, err := s.Providers.Get(s.t.Context(), "there")
	must(s.t, err)
	vouched, err := s.visit(p)
	must(s.t, err)
	user, err := s.Account(s.t.Context(), vouched)
	must(s.t, err)
	must(s.t, s.Keep(s.t.Context(), user.ID, vouched))
	return user
}

// lie returns the records of kept tokens, as they lie in the table.
func (s site) lie(user identity.User) []store.Record {
	s.t.Helper()
	records, err := store.All(s.t.Context(), s.table, identity.Partition(user.ID), "identity-tokens#")
	must(s.t, err)
	return records
}

func TestTokensAreKeptSealedWhereThatIsWanted(t *testing.T) {
	s, _, user := kept(t, 300)
	got, err := s.Tokens(t.Context(), user.ID, "there")
	if err != nil || got.AccessToken != "an-access-token" || got.Scope != "openid profile email" || got.Expires.IsZero() || got.RefreshToken != "" {
		t.Errorf("got %+v %v", got, err)
	}
	for _, record := range s.lie(user) {
		if text := string(record.Value); strings.Contains(text, "access-token") || strings.Contains(text, "refresh-token") {
			t.Errorf("in clear: %s", text)
		}
	}
	must(t, s.settle(func(set *upstream.Settings) { set.KeepTokens = false }))
	must(t, s.disconnect(user))
	if records := s.lie(s.come()); len(records) != 0 {
		t.Errorf("kept where nobody wants it: %v", records)
	}
}

// disconnect takes the identity at the provider from the person, as if they had a passkey.
func (s site) disconnect(user identity.User) error {
	linked, err := s.users.Linked(s.t.Context(), user.ID)
	if err != nil {
		return err
	}
	return s.users.Unlink(s.t.Context(), user.ID, linked[0].ID(), others)
}

// settle changes the provider.
func (s site) settle(change func(*upstream.Settings)) error {
	_, err := s.Providers.Update(s.t.Context(), "there", "", func(set *upstream.Settings) error { change(set); return nil })
	return err
}

func TestAnExpiredTokenIsRenewed(t *testing.T) {
	s, op, user := kept(t, 10)
	for range 2 { // the second time what was written down
		got, err := s.Tokens(t.Context(), user.ID, "there")
		if err != nil || got.AccessToken != "a-renewed-access-token" || got.Scope != "openid profile email" {
			t.Errorf("got %+v %v", got, err)
		}
	}
	if op.Renewed() != 1 {
		t.Errorf("renewed %d times", op.Renewed())
	}
}

func TestARefreshTokenThatIsGivenOnceStays(t *testing.T) {
	s, op, user := kept(t, 10)
	op.Rotates = false // as Google, which gives one with the first consent alone
	s.come()
	if got, err := s.Tokens(t.Context(), user.ID, "there"); err != nil || got.AccessToken != "a-renewed-access-token" {
		t.Errorf("got %+v %v", got, err)
	}
}

// Two who present one refresh token are taken for a thief and a victim, and then nobody
// has one (RFC 9700 §4.14.2).
func TestOfManyWhoFindATokenExpiredOneRenewsIt(t *testing.T) {
	s, op, user := kept(t, 10)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			got, err := s.Tokens(t.Context(), user.ID, "there")
			if err != nil || got.AccessToken != "a-renewed-access-token" {
				t.Errorf("got %+v %v", got, err)
			}
		})
	}
	wg.Wait()
	if op.Renewed() != 1 {
		t.Errorf("renewed %d times", op.Renewed())
	}
}

// Who comes while somebody else is at the provider waits, and does not go there, too.
func TestWhoComesDuringARenewalDoesNotRenew(t *testing.T) {
	s, op, user := kept(t, 10)
	op.Renewing = func() {
		op.Renewing = nil
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond) // shorter than anybody waits
		defer cancel()
		if got, err := s.Tokens(ctx, user.ID, "there"); err == nil {
			t.Errorf("got %+v", got)
		}
	}
	if got, err := s.Tokens(t.Context(), user.ID, "there"); err != nil || got.AccessToken != "a-renewed-access-token" || op.Renewed() != 1 {
		t.Errorf("got %+v %v after asking %d times", got, err, op.Renewed())
	}
}

func TestWhatBecomesOfTokensWhenAProviderDoesNotRenewThem(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*elsewhere.OpenID)
		code oauth.Code
		over bool
	}{
		"an outage":      {func(op *elsewhere.OpenID) { op.Status = 502 }, oauth.TemporarilyUnavailable, false},
		"it was revoked": {func(op *elsewhere.OpenID) { op.Renewing = func() { op.Renewing = nil; op.Forget() } }, oauth.InvalidTarget, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, op, user := kept(t, 10)
			c.bend(op)
			_, err := s.Tokens(t.Context(), user.ID, "there")
			if !c.code.In(err) || upstream.NotRenewed(err) != c.over {
				t.Errorf("got %v", err)
			}
			asked := op.Renewed()
			op.Status, op.Renewing = 0, nil
			if _, err := s.Tokens(t.Context(), user.ID, "there"); (err == nil) == c.over || c.over && op.Renewed() != asked {
				t.Errorf("afterwards: got %v after asking %d times", err, op.Renewed())
			}
		})
	}
}

func TestTokensGoWithWhatTheyRestOn(t *testing.T) {
	elseIssuer := elsewhere.Open(t).Issuer
	for name, c := range map[string]struct {
		end  func(site, *elsewhere.OpenID, identity.User) error
		left int // records, which nothing opens any more
	}{
		"the provider is deleted and added again": {func(s site, op *elsewhere.OpenID, _ identity.User) error {
			err := s.Providers.Delete(t.Context(), "there")
			s.add("there", op, func(set *upstream.Settings) { set.KeepTokens = true })
			return err
		}, 1},
		"they are wanted no more, and then again": {func(s site, _ *elsewhere.OpenID, _ identity.User) error {
			return errors.Join(s.settle(func(set *upstream.Settings) { set.KeepTokens = false }), s.settle(func(set *upstream.Settings) { set.KeepTokens = true }))
		}, 1},
		"the provider moves to another issuer": {func(s site, op *elsewhere.OpenID, _ identity.User) error {
			_, err := s.Providers.Update(t.Context(), "there", oauth.Secret(op.Secret), func(set *upstream.Settings) error { set.Issuer = elseIssuer; return nil })
			return err
		}, 1},
		"it is switched off": {func(s site, _ *elsewhere.OpenID, _ identity.User) error {
			return s.settle(func(set *upstream.Settings) { set.Disabled = true })
		}, 1},
		"the person disconnects it": {func(s site, _ *elsewhere.OpenID, user identity.User) error {
			return s.disconnect(user)
		}, 0},
		"the person is deleted": {func(s site, _ *elsewhere.OpenID, user identity.User) error {
			return s.users.Delete(t.Context(), user.ID)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, op, user := kept(t, 300)
			must(t, c.end(s, op, user))
			if got, err := s.Tokens(t.Context(), user.ID, "there"); !oauth.InvalidTarget.In(err) || got.AccessToken != "" {
				t.Errorf("got %+v %v", got, err)
			}
			if n := len(s.lie(user)); n != c.left {
				t.Errorf("%d records are left", n)
			}
		})
	}
}

// Who can write into the table cannot have another's tokens handed out as their own.
func TestTokensAreThePersonsWithWhomTheyWereSealed(t *testing.T) {
	s, op, victim := kept(t, 300)
	maps.Copy(op.Person, map[string]any{"sub": "mallory-there", "email": "mallory@example.com"})
	mallory := s.come()
	theirs, own := s.lie(victim)[0], s.lie(mallory)[0]
	must(t, s.table.Write(t.Context(), store.Change{Op: store.OpPut, Key: own.Key, Value: theirs.Value}))
	if got, err := s.Tokens(t.Context(), mallory.ID, "there"); !oauth.InvalidTarget.In(err) {
		t.Errorf("got %+v %v", got, err)
	}
}

func TestOfWhoDisconnectsDuringARenewalNothingIsKept(t *testing.T) {
	s, op, user := kept(t, 10)
	op.Renewing = func() { must(t, s.disconnect(user)) }
	if _, err := s.Tokens(t.Context(), user.ID, "there"); !oauth.InvalidTarget.In(err) || len(s.lie(user)) != 0 {
		t.Errorf("got %v and %v", err, s.lie(user))
	}
}

// A sign-in during a renewal brings a refresh token of its own, which stays.
func TestASignInDuringARenewalStays(t *testing.T) {
	s, op, user := kept(t, 10)
	op.Renewing = func() { op.Renewing = nil; s.come() }
	for want := 1; want <= 2; want++ { // what the sign-in brought has expired as well
		if got, err := s.Tokens(t.Context(), user.ID, "there"); err != nil || got.AccessToken == "" || op.Renewed() != want {
			t.Errorf("got %+v %v after asking %d times", got, err, op.Renewed())
		}
	}
}

func TestGoogleIsAskedForARefreshTokenInItsOwnWay(t *testing.T) {
	s := open(t)
	for keep, want := range map[bool]string{true: "offline", false: ""} {
		p := upstream.Provider{ID: "google", Settings: upstream.Settings{
			Kind: upstream.OpenID, Issuer: "https://accounts.google.com", Trust: upstream.Trust{KeepTokens: keep},
		}}
		if asked := upstream.Asked(s.RelyingParty, p).Get("access_type"); asked != want {
			t.Errorf("keep %v: got %q", keep, asked)
		}
	}
}
