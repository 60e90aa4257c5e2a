package endpoint_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO08ParallelRefreshesDoNotFork(t *testing.T) {
	s := open(t)
	first := s.signIn().text("refresh_token")
	var mu sync.Mutex
	next := map[string]int{}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			a := s.refresh(first)
			mu.Lock()
			defer mu.Unlock()
			if a.StatusCode != 200 {
				t.Errorf("got %s", a)
			}
			next[a.text("refresh_token")]++
		})
	}
	wg.Wait()
	if len(next) != 1 || next[first] != 0 {
		t.Errorf("64 refreshes of one token gave %d different successors", len(next))
	}
}

func TestO12ReplayEndsTheFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		tokens := s.signIn("&scope=openid")
		stolen := tokens.text("refresh_token")
		victim := s.refresh(stolen)
		bearer := "Authorization: Bearer " + victim.text("access_token")
		if a := s.call("GET", "/userinfo", "", bearer); a.StatusCode != 200 {
			t.Fatalf("before the theft: %s", a)
		}
		time.Sleep(10 * time.Second) // the grace time is over
		s.wants(s.refresh(stolen), 400, oauth.InvalidGrant)
		s.wants(s.refresh(victim.text("refresh_token")), 400, oauth.InvalidGrant)
		if a := s.call("GET", "/userinfo", "", bearer); a.StatusCode != 401 {
			t.Errorf("the family's access token still works: %s", a)
		}
		if !strings.Contains(s.logged.String(), "token in two hands") {
			t.Error("the theft is not in the log")
		}
	})
}

func TestO12TheTokenBeforeTheLastIsTheftAtOnce(t *testing.T) {
	s := open(t)
	first := s.signIn().text("refresh_token")
	second := s.refresh(first).text("refresh_token")
	third := s.refresh(second).text("refresh_token")
	s.wants(s.refresh(first), 400, oauth.InvalidGrant)
	s.wants(s.refresh(third), 400, oauth.InvalidGrant)
}

func TestO13ALostResponseCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		first := s.signIn().text("refresh_token")
		lost := s.refresh(first).text("refresh_token")
		time.Sleep(10*time.Second - time.Millisecond)
		again := s.refresh(first)
		if again.text("refresh_token") != lost {
			t.Fatalf("got %s, want the same successor again", again)
		}
		if a := s.refresh(lost); a.StatusCode != 200 {
			t.Errorf("the successor: %s", a)
		}
	})
}

func TestO13GraceCanBeTurnedOff(t *testing.T) {
	s := open(t, "REFRESH_GRACE=0s")
	first := s.signIn().text("refresh_token")
	s.refresh(first)
	s.wants(s.refresh(first), 400, oauth.InvalidGrant)
}

func TestO14AnotherClientsRefreshToken(t *testing.T) {
	s := open(t)
	t.Run("a made-up MAC revokes nothing", func(t *testing.T) {
		good := s.signIn().text("refresh_token")
		parts := strings.Split(good, ".")
		for name, token := range map[string]string{
			"another MAC":        parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
			"another generation": parts[0] + ".2." + parts[2],
			"an older one":       parts[0] + ".0." + parts[2],
			"another locator":    parts[0] + "AAAA." + parts[1] + "." + parts[2],
			"no MAC":             parts[0] + "." + parts[1] + ".",
			"trailing bytes":     good + "A",
			"a trailing line":    good + "\n",
			"a line inside":      good[:9] + "\r\n" + good[9:],
			"a number longer":    parts[0] + ".01." + parts[2],
			"a number signed":    parts[0] + ".+1." + parts[2],
		} {
			form := "grant_type=refresh_token&client_id=" + otherID + "&refresh_token=" + url.QueryEscape(token)
			t.Log(name)
			s.wants(s.post("/token", form), 400, oauth.InvalidGrant)
		}
		if a := s.refresh(good); a.StatusCode != 200 {
			t.Errorf("noise ended the family: %s", a)
		}
	})
	t.Run("a good token in other hands has leaked", func(t *testing.T) {
		good := s.signIn().text("refresh_token")
		form := "grant_type=refresh_token&client_id=" + otherID + "&refresh_token=" + url.QueryEscape(good)
		s.wants(s.post("/token", form), 400, oauth.InvalidGrant)
		s.wants(s.refresh(good), 400, oauth.InvalidGrant)
	})
}

func TestO35ScopeDoesNotGrowOnRefresh(t *testing.T) {
	s := open(t)
	token := s.signIn("&scope=openid+read").text("refresh_token")
	s.wants(s.refresh(token, "&scope=openid+read+write"), 400, oauth.InvalidScope)
	narrow := s.refresh(token, "&scope=read")
	if narrow.text("scope") != "read" || narrow.text("id_token") != "" {
		t.Fatalf("got %s", narrow)
	}
	if wide := s.refresh(narrow.text("refresh_token")); wide.text("scope") != "openid read" {
		t.Errorf("the grant itself shrank: %s", wide)
	}
}

func TestRefreshRefusalsSpendNothing(t *testing.T) {
	s := open(t, "REFRESH_GRACE=0s")
	token := s.signIn("&scope=read").text("refresh_token")
	s.wants(s.refresh(token, "&scope=admin"), 400, oauth.InvalidScope)
	s.wants(s.refresh(token, "&resource=https://evil.example.com"), 400, oauth.InvalidTarget)
	if a := s.refresh(token); a.StatusCode != 200 {
		t.Errorf("got %s", a)
	}
}

func TestWhatEndsAGrant(t *testing.T) {
	for name, end := range map[string]func(s *site) error{
		"the person is disabled":          func(s *site) error { return s.people.Disable(s.t.Context(), s.alice.ID) },
		"the person is deleted":           func(s *site) error { return s.people.Delete(s.t.Context(), s.alice.ID) },
		"the person signs out everywhere": func(s *site) error { return s.people.SignOutEverywhere(s.t.Context(), s.alice.ID) },
		"the client is deleted":           func(s *site) error { return s.clients.Delete(s.t.Context(), publicID) },
		"the client revokes":              nil,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			tokens := s.signIn("&scope=openid")
			if end != nil {
				must(t, end(s))
			} else if a := s.post("/revoke", "client_id="+publicID+"&token="+url.QueryEscape(tokens.text("refresh_token"))); a.StatusCode != 200 {
				t.Fatalf("got %s", a)
			}
			if a := s.refresh(tokens.text("refresh_token")); a.StatusCode < 400 || a.StatusCode > 401 {
				t.Errorf("refresh: %s", a)
			}
			if a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token")); a.StatusCode != 401 {
				t.Errorf("userinfo: %s", a)
			}
			if name == "the client is deleted" {
				return
			}
			if a := s.post("/introspect", "token="+tokens.text("access_token"), apiID, secret); a.json["active"] != false {
				t.Errorf("introspection: %s", a)
			}
		})
	}
}

func TestRefreshKeepsTheSignInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		tokens := s.signIn("&scope=openid")
		time.Sleep(time.Minute)
		again := s.refresh(tokens.text("refresh_token"))
		before, after := claimsOf(t, tokens.text("id_token")), claimsOf(t, again.text("id_token"))
		for _, name := range []string{"iss", "sub", "aud", "auth_time"} {
			if before[name] == nil || before[name] != after[name] {
				t.Errorf("%s was %v and is %v (OpenID Connect Core 12.2)", name, before[name], after[name])
			}
		}
		if before["iat"] == after["iat"] {
			t.Error("iat is the old one")
		}
	})
}
