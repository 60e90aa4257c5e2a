package template_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	gate "github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// The authorizer with tables deploys beside tables that are there already, and what it
// is told is good.
func TestTheAuthorizerWithTablesDeploysAlone(t *testing.T) {
	t.Parallel()
	const settings = `{"issuers":[{"issuer":"https://id.example.com","audience":["https://api.example.com"],"own":true}],` +
		`"sources":[{"header":"Authorization"},{"api_key_header":"X-Api-Key"}],"result_ttl":"0s",` +
		`"dpop":{"mode":"allowed","base_url":"https://api.example.com","replay":"table"}}`
	var d deployment
	if err := json.Unmarshal(run(t, raw(t), "deploy.py", "infra/authorizer-table.yaml",
		"AuthorizerSettings="+settings, "UserTable=users", "StateTable=state"), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Stacks) != 1 || d.Stacks["ostiary"].Status != "CREATE_COMPLETE" || len(d.Functions) != 1 || len(d.LogGroups) != 1 {
		t.Errorf("got %v, %d functions and %d log groups", d.Stacks, len(d.Functions), len(d.LogGroups))
	}
	if alias := d.Stacks["ostiary"].Outputs["AuthorizerAliasArn"]; !strings.HasSuffix(alias, ":live") {
		t.Errorf("an API's authorizer is to name %q", alias)
	}
	for _, function := range d.Functions {
		given, _ := function.Environment["AUTHORIZER_SETTINGS"].(string)
		parsed, err := gate.ParseSettings([]byte(given))
		if err != nil || function.Environment["USER_TABLE"] != "users" || function.Environment["STATE_TABLE"] != "state" {
			t.Fatalf("got %v, %v", function.Environment, err)
		}
		if _, err := gate.New(parsed.With(gate.Tables{
			APIKey: func(context.Context, string) (oauth.AccessToken, error) { return oauth.AccessToken{}, nil },
			Once:   func(context.Context, string, time.Time) error { return nil },
		}), nil, nil); err != nil {
			t.Error(err)
		}
		for _, s := range function.Statements {
			if where, _ := s.Resource.(string); !strings.HasSuffix(where, ":table/users") && !strings.HasSuffix(where, ":table/state") &&
				!strings.Contains(where, ":log-group:") {
				t.Errorf("a statement names %v", s.Resource)
			}
		}
	}
}
