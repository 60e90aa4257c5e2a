package verify_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// one returns a verifier of one issuer.
func one(t *testing.T, p verify.Policy, keys verify.KeySource) *verify.AccessTokens {
	t.Helper()
	if p.Audience == nil && !p.NoAud {
		p.Audience = []string{audience}
	}
	if p.Algs == nil {
		p.Algs = []oauth.Alg{oauth.ES256}
	}
	p.MaxLifetime = 24 * time.Hour
	v, err := verify.NewAccessTokens(p, keys)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func staticKeys(t *testing.T, signer josetest.Signer, kid string) verify.KeySource {
	t.Helper()
	set, err := jose.NewSet(signer.Key(kid))
	if err != nil {
		t.Fatal(err)
	}
	return verify.StaticKeys(set)
}

func several(t *testing.T, verifiers ...*verify.AccessTokens) *verify.Issuers {
	t.Helper()
	v, err := verify.NewIssuers(verifiers...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Three issuers have a key of the same kid: each signs for itself and for nobody
// else.
func TestJ32IssuersThatShareAKid(t *testing.T) {
	names := []string{"https://a.example.com", "https://b.example.com", "https://b.example.com/"}
	var verifiers []*verify.AccessTokens
	var signers []josetest.Signer
	for _, name := range names {
		signer := josetest.New(oauth.ES256)
		signers = append(signers, signer)
		verifiers = append(verifiers, one(t, verify.Policy{Issuer: name}, staticKeys(t, signer, "shared")))
	}
	v := several(t, verifiers...)
	for i, signer := range signers {
		for j, name := range names {
			got, err := v.Verify(t.Context(), signer.Token("at+jwt", "shared", claims(t, change{"iss": `"` + name + `"`})))
			if (err == nil) != (i == j) || err == nil && got.Issuer != name {
				t.Errorf("%s signs as %s: got %q %v", names[i], name, got.Issuer, err)
			}
		}
	}
}

// Each issuer has its own demands: what one's tokens may do does not count for
// another's.
func TestJ32PoliciesBelongToOneIssuer(t *testing.T) {
	a, b, shared := josetest.New(oauth.ES256), josetest.New(oauth.EdDSA), josetest.New(oauth.HS256)
	v := several(t,
		one(t, verify.Policy{Issuer: "https://a.example.com"}, staticKeys(t, a, "k")),
		one(t, verify.Policy{Issuer: "https://b.example.com", Audience: []string{"b"}, Algs: []oauth.Alg{oauth.EdDSA}}, staticKeys(t, b, "k")),
		one(t, verify.Policy{
			Issuer: "https://legacy.example.com", Profile: verify.ProfileHS256, Algs: []oauth.Alg{oauth.HS256}, NoIss: true, NoAud: true,
		}, staticKeys(t, shared, "")),
	)
	as, bs := change{"iss": `"https://a.example.com"`}, change{"iss": `"https://b.example.com"`, "aud": `"b"`}
	for name, row := range map[string]struct {
		token string
		good  bool
	}{
		"a":                                 {a.Token("at+jwt", "k", claims(t, as)), true},
		"b":                                 {b.Token("at+jwt", "k", claims(t, bs)), true},
		"without iss":                       {shared.Token("JWT", "", `{"sub":"alice","exp":`+soon()+`}`), true},
		"J31 b's audience from a":           {a.Token("at+jwt", "k", claims(t, change{"iss": `"https://a.example.com"`, "aud": `"b"`})), false},
		"J02 b's algorithm from a":          {b.Token("at+jwt", "k", claims(t, as)), false},
		"J03 the secret signs as a":         {shared.Token("at+jwt", "k", claims(t, as)), false},
		"the secret signs under its name":   {shared.Token("JWT", "", `{"iss":"https://legacy.example.com","sub":"alice","exp":`+soon()+`}`), false},
		"a signs without iss":               {a.Token("at+jwt", "k", claims(t, change{"iss": absent})), false},
		"an empty iss is not a missing one": {shared.Token("JWT", "", `{"iss":"","sub":"alice","exp":`+soon()+`}`), false},
		"null is not a missing iss":         {shared.Token("JWT", "", `{"iss":null,"sub":"alice","exp":`+soon()+`}`), false},
	} {
		_, err := v.Verify(t.Context(), row.token)
		if row.good != (err == nil) {
			t.Errorf("%s: got %v, want good %v", name, err, row.good)
		}
		if err != nil {
			refused(t, name, err)
		}
	}
}

func soon() string { return fmt.Sprint(time.Now().Unix() + 3600) }

func TestIssuersThatCannotBeToldApart(t *testing.T) {
	keys := staticKeys(t, josetest.New(oauth.ES256), "k")
	secret := func(name string) *verify.AccessTokens {
		return one(t, verify.Policy{
			Issuer: name, Profile: verify.ProfileHS256, Algs: []oauth.Alg{oauth.HS256}, NoIss: true,
		}, keys)
	}
	for name, verifiers := range map[string][]*verify.AccessTokens{
		"one twice":             {one(t, verify.Policy{Issuer: issuer}, keys), one(t, verify.Policy{Issuer: issuer}, keys)},
		"one name for two":      {one(t, verify.Policy{Issuer: issuer}, keys), secret(issuer)},
		"two that write no iss": {secret("https://a.example.com"), secret("https://b.example.com")},
		"none":                  {nil},
	} {
		if _, err := verify.NewIssuers(verifiers...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// J06: other people's kids are any printable ASCII, and so is what is looked up;
// ours are not.
func TestJ06ForeignKeyIDs(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	for kid, good := range map[string]bool{
		"1234example=": true, "a+b/c==": true, "https://keys.example.com/1?x=y": true, "a b": true, "k'--": true,
		"k\x00": false, "k\n": false, "k\x7f": false, "ключ": false,
	} {
		set, err := jose.ParseForeignSet([]byte(josetest.JWKS(signer.JWK("other", ""), josetest.New(oauth.EdDSA).JWK("x", ""))))
		if good {
			set, err = jose.ParseForeignSet([]byte(josetest.JWKS(signer.JWK(kid, ""), josetest.New(oauth.EdDSA).JWK("x", ""))))
		}
		if err != nil {
			t.Fatal(err)
		}
		token := signer.Compact(fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":%q}`, kid), claims(t, nil))
		_, err = one(t, verify.Policy{Issuer: issuer, ForeignKeyIDs: true}, verify.StaticKeys(set)).Verify(t.Context(), token)
		if good != (err == nil) {
			t.Errorf("%q: got %v, want good %v", kid, err, good)
		}
		if _, err = one(t, verify.Policy{Issuer: issuer}, verify.StaticKeys(set)).Verify(t.Context(), token); err == nil {
			t.Errorf("%q: accepted from our own issuer", kid)
		}
	}
}

// Strangers send tokens of issuers that nobody has heard of, and with kids that
// nobody has, for ten minutes: an unknown issuer reaches nobody, an unknown kid its
// issuer once in 30 seconds, and nothing of them stays.
func TestJ38FloodOfIssuersAndKids(t *testing.T) {
	const known = 3
	var origins []*origin
	for range known {
		origins = append(origins, newOrigin(t, josetest.JWKS(josetest.New(oauth.ES256).JWK("a", ""))))
	}
	synctest.Test(t, func(t *testing.T) {
		var verifiers []*verify.AccessTokens
		for i, o := range origins {
			keys := verify.NewRemoteKeys(loopback(), o.url, verify.ForeignKeysMaxAge)
			verifiers = append(verifiers, one(t, verify.Policy{Issuer: fmt.Sprintf("https://%d.example.com", i), ForeignKeyIDs: true}, keys))
		}
		v := several(t, verifiers...)
		flood := func(tokens int) {
			for i := range tokens {
				iss := fmt.Sprintf(`"https://%d.example.com"`, i/2%known) // every other one is unknown
				if i%2 == 1 {
					iss = fmt.Sprintf(`"https://%d.%d.example.org"`, time.Now().Unix(), i)
				}
				header := fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":"kid/%d+%d="}`, time.Now().Unix(), i)
				forged := strings.Join([]string{josetest.Encode([]byte(header)), josetest.Encode([]byte(claims(t, change{"iss": iss}))), "AAAA"}, ".")
				_, err := v.Verify(t.Context(), forged)
				refused(t, iss, err)
			}
		}
		flood(600)
		before := heap()
		for range 20 { // of 30 seconds
			time.Sleep(30 * time.Second)
			flood(600)
		}
		if grown := int64(heap()) - int64(before); grown > 512<<10 {
			t.Errorf("12000 tokens left %d bytes", grown)
		}
	})
	for i, o := range origins {
		if got := o.fetches(); got > 21 || got == 0 {
			t.Errorf("issuer %d was asked %d times in 10 minutes, want at most 21", i, got)
		}
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// An issuer that is down is not the caller's fault, and no other issuer's.
func TestF06IssuerThatIsDownTakesNoOtherWithIt(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v := several(t,
		one(t, verify.Policy{Issuer: "https://down.example.com"}, failingKeys{verify.ErrKeysUnavailable}),
		one(t, verify.Policy{Issuer: issuer}, staticKeys(t, signer, "k")))
	if _, err := v.Verify(t.Context(), signer.Token("at+jwt", "k", claims(t, nil))); err != nil {
		t.Error(err)
	}
	_, err := v.Verify(t.Context(), signer.Token("at+jwt", "k", claims(t, change{"iss": `"https://down.example.com"`})))
	if !errors.Is(err, verify.ErrKeysUnavailable) || oauth.InvalidToken.In(err) {
		t.Errorf("got %v", err)
	}
}
