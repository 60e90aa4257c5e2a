package endpoint_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestUserinfo(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid+profile+email")
	token := tokens.text("access_token")
	for name, a := range map[string]answer{
		"GET":                s.call("GET", "/userinfo", "", "Authorization: Bearer "+token),
		"GET, scheme's case": s.call("GET", "/userinfo", "", "Authorization: bearer "+token),
		"POST with header":   s.call("POST", "/userinfo", "", "Authorization: Bearer "+token),
		"POST with form":     s.call("POST", "/userinfo", "access_token="+token),
	} {
		if a.StatusCode != 200 || a.text("sub") != s.alice.ID || a.text("name") != "Alice Example" || a.text("preferred_username") != "alice" {
			t.Errorf("%s: got %s", name, a)
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the answer may be stored", name)
		}
	}
	apiToken := s.post("/token", "grant_type=password&scope=read&resource="+apiResource+"&username=alice&password="+url.QueryEscape(password), secretID, secret)
	for name, c := range map[string]struct {
		a      answer
		status int
		code   oauth.Code
	}{
		"no token":                {s.call("GET", "/userinfo", ""), 401, ""},
		"another scheme":          {s.call("GET", "/userinfo", "", "Authorization: Basic YTpi"), 401, ""},
		"token in the URL":        {s.call("GET", "/userinfo?access_token="+token, ""), 401, ""},
		"garbage":                 {s.call("GET", "/userinfo", "", "Authorization: Bearer garbage"), 401, oauth.InvalidToken},
		"altered":                 {s.call("GET", "/userinfo", "", "Authorization: Bearer "+token[:len(token)-4]+"AAAA"), 401, oauth.InvalidToken},
		"signed by somebody else": {s.call("GET", "/userinfo", "", "Authorization: Bearer "+foreign(t, s)), 401, oauth.InvalidToken},
		"an id_token":             {s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("id_token")), 401, oauth.InvalidToken},
		"for another API":         {s.call("GET", "/userinfo", "", "Authorization: Bearer "+apiToken.text("access_token")), 401, oauth.InvalidToken},
		"without openid":          {s.call("GET", "/userinfo", "", "Authorization: Bearer "+s.signIn("&scope=read").text("access_token")), 403, oauth.InsufficientScope},
		"two tokens":              {s.call("POST", "/userinfo", "access_token="+token, "Authorization: Bearer "+token), 400, oauth.InvalidRequest},
		"two headers":             {s.call("GET", "/userinfo", "", "Authorization: Bearer "+token, "Authorization: Bearer "+token), 400, oauth.InvalidRequest},
	} {
		if c.a.StatusCode != c.status {
			t.Errorf("%s: got %s", name, c.a)
		}
		challenge := c.a.Header.Get("WWW-Authenticate")
		if !strings.HasPrefix(challenge, "Bearer ") || strings.Contains(challenge, "error=") != (c.code != "") ||
			!strings.Contains(challenge, string(c.code)) {
			t.Errorf("%s: the challenge is %q", name, challenge)
		}
	}
}

func TestIntrospection(t *testing.T) {
	s := open(t)
	form := "grant_type=password&scope=read&resource=" + apiResource + "&username=alice&password=" + url.QueryEscape(password)
	tokens := s.post("/token", form, secretID, secret)
	access := "token=" + tokens.text("access_token")
	a := s.post("/introspect", access, apiID, secret)
	want := claimsOf(t, tokens.text("access_token"))
	for member, value := range map[string]any{
		"active": true, "scope": "read", "client_id": secretID, "username": "alice", "token_type": "Bearer", "sub": s.alice.ID,
		"iss": issuer, "exp": want["exp"], "iat": want["iat"], "jti": want["jti"],
	} {
		if a.json[member] != value {
			t.Errorf("%s is %v, want %v", member, a.json[member], value)
		}
	}
	if a := s.post("/introspect", access, secretID, secret); a.json["active"] != true {
		t.Errorf("the owner asks: got %s", a)
	}
	refresh := "token=" + url.QueryEscape(tokens.text("refresh_token"))
	if a := s.post("/introspect", refresh+"&token_type_hint=refresh_token", secretID, secret); a.json["active"] != true || a.text("token_type") != "" {
		t.Errorf("the owner asks about a refresh token: got %s", a)
	}
	s.wants(s.post("/introspect", access), 401, oauth.InvalidClient)
	s.wants(s.post("/introspect", access+"&client_id="+publicID), 401, oauth.InvalidClient)
	s.wants(s.post("/introspect", "x=y", apiID, secret), 400, oauth.InvalidRequest)
}

func TestO48AnothersToken(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid")
	refresh, access := url.QueryEscape(tokens.text("refresh_token")), tokens.text("access_token")
	for _, token := range []string{refresh, access, "garbage", "ey.a.b"} {
		a := s.post("/introspect", "token="+token, secretID, secret)
		if string(a.body) != `{"active":false}` {
			t.Errorf("introspection: got %s", a)
		}
		if a := s.post("/revoke", "token="+token, secretID, secret); a.StatusCode != 200 || len(a.body) != 0 {
			t.Errorf("revocation: got %s", a)
		}
	}
	if a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+access); a.StatusCode != 200 {
		t.Errorf("another client revoked the access token: %s", a)
	}
	if a := s.refresh(tokens.text("refresh_token")); a.StatusCode != 200 {
		t.Errorf("another client revoked the refresh token: %s", a)
	}
}

func TestRevokingAnAccessTokenEndsItAlone(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid")
	if a := s.post("/revoke", "client_id="+publicID+"&token="+tokens.text("access_token")); a.StatusCode != 200 {
		t.Fatalf("got %s", a)
	}
	if a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token")); a.StatusCode != 401 {
		t.Errorf("userinfo: %s", a)
	}
	if a := s.refresh(tokens.text("refresh_token")); a.StatusCode != 200 {
		t.Errorf("refresh: %s", a)
	}
	service := s.post("/token", "grant_type=client_credentials", secretID, secret).text("access_token")
	s.post("/revoke", "token="+service, secretID, secret)
	if a := s.post("/introspect", "token="+service, secretID, secret); a.json["active"] != false {
		t.Errorf("a client's own token: %s", a)
	}
}

func TestO16WrongSecretFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		for range 10 {
			s.wants(s.post("/token", "grant_type=client_credentials", secretID, "wrong"), 401, oauth.InvalidClient)
		}
		a := s.post("/token", "grant_type=client_credentials", secretID, secret)
		if a.StatusCode != 401 || !strings.Contains(a.text("error_description"), "too many") {
			t.Errorf("the right secret after the flood: got %s", a)
		}
		if a := s.post("/token", "grant_type=client_credentials", apiID, secret); a.StatusCode != 200 {
			t.Errorf("another client from there: %s", a)
		}
		time.Sleep(15*time.Minute + time.Second)
		if a := s.post("/token", "grant_type=client_credentials", secretID, secret); a.StatusCode != 200 {
			t.Errorf("after the window: %s", a)
		}
	})
}

func TestO16TwoSecretsWhileRotating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		_, second, err := s.clients.RotateSecret(t.Context(), secretID, time.Hour)
		must(t, err)
		for _, good := range []oauth.Secret{secret, second} {
			if a := s.post("/token", "grant_type=client_credentials", secretID, string(good)); a.StatusCode != 200 {
				t.Errorf("got %s", a)
			}
		}
		time.Sleep(time.Hour)
		s.wants(s.post("/token", "grant_type=client_credentials", secretID, secret), 401, oauth.InvalidClient)
		if a := s.post("/token", "grant_type=client_credentials", secretID, string(second)); a.StatusCode != 200 {
			t.Errorf("got %s", a)
		}
	})
}

func TestO17Credentials(t *testing.T) {
	s := open(t)
	t.Run("in the query string", func(t *testing.T) {
		a := s.call("POST", "/token?client_id=poster&client_secret="+secret, "grant_type=client_credentials")
		s.wants(a, 400, oauth.InvalidRequest)
	})
	for name, header := range map[string]string{
		"not base64":     "Basic %%%",
		"no colon":       "Basic " + base64.StdEncoding.EncodeToString([]byte("server")),
		"no secret":      "Basic " + base64.StdEncoding.EncodeToString([]byte("server:")),
		"no id":          "Basic " + base64.StdEncoding.EncodeToString([]byte(":"+secret)),
		"broken percent": "Basic " + base64.StdEncoding.EncodeToString([]byte("server:%zz")),
		"another scheme": "Bearer " + secret,
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call("POST", "/token", "grant_type=client_credentials", "Authorization: "+header)
			s.wants(a, 401, oauth.InvalidClient)
			if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("WWW-Authenticate is %q", a.Header.Get("WWW-Authenticate"))
			}
		})
	}
	t.Run("form-encoded in Basic", func(t *testing.T) {
		const odd = "with:colon+plus%percent/and=more-than-32"
		s.register(identity.Registration{ID: "odd", Secret: odd, ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.ClientCredentials},
		}})
		if a := s.post("/token", "grant_type=client_credentials", "odd", odd); a.StatusCode != 200 {
			t.Errorf("got %s", a)
		}
	})
}

func TestO31HostHeadersDoNotCount(t *testing.T) {
	s := open(t)
	a := s.call("GET", "/.well-known/openid-configuration", "", "X-Forwarded-Host: evil.example.com", "X-Forwarded-Proto: http", "Forwarded: host=evil.example.com")
	if strings.Contains(string(a.body), "evil") || a.text("issuer") != issuer {
		t.Errorf("got %s", a)
	}
	tokens := s.call("POST", "/token", "grant_type=password&client_id=app&username=alice&password="+url.QueryEscape(password), "X-Forwarded-Host: evil.example.com")
	if claimsOf(t, tokens.text("access_token"))["iss"] != issuer {
		t.Error("the token's issuer came from a header")
	}
}

func TestO32AForgedAddressDodgesNoLimit(t *testing.T) {
	s := open(t, "LOCKOUT_ADDRESS_ATTEMPTS=10")
	var last answer
	for i := range 11 {
		last = s.call("POST", "/token", "grant_type=password&client_id=app&username=nobody"+string(rune('a'+i))+"&password=wrong+horse",
			"X-Forwarded-For: 203.0.113."+string(rune('0'+i%10)))
	}
	if !strings.Contains(last.text("error_description"), "too many attempts") {
		t.Errorf("got %s", last)
	}
}

func TestO38ADelayIsTheSameForEverybodyAndSaysForHowLong(t *testing.T) {
	s := open(t)
	var answers []string
	for _, username := range []string{"alice", "nobody"} {
		var last answer
		for range 4 {
			last = s.post("/token", "grant_type=password&client_id=app&username="+username+"&password=wrong+horse")
		}
		if wait, err := strconv.Atoi(last.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 2 {
			t.Errorf("%s: Retry-After is %q", username, last.Header.Get("Retry-After"))
		}
		s.wants(last, 400, oauth.InvalidGrant)
		if !strings.HasPrefix(last.text("error_description"), "too many attempts; try again in ") {
			t.Errorf("%s: got %s", username, last)
		}
		answers = append(answers, strings.Map(func(r rune) rune { // but for the number
			if unicode.IsDigit(r) {
				return -1
			}
			return r
		}, last.text("error_description")))
	}
	if answers[0] != answers[1] {
		t.Errorf("got %q", answers)
	}
}

func TestO04NoDoorRedirects(t *testing.T) {
	s := open(t)
	for _, path := range []string{
		"/x/../token", "//revoke", "/./introspect", "/x/../userinfo", "/.well-known/../jwks.json",
		"/.well-known/oauth-authorization-server/../openid-configuration", "/x/../status/0", "/status//0",
	} {
		for _, doors := range []http.Handler{s.provider.Token(), s.provider.Userinfo(), s.provider.Discovery(), s.provider.Status()} {
			for _, method := range []string{"GET", "POST"} {
				w := httptest.NewRecorder()
				doors.ServeHTTP(w, httptest.NewRequest(method, issuer+path, nil))
				if w.Code != http.StatusNotFound {
					t.Errorf("%s %s: got %d to %q", method, path, w.Code, w.Header().Get("Location"))
				}
			}
		}
	}
}

func TestO33CORS(t *testing.T) {
	s := open(t)
	token := s.signIn("&scope=openid").text("access_token")
	for origin, allowed := range map[string]bool{
		"https://app.example.com": true, "https://evil.example.com": false, "null": false, "https://app.example.com.evil.com": false,
		"http://app.example.com": false, "HTTPS://APP.EXAMPLE.COM": false, strings.Repeat("x", 5000): false,
	} {
		for _, a := range []answer{
			s.call("OPTIONS", "/token", "", "Origin: "+origin, "Access-Control-Request-Method: POST"),
			s.call("OPTIONS", "/userinfo", "", "Origin: "+origin, "Access-Control-Request-Method: GET"),
			s.call("POST", "/token", "grant_type=password&client_id=app&username=alice&password=wrong+horse", "Origin: "+origin),
			s.call("GET", "/userinfo", "", "Authorization: Bearer "+token, "Origin: "+origin),
			s.call("POST", "/revoke", "client_id=app&token=x", "Origin: "+origin),
		} {
			got := a.Header.Get("Access-Control-Allow-Origin")
			if allowed && got != origin || !allowed && got != "" {
				t.Errorf("origin %.40s: Access-Control-Allow-Origin is %q", origin, got)
			}
			if a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
			if a.Header.Get("Vary") != "Origin" {
				t.Error("no Vary: Origin")
			}
		}
	}
	for _, path := range []string{"/jwks.json", "/.well-known/openid-configuration"} {
		if got := s.call("GET", path, "", "Origin: https://any.example.com").Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", path, got)
		}
	}
}

func TestO51PrivateAnswersAreNotStored(t *testing.T) {
	s := open(t)
	for _, a := range []answer{
		s.signIn(), s.signIn("&scope=admin"), s.call("GET", "/userinfo", ""), s.post("/introspect", "token=x", apiID, secret),
		s.post("/revoke", "token=x", apiID, secret),
	} {
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %q with %s", a.Header.Get("Cache-Control"), a)
		}
	}
}

func TestO52RepeatedParameters(t *testing.T) {
	s := open(t)
	for _, form := range []string{
		"grant_type=password&grant_type=password&client_id=app",
		"grant_type=password&client_id=app&client_id=app",
		"grant_type=password&client_id=app&scope=read&scope=",
		"grant_type=password&client_id=app&%73cope=read&scope=read",
		"grant_type=client_credentials&resource=https://a.example.com&resource=https://b.example.com",
	} {
		s.wants(s.post("/token", form), 400, oauth.InvalidRequest)
	}
}

func TestO53Bodies(t *testing.T) {
	s := open(t)
	form := "grant_type=password&client_id=app&username=alice&password=" + url.QueryEscape(password)
	for name, a := range map[string]answer{
		"JSON":                s.call("POST", "/token", `{"grant_type":"password"}`, "Content-Type: application/json"),
		"multipart":           s.call("POST", "/token", form, "Content-Type: multipart/form-data; boundary=x"),
		"no content type":     s.call("POST", "/token", form, "Content-Type: "),
		"broken content type": s.call("POST", "/token", form, "Content-Type: a/b/c;;"),
		"10 MB":               s.post("/token", form+"&x="+strings.Repeat("a", 10<<20)),
		"5,000 fields":        s.post("/token", form+strings.Repeat("&a", 5000)),
		"bytes, not text":     s.post("/token", form+"&x=%ff%fe"),
		"NUL":                 s.post("/token", form+"&x=%00"),
		"broken percent":      s.post("/token", form+"&x=%zz"),
	} {
		if a.StatusCode != 400 || a.text("error") != "invalid_request" {
			t.Errorf("%s: got %.200s", name, a)
		}
	}
	if a := s.call("POST", "/token", form, "Content-Type: application/x-www-form-urlencoded; charset=UTF-8"); a.StatusCode != 200 {
		t.Errorf("a charset: got %s", a)
	}
	if a := s.call("GET", "/token", ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %s", a)
	}
}

func TestO54PasswordOnlyForThoseRegistered(t *testing.T) {
	s := open(t)
	client := s.register(identity.Registration{ID: "plain", Secret: secret})
	if client.Allows(oauth.Password) {
		t.Error("a client that asked for nothing may use the password grant")
	}
	s.wants(s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password), "plain", secret), 400, oauth.UnauthorizedClient)
}
