package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const tokenEndpoint = issuer + "/token"

// assertionClaims are the claims of a good assertion of the client app, changed.
func assertionClaims(tb testing.TB, changes change) string {
	tb.Helper()
	now := time.Now().Unix()
	members := map[string]any{"iss": "app", "sub": "app", "aud": issuer, "jti": "j1", "iat": now, "exp": now + 60}
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

// asked wraps keys to tell whether they were asked for.
type asked struct {
	verify.KeySource
	times int
}

func (a *asked) Key(ctx context.Context, kid string) (jose.Key, error) {
	a.times++
	return a.KeySource.Key(ctx, kid)
}

func newAssertions(tb testing.TB) *verify.ClientAssertions {
	tb.Helper()
	v, err := verify.NewClientAssertions(issuer, tokenEndpoint)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func static(tb testing.TB, keys ...jose.Key) *asked {
	tb.Helper()
	set, err := jose.NewSet(keys...)
	if err != nil {
		tb.Fatal(err)
	}
	return &asked{KeySource: verify.StaticKeys(set)}
}

func assert(ctx context.Context, v *verify.ClientAssertions, client oauth.Client, keys verify.KeySource, text string) (verify.AssertedClient, error) {
	parsed, err := verify.ParseClientAssertion(text)
	if err != nil {
		return verify.AssertedClient{}, err
	}
	return v.Verify(ctx, parsed, client, keys)
}

func TestClientAssertionsByEveryAlgorithm(t *testing.T) {
	v, client := newAssertions(t), oauth.Client{ID: "app"}
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		got, err := assert(t.Context(), v, client, static(t, signer.Key("k1")), signer.Token("JWT", "k1", assertionClaims(t, nil)))
		if alg.Symmetric() {
			if !oauth.InvalidClient.In(err) {
				t.Errorf("%s: got %v", alg, err)
			}
			continue
		}
		if err != nil || got.ID != "j1" || time.Until(got.Expires) > time.Minute {
			t.Errorf("%s: got %+v, %v", alg, got, err)
		}
	}
}

func TestO18ClientAssertionClaims(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	synctest.Test(t, func(t *testing.T) {
		v, now := newAssertions(t), time.Now().Unix()
		in := func(seconds int64) string { return fmt.Sprint(now + seconds) }
		good := map[string]change{
			"aud is the issuer":                  nil,
			"aud is the token endpoint":          {"aud": `"` + tokenEndpoint + `"`},
			"aud is an array of one":             {"aud": `["` + issuer + `"]`},
			"exp 5 minutes ahead":                {"exp": in(300)},
			"no iat":                             {"iat": absent},
			"iat and nbf ahead by a minute":      {"iat": in(60), "nbf": in(60)},
			"iat long ago":                       {"iat": in(-86400)},
			"a claim that means nothing here":    {"nonce": `"n"`},
			"exp of a fraction, the next second": {"exp": in(0) + ".5"},
		}
		bad := map[string]change{
			"aud is missing":                {"aud": absent},
			"aud is another's":              {"aud": `"https://other.example.com"`},
			"aud is a look-alike":           {"aud": `"` + issuer + `/"`},
			"aud begins like the issuer":    {"aud": `"` + issuer + `/introspect"`},
			"aud is several":                {"aud": `["` + issuer + `","` + tokenEndpoint + `"]`},
			"aud is also somebody else":     {"aud": `["` + issuer + `","https://other.example.com"]`},
			"aud is an empty array":         {"aud": `[]`},
			"aud is a number":               {"aud": `1`},
			"exp is missing":                {"exp": absent},
			"exp has passed":                {"exp": in(0)},
			"exp more than 5 minutes off":   {"exp": in(301)},
			"exp a year ahead":              {"exp": in(31536000)},
			"exp is a string":               {"exp": `"` + in(60) + `"`},
			"iat too far ahead":             {"iat": in(61)},
			"iat is a string":               {"iat": `"now"`},
			"nbf too far ahead":             {"nbf": in(61)},
			"jti is missing":                {"jti": absent},
			"jti is empty":                  {"jti": `""`},
			"jti is a number":               {"jti": `7`},
			"iss is missing":                {"iss": absent},
			"sub is missing":                {"sub": absent},
			"iss and sub are two":           {"sub": `"alice"`},
			"iss and sub are another's":     {"iss": `"other"`, "sub": `"other"`},
			"iss and sub are arrays":        {"iss": `["app"]`, "sub": `["app"]`},
			"iss and sub are empty":         {"iss": `""`, "sub": `""`},
			"EXP stands in for exp":         {"exp": absent, "EXP": in(60)},
			"exp twice by another spelling": {"exp": in(99999), "Exp": in(60)},
		}
		all := maps.Clone(good)
		maps.Copy(all, bad)
		for name, changes := range all {
			keys := static(t, signer.Key("k1"))
			_, err := assert(t.Context(), v, oauth.Client{ID: "app"}, keys, signer.Token("", "k1", assertionClaims(t, changes)))
			_, refuse := bad[name]
			if refuse != oauth.InvalidClient.In(err) || !refuse && err != nil {
				t.Errorf("%s: got %v", name, err)
			}
			if refuse && keys.times > 0 {
				t.Errorf("%s: the client's keys were asked for", name)
			}
		}
	})
}

func TestO18ClientAssertionHeaderAndSignature(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	v, payload := newAssertions(t), assertionClaims(t, nil)
	good := signer.Token("", "k1", payload)
	for name, c := range map[string]struct {
		text   string
		alg    oauth.Alg // token_endpoint_auth_signing_alg
		refuse bool
	}{
		"no typ":                           {good, "", false},
		"typ JWT":                          {signer.Token("JWT", "k1", payload), "", false},
		"the typ of its own":               {signer.Token("client-authentication+jwt", "k1", payload), "", false},
		"the registered alg":               {good, oauth.ES256, false},
		"no kid, and one key":              {signer.Token("", "", payload), "", false},
		"J30 an access token":              {signer.Token("at+jwt", "k1", payload), "", true},
		"J30 a DPoP proof":                 {signer.Token("dpop+jwt", "k1", payload), "", true},
		"another alg than registered":      {good, oauth.PS256, true},
		"another's key":                    {other.Token("", "k1", payload), "", true},
		"a kid that the client has not":    {signer.Token("", "k2", payload), "", true},
		"J01 alg none":                     {josetest.Encode([]byte(`{"alg":"none"}`)) + "." + josetest.Encode([]byte(payload)) + ".", "", true},
		"J02 alg is not the key's":         {signer.Compact(`{"alg":"RS256","kid":"k1"}`, payload), "", true},
		"J07 it brings its key":            {signer.Compact(`{"alg":"ES256","kid":"k1","jwk":`+signer.JWK("k1", "")+`}`, payload), "", true},
		"J08 crit":                         {signer.Compact(`{"alg":"ES256","kid":"k1","crit":["x"],"x":1}`, payload), "", true},
		"J10 a claim twice":                {signer.Token("", "k1", strings.Replace(payload, `"jti":`, `"jti":"j0","jti":`, 1)), "", true},
		"J23 longer than 16 kB":            {signer.Token("", "k1", strings.TrimSuffix(payload, "}")+`,"x":"`+strings.Repeat("x", jose.MaxAssertionBytes)+`"}`), "", true},
		"claims that are no object":        {signer.Token("", "k1", `["iss"]`), "", true},
		"no token at all":                  {"assertion", "", true},
		"the signature's last byte is off": {good[:len(good)-4] + "AAAA", "", true},
	} {
		client := oauth.Client{ID: "app"}
		client.TokenEndpointAuthSigningAlg = c.alg
		if _, err := assert(t.Context(), v, client, static(t, signer.Key("k1")), c.text); c.refuse != oauth.InvalidClient.In(err) || !c.refuse && err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// unavailable are keys that cannot be had.
type unavailable struct{}

func (unavailable) Key(context.Context, string) (jose.Key, error) {
	return jose.Key{}, fmt.Errorf("%w: no answer", verify.ErrKeysUnavailable)
}

func TestO26AClientsDeadKeysAreNoOutageOfOurs(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	_, err := assert(t.Context(), newAssertions(t), oauth.Client{ID: "app"}, unavailable{}, signer.Token("", "k1", assertionClaims(t, nil)))
	if !oauth.InvalidClient.In(err) || !strings.Contains(fmt.Sprint(err), "no answer") {
		t.Errorf("got %v", err)
	}
	if errors.Is(err, verify.ErrKeysUnavailable) {
		t.Errorf("%v would be taken for ours", err)
	}
	if told := oauth.AsError(err).Description; strings.Contains(told, "answer") {
		t.Errorf("the client is told %s", told)
	}
}

func TestNewClientAssertionsWantsAnAudience(t *testing.T) {
	for _, audience := range [][2]string{{"", tokenEndpoint}, {issuer, ""}} {
		if _, err := verify.NewClientAssertions(audience[0], audience[1]); err == nil {
			t.Errorf("%q: no error", audience)
		}
	}
}

// Whatever a client signs: an assertion that is accepted is the client's own, for us
// alone, not expired, not for long, and can be told from every other.
func FuzzClientAssertion(f *testing.F) {
	signer := josetest.New(oauth.ES256)
	v, keys := newAssertions(f), static(f, signer.Key("k1"))
	f.Add(`{"alg":"ES256","kid":"k1"}`, assertionClaims(f, nil))
	f.Add(`{"alg":"ES256","typ":"JWT"}`, assertionClaims(f, change{"aud": `["` + issuer + `"]`}))
	f.Fuzz(func(t *testing.T, header, payload string) {
		got, err := assert(t.Context(), v, oauth.Client{ID: "app"}, keys, signer.Compact(header, payload))
		if err != nil {
			if !oauth.InvalidClient.In(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(payload), &claims); err != nil {
			t.Fatal(err)
		}
		if claims["iss"] != "app" || claims["sub"] != "app" || got.ID == "" || time.Until(got.Expires) > 5*time.Minute {
			t.Errorf("%s is accepted", payload)
		}
	})
}
