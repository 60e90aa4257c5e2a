package issue_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// FuzzClaims: a claims parameter that is read asks only for claims that there are,
// and asks the same once it has been kept.
func FuzzClaims(f *testing.F) {
	s := open(f)
	for _, seed := range []string{
		`{}`, `{"userinfo":{"email":null}}`,
		`{"id_token":{"sub":{"value":"x"},"acr":{"essential":true,"values":["a",1,null]}}}`,
	} {
		f.Add(seed)
	}
	known := []string{"sub", "acr", "auth_time"}
	for _, names := range oauth.ScopeClaims() {
		known = append(known, names...)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := oauth.ParseParams(url.Values{
			"client_id": {webID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
			"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "claims": {text},
		}.Encode())
		if err != nil {
			return
		}
		req, _, err := s.issuer.ParseAuthorizationRequest(t.Context(), p)
		if err != nil {
			return
		}
		for _, target := range []map[string]issue.ClaimRequest{req.Claims.Userinfo, req.Claims.IDToken} {
			for name := range target {
				if !slices.Contains(known, name) {
					t.Errorf("asks for %q", name)
				}
			}
		}
		kept, err := json.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		var again issue.AuthorizationRequest
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(again.Claims.Names(), req.Claims.Names()) || again.HintSubject != req.HintSubject {
			t.Error(cmp.Diff(req, again))
		}
	})
}
