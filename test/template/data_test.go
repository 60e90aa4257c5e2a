package template_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Only what passes may expire, and only what lasts may be restored: a state table
// from a backup would bring used and revoked grants back to life (F32).
func TestF32Tables(t *testing.T) {
	t.Parallel()
	tables := transformed(t)[data].of("AWS::DynamoDB::Table")
	want := map[string][3]any{ // TTL, point-in-time recovery, stream
		"UserTable": {nil, true, nil},
		// The stream tells keys, and nothing of what lies there.
		"StateTable": {map[string]any{"AttributeName": "exp", "Enabled": true}, nil, map[string]any{"StreamViewType": "KEYS_ONLY"}},
		// What happened stays true: it may be restored, and goes when its time is over.
		"AuditTable": {map[string]any{"AttributeName": "exp", "Enabled": true}, true, map[string]any{"StreamViewType": "NEW_IMAGE"}},
	}
	for id, expected := range want {
		p := tables[id].Properties
		got := [3]any{
			p["TimeToLiveSpecification"],
			at(p, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
			p["StreamSpecification"],
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s:\n%s", id, diff)
		}
		keys, _ := json.Marshal([]any{p["KeySchema"], p["AttributeDefinitions"], p["BillingMode"], p["GlobalSecondaryIndexes"]})
		const schema = `[[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],` +
			`[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"PAY_PER_REQUEST",null]`
		if string(keys) != schema {
			t.Errorf("%s: got %s, want %s", id, keys, schema)
		}
		if ref(p["DeletionProtectionEnabled"]) != "DeletionProtection" {
			t.Errorf("%s is not protected from deletion", id)
		}
	}
	if len(tables) != len(want) {
		t.Errorf("got %d tables, want %d", len(tables), len(want))
	}
}

// TestF19TablesCanBeWarmedBeforeALaunch: both of them, and only when it is asked for,
// because the difference to what a table starts with is paid for.
func TestF19TablesCanBeWarmedBeforeALaunch(t *testing.T) {
	t.Parallel()
	template := transformed(t)[data]
	want := map[string]any{"Fn::If": []any{"Warm", map[string]any{
		"ReadUnitsPerSecond":  map[string]any{"Ref": "WarmReadUnits"},
		"WriteUnitsPerSecond": map[string]any{"Ref": "WarmWriteUnits"},
	}, map[string]any{"Ref": "AWS::NoValue"}}}
	for id, table := range template.of("AWS::DynamoDB::Table") {
		if diff := cmp.Diff(want, table.Properties["WarmThroughput"]); diff != "" {
			t.Errorf("%s:\n%s", id, diff)
		}
	}
	if got := template.Parameters["WarmWriteUnits"].Default; got != float64(0) {
		t.Errorf("got the default %v, want none", got)
	}
}

func TestTheKeySealsAndIsRotated(t *testing.T) {
	t.Parallel()
	for id, key := range transformed(t)[data].of("AWS::KMS::Key") {
		for name, want := range map[string]any{
			"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "EnableKeyRotation": true,
		} {
			if key.Properties[name] != want {
				t.Errorf("%s: got %s %v, want %v", id, name, key.Properties[name], want)
			}
		}
		statements := list(at(key.Properties["KeyPolicy"], "Statement"))
		if len(statements) != 1 || at(statements[0], "Principal", "AWS", "Fn::Sub") != "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" {
			t.Errorf("%s: got the policy %v, want the account's own roles to decide", id, statements)
		}
	}
}
