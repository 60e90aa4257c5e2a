package issue_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestConsentIsRememberedUntilMoreIsAsked(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	s.authorize(session, webID, "scope=openid email", `claims={"userinfo":{"name":null}}`)
	for name, c := range map[string]struct {
		want    issue.Step
		changes []string
	}{
		"the same":                       {issue.Done, []string{"scope=openid email"}},
		"less":                           {issue.Done, []string{"scope=openid"}},
		"more scope":                     {issue.Consent, []string{"scope=openid email read"}},
		"a claim of that scope":          {issue.Done, []string{`claims={"id_token":{"email":null}}`}},
		"the claim agreed to":            {issue.Done, []string{`claims={"id_token":{"name":null}}`}},
		"another claim":                  {issue.Consent, []string{`claims={"userinfo":{"birthdate":null}}`}},
		"claims that are nobody's":       {issue.Done, []string{`claims={"userinfo":{"sub":null,"shoe_size":null},"id_token":{"acr":null,"auth_time":null}}`}},
		"the scope with the claim in it": {issue.Consent, []string{"scope=openid profile"}},
		"asked to ask":                   {issue.Consent, []string{"scope=openid", "prompt=consent"}},
		"for ever":                       {issue.Consent, []string{"scope=openid offline_access", "prompt=consent"}},
	} {
		t.Log(name)
		s.steps(t, c.want, &session, issue.Progress{}, webID, c.changes...)
	}
	bob := s.signIn(s.bob)
	s.steps(t, issue.Consent, &bob, issue.Progress{}, webID)
	s.authorize(session, webID, "scope=openid read")
	s.steps(t, issue.Done, &session, issue.Progress{}, webID, "scope=openid email read") // it adds up
}

func TestAuthorizeHoldsTheConsentItself(t *testing.T) {
	s := open(t)
	req, client := s.ask(webID)
	_, err := s.issuer.Authorize(t.Context(), req, client, s.signIn(s.alice))
	wants(t, err, oauth.ConsentRequired)
}

func TestAuthorizeNeedsTheSession(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	must(t, s.sessions.End(t.Context(), s.alice.ID, session.ID))
	req, client := s.ask(spaID)
	_, err := s.issuer.Authorize(t.Context(), req, client, session)
	wants(t, err, oauth.LoginRequired)
	s.namesNobody(err)
}

func TestAPersonSeesAndWithdrawsConsents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		session := s.signIn(s.alice)
		s.authorize(session, webID, "scope=openid email")
		began := time.Now()
		time.Sleep(time.Hour)
		web := s.tokens(webID, s.authorize(session, webID, "scope=openid read", `claims={"userinfo":{"name":null}}`))
		native := s.tokens(nativeID, s.authorize(session, nativeID))
		given, err := s.issuer.Consents(t.Context(), s.alice.ID)
		must(t, err)
		if len(given) != 2 || given[0].ClientID != nativeID || given[1].ClientID != webID ||
			given[1].Scope.String() != "openid email read" || !slices.Equal(given[1].Claims, []string{"name"}) ||
			!given[1].Given.Equal(began) || !given[1].Changed.After(began) {
			t.Fatalf("got %+v", given)
		}
		must(t, s.issuer.WithdrawConsent(t.Context(), s.alice.ID, webID))
		must(t, s.issuer.WithdrawConsent(t.Context(), s.alice.ID, webID)) // again, for a retry
		given, err = s.issuer.Consents(t.Context(), s.alice.ID)
		must(t, err)
		if len(given) != 1 || s.works(web) || !s.works(native) {
			t.Errorf("got %+v; the client's token works: %v, another's: %v", given, s.works(web), s.works(native))
		}
		s.steps(t, issue.Consent, &session, issue.Progress{}, webID)
	})
}

// A code that is still under way carries what was agreed to before.
func TestConsentGivenAnewToLessIsAllThereIs(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	before := s.authorize(session, webID, "scope=openid email read")
	must(t, s.issuer.WithdrawConsent(t.Context(), s.alice.ID, webID))
	after := s.authorize(session, webID, "scope=openid")
	_, err := s.redeem(webID, before)
	wants(t, err, oauth.InvalidGrant)
	s.tokens(webID, after)
}

func TestConsentsGivenAtOnceAddUp(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	for _, scope := range []string{"openid", "email", "profile", "read", "write", "a", "b", "c"} {
		wg.Go(func() {
			if err := s.issuer.GrantConsent(t.Context(), s.alice.ID, webID, oauth.Scope{scope}, issue.ClaimsRequest{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	given, err := s.issuer.Consents(t.Context(), s.alice.ID)
	must(t, err)
	if len(given) != 1 || len(given[0].Scope) != 8 {
		t.Errorf("got %+v", given)
	}
}
