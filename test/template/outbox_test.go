package template_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

// A message in the outbox wakes the function that delivers it, and nothing else
// does: the table is written to at every sign-in.
func TestTheOutboxWakesTheFunctionThatDrainsIt(t *testing.T) {
	t.Parallel()
	mappings := transformed(t)[issuer].of("AWS::Lambda::EventSourceMapping")
	if len(mappings) != 1 {
		t.Fatalf("got %d event sources", len(mappings))
	}
	for id, mapping := range mappings {
		p := mapping.Properties
		if ref(p["FunctionName"]) != "DeliverFunctionAliaslive" || ref(p["EventSourceArn"]) != "StateTableStream" ||
			p["StartingPosition"] != "TRIM_HORIZON" {
			t.Errorf("%s: got %v", id, p)
		}
		filters := list(at(p, "FilterCriteria", "Filters"))
		if len(filters) != 1 {
			t.Fatalf("%s: got the filters %v", id, filters)
		}
		var pattern struct {
			EventName []string
			DynamoDB  struct {
				Keys map[string]struct{ S []struct{ Prefix string } }
			}
		}
		text, _ := at(filters[0], "Pattern").(string)
		if err := json.Unmarshal([]byte(text), &pattern); err != nil {
			t.Fatal(err)
		}
		keys := pattern.DynamoDB.Keys
		if !slices.Equal(pattern.EventName, []string{"INSERT"}) || len(keys) != 2 || len(keys["pk"].S) != 1 || len(keys["sk"].S) != 1 {
			t.Fatalf("%s: got the pattern %s", id, text)
		}
		message := outbox.Open(nil).Put("test", nil).Key
		for key, value := range map[string]string{"pk": message.Partition, "sk": message.Sort} {
			prefix := keys[key].S[0].Prefix
			if prefix == "" || !strings.HasPrefix(value, prefix) {
				t.Errorf("%s: the pattern %s misses %s", id, text, value)
			}
		}
	}
}
