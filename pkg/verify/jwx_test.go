package verify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// judges are a verifier of every profile and the second opinion of another
// implementation, which knows no profiles but the claims of RFC 7519. It accepts
// more than we do, so it never judges; but what it refuses we must refuse as well.
type judges struct {
	profile  string
	signer   josetest.Signer
	verifier *verify.AccessTokens
	key      jwk.Key
	options  []jwt.ParseOption
}

func newJudges(f *testing.F) []judges {
	var all []judges
	for name, row := range profiles {
		signer := signerFor(row.policy.Profile)
		set, err := jose.NewSet(signer.Key("k1"))
		if err != nil {
			f.Fatal(err)
		}
		row.policy.Algs, row.policy.MaxLifetime = row.policy.Profile.Algs(), 24*time.Hour
		verifier, err := verify.NewAccessTokens(row.policy, verify.StaticKeys(set))
		if err != nil {
			f.Fatal(err)
		}
		key, err := jwk.ParseKey([]byte(signer.JWK("k1", "")))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, judges{name, signer, verifier, key, []jwt.ParseOption{
			jwt.WithKey(jwa.SignatureAlgorithm(signer.Alg), key), jwt.WithValidate(true), jwt.WithAcceptableSkew(time.Minute),
			jwt.WithIssuer(row.policy.Issuer), jwt.WithRequiredClaim("exp"), jwt.WithRequiredClaim("sub"),
		}})
	}
	slices.SortFunc(all, func(a, b judges) int { return strings.Compare(a.profile, b.profile) })
	return all
}

// Whatever claims an issuer signs under whatever typ: what a profile accepts is
// accepted by another implementation, is somebody's, for us or our clients, and bears
// no mark of another kind of token.
func FuzzProfilesAgainstAnotherImplementation(f *testing.F) {
	all := newJudges(f)
	for _, kind := range kinds {
		f.Add(kind.typ, kind.claims, uint8(0))
		f.Add(kind.typ, kind.claims[:len(kind.claims)-1]+`,"exp":4000000000,"iat":"1"}`, uint8(3))
	}
	f.Fuzz(func(t *testing.T, typ, text string, which uint8) {
		j := all[int(which)%len(all)]
		payload := complete(text, profiles[j.profile].policy.Issuer)
		token := j.signer.Token(typ, "k1", payload)
		got, err := j.verifier.Verify(t.Context(), token)
		if err != nil {
			refused(t, payload, err)
			return
		}
		if _, err := jwt.Parse([]byte(token), j.options...); err != nil {
			t.Errorf("%s: %q %s is accepted here and refused there: %v", j.profile, typ, payload, err)
		}
		policy := profiles[j.profile].policy
		for _, audience := range got.Audience {
			if policy.Profile == verify.ProfileIDToken && !slices.Contains(policy.Audience, audience) {
				t.Errorf("%s: %s is for %v", j.profile, payload, got.Audience)
			}
		}
		if _, logout := got.Claims["events"]; logout && policy.Profile != verify.ProfileRFC9068 && typ != oauth.TypAccessToken {
			t.Errorf("%s: %s is a logout token", j.profile, payload)
		}
		if got.Subject == "" || got.Issuer != policy.Issuer || !got.Expires.After(time.Now().Add(-time.Minute)) {
			t.Errorf("%s: %s is accepted as %+v", j.profile, payload, got)
		}
	})
}

// complete adds issuer and times to an object that lacks them, so that the fuzzer
// need not guess them.
func complete(text, issuer string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil || members == nil {
		return text
	}
	now := time.Now().Unix()
	for name, value := range map[string]any{"iss": issuer, "iat": now, "exp": now + 600} {
		if _, present := members[name]; !present {
			members[name], _ = json.Marshal(value) // a number or a string
		}
	}
	whole, err := json.Marshal(members)
	if err != nil {
		return text
	}
	return string(whole)
}
