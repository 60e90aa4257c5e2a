package pages_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

// keeps lets people in by a provider whose tokens are kept.
func (s *site) keeps(op *elsewhere.OpenID) {
	s.t.Helper()
	op.Rotates = true
	s.there(op, func(set *upstream.Settings) { set.KeepTokens = true })
}

// tokensOf are the tokens at the provider of who comes from there.
func (s *site) tokensOf(op *elsewhere.OpenID) (upstream.Given, error) {
	s.t.Helper()
	user, err := s.people.ByLinked(s.t.Context(), op.Issuer, "jo-there")
	must(s.t, err)
	return s.upstream.Tokens(s.t.Context(), user.ID, "there")
}

func TestTheTokensOfWhoSignsInByAProviderAreKept(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.keeps(op)
	b := s.browser()
	b.comeBy(op).answer()
	if got, err := s.tokensOf(op); err != nil || got.AccessToken != "an-access-token" {
		t.Errorf("got %+v %v", got, err)
	}
	p := b.get("/account/data")
	file := b.submit(p)
	if !strings.Contains(file.body, `"tokens_of_other_providers"`) || !strings.Contains(file.body, `"provider": "there"`) {
		t.Errorf("the person is not told: %s", file.body)
	}
	for _, secret := range []string{"an-access-token", "refresh-token", "sealed"} {
		if strings.Contains(file.body, secret) || strings.Contains(s.logged.String(), secret) {
			t.Errorf("%s is in the file, or the log", secret)
		}
	}
}

func TestTheTokensOfWhoConnectsAProviderAreKeptUntilTheyDisconnectIt(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.keeps(op)
	b := s.browser()
	b.signIn("alice")
	p := b.follow(b.get(b.away(b.submit(b.get("/account/security"), "connect", "there"), op)))
	if got, err := s.tokensOf(op); err != nil || got.AccessToken != "an-access-token" {
		t.Errorf("got %+v %v", got, err)
	}
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	b.submit(p, "linked", identity.Linked{Issuer: op.Issuer, Subject: "jo-there"}.ID())
	if got, err := s.upstream.Tokens(t.Context(), alice.ID, "there"); !oauth.InvalidTarget.In(err) {
		t.Errorf("got %+v %v", got, err)
	}
	if left, err := s.people.LinkedTokens(t.Context(), alice.ID); err != nil || len(left) != 0 {
		t.Errorf("there is left %v %v", left, err)
	}
}

func TestAPersonIsAskedWhetherAClientMayHaveTheTokens(t *testing.T) {
	s := open(t)
	s.register("asking", func(m *oauth.ClientMetadata) { m.Scope = oauth.Scope{"openid", "provider_tokens"} })
	b := s.browser()
	b.signIn("alice")
	p := b.follow(b.get(request("asking", "scope", "openid provider_tokens")))
	if p.shows(t, "consent-form"); !strings.Contains(p.body, "Act for you at other providers") {
		t.Errorf("got %s", p.body)
	}
}
