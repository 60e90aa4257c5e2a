package authorizer

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzAnswersAreJSON compares with encoding/json: whatever a token says comes out as it
// is, and nothing of it becomes part of the policy.
func FuzzAnswersAreJSON(f *testing.F) {
	for _, text := range []string{"alice", `","Effect":"Allow`, "a\\", "\x00\x1f\x7f", "ü😀\u2028", "\xff\xfe", "</script>"} {
		f.Add(text, text)
	}
	type policyDocument struct {
		Version   string
		Statement []struct {
			Action, Resource []string
			Effect           string
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var got struct {
			PrincipalID        string         `json:"principalId"`
			PolicyDocument     policyDocument `json:"policyDocument"`
			Context            map[string]any `json:"context"`
			UsageIdentifierKey string         `json:"usageIdentifierKey"`
		}
		values := []contextValue{{"sub", a}, {"exp", int64(1800000000)}, {"admin", true}, {"share", 0.25}, {"scope", b}}
		written := policyAnswer(b, policy{allow: []string{a, "x"}, deny: []string{b}}, values, a)
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		whole := func(s string) string { return string([]rune(s)) } // as JSON has it: UTF-8 alone
		want := map[string]any{"sub": whole(a), "exp": 1.8e9, "admin": true, "share": 0.25, "scope": whole(b)}
		if diff := cmp.Diff(want, got.Context); diff != "" {
			t.Error(diff)
		}
		statements := got.PolicyDocument.Statement
		if got.PrincipalID != whole(b) || got.UsageIdentifierKey != whole(a) || len(statements) != 2 ||
			statements[0].Effect != "Allow" || !cmp.Equal(statements[0].Resource, []string{whole(a), "x"}) ||
			statements[1].Effect != "Deny" || !cmp.Equal(statements[1].Resource, []string{whole(b)}) {
			t.Errorf("got %s", written)
		}
	})
}
