package endpoint_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestSignedUserinfoIsAJWT(t *testing.T) {
	s := open(t)
	s.register(identity.Registration{ID: "reader", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"openid", "email"},
		ResponseMetadata: oauth.ResponseMetadata{UserinfoSignedResponseAlg: oauth.RS256},
	}})
	token := s.post("/token", "grant_type=password&username=alice&password="+strings.ReplaceAll(password, " ", "+"), "reader", secret).text("access_token")
	a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+token)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/jwt" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %s %v", a, a.Header)
	}
	if claims := claimsOf(t, string(a.body)); claims["sub"] != s.alice.ID || claims["aud"] != "reader" || claims["iss"] != issuer {
		t.Errorf("got %v", claims)
	}
	a = s.call("GET", "/userinfo", "", "Authorization: Bearer "+token+"x")
	s.wants(a, 401, oauth.InvalidToken)
}
