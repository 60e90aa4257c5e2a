package endpoint_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestRegistrationTerms(t *testing.T) {
	s := open(t, "REGISTRATION=token", "REGISTRATION_SCOPE=openid email")
	a := s.send("POST", "/register", webClient(nil), s.registrationToken(1, oauth.RegistrationTerms{}))
	if a.text("scope") != "openid email" || a.json["without_pkce"] != nil {
		t.Errorf("the standard terms: got %s", a)
	}
	service := map[string]any{"grant_types": []string{"client_credentials"}, "redirect_uris": nil}
	token := s.registrationToken(1, oauth.RegistrationTerms{
		Scope: oauth.Scope{"read"}, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, WithoutPKCE: true,
	})
	a = s.send("POST", "/register", webClient(service), token)
	if a.StatusCode != 201 || a.text("scope") != "read" || a.json["without_pkce"] != true {
		t.Fatalf("the token's terms: got %s", a)
	}
	if got := s.post("/token", "grant_type=client_credentials", a.text("client_id"), a.text("client_secret")); got.text("scope") != "read" {
		t.Errorf("got %s", got)
	}
	// The terms hold for as long as the client does.
	service["client_id"], service["grant_types"] = a.text("client_id"), []string{"client_credentials", "password"}
	s.wants(s.send("PUT", own(a), webClient(service), a.text("registration_access_token")), 400, oauth.InvalidClientMetadata)
}

func TestO26RegistrationIsOffUnlessItIsTurnedOn(t *testing.T) {
	s := open(t)
	token := s.registrationToken(1, oauth.RegistrationTerms{})
	for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
		for _, path := range []string{"/register", "/register/app"} {
			if a := s.send(method, path, webClient(nil), token); a.StatusCode != 404 && a.StatusCode != 405 {
				t.Errorf("%s %s: got %s", method, path, a)
			}
		}
	}
	for setting, want := range map[string]any{"off": nil, "token": issuer + "/register", "open": issuer + "/register"} {
		if got := open(t, "REGISTRATION="+setting).call("GET", "/.well-known/openid-configuration", "").json["registration_endpoint"]; got != want {
			t.Errorf("%s: discovery says %v", setting, got)
		}
	}
}

func TestO26RegistrationNeedsAToken(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	a := s.send("POST", "/register", webClient(nil), "")
	s.wants(a, 401, oauth.InvalidToken)
	if got := a.Header.Get("WWW-Authenticate"); got != `Bearer realm="ostiary"` {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	good := s.registrationToken(2, oauth.RegistrationTerms{})
	id, secret, _ := strings.Cut(good, ".")
	for name, token := range map[string]string{
		"made up": "x", "a good id": id, "a good id and another secret": id + ".x", "another id": "x." + secret,
		"an access token": s.signIn("&scope=openid").text("access_token"), "long": strings.Repeat("x", 4000), "a key": "token#" + good,
	} {
		a := s.send("POST", "/register", webClient(nil), token)
		s.wants(a, 401, oauth.InvalidToken)
		if !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Errorf("%s: WWW-Authenticate is %q", name, a.Header.Get("WWW-Authenticate"))
		}
	}
	s.wants(s.call("POST", "/register", webClient(nil), "Content-Type: application/json", "Authorization: Basic "+good), 401, oauth.InvalidToken)
	s.wants(s.send("POST", "/register?access_token="+good, webClient(nil), ""), 401, oauth.InvalidToken)
	// What is refused spends nothing.
	s.wants(s.send("POST", "/register", webClient(map[string]any{"redirect_uris": nil}), good), 400, oauth.InvalidClientMetadata)
	s.wants(s.send("POST", "/register", webClient(nil), good), 201, "")
	s.wants(s.send("POST", "/register", webClient(nil), good), 201, "")
	s.wants(s.send("POST", "/register", webClient(nil), good), 401, oauth.InvalidToken)
}

func TestO26ATokenRegistersAsManyAsItIsFor(t *testing.T) {
	s := open(t, "REGISTRATION=token")
	token := s.registrationToken(3, oauth.RegistrationTerms{})
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if a := s.send("POST", "/register", webClient(nil), token); a.StatusCode == 201 {
				made.Add(1)
			} else {
				s.wants(a, 401, oauth.InvalidToken)
			}
		})
	}
	wg.Wait()
	if made.Load() != 3 {
		t.Errorf("%d clients were registered, want 3", made.Load())
	}
}

func TestO26ATokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "REGISTRATION=token")
		token := s.registrationToken(9, oauth.RegistrationTerms{})
		s.wants(s.send("POST", "/register", webClient(nil), token), 201, "")
		time.Sleep(time.Hour)
		s.wants(s.send("POST", "/register", webClient(nil), token), 401, oauth.InvalidToken)
	})
}

func TestO26OpenRegistrationIsBoundPerAddress(t *testing.T) {
	s := openRegistration(t, "LOCKOUT_ADDRESS_ATTEMPTS=10")
	for range 10 {
		s.wants(s.send("POST", "/register", webClient(nil), ""), 201, "")
	}
	s.wants(s.send("POST", "/register", webClient(nil), ""), 403, oauth.AccessDenied)
	s.wants(s.send("POST", "/register", webClient(nil), s.registrationToken(1, oauth.RegistrationTerms{})), 201, "")
}

func TestO33NoOtherOriginReadsARegistration(t *testing.T) {
	s := openRegistration(t)
	a := s.call("POST", "/register", webClient(nil), "Content-Type: application/json", "Origin: https://app.example.com")
	if got := a.Header.Get("Access-Control-Allow-Origin"); a.StatusCode != 201 || got != "" {
		t.Errorf("got %s, for the origin %q", a, got)
	}
	if a := s.call("OPTIONS", "/register", "", "Origin: https://app.example.com"); a.Header.Get("Access-Control-Allow-Origin") != "" || a.StatusCode != 405 {
		t.Errorf("preflight: got %s %v", a, a.Header)
	}
}
