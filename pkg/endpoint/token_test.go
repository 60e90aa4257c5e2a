package endpoint_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestTheStory(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid+email")
	if tokens.StatusCode != 200 || tokens.text("token_type") != "Bearer" || tokens.json["expires_in"] != 3600.0 ||
		tokens.text("scope") != "openid email" || tokens.text("refresh_token") == "" || tokens.text("id_token") == "" {
		t.Fatalf("got %s", tokens)
	}
	if got := tokens.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	me := s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token"))
	if me.StatusCode != 200 || me.text("sub") != s.alice.ID || me.text("email") != "alice@example.com" || me.json["email_verified"] != true {
		t.Errorf("got %s", me)
	}
	if _, ok := me.json["name"]; ok {
		t.Error("the name is there, though profile was not granted")
	}
	again := s.refresh(tokens.text("refresh_token"))
	if again.StatusCode != 200 || again.text("refresh_token") == tokens.text("refresh_token") || again.text("id_token") == "" {
		t.Errorf("got %s", again)
	}
}

func TestClientCredentials(t *testing.T) {
	s := open(t)
	a := s.post("/token", "grant_type=client_credentials&scope=read", secretID, secret)
	if a.StatusCode != 200 || a.text("scope") != "read" || a.text("refresh_token") != "" || a.text("id_token") != "" {
		t.Fatalf("got %s", a)
	}
	if a := s.post("/token", "grant_type=client_credentials", secretID, secret); a.text("scope") != "read write" {
		t.Errorf("without a scope: got %s, want what makes sense without a person", a)
	}
	me := s.call("GET", "/userinfo", "", "Authorization: Bearer "+a.text("access_token"))
	if me.StatusCode != 403 || me.text("error") != "insufficient_scope" {
		t.Errorf("a client at userinfo: got %s", me)
	}
}

func TestRefusals(t *testing.T) {
	s := open(t)
	s.register(identity.Registration{ID: "spa", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode},
		RedirectURIs: []string{"https://app.example.com/callback"}, Scope: oauth.Scope{"openid"},
	}})
	alice := "username=alice&password=" + url.QueryEscape(password)
	for name, c := range map[string]struct {
		form   string
		auth   []string // id, secret
		code   oauth.Code
		status int
	}{
		"no grant_type":                     {"client_id=app", nil, oauth.InvalidRequest, 400},
		"unknown grant type":                {"grant_type=implicit&client_id=app", nil, oauth.UnsupportedGrantType, 400},
		"grant type not registered":         {"grant_type=password&" + alice + "&client_id=poster&client_secret=" + secret, nil, oauth.UnauthorizedClient, 400},
		"no client":                         {"grant_type=refresh_token&refresh_token=x", nil, oauth.InvalidClient, 401},
		"unknown client":                    {"grant_type=client_credentials", []string{"nobody", secret}, oauth.InvalidClient, 401},
		"unknown public client":             {"grant_type=refresh_token&refresh_token=x&client_id=nobody", nil, oauth.InvalidClient, 401},
		"wrong secret":                      {"grant_type=client_credentials", []string{secretID, "wrong"}, oauth.InvalidClient, 401},
		"empty secret":                      {"grant_type=client_credentials", []string{secretID, ""}, oauth.InvalidClient, 401},
		"basic for a post client":           {"grant_type=client_credentials", []string{postID, secret}, oauth.InvalidClient, 401},
		"post for a basic client":           {"grant_type=client_credentials&client_id=server&client_secret=" + secret, nil, oauth.InvalidClient, 401},
		"a public client's secret":          {"grant_type=password&client_id=app&client_secret=x&" + alice, nil, oauth.InvalidClient, 401},
		"a confidential client without one": {"grant_type=client_credentials&client_id=server", nil, oauth.InvalidClient, 401},
		"two auth methods":                  {"grant_type=client_credentials&client_secret=" + secret, []string{secretID, secret}, oauth.InvalidRequest, 400},
		"two client ids":                    {"grant_type=client_credentials&client_id=poster", []string{secretID, secret}, oauth.InvalidRequest, 400},
		"secret without client_id":          {"grant_type=client_credentials&client_secret=" + secret, nil, oauth.InvalidRequest, 400},
		"wrong password":                    {"grant_type=password&client_id=app&username=alice&password=wrong+horse", nil, oauth.InvalidGrant, 400},
		"unknown person":                    {"grant_type=password&client_id=app&username=bob&password=wrong+horse", nil, oauth.InvalidGrant, 400},
		"no password":                       {"grant_type=password&client_id=app&username=alice", nil, oauth.InvalidRequest, 400},
		"scope beyond registration":         {"grant_type=client_credentials&scope=admin", []string{secretID, secret}, oauth.InvalidScope, 400},
		"scope with a quote":                {"grant_type=client_credentials&scope=%22", []string{secretID, secret}, oauth.InvalidScope, 400},
		"openid without a person":           {"grant_type=client_credentials&scope=openid", []string{secretID, secret}, oauth.InvalidScope, 400},
		"resource not registered":           {"grant_type=client_credentials&resource=https://evil.example.com", []string{secretID, secret}, oauth.InvalidTarget, 400},
		"no code":                           {"grant_type=authorization_code&client_id=spa", nil, oauth.InvalidRequest, 400},
		"made-up code":                      {"grant_type=authorization_code&client_id=spa&code=a.b&redirect_uri=x&code_verifier=y", nil, oauth.InvalidGrant, 400},
		"a code not registered for":         {"grant_type=authorization_code&client_id=app&code=a.b&redirect_uri=x&code_verifier=y", nil, oauth.UnauthorizedClient, 400},
		"made-up refresh token":             {"grant_type=refresh_token&client_id=app&refresh_token=a.1.b", nil, oauth.InvalidGrant, 400},
		"access token as refresh token":     {"grant_type=refresh_token&client_id=app&refresh_token=" + s.signIn().text("access_token"), nil, oauth.InvalidGrant, 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.post("/token", c.form, c.auth...)
			s.wants(a, c.status, c.code)
			if got := a.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q", got)
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be stored")
			}
			wantBasic := c.status == 401 && c.auth != nil
			if got := strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic "); got != wantBasic {
				t.Errorf("WWW-Authenticate is %q", a.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

func TestDefaultClient(t *testing.T) {
	form := "grant_type=password&username=alice&password=" + url.QueryEscape(password)
	s := open(t)
	for name, headers := range map[string][]string{
		"nothing said":        nil,
		"Swagger UI's button": {"Authorization: Basic Og=="}, // ":"
	} {
		if a := s.call("POST", "/token", form, headers...); a.StatusCode != 200 {
			t.Errorf("%s: got %s", name, a)
		}
	}
	s = open(t, "DEFAULT_CLIENT=")
	s.wants(s.post("/token", form), 401, oauth.InvalidClient)
}

func TestTokensAreSignedAsRegistered(t *testing.T) {
	s := open(t)
	header := func(token string) string { return decodePart(t, token, 0) }
	for _, alg := range []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256, oauth.EdDSA, oauth.HS256} {
		id := "client-" + strings.ToLower(string(alg))
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.Password},
			Scope: oauth.Scope{"openid"}, AccessTokenSignedResponseAlg: alg, IDTokenSignedResponseAlg: alg,
		}})
		a := s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password), id, secret)
		if a.StatusCode != 200 {
			t.Fatalf("%s: got %s", alg, a)
		}
		want := fmt.Sprintf(`"alg":"%s"`, alg)
		if got := header(a.text("access_token")); !strings.Contains(got, want) || !strings.Contains(got, `"typ":"at+jwt"`) {
			t.Errorf("%s: the access token's header is %s", alg, got)
		}
		if got := header(a.text("id_token")); !strings.Contains(got, want) {
			t.Errorf("%s: the id_token's header is %s", alg, got)
		}
		me := s.call("GET", "/userinfo", "", "Authorization: Bearer "+a.text("access_token"))
		if me.StatusCode != 200 {
			t.Errorf("%s: userinfo says %s", alg, me)
		}
	}
	if got := header(s.signIn().text("id_token")); !strings.Contains(got, `"alg":"RS256"`) {
		t.Errorf("without a wish the id_token's header is %s", got)
	}
}

func TestAnAPIDecidesHowItsTokensAreSigned(t *testing.T) {
	s := open(t)
	const resource = "https://legacy.example.com"
	s.register(identity.Registration{ID: "legacy", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.ClientCredentials},
		Resource: []string{resource}, AccessTokenSignedResponseAlg: oauth.HS256,
	}})
	s.register(identity.Registration{ID: "caller", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.ClientCredentials},
		Audience: []string{resource},
	}})
	a := s.post("/token", "grant_type=client_credentials&resource="+resource, "caller", secret)
	if got := decodePart(t, a.text("access_token"), 0); !strings.Contains(got, `"alg":"HS256"`) {
		t.Errorf("the header is %s", got)
	}
	seen := s.post("/introspect", "token="+a.text("access_token"), "legacy", secret)
	if seen.json["active"] != true {
		t.Errorf("the API asks: got %s", seen)
	}
}

func TestTokenLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "ACCESS_TOKEN_LIFETIME=5m", "REFRESH_IDLE_LIFETIME=1h", "REFRESH_LIFETIME=2h")
		tokens := s.signIn()
		bearer := "Authorization: Bearer " + tokens.text("access_token")
		time.Sleep(5*time.Minute - time.Second)
		if a := s.call("GET", "/userinfo", "", bearer); a.StatusCode != 200 {
			t.Errorf("just before its end: %s", a)
		}
		time.Sleep(time.Second)
		if a := s.call("GET", "/userinfo", "", bearer); a.StatusCode != 401 {
			t.Errorf("at its end: %s", a)
		}
		refresh := tokens.text("refresh_token")
		for range 2 {
			time.Sleep(50 * time.Minute)
			a := s.refresh(refresh)
			if a.StatusCode != 200 {
				t.Fatalf("refresh: %s", a)
			}
			refresh = a.text("refresh_token")
		}
		time.Sleep(16 * time.Minute) // the family's two hours are over, its idle hour is not
		s.wants(s.refresh(refresh), 400, oauth.InvalidGrant)

		idle := s.signIn().text("refresh_token")
		time.Sleep(time.Hour)
		s.wants(s.refresh(idle), 400, oauth.InvalidGrant)
	})
}
