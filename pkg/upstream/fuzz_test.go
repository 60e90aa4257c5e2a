package upstream

import (
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Tokens that come out of an answer are there, of the kind that was asked for, and no
// error stood beside them.
func FuzzTokenResponse(f *testing.F) {
	f.Add(`{"access_token":"a","token_type":"Bearer","expires_in":300,"id_token":"x.y.z"}`)
	f.Add(`{"access_token":"a","token_type":"bearer","expires_in":"300"}`)
	f.Add(`{"access_token":1,"token_type":"Bearer"}`)
	f.Add(`{"access_token":"a","token_type":"mac","expires_in":-1}`)
	r := &RelyingParty{now: time.Now}
	f.Fuzz(func(t *testing.T, body string) {
		members, err := jose.ParseClaims([]byte(body))
		if err != nil {
			return
		}
		g, err := r.readGiven(members)
		if err != nil {
			return
		}
		if g.AccessToken == "" {
			t.Error("no access token")
		}
		if !g.Expires.IsZero() && (g.Expires.Before(time.Now()) || g.Expires.After(time.Now().Add(367*24*time.Hour))) {
			t.Errorf("it expires at %s", g.Expires)
		}
	})
}

// A logout token that is taken is this provider's, for this client, of now, of a logout,
// about somebody, and has an ID by which it is remembered.
func FuzzLogoutToken(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	f.Add(`{"iss":"https://a.example.com","aud":"me","iat":1800000000,"exp":1800000060,"jti":"1","sub":"s",` +
		`"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`)
	f.Add(`{"iss":"https://a.example.com","aud":["me"],"nonce":"n"}`)
	f.Fuzz(func(t *testing.T, body string) {
		claims, err := jose.ParseClaims([]byte(body))
		if err != nil {
			return
		}
		e := Ended{Issuer: "https://a.example.com", Provider: Provider{Settings: Settings{ClientID: "me"}}}
		if e.read(claims, now) != nil {
			return
		}
		events, _ := claims["events"].(map[string]any)
		_, nonce := claims["nonce"]
		if claims["iss"] != e.Issuer || events[oauth.LogoutEvent] == nil || nonce || e.Subject+e.SessionID == "" || e.used.Validate() != nil ||
			!e.expires.After(now) {
			t.Errorf("took %s", body)
		}
	})
}
