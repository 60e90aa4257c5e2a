package issue_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestAnIDTokenTellsOfTheSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		session := s.signIn(s.alice)
		time.Sleep(time.Hour)
		tokens := s.tokens(webID, s.authorize(session, webID, "scope=openid profile email"))
		claims := claimsOf(t, tokens.IDToken)
		want := map[string]any{
			"iss": issuer, "aud": webID, "sub": s.alice.ID, "nonce": "a nonce", "sid": session.ID,
			"acr": oauth.ACRPassword, "amr": []any{"pwd"}, "auth_time": float64(session.AuthTime.Unix()),
			"iat": float64(time.Now().Unix()), "exp": float64(time.Now().Add(time.Hour).Unix()),
			"at_hash": leftHalf(tokens.AccessToken),
		}
		if diff := cmp.Diff(want, claims); diff != "" { // no claim of a scope, no azp: OpenID Connect Core §2, §5.4
			t.Error(diff)
		}
	})
}

func leftHalf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func TestNoNonceUnlessSent(t *testing.T) {
	s := open(t)
	if nonce, present := claimsOf(t, s.tokens(spaID, s.code(spaID, "nonce=")).IDToken)["nonce"]; present {
		t.Errorf("nonce is %v", nonce)
	}
}

func TestNoIDTokenWithoutOpenID(t *testing.T) {
	s := open(t)
	if tokens := s.tokens(spaID, s.code(spaID, "scope=read")); tokens.IDToken != "" {
		t.Error("got one")
	}
}

func TestARefreshedIDTokenSaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		tokens := s.tokens(spaID, s.code(spaID, "scope=openid offline_access", `claims={"id_token":{"email":null}}`))
		time.Sleep(time.Minute)
		again, err := s.refresh(spaID, tokens.RefreshToken)
		must(t, err)
		before, after := claimsOf(t, tokens.IDToken), claimsOf(t, again.IDToken)
		if before["iat"] == after["iat"] || before["at_hash"] == after["at_hash"] {
			t.Error("it is the old one")
		}
		for _, own := range []string{"iat", "exp", "at_hash", "nonce"} { // no nonce: OpenID Connect Core §12.2
			delete(before, own)
			if own != "nonce" {
				delete(after, own)
			}
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	})
}

func TestClaimsAreHadWhereTheyAreAskedFor(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		changes  []string
		userinfo string
		idToken  string
	}{
		"nothing":             {nil, "", ""},
		"by scope":            {[]string{"scope=openid email"}, "email email_verified", ""},
		"at userinfo":         {[]string{`claims={"userinfo":{"name":{"essential":true}}}`}, "name", ""},
		"in the id_token":     {[]string{`claims={"id_token":{"email":null,"name":{"value":"x"}}}`}, "", "email name"},
		"both, and by scope":  {[]string{"scope=openid email", `claims={"userinfo":{"name":null},"id_token":{"email":null}}`}, "email email_verified name", "email"},
		"what there is not":   {[]string{`claims={"userinfo":{"birthdate":null,"shoe_size":{"essential":true}}}`}, "", ""},
		"its own claims":      {[]string{`claims={"id_token":{"iss":null,"aud":null,"exp":{"value":0},"nonce":null}}`}, "", ""},
		"without openid":      {[]string{"scope=read", `claims={"userinfo":{"name":null}}`}, "-", "-"},
		"beyond registration": {[]string{`claims={"userinfo":{"phone_number":null},"id_token":{"phone_number":null}}`}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := s.tokens(webID, s.code(webID, c.changes...))
			if c.userinfo == "-" {
				if tokens.IDToken != "" {
					t.Error("an id_token")
				}
				return
			}
			about, err := s.userinfo(tokens.AccessToken)
			must(t, err)
			if string(about["sub"]) != `"`+s.alice.ID+`"` {
				t.Errorf("sub is %s", about["sub"])
			}
			delete(about, "sub")
			if got := strings.Join(slices.Sorted(maps.Keys(about)), " "); got != c.userinfo {
				t.Errorf("userinfo has %q, want %q", got, c.userinfo)
			}
			claims := claimsOf(t, tokens.IDToken)
			for _, own := range []string{"iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"} {
				if claims[own] == nil {
					t.Errorf("%s is missing", own)
				}
				delete(claims, own)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(claims)), " "); got != c.idToken {
				t.Errorf("the id_token has %q, want %q", got, c.idToken)
			}
		})
	}
}

func TestASkippedConsentCoversNoClaimBeyondRegistration(t *testing.T) {
	s := open(t)
	_, err := s.clients.Update(t.Context(), spaID, func(m *oauth.ClientMetadata) error {
		m.Scope = oauth.Scope{"openid"}
		return nil
	})
	must(t, err)
	about, err := s.userinfo(s.tokens(spaID, s.code(spaID, `claims={"userinfo":{"email":null}}`)).AccessToken)
	must(t, err)
	if about["email"] != nil {
		t.Error("a client that may not have the scope had its claim, and nobody was asked")
	}
}

func TestO36HintsAreOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ours := s.tokens(spaID, s.code(spaID))
		parts := strings.Split(ours.IDToken, ".")
		claims := claimsOf(t, ours.IDToken)
		change := func(name string, value any) map[string]any {
			changed := maps.Clone(claims)
			changed[name] = value
			return changed
		}
		signed := func(typ string, claims any) string {
			token, err := s.ring.Sign(t.Context(), oauth.RS256, typ, claims)
			must(t, err)
			return token
		}
		shared, err := keys.SignHS256([]byte(secret), oauth.TypIDToken, change("aud", spaID))
		must(t, err)
		for name, hint := range map[string]string{
			"alg none":              encode(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
			"no signature":          parts[0] + "." + parts[1] + ".",
			"other claims":          parts[0] + "." + encode(`{"iss":"`+issuer+`","aud":"spa","sub":"bob"}`) + "." + parts[2],
			"an access token":       ours.AccessToken,
			"a logout token":        signed("logout+jwt", claims),
			"another issuer":        signed(oauth.TypIDToken, change("iss", "https://evil.example.com")),
			"two audiences":         signed(oauth.TypIDToken, change("aud", []string{spaID, webID})),
			"another client":        signed(oauth.TypIDToken, change("aud", webID)),
			"nobody":                signed(oauth.TypIDToken, change("sub", "")),
			"HS256 without a right": shared,
		} {
			if _, _, err := s.parse(spaID, "id_token_hint="+hint); code(err) != oauth.InvalidRequest {
				t.Errorf("%s: got %v", name, err)
			}
		}
		time.Sleep(2 * time.Hour)
		req, _ := s.ask(spaID, "id_token_hint="+ours.IDToken) // expired: OpenID Connect Core §3.1.2.2
		if req.HintSubject != s.alice.ID {
			t.Errorf("got %+v", req)
		}
	})
}

func TestO36HintsSignedWithAClientsSecret(t *testing.T) {
	s := open(t)
	good := s.tokens(oldID, s.code(oldID)).IDToken
	if req, _ := s.ask(oldID, "id_token_hint="+good); req.HintSubject != s.alice.ID {
		t.Errorf("got %+v", req)
	}
	forged, err := keys.SignHS256([]byte(strings.Repeat("x", 32)), oauth.TypIDToken, claimsOf(t, good))
	must(t, err)
	_, _, err = s.parse(oldID, "id_token_hint="+forged)
	wants(t, err, oauth.InvalidRequest)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
