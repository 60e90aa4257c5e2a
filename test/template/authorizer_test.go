package template_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gate "github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
)

// The authorizer needs no other part: with an issuer and an audience, or with
// settings alone, it deploys, starts and may write its log.
func TestTheAuthorizerDeploysAlone(t *testing.T) {
	t.Parallel()
	const settings = `{"issuers":[{"issuer":"https://login.example.com/","audience":["https://api.example.com"],` +
		`"client_id":"api","client_secret_variable":"CLIENT_SECRET"}]}`
	for name, given := range map[string][]string{
		"variables":  {"Issuer=https://id.example.com", "Audience=https://api.example.com,other", "RouteScopes=GET /pets/{id}=read", "ResultTtl=0"},
		"a document": {"AuthorizerSettings=" + settings, "ClientSecretArn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d deployment
			if err := json.Unmarshal(run(t, raw(t), append([]string{"deploy.py", authorizer}, given...)...), &d); err != nil {
				t.Fatal(err)
			}
			if len(d.Stacks) != 1 || d.Stacks["ostiary"].Status != "CREATE_COMPLETE" || len(d.Functions) != 1 || len(d.LogGroups) != 1 {
				t.Errorf("got %v, %d functions and %d log groups", d.Stacks, len(d.Functions), len(d.LogGroups))
			}
			if alias := d.Stacks["ostiary"].Outputs["AuthorizerAliasArn"]; !strings.HasSuffix(alias, ":live") {
				t.Errorf("an API's authorizer is to name %q", alias)
			}
			d.policies(t)
			for _, function := range d.Functions {
				opens(t, function.Environment)
			}
		})
	}
}

// opens starts what the environment configures, as the function's main does.
func opens(t *testing.T, environment map[string]any) {
	t.Helper()
	variables := make(map[string]string)
	for name, value := range environment {
		variables[name], _ = value.(string)
	}
	cfg, err := config.FromMap(variables)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := gate.SettingsFrom(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.New(settings, nil, nil); err != nil {
		t.Error(err)
	}
}

// No parameter is required by itself: whose tokens are good is said by Issuer and
// Audience or by settings, and CloudFormation is told so before it makes anything; and
// no demand of a route is passed over.
func TestTheAuthorizerAsksForWhoseTokensAreGood(t *testing.T) {
	t.Parallel()
	x := transformed(t)[authorizer]
	for _, name := range slices.Sorted(maps.Keys(x.Parameters)) {
		if x.Parameters[name].Default == nil {
			t.Errorf("%s must be given", name)
		}
	}
	rules, err := json.Marshal(x.Rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Issuer", "Audience", "AuthorizerSettings", "AuthorizerSettingsFile", "RouteScopes"} {
		if !strings.Contains(string(rules), `{"Ref":"`+name+`"}`) {
			t.Errorf("no rule is about %s: %s", name, rules)
		}
	}
}

// What the Serverless Application Repository wants of an application that one
// publishes for oneself: a name, a description, an author and a version, and no parts
// that lie elsewhere. For everybody it wants a licence as well.
func TestTheAuthorizerIsReadyForTheRepository(t *testing.T) {
	t.Parallel()
	x := transformed(t)[authorizer]
	application := object(x.Metadata["AWS::ServerlessRepo::Application"])
	text := func(name string) string { s, _ := application[name].(string); return s }
	for name, form := range map[string]string{
		"Name": `^[a-zA-Z0-9-]{1,140}$`, "Description": `^.{1,256}$`, "Author": `^.{1,127}$`, "SemanticVersion": `^\d+\.\d+\.\d+$`,
	} {
		if !regexp.MustCompile(form).MatchString(text(name)) {
			t.Errorf("%s is %q", name, text(name))
		}
	}
	if labels := list(application["Labels"]); len(labels) == 0 || len(labels) > 10 {
		t.Errorf("got the labels %v", labels)
	}
	if _, err := os.Stat(filepath.Join(root, "infra", text("ReadmeUrl"))); err != nil || text("ReadmeUrl") == "" {
		t.Error(err)
	}
	for id, r := range x.Resources {
		if strings.HasPrefix(r.Type, "AWS::CloudFormation::") || strings.HasPrefix(r.Type, "Custom::") {
			t.Errorf("%s is a %s", id, r.Type)
		}
	}
}
