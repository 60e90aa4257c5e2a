package template_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const auditFile = "infra/audit.yaml"

// Every event wakes the function that publishes it once, though it lies in several views;
// and what the bus does not take comes again, for as long as the stream has it.
func TestEveryEventIsPublishedOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	mappings := transformed(t)[auditFile].of("AWS::Lambda::EventSourceMapping")
	if len(mappings) != 1 {
		t.Fatalf("got %d event sources", len(mappings))
	}
	d := openDoors(t)
	written := &views{Table: d.events}
	audit.New(written, nil, audit.Options{}).Record(t.Context(), audit.Event{Kind: audit.SignInSucceeded, Subject: "alice", Client: "app", Address: "192.0.2.1"})
	for id, mapping := range mappings {
		p := mapping.Properties
		if ref(p["FunctionName"]) != "AuditFunctionAliaslive" || ref(p["EventSourceArn"]) != "AuditTableStream" || p["StartingPosition"] != "TRIM_HORIZON" {
			t.Errorf("%s: got %v", id, p)
		}
		if p["MaximumRetryAttempts"] != nil || p["MaximumRecordAgeInSeconds"] != nil {
			t.Errorf("%s: it gives up: %v", id, p)
		}
		if responses := list(p["FunctionResponseTypes"]); len(responses) != 1 || responses[0] != "ReportBatchItemFailures" || p["BisectBatchOnFunctionError"] != true {
			t.Errorf("%s: one bad record holds up the others: %v", id, p)
		}
		var pattern struct {
			EventName []string
			DynamoDB  struct {
				Keys map[string]struct{ S []struct{ Prefix string } }
			}
		}
		filters := list(at(p, "FilterCriteria", "Filters"))
		if len(filters) != 1 {
			t.Fatalf("%s: got the filters %v", id, filters)
		}
		text, _ := at(filters[0], "Pattern").(string)
		check(t, json.Unmarshal([]byte(text), &pattern))
		keys := pattern.DynamoDB.Keys["pk"].S
		if !slices.Equal(pattern.EventName, []string{"INSERT"}) || len(keys) != 1 {
			t.Fatalf("%s: got the pattern %s", id, text)
		}
		matching := 0
		for _, partition := range written.partitions {
			if strings.HasPrefix(partition, keys[0].Prefix) {
				matching++
			}
		}
		if matching != 1 || len(written.partitions) < 4 {
			t.Errorf("%s: %d of %v match %s", id, matching, written.partitions, text)
		}
	}
}

// views notes where an event is put.
type views struct {
	store.Table
	partitions []string
}

func (v *views) Write(_ context.Context, changes ...store.Change) error {
	for _, c := range changes {
		v.partitions = append(v.partitions, c.Key.Partition)
	}
	return nil
}
