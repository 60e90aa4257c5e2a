package endpoint_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// TestO50LogsHoldNoSecret runs every flow, good and bad, and looks in the log for
// everything that may not be there.
func TestO50LogsHoldNoSecret(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid")
	access, refresh, id := tokens.text("access_token"), tokens.text("refresh_token"), tokens.text("id_token")
	next := s.refresh(refresh)
	form := "grant_type=password&client_id=app&username=alice&password="
	const wrong, wrongSecret = "a wrong password", "a-wrong-secret"
	for range 12 { // into the lockout
		s.post("/token", form+url.QueryEscape(wrong))
	}
	s.post("/token", form+url.QueryEscape(password)+"&password="+url.QueryEscape(password))
	s.post("/token", "grant_type=client_credentials", secretID, secret)
	s.post("/token", "grant_type=client_credentials", secretID, wrongSecret)
	s.post("/token", "grant_type=client_credentials&client_id=poster&client_secret="+secret)
	s.call("POST", "/token?client_secret="+secret, "grant_type=client_credentials")
	s.post("/introspect", "token="+access, apiID, secret)
	s.post("/introspect", "token="+url.QueryEscape(refresh), secretID, secret)
	s.call("GET", "/userinfo", "", "Authorization: Bearer "+access)
	s.call("GET", "/userinfo", "", "Authorization: Bearer "+access+"x")
	s.call("GET", "/userinfo?access_token="+access, "")
	s.call("GET", "/userinfo", "", "Authorization: Bearer "+foreign(t, s))
	s.post("/revoke", "client_id=app&token="+access)
	s.post("/revoke", "client_id=app&token="+url.QueryEscape(next.text("refresh_token")))
	s.refresh(refresh)
	s.call("GET", "/userinfo", "", "Authorization: Bearer "+next.text("access_token")) // its grant is no more
	s.post("/introspect", "token="+next.text("access_token"), apiID, secret)

	log := s.logged.String()
	if len(log) < 1000 {
		t.Fatalf("hardly a log: %s", log)
	}
	for name, value := range map[string]string{
		"access token": access, "its signature": access[strings.LastIndex(access, "."):], "refresh token": refresh,
		"its MAC": refresh[strings.LastIndex(refresh, "."):], "id_token": id, "password": password, "wrong password": wrong,
		"client secret": secret, "wrong secret": wrongSecret, "next refresh token": next.text("refresh_token"),
		"password, encoded": url.QueryEscape(password), "Basic credentials": base64.StdEncoding.EncodeToString([]byte(secretID + ":" + secret)),
		"the person": s.alice.ID, "username": "alice", "e-mail address": "alice@example.com",
		"the grant": claimsOf(t, access)["grant_id"].(string),
	} {
		if strings.Contains(log, value) {
			t.Errorf("%s is in the log", name)
		}
	}
}
