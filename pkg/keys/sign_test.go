package keys_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// TestSign has every algorithm's token checked by our own verifier and by jwx.
func TestSign(t *testing.T) {
	policy := hours(48, 24, 24)
	policy.Algs = []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA}
	ring := openRing(t, openTable(t), policy)
	report := rotate(t, ring)
	if len(report.Made) != len(policy.Algs) {
		t.Fatalf("made %d keys, want %d", len(report.Made), len(policy.Algs))
	}
	document, err := ring.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	published, err := jwk.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range policy.Algs {
		t.Run(string(alg), func(t *testing.T) {
			token, err := ring.Sign(t.Context(), alg, "at+jwt", sampleClaims())
			if err != nil {
				t.Fatal(err)
			}
			wantGenuine(t, ring, alg, token)
			payload, err := jws.Verify([]byte(token), jws.WithKeySet(published))
			if err != nil {
				t.Fatalf("jwx: %v", err)
			}
			want, _ := json.Marshal(sampleClaims())
			if !bytes.Equal(payload, want) {
				t.Errorf("signed %s, want %s", payload, want)
			}
			message, err := jws.ParseString(token)
			if err != nil {
				t.Fatal(err)
			}
			header := message.Signatures()[0].ProtectedHeaders()
			if header.Algorithm() != jwa.SignatureAlgorithm(alg) || header.Type() != "at+jwt" || header.KeyID() == "" {
				t.Errorf("header %+v", header)
			}
		})
	}
	t.Run("an algorithm without keys", func(t *testing.T) {
		for _, alg := range []oauth.Alg{oauth.HS256, "none", ""} {
			if token, err := ring.Sign(t.Context(), alg, "JWT", sampleClaims()); err == nil {
				t.Errorf("%q: signed %s", alg, token)
			}
		}
	})
}

// TestJ04PublishedKeysArePublic looks at the document itself.
func TestJ04PublishedKeysArePublic(t *testing.T) {
	policy := hours(48, 24, 24)
	policy.Algs = []oauth.Alg{oauth.RS256, oauth.ES256, oauth.EdDSA}
	ring := openRing(t, openTable(t), policy)
	rotate(t, ring)
	document, err := ring.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil || len(set.Keys) != 3 {
		t.Fatalf("got %s, %v", document, err)
	}
	members := map[string][]string{
		"EC": {"alg", "crv", "kid", "kty", "use", "x", "y"}, "OKP": {"alg", "crv", "kid", "kty", "use", "x"},
		"RSA": {"alg", "e", "kid", "kty", "n", "use"},
	}
	for _, key := range set.Keys {
		var got []string
		for name := range key {
			got = append(got, name)
		}
		want := members[key["kty"].(string)]
		if diff := cmp.Diff(want, got, sortStrings); diff != "" {
			t.Errorf("members of a %s key: %s", key["kty"], diff)
		}
		if key["use"] != "sig" {
			t.Errorf("use is %v", key["use"])
		}
	}
}

// TestJ40Names is about names that an attacker may have put into user data.
func TestJ40Names(t *testing.T) {
	ring := openRing(t, openTable(t), hours(48, 24, 24))
	rotate(t, ring)
	for name, c := range map[string]struct {
		claims any
		good   bool
	}{
		"quote":                     {map[string]any{`a","admin":true,"b`: 1}, false},
		"quote deep inside":         {map[string]any{"address": map[string]any{`street":"x`: 1}}, false},
		"quote inside an array":     {map[string]any{"list": []any{map[string]any{`"`: 1}}}, false},
		"backslash":                 {map[string]any{`a\`: 1}, false},
		"line feed":                 {map[string]any{"a\nb": 1}, false},
		"NUL":                       {map[string]any{"a\x00": 1}, false},
		"escaped in raw JSON":       {json.RawMessage(`{"\u0061dmin":true}`), false},
		"escaped, space before":     {json.RawMessage(`{"\u0061dmin" : true}`), false},
		"a name twice":              {json.RawMessage(`{"sub":"a","sub":"b"}`), false},
		"not UTF-8":                 {json.RawMessage("{\"a\":\"\xff\"}"), false},
		"too deep":                  {json.RawMessage(`{"a":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}`), false},
		"array":                     {[]string{"a"}, false},
		"null":                      {nil, false},
		"text":                      {"a", false},
		"not JSON":                  {func() {}, false},
		"empty":                     {map[string]any{}, true},
		"quote in a value":          {map[string]any{"name": `Alice "Al" Smith`}, true},
		"colon after a value's end": {json.RawMessage(`{"a":"x\"","b":1}`), true},
		"a URL as a name":           {map[string]any{"https://example.com/c?a&b<d>": 1}, true},
		"letters beyond ASCII":      {map[string]any{"größe": 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", c.claims)
			if (err == nil) != c.good {
				t.Errorf("got %q, %v, want good %v", token, err, c.good)
			}
			token, err = keys.SignHS256(make([]byte, 32), "JWT", c.claims)
			if (err == nil) != c.good {
				t.Errorf("HS256: got %q, %v, want good %v", token, err, c.good)
			}
		})
	}
	for _, typ := range []string{`JWT","alg":"none`, "a b", "J\\WT", "ü"} {
		if token, err := ring.Sign(t.Context(), oauth.ES256, typ, sampleClaims()); err == nil {
			t.Errorf("typ %q: signed %s", typ, token)
		}
	}
}

// TestJ23NoTokenThatWeWouldRefuse holds minting to the verifier's bounds.
func TestJ23NoTokenThatWeWouldRefuse(t *testing.T) {
	ring := openRing(t, openTable(t), hours(48, 24, 24))
	rotate(t, ring)
	for _, c := range []struct {
		typ   string
		bytes int
		good  bool
	}{{"at+jwt", 5000, true}, {"at+jwt", 6200, false}, {"JWT", 6200, true}, {"JWT", 13000, false}} {
		token, err := ring.Sign(t.Context(), oauth.ES256, c.typ, map[string]any{"x": strings.Repeat("x", c.bytes)})
		if (err == nil) != c.good {
			t.Errorf("%s with %d bytes: got %d bytes, %v, want good %v", c.typ, c.bytes, len(token), err, c.good)
		}
	}
}

func TestSignHS256(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	token, err := keys.SignHS256(secret, "at+jwt", sampleClaims())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jws.Verify([]byte(token), jws.WithKey(jwa.HS256, secret)); err != nil {
		t.Errorf("jwx: %v", err)
	}
	header, _, _ := strings.Cut(token, ".")
	if got, _ := base64.RawURLEncoding.DecodeString(header); string(got) != `{"alg":"HS256","typ":"at+jwt"}` {
		t.Errorf("header %s", got)
	}
	if _, err := keys.SignHS256(secret[:31], "at+jwt", sampleClaims()); err == nil { // RFC 7518 §3.2
		t.Error("signed with 31 bytes")
	}
}

// TestNoRingYet is a function that runs before the first rotation.
func TestNoRingYet(t *testing.T) {
	users := openTable(t)
	w := openWrapper(t)
	early := keys.OpenRing(users, openSealer(t, users, w), hours(48, 24, 24))
	_, errSign := early.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
	_, errJWKS := early.JWKS(t.Context())
	_, errSet := early.PublicSet(t.Context())
	_, errList := early.List(t.Context())
	for _, err := range []error{errSign, errJWKS, errSet, errList} {
		wantUnavailable(t, err)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want store.ErrNotFound inside", err)
		}
	}
	if _, err := early.Key(t.Context(), "any"); !errors.Is(err, verify.ErrKeysUnavailable) {
		t.Errorf("got %v, want ErrKeysUnavailable", err)
	}
	rotate(t, keys.OpenRing(users, openSealer(t, users, w), hours(48, 24, 24)))
	if _, err := early.JWKS(t.Context()); err != nil {
		t.Errorf("after the first rotation: %v", err)
	}
}

// TestWithoutSealer is a function that has no permission to open keys.
func TestWithoutSealer(t *testing.T) {
	users := openTable(t)
	signing := openRing(t, users, hours(48, 24, 24))
	rotate(t, signing)
	token, err := signing.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
	if err != nil {
		t.Fatal(err)
	}
	public := keys.OpenRing(users, nil, hours(48, 24, 24))
	wantGenuine(t, public, oauth.ES256, token)
	if _, err := public.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims()); err == nil {
		t.Error("signed")
	}
	if _, err := public.Rotate(t.Context()); err == nil {
		t.Error("rotated")
	}
}

// wantGenuine checks a token's signature with the key that the ring publishes.
func wantGenuine(t *testing.T, ring *keys.Ring, alg oauth.Alg, token string) {
	t.Helper()
	parsed, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ring.Key(t.Context(), parsed.Header.KeyID)
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Verify(key); err != nil || parsed.Header.Alg != alg {
		t.Errorf("%s: %v", parsed.Header.Alg, err)
	}
}
