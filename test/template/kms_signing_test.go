package template_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Permissions outside of roles are those to sign with keys that never leave KMS, and
// to read their public halves: each key by its one algorithm, each when it is listed.
func TestKMSSignsForThoseWhoSign(t *testing.T) {
	t.Parallel()
	want := make(map[string]string)
	for alg, spec := range map[string]string{
		"Es256": "ECDSA_SHA_256", "Rs256": "RSASSA_PKCS1_V1_5_SHA_256", "Ps256": "RSASSA_PSS_SHA_256",
	} {
		keys := `{"Fn::Split":[",",{"Ref":"Kms` + alg + `Keys"}]}`
		want["SignBy"+alg] = `if HasKms` + alg + ` [AuthorizeRole TokenRole UserinfoRole StatusRole DeliverRole]: kms:Sign on ` + keys +
			` StringEquals kms:MessageType DIGEST, StringEquals kms:SigningAlgorithm ` + spec
		want["TakeOver"+alg] = `if HasKms` + alg + ` [RotateRole]: kms:GetPublicKey on ` + keys + ` `
	}
	got := make(map[string]string)
	for _, x := range transformed(t) {
		for id, policy := range x.of("AWS::IAM::Policy") {
			got[id] = attached(t, policy)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// attached describes a policy of one statement.
func attached(t *testing.T, policy resource) string {
	t.Helper()
	statements := list(at(policy.Properties["PolicyDocument"], "Statement"))
	if len(statements) != 1 || at(statements[0], "Effect") != "Allow" {
		t.Fatalf("got the statements %v", statements)
	}
	text := "if " + policy.Condition + " ["
	for i, role := range list(policy.Properties["Roles"]) {
		if i > 0 {
			text += " "
		}
		text += ref(role)
	}
	keys, err := json.Marshal(at(statements[0], "Resource"))
	if err != nil {
		t.Fatal(err)
	}
	action, _ := at(statements[0], "Action").(string)
	return text + "]: " + action + " on " + string(keys) + " " + condition(at(statements[0], "Condition"))
}
