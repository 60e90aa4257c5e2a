package endpoint_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// Whoever shares a secret for HS256 can write any token. Each of these must be good
// for no more than what its client was given.

func (s *site) forge(typ string, claims map[string]any, change map[string]any) string {
	s.t.Helper()
	forged := maps.Clone(claims)
	for name, value := range change {
		if forged[name] = value; value == nil {
			delete(forged, name)
		}
	}
	token, err := keys.SignHS256([]byte(secret), typ, forged)
	must(s.t, err)
	return token
}

// refuses wants the token to be good nowhere, and nothing of ours to fail over it.
func (s *site) refuses(name, token string, askers ...string) {
	s.t.Helper()
	for _, asker := range askers {
		if a := s.post("/introspect", "token="+token, asker, secret); string(a.body) != `{"active":false}` {
			s.t.Errorf("%s: %s is told %s", name, asker, a)
		}
	}
	s.wants(s.call("GET", "/userinfo", "", "Authorization: Bearer "+token), 401, oauth.InvalidToken)
}

func (s *site) registerShared(id string, m oauth.ClientMetadata) {
	s.t.Helper()
	m.TokenEndpointAuthMethod, m.AccessTokenSignedResponseAlg = oauth.ClientSecretBasic, oauth.HS256
	m.IDTokenSignedResponseAlg = oauth.HS256
	s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: m})
}

func TestJ31AClientsSecretForgesNothing(t *testing.T) {
	s := open(t)
	s.registerShared("hs", oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.Password, oauth.ClientCredentials}, Scope: oauth.Scope{"openid", "read", "write"},
		Audience: []string{apiResource},
	})
	s.register(identity.Registration{ID: "bank", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		Resource: []string{"https://bank.example.com"},
	}})
	bob, err := s.people.Add(t.Context(), identity.NewUser{Username: "bob", Password: password})
	must(t, err)
	signIn := "grant_type=password&username=alice&password=" + url.QueryEscape(password)
	person := s.post("/token", signIn+"&scope=read&resource="+apiResource, "hs", secret)
	service := s.post("/token", "grant_type=client_credentials&scope=read&resource="+apiResource, "hs", secret)
	others := claimsOf(t, s.signIn("&scope=openid").text("access_token"))

	for name, claims := range map[string]map[string]any{
		"a person's": claimsOf(t, person.text("access_token")), "its own": claimsOf(t, service.text("access_token")),
	} {
		again := s.forge("at+jwt", claims, nil)
		if a := s.post("/introspect", "token="+again, apiID, secret); a.json["active"] != true {
			t.Fatalf("%s token, written again as it was: %s", name, a)
		}
		for what, change := range map[string]map[string]any{
			"more scope than granted":    {"scope": "openid read write", "aud": []string{apiResource, issuer}},
			"scope of nobody":            {"scope": "read admin"},
			"userinfo as well":           {"aud": []string{apiResource, issuer}},
			"two APIs":                   {"aud": []string{apiResource, "https://bank.example.com"}},
			"another API":                {"aud": "https://bank.example.com"},
			"no API":                     {"aud": []string{}},
			"another person":             {"sub": bob.ID},
			"a person without a grant":   {"sub": s.alice.ID, "grant_id": nil},
			"openid without a grant":     {"sub": "hs", "grant_id": nil, "scope": "openid", "aud": issuer},
			"another client":             {"client_id": secretID},
			"another client's grant":     {"sub": others["sub"], "grant_id": others["grant_id"], "aud": issuer, "scope": "openid"},
			"a made-up grant":            {"grant_id": "x"},
			"a made-up sealed grant":     {"grant_id": ".AAAA"},
			"a sealed grant, not base64": {"grant_id": ".!"},
			"a jti as long as it gets":   {"jti": strings.Repeat("x", 4000)},
			"an empty jti":               {"jti": ""},
		} {
			s.refuses(name+" token with "+what, s.forge("at+jwt", claims, change), apiID, "hs", "bank")
		}
		for _, typ := range []string{"JWT", "", "application/at+jwt"} {
			s.refuses(name+" token of type "+typ, s.forge(typ, claims, nil), apiID, "hs")
		}
	}
	idToken := s.post("/token", signIn+"&scope=openid", "hs", secret).text("id_token")
	s.refuses("an id_token", idToken, "hs")
	if a := s.post("/revoke", "token="+s.forge("at+jwt", claimsOf(t, service.text("access_token")), map[string]any{"jti": strings.Repeat("x", 4000)}), "hs", secret); a.StatusCode != 200 {
		t.Errorf("revocation: %s", a)
	}
}

func TestJ31AnAPIsSecretForgesNothing(t *testing.T) {
	s := open(t)
	const legacy = "https://legacy.example.com"
	s.registerShared("legacy", oauth.ClientMetadata{Resource: []string{legacy}})
	s.register(identity.Registration{ID: "caller", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.Password, oauth.RefreshToken, oauth.ClientCredentials},
		Scope:      oauth.Scope{"openid", "email", "read"}, Audience: []string{legacy, apiResource},
	}})
	tokens := s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password)+"&scope=read&resource="+legacy, "caller", secret)
	claims := claimsOf(t, tokens.text("access_token"))
	if a := s.post("/introspect", "token="+s.forge("at+jwt", claims, nil), "legacy", secret); a.json["active"] != true {
		t.Fatalf("written again as it was: %s", a)
	}
	for what, change := range map[string]map[string]any{
		"another API beside it": {"aud": []string{legacy, apiResource}},
		"another API before it": {"aud": []string{apiResource, legacy}},
		"userinfo":              {"aud": []string{legacy, issuer}, "scope": "openid email"},
		"another client":        {"client_id": secretID},
		"the client itself":     {"sub": "caller", "grant_id": nil, "aud": []string{legacy, apiResource}},
	} {
		s.refuses(what, s.forge("at+jwt", claims, change), "legacy", apiID)
	}
}

func TestO48AForgedJTIRevokesNothing(t *testing.T) {
	s := open(t)
	s.registerShared("hs", oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.ClientCredentials}})
	own := claimsOf(t, s.post("/token", "grant_type=client_credentials", "hs", secret).text("access_token"))
	victim := s.signIn("&scope=openid").text("access_token")
	forged := s.forge("at+jwt", own, map[string]any{"jti": claimsOf(t, victim)["jti"]})
	if a := s.post("/revoke", "token="+forged, "hs", secret); a.StatusCode != 200 {
		t.Fatalf("got %s", a)
	}
	if a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+victim); a.StatusCode != 200 {
		t.Errorf("another client revoked the token: %s", a)
	}
	if a := s.post("/introspect", "token="+forged, "hs", secret); a.json["active"] != false {
		t.Errorf("its own still works: %s", a)
	}
}

func TestO16TokensOfASecretThatWasReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.registerShared("hs", oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.ClientCredentials}})
		token := "token=" + s.post("/token", "grant_type=client_credentials", "hs", secret).text("access_token")
		_, next, err := s.clients.RotateSecret(t.Context(), "hs", 10*time.Minute)
		must(t, err)
		if a := s.post("/introspect", token, "hs", string(next)); a.json["active"] != true {
			t.Errorf("signed with the secret before: %s", a)
		}
		time.Sleep(10 * time.Minute)
		if a := s.post("/introspect", token, "hs", string(next)); a.json["active"] != false {
			t.Errorf("signed with a secret that is no more: %s", a)
		}
	})
}

// A process that has read nothing yet judges a pairwise client's token as the one that
// made it does.
func TestAPairwiseTokenIsGoodInAnotherProcess(t *testing.T) {
	folder := ring.Copy(t)
	s := build(t, folder, folder.Users, folder.State)
	s.registerShared("pair", oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.Password, oauth.AuthorizationCode}, Scope: oauth.Scope{"openid", "read"},
		RedirectURIs:          []string{"https://pair.example.com/back"},
		AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject},
	})
	token := s.post("/token", "grant_type=password&scope=openid&username=alice&password="+url.QueryEscape(password), "pair", secret).text("access_token")
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer})
	must(t, err)
	sealer, signing := folder.Keys(t, s.users)
	parts, err := issue.NewParts(cfg, s.users, s.state, sealer, signing)
	must(t, err)
	provider, err := endpoint.New(parts, slog.New(slog.DiscardHandler))
	must(t, err)
	cold := *s
	cold.mux = http.NewServeMux()
	cold.mux.Handle("/", provider.Userinfo())
	if a := cold.call("GET", "/userinfo", "", "Authorization: Bearer "+token); a.StatusCode != 200 || a.text("sub") == s.alice.ID {
		t.Errorf("got %s", a)
	}
	forged := s.forge("at+jwt", claimsOf(t, token), map[string]any{"sub": s.alice.ID})
	cold.wants(cold.call("GET", "/userinfo", "", "Authorization: Bearer "+forged), 401, oauth.InvalidToken)
}
