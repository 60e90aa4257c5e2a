package issue_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// verifies checks a token as the client would, and returns its alg.
func (s *site) verifies(clientID, token string) (oauth.Alg, error) {
	jws, err := jose.ParseCompact(token, jose.MaxAssertionBytes)
	if err != nil {
		return "", err
	}
	if jws.Header.Type != oauth.TypLogoutToken {
		s.t.Errorf("got the typ %q", jws.Header.Type)
	}
	var key jose.Key
	if jws.Header.Alg.Symmetric() {
		key, err = jose.NewSecretKey("", []byte(secret))
	} else {
		key, err = s.ring.Key(s.t.Context(), jws.Header.KeyID)
	}
	if err != nil {
		return "", err
	}
	return jws.Header.Alg, jws.Verify(key)
}

// logout parses a request with parameters as "name=value", unescaped.
func (s *site) logout(params ...string) (string, error) {
	s.t.Helper()
	req, err := s.issuer.ParseLogout(s.t.Context(), s.params(url.Values{}, params...))
	return req.Location(), err
}

func TestPostLogoutRedirects(t *testing.T) {
	s := openLogout(t)
	hint := "id_token_hint=" + s.tokens(backID, s.code(backID)).IDToken
	long := strings.Repeat("s", 128)
	for name, c := range map[string]struct {
		params []string
		want   string
	}{
		"nothing":             {nil, ""},
		"only a state":        {[]string{"state=x"}, ""},
		"only a hint":         {[]string{hint, "state=x"}, ""},
		"hint and URI":        {[]string{hint, "post_logout_redirect_uri=" + signedOut}, signedOut},
		"state is echoed":     {[]string{hint, "post_logout_redirect_uri=" + signedOut, "state=" + long}, signedOut + "?state=" + long},
		"query stays":         {[]string{hint, "post_logout_redirect_uri=" + signedOut + "?a=b", "state=a b&c"}, signedOut + "?a=b&state=a+b%26c"},
		"O30 no line breaks":  {[]string{hint, "post_logout_redirect_uri=" + signedOut, "state=a\r\nb"}, signedOut + "?state=a%0D%0Ab"},
		"client instead":      {[]string{"client_id=" + backID, "post_logout_redirect_uri=" + signedOut}, signedOut},
		"both, the same":      {[]string{hint, "client_id=" + backID, "post_logout_redirect_uri=" + signedOut}, signedOut},
		"unknown are ignored": {[]string{hint, "logout_hint=x", "ui_locales=se", "more=x"}, ""},
	} {
		if got, err := s.logout(c.params...); err != nil || got != c.want {
			t.Errorf("%s: got %q %v, want %q", name, got, err, c.want)
		}
	}
}

func TestO02LogoutRedirectsNowhereElse(t *testing.T) {
	s := openLogout(t)
	hint := "id_token_hint=" + s.tokens(backID, s.code(backID)).IDToken
	for name, params := range map[string][]string{
		"not registered":       {hint, "post_logout_redirect_uri=https://evil.example.com/"},
		"a redirect URI":       {hint, "post_logout_redirect_uri=" + callback},
		"query added":          {hint, "post_logout_redirect_uri=" + signedOut + "?x=y"},
		"path added":           {hint, "post_logout_redirect_uri=" + signedOut + "/x"},
		"other case":           {hint, "post_logout_redirect_uri=" + strings.ToUpper(signedOut)},
		"another client's":     {"client_id=" + webID, "post_logout_redirect_uri=" + signedOut},
		"nobody's":             {"post_logout_redirect_uri=" + signedOut},
		"nobody's, with state": {"post_logout_redirect_uri=" + signedOut, "state=x"},
		"unknown client":       {"client_id=nobody", "post_logout_redirect_uri=" + signedOut},
		"two clients":          {hint, "client_id=" + webID, "post_logout_redirect_uri=" + signedOut},
		"state too long":       {hint, "post_logout_redirect_uri=" + signedOut, "state=" + strings.Repeat("s", 513)},
	} {
		got, err := s.logout(params...)
		wants(t, err, oauth.InvalidRequest)
		if got != "" && err == nil {
			t.Errorf("%s: got %q", name, got)
		}
		if err != nil && !strings.Contains(err.Error(), "parameter ") {
			t.Errorf("%s: %v names no parameter", name, err)
		}
	}
}

func TestHintsThatAreNotOurs(t *testing.T) {
	s := openLogout(t)
	tokens := s.tokens(backID, s.code(backID))
	parts := strings.Split(tokens.IDToken, ".")
	encode := base64.RawURLEncoding.EncodeToString
	claims := claimsOf(t, tokens.IDToken)
	byClient, err := keys.SignHS256([]byte(secret), oauth.TypIDToken, claims)
	must(t, err)
	shared := claimsOf(t, s.tokens(sharedID, s.code(sharedID)).IDToken)
	shared["iss"] = "https://evil.example.com"
	otherIssuer, err := keys.SignHS256([]byte(secret), oauth.TypIDToken, shared)
	must(t, err)
	for name, hint := range map[string]string{
		"no token":        "x",
		"alg none":        encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
		"unsigned":        parts[0] + "." + parts[1] + ".",
		"other claims":    parts[0] + "." + encode([]byte(`{"iss":"`+issuer+`","aud":"`+backID+`","sub":"x"}`)) + "." + parts[2],
		"by the client":   byClient,
		"another issuer":  otherIssuer,
		"an access token": tokens.AccessToken,
	} {
		got, err := s.logout("id_token_hint="+hint, "post_logout_redirect_uri="+signedOut)
		if code(err) != oauth.InvalidRequest || !strings.Contains(err.Error(), "id_token_hint") {
			t.Errorf("%s: got %q %v, want invalid_request that names id_token_hint", name, got, err)
		}
	}
}

// An id_token lives an hour and a session a day: hints have mostly expired.
func TestAnExpiredHintIsAsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openLogout(t)
		signedIn := s.signIn(s.alice)
		hint := s.tokens(backID, s.authorize(signedIn, backID)).IDToken
		time.Sleep(20 * time.Hour)
		req, err := s.issuer.ParseLogout(t.Context(), s.params(url.Values{
			"id_token_hint": {hint}, "post_logout_redirect_uri": {signedOut},
		}))
		if err != nil || req.Location() != signedOut {
			t.Errorf("got %q %v", req.Location(), err)
		}
		if speaks, err := s.issuer.Speaks(t.Context(), req, signedIn); err != nil || !speaks {
			t.Errorf("got %v %v", speaks, err)
		}
	})
}

// Anybody can make a browser open a link; only the session's clients have its hint.
func TestWhoMaySignOutWithoutAsking(t *testing.T) {
	s := openLogout(t)
	here, elsewhere, bobs := s.signIn(s.alice), s.signIn(s.alice), s.signIn(s.bob)
	hint := func(of identity.SignedIn, client string) []string {
		return []string{"id_token_hint=" + s.tokens(client, s.authorize(of, client)).IDToken}
	}
	for name, c := range map[string]struct {
		params []string
		want   bool
	}{
		"no hint":                     {nil, false},
		"a client's name":             {[]string{"client_id=" + backID}, false},
		"a hint of the session":       {hint(here, backID), true},
		"a hint of a pairwise client": {hint(here, pairwiseID), true},
		"of another session of hers":  {hint(elsewhere, backID), false},
		"of somebody else":            {hint(bobs, backID), false},
	} {
		req, err := s.issuer.ParseLogout(t.Context(), s.params(url.Values{}, c.params...))
		must(t, err)
		if got, err := s.issuer.Speaks(t.Context(), req, here); err != nil || got != c.want {
			t.Errorf("%s: got %v %v, want %v", name, got, err, c.want)
		}
		if got, err := s.issuer.Speaks(t.Context(), req, identity.SignedIn{}); err != nil || got {
			t.Errorf("%s: speaks for nobody: %v %v", name, got, err)
		}
	}
}
