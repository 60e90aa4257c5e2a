package issue_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestTheCodeFlow(t *testing.T) {
	s := open(t)
	signedIn := s.signIn(s.alice)
	tokens := s.tokens(webID, s.authorize(signedIn, webID, "scope=openid email offline_access", "prompt=consent"))
	if tokens.RefreshToken == "" || tokens.Scope.String() != "openid email offline_access" || !s.works(tokens) {
		t.Fatalf("got %+v", tokens)
	}
	again, err := s.refresh(webID, tokens.RefreshToken)
	must(t, err)
	if again.IDToken == "" || !s.works(again) {
		t.Errorf("got %+v", again)
	}
	sessions, err := s.sessions.List(t.Context(), s.alice.ID)
	must(t, err)
	if len(sessions) != 1 || len(sessions[0].Clients) != 1 || sessions[0].Clients[0].ID != webID {
		t.Errorf("the session does not know its client: %+v", sessions)
	}
}

func TestO06CodesAreBound(t *testing.T) {
	s := open(t)
	other := strings.Repeat("b", 43)
	for name, changes := range map[string][]string{
		"another verifier":       {"code_verifier=" + other},
		"no verifier":            {"code_verifier="},
		"the challenge itself":   {"code_verifier=" + challengeOf(verifier)},
		"a verifier cut short":   {"code_verifier=" + verifier[:42]},
		"a verifier and a space": {"code_verifier=" + verifier + " "},
		"another secret":         {"code=" + s.tampered()},
		"no secret":              {"code=" + strings.Split(s.code(spaID), ".")[0]},
		"an empty locator":       {"code=.x"},
		"a long code":            {"code=" + strings.Repeat("a", 1<<10)},
		"a refresh token":        {"code=" + s.tokens(spaID, s.code(spaID, "scope=openid offline_access")).RefreshToken},
	} {
		good := s.code(spaID)
		_, err := s.redeem(spaID, good, changes...)
		wants(t, err, oauth.InvalidGrant)
		if _, err := s.redeem(spaID, good); err != nil {
			t.Errorf("%s: noise spent the code: %v", name, err)
		}
	}
}

func (s *site) tampered() string {
	code := s.code(spaID)
	return code[:len(code)-1] + string('A'+('Z'-code[len(code)-1])%26)
}

func challengeOf(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func TestO07PKCECannotBeDowngraded(t *testing.T) {
	s := open(t)
	t.Run("at the authorization endpoint", func(t *testing.T) {
		for name, changes := range map[string][]string{
			"no challenge":          {"code_challenge=", "code_challenge_method="},
			"a method alone":        {"code_challenge="},
			"plain":                 {"code_challenge_method=plain"},
			"plain by default":      {"code_challenge_method="},
			"a method in lowercase": {"code_challenge_method=s256"},
			"a short challenge":     {"code_challenge=" + challengeOf("x")[:42]},
			"a long challenge":      {"code_challenge=" + challengeOf("x") + "A"},
			"a padded challenge":    {"code_challenge=" + challengeOf("x") + "="},
			"another alphabet":      {"code_challenge=" + strings.Repeat("+", 43)},
		} {
			for _, client := range []string{webID, spaID, nativeID} {
				_, _, err := s.parse(client, changes...)
				wants(t, err, oauth.InvalidRequest)
			}
			if name != "no challenge" { // which the old client may leave out, but not do wrong
				_, _, err := s.parse(oldID, changes...)
				wants(t, err, oauth.InvalidRequest)
			}
		}
	})
	without := []string{"code_challenge=", "code_challenge_method="}
	t.Run("a verifier without a challenge", func(t *testing.T) {
		good := s.code(oldID, without...)
		_, err := s.redeem(oldID, good)
		wants(t, err, oauth.InvalidGrant)
		s.tokens(oldID, good, "code_verifier=")
	})
	t.Run("a challenge without a verifier", func(t *testing.T) {
		_, err := s.redeem(oldID, s.code(oldID), "code_verifier=")
		wants(t, err, oauth.InvalidGrant)
	})
}

func TestO08ReplayEndsWhatTheFirstUseGave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		for name, wait := range map[string]time.Duration{"at once": 0, "after 30 seconds": 30 * time.Second, "after an hour": time.Hour} {
			good := s.code(webID, "scope=openid offline_access", "prompt=consent")
			first := s.tokens(webID, good)
			if !s.works(first) {
				t.Fatal("the first use gave nothing")
			}
			time.Sleep(wait)
			_, err := s.redeem(webID, good)
			wants(t, err, oauth.InvalidGrant)
			if !errors.Is(err, issue.ErrReplay) {
				t.Errorf("%s: the log will not tell: %v", name, err)
			}
			if s.works(first) {
				t.Errorf("%s: the access token still works", name)
			}
			_, err = s.refresh(webID, first.RefreshToken)
			wants(t, err, oauth.InvalidGrant)
			_, err = s.redeem(webID, good) // and once more
			wants(t, err, oauth.InvalidGrant)
		}
	})
}

func TestO08SixtyFourAtOnce(t *testing.T) {
	s := open(t)
	good := s.code(spaID, "scope=openid offline_access")
	var mu sync.Mutex
	var given []issue.TokenResponse
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			tokens, err := s.redeem(spaID, good)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				given = append(given, tokens)
			} else if code(err) != oauth.InvalidGrant {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if len(given) != 1 {
		t.Fatalf("%d of 64 got tokens", len(given))
	}
	if s.works(given[0]) {
		t.Error("a code in 64 hands gave a token that works")
	}
}

func TestO09AnotherClientOrRedirectURI(t *testing.T) {
	s := open(t)
	good := s.code(webID)
	_, err := s.redeem(spaID, good)
	wants(t, err, oauth.InvalidGrant)
	for _, uri := range []string{"https://app.example.com/other?a=b", callback + "/", "http://127.0.0.1/callback"} {
		_, err = s.redeem(webID, good, "redirect_uri="+uri)
		wants(t, err, oauth.InvalidGrant)
	}
	_, err = s.redeem(webID, good, "redirect_uri=")
	wants(t, err, oauth.InvalidRequest)
	tokens := s.tokens(webID, good) // it was kept
	_, err = s.redeem(spaID, good)
	wants(t, err, oauth.InvalidGrant)
	if !s.works(tokens) {
		t.Error("another client's attempt ended the grant")
	}
}

func TestO09TheLoopbackPortIsPartOfTheBinding(t *testing.T) {
	s := open(t)
	at := func(port string) string { return "redirect_uri=http://127.0.0.1:" + port + "/callback" }
	good := s.code(nativeID, at("49152"))
	_, err := s.redeem(nativeID, good, at("49153"))
	wants(t, err, oauth.InvalidGrant)
	s.tokens(nativeID, good, at("49152"))
}

func TestCodesLiveAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		late, intime := s.code(spaID), s.code(spaID)
		time.Sleep(time.Minute - time.Millisecond)
		s.tokens(spaID, intime)
		time.Sleep(time.Millisecond)
		_, err := s.redeem(spaID, late)
		wants(t, err, oauth.InvalidGrant)
	})
}

func TestCodesAreHardToGuess(t *testing.T) {
	s := open(t)
	seen := map[string]bool{}
	for range 20 {
		locator, secret, _ := strings.Cut(s.code(spaID), ".")
		if seen[locator] || seen[secret] || len(secret) < 26 || len(locator) < 26 {
			t.Fatalf("%s.%s", locator, secret)
		}
		seen[locator], seen[secret] = true, true
	}
}

func TestTheResourceMayNarrow(t *testing.T) {
	s := open(t)
	api := "resource=https://api.example.com"
	good := s.code(webID, api)
	_, err := s.redeem(webID, good, "resource=https://evil.example.com")
	wants(t, err, oauth.InvalidTarget)
	if aud := claimsOf(t, s.tokens(webID, good, api).AccessToken)["aud"]; aud != "https://api.example.com" {
		t.Errorf("aud is %v", aud)
	}
}

func TestWhatEndsACodeAndItsGrant(t *testing.T) {
	for name, end := range map[string]func(s *site, sid string) error{
		"signing out":            func(s *site, sid string) error { return s.sessions.End(s.t.Context(), s.alice.ID, sid) },
		"signing out everywhere": func(s *site, _ string) error { return s.people.SignOutEverywhere(s.t.Context(), s.alice.ID) },
		"being disabled":         func(s *site, _ string) error { return s.people.Disable(s.t.Context(), s.alice.ID) },
		"being deleted":          func(s *site, _ string) error { return s.people.Delete(s.t.Context(), s.alice.ID) },
		"withdrawing consent":    func(s *site, _ string) error { return s.issuer.WithdrawConsent(s.t.Context(), s.alice.ID, webID) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			signedIn := s.signIn(s.alice)
			unused := s.authorize(signedIn, webID)
			bound := s.tokens(webID, s.authorize(signedIn, webID))
			offline := s.tokens(webID, s.authorize(signedIn, webID, "scope=openid offline_access", "prompt=consent"))
			if bound.RefreshToken != "" || offline.RefreshToken == "" || !s.works(bound) || !s.works(offline) {
				t.Fatalf("got %+v and %+v", bound, offline)
			}
			must(t, end(s, signedIn.ID))
			_, err := s.redeem(webID, unused)
			wants(t, err, oauth.InvalidGrant)
			if s.works(bound) {
				t.Error("a token without offline_access outlived it")
			}
			_, err = s.refresh(webID, offline.RefreshToken)
			if lives := name == "signing out"; (err == nil) != lives || s.works(offline) != lives {
				t.Errorf("the offline grant: got %v, want it alive: %v", err, lives)
			}
		})
	}
}

func TestRefreshTokensNeedOfflineAccess(t *testing.T) {
	s := open(t)
	offline := "scope=openid offline_access"
	for name, c := range map[string]struct {
		client  string
		changes []string
		want    bool
	}{
		"asked with consent":               {webID, []string{offline, "prompt=consent"}, true},
		"asked without consent":            {webID, []string{offline}, false},
		"not asked":                        {webID, []string{"prompt=consent"}, false},
		"a first-party client":             {spaID, []string{offline}, true},
		"an installed client":              {nativeID, []string{offline}, true},
		"a client that may not refresh":    {"plain", []string{offline, "prompt=consent"}, false},
		"an installed client, without one": {nativeID, nil, false},
	} {
		if c.client == "plain" {
			r := machine()
			r.ID, r.GrantTypes, r.Scope = "plain", []oauth.GrantType{oauth.AuthorizationCode}, oauth.Scope{"openid", "offline_access"}
			s.register(r)
		}
		tokens := s.tokens(c.client, s.code(c.client, c.changes...))
		if got := tokens.RefreshToken != ""; got != c.want || tokens.Scope.Has(oauth.OfflineAccess) != c.want {
			t.Errorf("%s: got %+v, want a refresh token: %v", name, tokens, c.want)
		}
	}
}
