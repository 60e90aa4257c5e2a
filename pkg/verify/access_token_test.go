package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const (
	issuer   = "https://id.example.com"
	audience = "https://api.example.com"
)

// change replaces members of good claims: absent removes one, raw JSON sets it.
type change map[string]string

const absent = ""

// claims are the claims of a good token issued now, changed.
func claims(tb testing.TB, changes change) string {
	tb.Helper()
	now := time.Now().Unix()
	members := map[string]any{
		"iss": issuer, "aud": []string{audience, issuer}, "sub": "alice", "client_id": "demo", "jti": "j1",
		"iat": now, "exp": now + 3600, "scope": "openid profile",
	}
	for name, value := range changes {
		if members[name] = json.RawMessage(value); value == absent {
			delete(members, name)
		}
	}
	payload, err := json.Marshal(members)
	if err != nil {
		tb.Fatal(err)
	}
	return string(payload)
}

func policy(algs ...oauth.Alg) verify.Policy {
	return verify.Policy{Issuer: issuer, Audience: []string{audience, "api"}, Algs: algs, MaxLifetime: 24 * time.Hour}
}

func newVerifier(tb testing.TB, signer josetest.Signer) *verify.AccessTokens {
	tb.Helper()
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		tb.Fatal(err)
	}
	v, err := verify.NewAccessTokens(policy(signer.Alg), verify.StaticKeys(set))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// refused fails the test unless err is invalid_token.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !oauth.InvalidToken.In(err) {
		t.Errorf("%s: got %v, want invalid_token", what, err)
	}
}

func TestGoodAccessToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for _, alg := range josetest.Algs() {
			signer := josetest.New(alg)
			got, err := newVerifier(t, signer).Verify(t.Context(), signer.Token("at+jwt", "k1", claims(t, change{"roles": `["a"]`})))
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			if got.Claims["roles"] == nil || got.Claims["iss"] != issuer {
				t.Errorf("claims: %v", got.Claims)
			}
			got.Claims = nil
			want := oauth.AccessToken{
				Issuer: issuer, Subject: "alice", ClientID: "demo", ID: "j1", Audience: []string{audience, issuer},
				Scope: oauth.Scope{"openid", "profile"}, IssuedAt: now, Expires: now.Add(time.Hour),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestZeroPolicyAcceptsNothing(t *testing.T) {
	set, err := jose.NewSet(josetest.New(oauth.ES256).Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*verify.Policy){
		"zero":                  func(p *verify.Policy) { *p = verify.Policy{} },
		"no issuer":             func(p *verify.Policy) { p.Issuer = "" },
		"no audience":           func(p *verify.Policy) { p.Audience = nil },
		"empty audience":        func(p *verify.Policy) { p.Audience = []string{"a", ""} },
		"no algorithm":          func(p *verify.Policy) { p.Algs = nil },
		"none":                  func(p *verify.Policy) { p.Algs = []oauth.Alg{"none"} },
		"J03 both kinds":        func(p *verify.Policy) { p.Algs = []oauth.Alg{oauth.HS256, oauth.RS256} },
		"J03 both kinds, again": func(p *verify.Policy) { p.Algs = []oauth.Alg{oauth.RS256, oauth.HS256} },
		"no lifetime":           func(p *verify.Policy) { p.MaxLifetime = 0 },
	} {
		p := policy(oauth.ES256)
		spoil(&p)
		if _, err := verify.NewAccessTokens(p, verify.StaticKeys(set)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := verify.NewAccessTokens(policy(oauth.ES256), nil); err == nil {
		t.Error("no keys: accepted")
	}
}

func TestJ25F28ClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signer := josetest.New(oauth.ES256)
		v := newVerifier(t, signer)
		at := func(offset time.Duration) string {
			seconds, _ := json.Marshal(float64(time.Now().Add(offset).UnixMilli()) / 1000)
			return string(seconds)
		}
		for name, row := range map[string]struct {
			change
			good bool
		}{
			"iat 60 s ahead":       {change{"iat": at(60 * time.Second)}, true},
			"iat 60.5 s ahead":     {change{"iat": at(60500 * time.Millisecond)}, false},
			"nbf 60 s ahead":       {change{"nbf": at(60 * time.Second)}, true},
			"nbf 61 s ahead":       {change{"nbf": at(61 * time.Second)}, false},
			"exp in half a second": {change{"exp": at(500 * time.Millisecond)}, true},
			"exp now":              {change{"exp": at(0)}, false},
			"exp a second ago":     {change{"exp": at(-time.Second)}, false},
			"lifetime at most":     {change{"exp": at(24 * time.Hour)}, true},
			"lifetime above":       {change{"exp": at(24*time.Hour + time.Second)}, false},
		} {
			_, err := v.Verify(t.Context(), signer.Token("at+jwt", "k1", claims(t, row.change)))
			if (err == nil) != row.good {
				t.Errorf("%s: got %v, want good %v", name, err, row.good)
			}
		}
		token := signer.Token("at+jwt", "k1", claims(t, nil))
		time.Sleep(time.Hour - time.Second)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		_, err := v.Verify(t.Context(), token)
		refused(t, "after an hour", err)
	})
}

func TestJ30OtherKindsOfToken(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v := newVerifier(t, signer)
	for _, typ := range []string{
		"", "JWT", "jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "client-authentication+jwt", "AT+JWT", "at+jwt ", "at+JWT",
		"application/jwt", "application/application/at+jwt", "at", "text/at+jwt", "token-introspection+jwt", "oauth-authz-req+jwt",
	} {
		_, err := v.Verify(t.Context(), signer.Token(typ, "k1", claims(t, nil)))
		refused(t, typ, err)
	}
	for _, typ := range []string{"at+jwt", "application/at+jwt"} { // RFC 9068 §4
		if _, err := v.Verify(t.Context(), signer.Token(typ, "k1", claims(t, nil))); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// countedKeys counts how often it is asked.
type countedKeys struct {
	verify.KeySource
	asked int
}

func (k *countedKeys) Key(ctx context.Context, kid string) (jose.Key, error) {
	k.asked++
	return k.KeySource.Key(ctx, kid)
}

func TestJ32KeysBelongToOneIssuer(t *testing.T) {
	ours, theirs := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	set, err := jose.NewSet(ours.Key("shared"))
	if err != nil {
		t.Fatal(err)
	}
	keys := &countedKeys{KeySource: verify.StaticKeys(set)}
	v, err := verify.NewAccessTokens(policy(oauth.ES256), keys)
	if err != nil {
		t.Fatal(err)
	}
	other := change{"iss": `"https://other.example.com"`}
	for name, token := range map[string]string{
		"their own":           theirs.Token("at+jwt", "shared", claims(t, other)),
		"our key, their name": ours.Token("at+jwt", "shared", claims(t, other)),
	} {
		_, err := v.Verify(t.Context(), token)
		refused(t, name, err)
	}
	if keys.asked != 0 {
		t.Error("a key was looked for before the issuer was known")
	}
	_, err = v.Verify(t.Context(), theirs.Token("at+jwt", "shared", claims(t, nil)))
	refused(t, "their key, our name", err)
}

func TestRefusedSignatures(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	v := newVerifier(t, signer)
	good := signer.Token("at+jwt", "k1", claims(t, nil))
	for name, token := range map[string]string{
		"unknown kid":               signer.Token("at+jwt", "k2", claims(t, nil)),
		"another key":               other.Token("at+jwt", "k1", claims(t, nil)),
		"J02 algorithm not allowed": josetest.New(oauth.EdDSA).Token("at+jwt", "k1", claims(t, nil)),
		"J23 over 8 kB":             signer.Token("at+jwt", "k1", claims(t, change{"x": `"` + strings.Repeat("x", 8<<10) + `"`})),
		"J14 a token inside":        signer.Token("at+jwt", "k1", good),
		"J27 no object":             signer.Token("at+jwt", "k1", `[]`),
		"empty":                     "",
		"altered":                   good[:len(good)-8] + "AAAAAAAA",
	} {
		_, err := v.Verify(t.Context(), token)
		refused(t, name, err)
	}
}

func TestJ02AlgorithmOutsideThePolicy(t *testing.T) {
	es, ed := josetest.New(oauth.ES256), josetest.New(oauth.EdDSA)
	set, err := jose.NewSet(es.Key("es"), ed.Key("ed"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.NewAccessTokens(policy(oauth.ES256), verify.StaticKeys(set))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = v.Verify(t.Context(), es.Token("at+jwt", "es", claims(t, nil))); err != nil {
		t.Error(err)
	}
	_, err = v.Verify(t.Context(), ed.Token("at+jwt", "ed", claims(t, nil)))
	refused(t, "EdDSA", err)
}

type failingKeys struct{ error }

func (k failingKeys) Key(context.Context, string) (jose.Key, error) { return jose.Key{}, k.error }

func TestKeysThatCannotBeHadAreNotTheCallersFault(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v, err := verify.NewAccessTokens(policy(oauth.ES256), failingKeys{verify.ErrKeysUnavailable})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), signer.Token("at+jwt", "k1", claims(t, nil)))
	if !errors.Is(err, verify.ErrKeysUnavailable) || oauth.AsError(err).Code != oauth.ServerError {
		t.Errorf("got %v", err)
	}
}
