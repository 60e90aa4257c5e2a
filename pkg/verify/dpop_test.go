package verify_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const (
	boundToken = "the.access.token"
	pets       = "https://api.example.com/pets"
)

// ath is the hash of a token, as a proof has it.
func ath(token string) string {
	digest := sha256.Sum256([]byte(token))
	return josetest.Encode(digest[:])
}

// proofClaims are the claims of a good proof for GET /pets made now, changed.
func proofClaims(tb testing.TB, changes change) string {
	tb.Helper()
	members := map[string]any{"jti": "j1", "htm": "GET", "htu": pets, "iat": time.Now().Unix(), "ath": ath(boundToken)}
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

// prove makes a proof by the signer, whatever it claims.
func prove(signer josetest.Signer, payload string) string {
	return signer.Compact(fmt.Sprintf(`{"typ":"dpop+jwt","alg":%q,"jwk":%s}`, signer.Alg, signer.JWK("", "")), payload)
}

// proven is a request with these proofs, for a token that is bound to the signer's key.
func proven(signer josetest.Signer, proofs ...string) verify.Proven {
	return verify.Proven{Proofs: proofs, Method: "GET", URL: pets, Token: boundToken, Thumbprint: signer.Key("").Thumbprint()}
}

func newProofs(tb testing.TB) *verify.Proofs {
	tb.Helper()
	v, err := verify.NewProofs(verify.NewReplayMemory().Once, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestProofsBySpecification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// RFC 9449 §7.1, figure 12 and 13.
		const proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
		time.Sleep(time.Until(time.Unix(1562262618, 0)))
		thumbprint, err := newProofs(t).Verify(t.Context(), verify.Proven{
			Proofs: []string{proof}, Method: "GET", URL: "https://resource.example.org/protectedresource",
			Token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", Thumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		})
		if err != nil || thumbprint != "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" {
			t.Errorf("got %s, %v", thumbprint, err)
		}
	})
}

func TestO19ProofsByEveryAlgorithm(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		thumbprint, err := newProofs(t).Verify(t.Context(), proven(signer, prove(signer, proofClaims(t, nil))))
		if alg.Symmetric() {
			if !oauth.InvalidDPoPProof.In(err) {
				t.Errorf("%s: got %v", alg, err)
			}
			continue
		}
		if err != nil || thumbprint != signer.Key("").Thumbprint() {
			t.Errorf("%s: got %s, %v", alg, thumbprint, err)
		}
	}
	if algs := verify.DPoPAlgs(); len(algs) != len(josetest.Algs())-1 {
		t.Errorf("%v are listed", algs)
	}
}

// The rules of RFC 9449 §4.3, by their numbers there.
func TestO19ProofClaims(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Unix()
		in := func(seconds int64) string { return fmt.Sprint(now + seconds) }
		for name, c := range map[string]struct {
			changes change
			good    bool
		}{
			"all is well":                      {nil, true},
			"11: iat a minute ago":             {change{"iat": in(-60)}, true},
			"11: iat a minute ahead":           {change{"iat": in(60)}, true},
			"9: htu with a query":              {change{"htu": `"` + pets + `?limit=1"`}, true},
			"9: htu with a fragment":           {change{"htu": `"` + pets + `#top"`}, true},
			"a claim that means nothing here":  {change{"exp": in(-9999), "nonce": `"n"`}, true},
			"3: jti is missing":                {change{"jti": absent}, false},
			"3: jti is empty":                  {change{"jti": `""`}, false},
			"3: jti is a number":               {change{"jti": `7`}, false},
			"3: htm is missing":                {change{"htm": absent}, false},
			"3: htu is missing":                {change{"htu": absent}, false},
			"3: htu is an array":               {change{"htu": `["` + pets + `"]`}, false},
			"3: iat is missing":                {change{"iat": absent}, false},
			"3: iat is a string":               {change{"iat": `"` + in(0) + `"`}, false},
			"3: HTM stands in for htm":         {change{"htm": absent, "HTM": `"GET"`}, false},
			"8: htm of another request":        {change{"htm": `"POST"`}, false},
			"8: htm in small letters":          {change{"htm": `"get"`}, false},
			"9: htu of another path":           {change{"htu": `"https://api.example.com/pets/1"`}, false},
			"9: htu of another host":           {change{"htu": `"https://api.example.org/pets"`}, false},
			"9: htu by http":                   {change{"htu": `"http://api.example.com/pets"`}, false},
			"9: htu is the path alone":         {change{"htu": `"/pets"`}, false},
			"11: iat 61 s ago":                 {change{"iat": in(-61)}, false},
			"11: iat 61 s ahead":               {change{"iat": in(61)}, false},
			"12: ath is missing":               {change{"ath": absent}, false},
			"12: ath is another token's":       {change{"ath": `"` + ath("another") + `"`}, false},
			"12: ath is the token":             {change{"ath": `"` + boundToken + `"`}, false},
			"12: ath is empty":                 {change{"ath": `""`}, false},
			"a claim twice, by another escape": {change{"jti": `"j1","\u006ati":"j2"`}, false},
		} {
			_, err := newProofs(t).Verify(t.Context(), proven(signer, prove(signer, raw(t, c.changes))))
			if c.good != (err == nil) || !c.good && !oauth.InvalidDPoPProof.In(err) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// raw is proofClaims for values that are more than one JSON value.
func raw(t *testing.T, changes change) string {
	t.Helper()
	whole, text := change{}, map[string]string{}
	for name, value := range changes {
		if whole[name] = value; value != absent && !json.Valid([]byte(value)) {
			whole[name], text[name] = `"raw"`, value
		}
	}
	payload := proofClaims(t, whole)
	for _, value := range text {
		payload = strings.Replace(payload, `"raw"`, value, 1)
	}
	return payload
}

func TestO19ProofHeaderAndNumber(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	payload := proofClaims(t, nil)
	good := prove(signer, payload)
	header := func(typ string) string {
		return `{"typ":"` + typ + `","alg":"ES256","jwk":` + signer.JWK("", "") + `}`
	}
	for name, proofs := range map[string][]string{
		"1: none":                                    nil,
		"1: two":                                     {good, good},
		"1: two, joined as format 2.0 does it":       {good + "," + good},
		"1: an empty one":                            {""},
		"2: no JWS":                                  {"proof"},
		"2: claims that are no object":               {prove(signer, `["jti"]`)},
		"4: J30 typ of an access token":              {signer.Compact(header("at+jwt"), payload)},
		"4: J30 typ JWT":                             {signer.Compact(header("JWT"), payload)},
		"4: typ in capitals":                         {signer.Compact(header("DPOP+JWT"), payload)},
		"4: no typ":                                  {signer.Compact(`{"alg":"ES256","jwk":`+signer.JWK("", "")+`}`, payload)},
		"5: alg none":                                {strings.Join(append(strings.Split(good, ".")[:2], ""), ".")},
		"6: not signed with the key in it":           {other.Compact(header("dpop+jwt"), payload)},
		"7: O19 with the private half":               {signer.Compact(strings.Replace(header("dpop+jwt"), `"kty"`, `"d":"AQ","kty"`, 1), payload)},
		"7: J23 longer than 4 kB":                    {prove(signer, strings.Replace(payload, `"jti":"j1"`, `"jti":"`+strings.Repeat("j", jose.MaxProofBytes)+`"`, 1))},
		"12: made by another key than the token's":   {prove(other, payload)},
		"12: by another key, whose kid is the owner": {other.Compact(`{"typ":"dpop+jwt","alg":"ES256","kid":"`+signer.Key("").Thumbprint()+`","jwk":`+other.JWK(signer.Key("").Thumbprint(), "")+`}`, payload)},
	} {
		if _, err := newProofs(t).Verify(t.Context(), proven(signer, proofs...)); !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := newProofs(t).Verify(t.Context(), proven(signer, good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
	nothing := proven(signer, prove(signer, proofClaims(t, change{"htm": absent})))
	nothing.Method = ""
	if _, err := newProofs(t).Verify(t.Context(), nothing); !oauth.InvalidDPoPProof.In(err) {
		t.Errorf("8: no method, for a request that has none: %v", err)
	}
}

func TestProofWhereATokenIsAskedFor(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	asked := proven(signer, prove(signer, proofClaims(t, change{"ath": absent})))
	asked.Token, asked.Thumbprint = "", ""
	if thumbprint, err := newProofs(t).Verify(t.Context(), asked); err != nil || thumbprint != signer.Key("").Thumbprint() {
		t.Errorf("got %s, %v", thumbprint, err)
	}
	// A token that is bound to no key is not one that is bound to any key.
	for _, half := range []verify.Proven{{Token: boundToken}, {Thumbprint: signer.Key("").Thumbprint()}} {
		asked := proven(signer, prove(signer, proofClaims(t, nil)))
		asked.Token, asked.Thumbprint = half.Token, half.Thumbprint
		if _, err := newProofs(t).Verify(t.Context(), asked); !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("%+v: got %v", half, err)
		}
	}
}

func TestNonceOfAProof(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v, err := verify.NewProofs(verify.NewReplayMemory().Once, func(_ context.Context, nonce string) error {
		if nonce != "n1" {
			return oauth.UseDPoPNonce.Errorf("a nonce of ours is required")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		nonce string
		want  oauth.Code
	}{
		"ours": {`"n1"`, ""}, "none": {absent, oauth.UseDPoPNonce}, "another": {`"n0"`, oauth.UseDPoPNonce}, "a number": {"1", oauth.InvalidDPoPProof},
	} {
		_, err := v.Verify(t.Context(), proven(signer, prove(signer, proofClaims(t, change{"nonce": c.nonce, "jti": `"` + name + `"`}))))
		if c.want == "" && err != nil || c.want != "" && !c.want.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProofsNeedAMemory(t *testing.T) {
	if _, err := verify.NewProofs(nil, nil); err == nil {
		t.Error("no error")
	}
	signer := josetest.New(oauth.ES256)
	broken := errors.New("no answer")
	v, err := verify.NewProofs(func(context.Context, string, time.Time) error { return broken }, nil)
	if err != nil {
		t.Fatal(err)
	}
	// A memory that fails lets nobody in, and is no fault of the caller's.
	if _, err := v.Verify(t.Context(), proven(signer, prove(signer, proofClaims(t, nil)))); !errors.Is(err, broken) || oauth.InvalidDPoPProof.In(err) {
		t.Errorf("got %v", err)
	}
}

func TestO19ProofsAreRememberedUntilNobodyAcceptsThem(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	synctest.Test(t, func(t *testing.T) {
		var until time.Time
		v, err := verify.NewProofs(func(_ context.Context, key string, t time.Time) error {
			if until = t; len(key) != 43 {
				return errors.New("not a digest: " + key)
			}
			return nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, ahead := range []time.Duration{-time.Minute, 0, time.Minute} {
			issued := time.Now().Add(ahead)
			if _, err := v.Verify(t.Context(), proven(signer, prove(signer, proofClaims(t, change{"iat": fmt.Sprint(issued.Unix())})))); err != nil {
				t.Fatal(err)
			}
			// Another instance's clock may be a minute behind.
			if until.Before(issued.Add(2 * time.Minute)) {
				t.Errorf("issued %s from now: remembered for %s", ahead, time.Until(until))
			}
		}
	})
}

// Whatever a client signs: a proof that is accepted names this method and address, the
// token, and is of this minute.
func FuzzProofClaims(f *testing.F) {
	signer := josetest.New(oauth.EdDSA)
	f.Add(proofClaims(f, nil))
	f.Add(proofClaims(f, change{"htu": `"HTTPS://API.example.com:443/a/../%70ets?x#y"`}))
	f.Fuzz(func(t *testing.T, payload string) {
		v := newProofs(t)
		_, err := v.Verify(t.Context(), proven(signer, prove(signer, payload)))
		if err != nil {
			if !oauth.InvalidDPoPProof.In(err) {
				t.Errorf("%s: got %v", payload, err)
			}
			return
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(payload), &claims); err != nil {
			t.Fatal(err)
		}
		issued, _ := claims["iat"].(float64)
		if claims["htm"] != "GET" || claims["ath"] != ath(boundToken) || claims["jti"] == "" || time.Since(time.Unix(int64(issued), 0)).Abs() > 62*time.Second {
			t.Errorf("%s is accepted", payload)
		}
		if _, err := v.Verify(t.Context(), proven(signer, prove(signer, payload))); !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("%s is accepted twice", payload)
		}
	})
}
