package upstream_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func TestWhomAnIDTokenNamesIsBelieved(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	vouched, err := s.visit(s.add("there", op, nil))
	must(t, err)
	if vouched.Issuer != op.Issuer || vouched.Subject != "jo-there" || vouched.Claims.Name != "Jo Example" || vouched.Name() != "jo@example.com" {
		t.Errorf("got %+v", vouched)
	}
	if *vouched.Claims.EmailVerified { // nobody trusts it
		t.Error("an untrusted provider verifies an address")
	}
}

// Every rule of OpenID Connect Core §3.1.3.7, each by a token that breaks it alone.
func TestAnIDTokenIsHeldToEveryRule(t *testing.T) {
	claim := func(name string, value any) func(elsewhere.Token) {
		return func(t elsewhere.Token) { t.Claims[name] = value }
	}
	without := func(name string) func(elsewhere.Token) { return func(t elsewhere.Token) { delete(t.Claims, name) } }
	for name, bend := range map[string]func(elsewhere.Token){
		"another issuer":              claim("iss", "https://evil.example.com"),
		"no issuer":                   without("iss"),
		"another audience":            claim("aud", "another-client"),
		"an audience more":            claim("aud", []string{"house", "another-client"}),
		"azp is another":              claim("azp", "another-client"),
		"no audience":                 without("aud"),
		"another nonce":               claim("nonce", "of-another-errand"),
		"no nonce":                    without("nonce"),
		"expired":                     claim("exp", time.Now().Add(-time.Minute).Unix()),
		"no exp":                      without("exp"),
		"no iat":                      without("iat"),
		"of the future":               claim("iat", time.Now().Add(time.Hour).Unix()),
		"not yet":                     claim("nbf", time.Now().Add(time.Hour).Unix()),
		"no sub":                      without("sub"),
		"sub is a number":             claim("sub", 7),
		"at_hash of another token":    claim("at_hash", base64.RawURLEncoding.EncodeToString(make([]byte, 16))),
		"an access token":             func(t elsewhere.Token) { t.Header["typ"] = "at+jwt" },
		"an access token of old":      claim("scope", "openid"),
		"a token of another client":   claim("client_id", "another-client"),
		"a logout token":              claim("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}),
		"a key of its own":            func(t elsewhere.Token) { t.Header["jwk"] = map[string]any{"kty": "EC"} },
		"a key that nobody published": func(t elsewhere.Token) { t.Header["kid"] = "other" },
		"alg none":                    func(t elsewhere.Token) { t.Header["alg"] = "none" },
		"alg of another key":          func(t elsewhere.Token) { t.Header["alg"] = "RS256" },
		"good for ever":               claim("exp", time.Now().Add(3650*24*time.Hour).Unix()),
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			op.Bend = bend
			refused(t, s, s.add("there", op, nil))
		})
	}
}

// ZITADEL writes its client's name into id_tokens, where it says no more than aud.
func TestAnIDTokenMayNameItsClient(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	op.Bend = func(t elsewhere.Token) { t.Claims["client_id"] = "house" }
	if vouched, err := s.visit(s.add("there", op, nil)); err != nil || vouched.Subject != "jo-there" {
		t.Errorf("got %+v %v", vouched, err)
	}
}

// refused wants a failure of the provider's, from which there is a way back.
func refused(t *testing.T, s site, p upstream.Provider) {
	t.Helper()
	vouched, err := s.visit(p)
	if !errors.As(err, new(*upstream.Failure)) {
		t.Errorf("got %+v %v, want a *Failure", vouched, err)
	}
}

func TestAnIDTokenIsSignedByTheProvider(t *testing.T) {
	secret := "a-secret-of-more-than-thirty-two-bytes"
	mac := josetest.Signer{Alg: oauth.HS256, Secret: []byte(secret)}
	for name, seal := range map[string]func(op *elsewhere.OpenID, h, p string) string{
		"by another key": func(_ *elsewhere.OpenID, h, p string) string { return josetest.New(oauth.ES256).Compact(h, p) },
		"by nobody": func(_ *elsewhere.OpenID, _, p string) string {
			return josetest.Encode([]byte(`{"alg":"none"}`)) + "." + josetest.Encode([]byte(p)) + "."
		},
		// Whoever has the client secret could say who anybody is.
		"by the client secret": func(_ *elsewhere.OpenID, _, p string) string { return mac.Token("JWT", "key", p) },
		"by the public key as a secret": func(op *elsewhere.OpenID, _, p string) string {
			public := josetest.Signer{Alg: oauth.HS256, Secret: []byte(op.Signer.JWK("key", ""))}
			return public.Token("JWT", "key", p)
		},
		"altered": func(op *elsewhere.OpenID, h, p string) string {
			parts := strings.Split(op.Signer.Compact(h, p), ".")
			return parts[0] + "." + josetest.Encode([]byte(strings.Replace(p, "jo-there", "al-there", 1))) + "." + parts[2]
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			op.Seal = func(h, p string) string { return seal(op, h, p) }
			refused(t, s, s.add("there", op, nil))
		})
	}
}

func TestAClientSecretSignsWhereAnOperatorSaysSo(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, func(s *upstream.Settings) { s.IDTokenAlg = oauth.HS256 })
	refused(t, s, p) // then nothing else does
	op.Seal = func(_, payload string) string {
		return josetest.Signer{Alg: oauth.HS256, Secret: []byte(op.Secret)}.Token("JWT", "", payload)
	}
	vouched, err := s.visit(p)
	if err != nil || vouched.Subject != "jo-there" {
		t.Errorf("got %+v %v", vouched, err)
	}
}

func TestKeysAreAskedForAgainAndNotWithoutEnd(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, nil)
	_, err := s.visit(p)
	must(t, err)
	op.Bend = func(t elsewhere.Token) { t.Header["kid"] = "unknown" }
	for range 3 {
		refused(t, s, p)
	}
}

// The issuers of Entra's tenants are one pattern, in which tid says whose token it is.
func TestO44ATenantMustBeLetIn(t *testing.T) {
	const mine, foreign = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
	for name, c := range map[string]struct {
		tid, iss string
		tenants  []string
		signs    string // the tenant that the key signs for
		good     bool
	}{
		"a tenant that is let in":         {mine, mine, []string{mine}, upstream.TenantPattern, true},
		"by a key of its own":             {mine, mine, []string{mine}, mine, true},
		"by a key of another tenant's":    {mine, mine, []string{mine}, foreign, false},
		"by a key of nobody's":            {mine, mine, []string{mine}, "", false},
		"a tenant that is not":            {foreign, foreign, []string{mine}, upstream.TenantPattern, false},
		"any where all are":               {foreign, foreign, []string{"*"}, upstream.TenantPattern, true},
		"iss and tid of two tenants":      {mine, foreign, []string{mine}, upstream.TenantPattern, false},
		"a tid that leaves the pattern":   {"x/../" + mine, "x/../" + mine, []string{"*"}, upstream.TenantPattern, false},
		"a tid that is no ID":             {"consumers", "consumers", []string{"*"}, upstream.TenantPattern, false},
		"no tid":                          {"", mine, []string{"*"}, upstream.TenantPattern, false},
		"the pattern itself for a tenant": {upstream.TenantPattern, upstream.TenantPattern, []string{"*"}, upstream.TenantPattern, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			pattern := op.Issuer + "/" + upstream.TenantPattern + "/v2.0"
			op.Metadata = func(doc map[string]any) { doc["issuer"] = pattern }
			if c.signs != "" {
				op.JWK = `"issuer":"` + strings.Replace(pattern, upstream.TenantPattern, c.signs, 1) + `"`
			}
			op.Bend = func(t elsewhere.Token) {
				t.Claims["iss"], t.Claims["tid"] = strings.Replace(pattern, upstream.TenantPattern, c.iss, 1), c.tid
			}
			p := s.add("there", op, func(s *upstream.Settings) {
				s.Issuer, s.DiscoveryURI, s.Tenants = pattern, op.Issuer+"/.well-known/openid-configuration", c.tenants
			})
			vouched, err := s.visit(p)
			if (err == nil) != c.good {
				t.Errorf("got %+v %v", vouched, err)
			}
			if want := strings.Replace(pattern, upstream.TenantPattern, c.iss, 1); c.good && vouched.Issuer != want {
				t.Errorf("the identity is %s's, want %s's", vouched.Issuer, want)
			}
		})
	}
}

func TestUserinfoIsAboutTheSamePerson(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, func(s *upstream.Settings) { s.Userinfo = true })
	op.Userinfo = map[string]any{"sub": "jo-there", "nickname": "Joey", "email": "other@example.com"}
	vouched, err := s.visit(p)
	if err != nil || vouched.Claims.Nickname != "Joey" || vouched.Claims.Email != "jo@example.com" { // what was signed stays
		t.Errorf("got %+v %v", vouched.Claims, err)
	}
	op.Userinfo["sub"] = "somebody-else" // token substitution: OpenID Connect Core §5.3.2
	refused(t, s, p)
	delete(op.Userinfo, "sub")
	refused(t, s, p)
}

func TestHowRecentASignInIsWasAskedFor(t *testing.T) {
	hour := 3600
	for name, c := range map[string]struct {
		claims   map[string]any
		maxAge   *int
		required bool
		good     bool
	}{
		"nobody asks":                         {map[string]any{"auth_time": time.Now().Add(-48 * time.Hour).Unix()}, nil, true, true},
		"recent enough":                       {map[string]any{"auth_time": time.Now().Add(-time.Minute).Unix()}, &hour, true, true},
		"too long ago":                        {map[string]any{"auth_time": time.Now().Add(-2 * time.Hour).Unix()}, &hour, false, false},
		"anew, and it was not":                {map[string]any{"auth_time": time.Now().Add(-10 * time.Minute).Unix()}, new(int), false, false},
		"it does not say, and need not":       {nil, &hour, false, true},
		"it does not say, and the rule is to": {nil, &hour, true, false},
		"no time at all":                      {map[string]any{"auth_time": "yesterday"}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			op.Bend = func(t elsewhere.Token) {
				for name, value := range c.claims {
					t.Claims[name] = value
				}
			}
			p := s.add("there", op, func(s *upstream.Settings) { s.RequireAuthTime = c.required })
			if _, err := s.arrive(p.ID, s.leave(p, upstream.Wish{MaxAge: c.maxAge})); (err == nil) != c.good {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRequiredClaimsKeepOthersOut(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, func(s *upstream.Settings) { s.RequiredClaims = map[string][]string{"hd": {"example.com"}} })
	refused(t, s, p)
	op.Person["hd"] = "example.net"
	refused(t, s, p)
	op.Person["hd"] = "example.com"
	_, err := s.visit(p)
	must(t, err)
}
