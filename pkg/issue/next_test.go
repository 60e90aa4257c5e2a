package issue_test

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// next asks for the next step of a request by somebody who may be signed in.
func (s *site) next(signedIn *identity.SignedIn, p issue.Progress, clientID string, changes ...string) (issue.Step, error) {
	s.t.Helper()
	req, client := s.ask(clientID, changes...)
	return s.issuer.Next(s.t.Context(), req, client, signedIn, p)
}

func (s *site) steps(t *testing.T, want issue.Step, signedIn *identity.SignedIn, p issue.Progress, clientID string, changes ...string) {
	t.Helper()
	if got, err := s.next(signedIn, p, clientID, changes...); err != nil || got != want {
		t.Errorf("%s %v: got %q %v, want %q", clientID, changes, got, err, want)
	}
}

func TestTheStepsOfAPerson(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	here := issue.Progress{SignedInAt: session.AuthTime}
	for name, c := range map[string]struct {
		signedIn *identity.SignedIn
		progress issue.Progress
		client   string
		changes  []string
		want     issue.Step
	}{
		"a stranger":                        {nil, issue.Progress{}, webID, nil, issue.SignIn},
		"a stranger to choose":              {nil, issue.Progress{}, webID, []string{"prompt=select_account"}, issue.SignIn},
		"single sign-on":                    {&session, issue.Progress{}, webID, nil, issue.Consent},
		"first-party":                       {&session, issue.Progress{}, spaID, nil, issue.Done},
		"agreed":                            {&session, issue.Progress{ConsentedBy: s.alice.ID}, webID, nil, issue.Done},
		"first-party, asked to ask":         {&session, issue.Progress{}, spaID, []string{"prompt=consent"}, issue.Consent},
		"asked and agreed":                  {&session, issue.Progress{ConsentedBy: s.alice.ID}, spaID, []string{"prompt=consent"}, issue.Done},
		"another account agreed":            {&session, issue.Progress{ConsentedBy: s.bob.ID}, spaID, []string{"prompt=consent"}, issue.Consent},
		"login in spite of a session":       {&session, issue.Progress{}, spaID, []string{"prompt=login"}, issue.SignIn},
		"login done":                        {&session, here, spaID, []string{"prompt=login"}, issue.Done},
		"login done, by an older session":   {&session, issue.Progress{SignedInAt: session.AuthTime.Add(time.Second)}, spaID, []string{"prompt=login"}, issue.SignIn},
		"login is not done by choosing":     {&session, issue.Progress{Selected: true}, spaID, []string{"prompt=login"}, issue.SignIn},
		"login is not done by agreeing":     {&session, issue.Progress{ConsentedBy: s.alice.ID}, webID, []string{"prompt=login"}, issue.SignIn},
		"an age of 0 is a login":            {&session, issue.Progress{}, spaID, []string{"max_age=0"}, issue.SignIn},
		"an age of 0, signed in":            {&session, here, spaID, []string{"max_age=0"}, issue.Done},
		"to choose":                         {&session, issue.Progress{}, spaID, []string{"prompt=select_account"}, issue.SelectAccount},
		"chosen":                            {&session, issue.Progress{Selected: true}, spaID, []string{"prompt=select_account"}, issue.Done},
		"signing in is choosing":            {&session, here, spaID, []string{"prompt=select_account"}, issue.Done},
		"choose first, then log in":         {&session, issue.Progress{}, spaID, []string{"prompt=login select_account"}, issue.SelectAccount},
		"chosen, then log in":               {&session, issue.Progress{Selected: true}, spaID, []string{"prompt=login select_account"}, issue.SignIn},
		"login, then consent":               {&session, here, spaID, []string{"prompt=login consent"}, issue.Consent},
		"an acr that the session has":       {&session, issue.Progress{}, spaID, []string{`claims={"id_token":{"acr":{"essential":true,"value":"` + oauth.ACRPassword + `"}}}`}, issue.Done},
		"an acr that nobody insists on":     {&session, issue.Progress{}, spaID, []string{"acr_values=gold", `claims={"id_token":{"acr":{"values":["gold"]}}}`}, issue.Done},
		"any acr, essential":                {&session, issue.Progress{}, spaID, []string{`claims={"id_token":{"acr":{"essential":true}}}`}, issue.Done},
		"a subject asked for, and there":    {&session, issue.Progress{}, spaID, []string{`claims={"id_token":{"sub":{"value":"` + s.alice.ID + `"}}}`}, issue.Done},
		"a subject asked for, not there":    {&session, issue.Progress{}, spaID, []string{`claims={"id_token":{"sub":{"value":"` + s.bob.ID + `"}}}`}, issue.SignIn},
		"a subject of userinfo, not there":  {&session, issue.Progress{}, spaID, []string{`claims={"userinfo":{"sub":{"value":"` + s.bob.ID + `"}}}`}, issue.SignIn},
		"an installed client, first time":   {&session, issue.Progress{}, nativeID, nil, issue.Consent},
		"an installed client's own website": {&session, issue.Progress{}, nativeID, nil, issue.Consent},
	} {
		t.Log(name)
		s.steps(t, c.want, c.signedIn, c.progress, c.client, c.changes...)
	}
}

func TestMaxAgeLooksAtTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		session := s.signIn(s.alice)
		time.Sleep(2 * time.Second)
		for age, want := range map[int]issue.Step{0: issue.SignIn, 1: issue.SignIn, 2: issue.Done, 10000: issue.Done} {
			s.steps(t, want, &session, issue.Progress{}, spaID, "max_age="+strconv.Itoa(age))
		}
		again := s.signIn(s.alice)
		p := issue.Progress{SignedInAt: again.AuthTime}
		time.Sleep(time.Minute) // spent on the consent page
		s.steps(t, issue.Done, &again, p, spaID, "max_age=1")
	})
}

func TestO36PromptNoneShowsNothing(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	none := func(changes ...string) []string { return append(changes, "prompt=none") }
	for name, c := range map[string]struct {
		signedIn *identity.SignedIn
		client   string
		changes  []string
		want     oauth.Code
	}{
		"a stranger":         {nil, spaID, none(), oauth.LoginRequired},
		"not agreed":         {&session, webID, none(), oauth.ConsentRequired},
		"an age of 0":        {&session, spaID, none("max_age=0"), oauth.LoginRequired},
		"somebody else":      {&session, spaID, none(`claims={"id_token":{"sub":{"value":"` + s.bob.ID + `"}}}`), oauth.LoginRequired},
		"an installed app":   {&session, nativeID, none("redirect_uri=com.example.app:/callback"), oauth.InteractionRequired},
		"an app on a port":   {&session, nativeID, none("redirect_uri=http://127.0.0.1:4711/callback"), oauth.InteractionRequired},
		"an app's website":   {&session, nativeID, none(), oauth.ConsentRequired},
		"signed in, trusted": {&session, spaID, none(), ""},
	} {
		step, err := s.next(c.signedIn, issue.Progress{}, c.client, c.changes...)
		if c.want == "" {
			if err != nil || step != issue.Done {
				t.Errorf("%s: got %q %v", name, step, err)
			}
			continue
		}
		var refusal *issue.Refusal
		if code(err) != c.want || !errors.As(err, &refusal) || s.issuer.Refuse(refusal.Request, err).Params.Get("state") != "a state" {
			t.Errorf("%s: got %q %v, want %s", name, step, err, c.want)
		}
	}
}

func TestO36AHintBindsTheAnswerToItsPerson(t *testing.T) {
	s := open(t)
	alice, bob := s.signIn(s.alice), s.signIn(s.bob)
	hint := "id_token_hint=" + s.tokens(spaID, s.authorize(alice, spaID)).IDToken
	s.steps(t, issue.Done, &alice, issue.Progress{}, spaID, hint, "prompt=none")
	s.steps(t, issue.SignIn, &bob, issue.Progress{}, spaID, hint)
	_, err := s.next(&bob, issue.Progress{}, spaID, hint, "prompt=none")
	wants(t, err, oauth.LoginRequired)
	_, err = s.next(&bob, issue.Progress{SignedInAt: bob.AuthTime}, spaID, hint)
	wants(t, err, oauth.LoginRequired) // who signs in must be who was named
	_, _, err = s.parse(spaID, hint, `claims={"id_token":{"sub":{"value":"`+s.bob.ID+`"}}}`)
	wants(t, err, oauth.InvalidRequest)
}

// TestO36WhoIsThereIsNobodysToAskWhomTheyDoNotKnow: a client that a person has agreed to
// nothing with learns by no answer whether it is they whom it names.
func TestO36WhoIsThereIsNobodysToAskWhomTheyDoNotKnow(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	asks := func(client, sub string) error {
		_, err := s.next(&session, issue.Progress{}, client, "prompt=none", "redirect_uri="+callback, `claims={"id_token":{"sub":{"value":"`+sub+`"}}}`)
		return err
	}
	for _, client := range []string{webID, nativeID} {
		right, wrong := asks(client, s.alice.ID), asks(client, s.bob.ID)
		wants(t, right, oauth.LoginRequired)
		wants(t, wrong, oauth.LoginRequired)
		if oauth.AsError(right).Description != oauth.AsError(wrong).Description {
			t.Errorf("%s: got %v and %v", client, right, wrong)
		}
	}
	must(t, s.issuer.GrantConsent(t.Context(), s.alice.ID, webID, oauth.Scope{"profile"}, issue.ClaimsRequest{}))
	wants(t, asks(webID, s.alice.ID), oauth.ConsentRequired) // and wants more than they agreed to
}

func TestO36AnEssentialACRIsNotWaived(t *testing.T) {
	s := open(t)
	weak, _, err := s.sessions.Begin(t.Context(), s.alice, identity.Authentication{Time: time.Now(), ACR: "0"}, nil)
	must(t, err)
	demand := `claims={"id_token":{"acr":{"essential":true,"values":["gold","` + oauth.ACRPassword + `"]}}}`
	s.steps(t, issue.SignIn, &weak, issue.Progress{}, spaID, demand)
	_, err = s.next(&weak, issue.Progress{SignedInAt: weak.AuthTime}, spaID, demand)
	wants(t, err, oauth.UnmetAuthenticationRequirements)
}

// Any app on the device can claim a scheme or listen on a port, so what was agreed to
// before counts only where the client proves itself (RFC 8252 §8.6).
func TestO16NoSilentConsentForWhoeverPassesForAClient(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	s.register(identity.Registration{ID: "managed", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, Scope: oauth.Scope{"openid"},
		RedirectURIs:          []string{"com.example.app:/callback", "http://127.0.0.1/callback"},
		AuthorizationMetadata: oauth.AuthorizationMetadata{WithoutConfirmation: true},
	}})
	s.register(identity.Registration{ID: "trusted", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, Scope: oauth.Scope{"openid"}, RedirectURIs: []string{"http://localhost/callback"},
		AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
	}})
	s.register(identity.Registration{ID: "secret", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		Scope: oauth.Scope{"openid"}, RedirectURIs: []string{"http://127.0.0.1/callback"},
	}})
	for name, c := range map[string]struct {
		client, redirectURI string
		want                issue.Step
	}{
		"by its scheme":            {nativeID, "com.example.app:/callback", issue.Consent},
		"by a port":                {nativeID, "http://127.0.0.1:4711/callback", issue.Consent},
		"by a port, IPv6":          {nativeID, "http://[::1]:4711/callback?a=b", issue.Consent},
		"by a port, trusted":       {"trusted", "http://localhost/callback", issue.Consent},
		"its website proves it":    {nativeID, callback, issue.Done},
		"its secret will prove it": {"secret", "http://127.0.0.1:4711/callback", issue.Done},
		"an administrator vouches": {"managed", "com.example.app:/callback", issue.Done},
		"likewise, for a port":     {"managed", "http://127.0.0.1:4711/callback", issue.Done},
	} {
		t.Log(name)
		uri := "redirect_uri=" + c.redirectURI
		s.authorize(session, c.client, uri) // and agrees
		s.steps(t, c.want, &session, issue.Progress{}, c.client, uri)
		s.steps(t, issue.Done, &session, issue.Progress{SignedInAt: session.AuthTime}, c.client, uri) // a page was seen
		s.steps(t, issue.Done, &session, issue.Progress{Selected: true}, c.client, uri)
		_, err := s.next(&session, issue.Progress{}, c.client, uri, "prompt=none")
		if c.want == issue.Done {
			must(t, err)
		} else {
			wants(t, err, oauth.InteractionRequired)
		}
	}
}

// What another account of the browser did is no page that this person has seen.
func TestO16AnotherAccountsClickIsNoConfirmation(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	req, client := s.ask(nativeID, "redirect_uri=com.example.app:/callback")
	must(t, s.issuer.GrantConsent(t.Context(), s.alice.ID, nativeID, req.Scope, req.Claims))
	for agreed, want := range map[string]issue.Step{s.bob.ID: issue.Consent, s.alice.ID: issue.Done} {
		got, err := s.issuer.Next(t.Context(), req, client, &session, issue.Progress{ConsentedBy: agreed})
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
