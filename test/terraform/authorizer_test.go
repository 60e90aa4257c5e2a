package terraform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	gate "github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/test/cache"
)

// given is what an issuer needs, beside the zip.
func given(more map[string]cty.Value) map[string]cty.Value {
	all := map[string]cty.Value{"zip": cty.StringVal("authorizer.zip")}
	maps.Copy(all, more)
	return all
}

var simple = map[string]cty.Value{
	"issuer":   cty.StringVal("https://id.example.com"),
	"audience": cty.ListVal([]cty.Value{cty.StringVal("https://api.example.com"), cty.StringVal("other")}),
}

// plain is a value as encoding/json would have it.
func plain(t *testing.T, v cty.Value) any {
	t.Helper()
	v, _ = v.UnmarkDeep()
	text, err := ctyjson.Marshal(v, v.Type())
	check(t, err)
	var out any
	check(t, json.Unmarshal(text, &out))
	return out
}

// The function and its role are those of the template.
func TestTheModuleMakesWhatTheTemplateMakes(t *testing.T) {
	m := read(t, "authorizer")
	scope := m.scope(t, given(simple))
	function := evaluate(t, m.resources["aws_lambda_function.authorizer"].Body, scope)
	x := template(t)
	theirs := x.Resources["AuthorizerFunction"].Properties
	for here, there := range map[string]any{
		"runtime": theirs["Runtime"], "handler": theirs["Handler"], "timeout": theirs["Timeout"], "architectures": theirs["Architectures"],
		"description": theirs["Description"], "memory_size": x.Parameters["AuthorizerMemory"].Default, "publish": true,
	} {
		if diff := cmp.Diff(there, plain(t, function[here])); diff != "" {
			t.Errorf("%s: %s", here, diff)
		}
	}
	want := map[string]any{"log_group": "/aws/lambda/ostiary-authorizer", "log_format": "JSON", "application_log_level": "DEBUG"}
	if diff := cmp.Diff(any(want), plain(t, function["logging_config"])); diff != "" {
		t.Error(diff)
	}
	role := evaluate(t, m.resources["aws_iam_role.authorizer"].Body, scope)
	theirRole := x.Resources["AuthorizerRole"].Properties
	if diff := cmp.Diff(theirRole["AssumeRolePolicyDocument"], parsed(t, role["assume_role_policy"])); diff != "" {
		t.Error(diff)
	}
	policy := evaluate(t, m.resources["aws_iam_role_policy.log"].Body, scope)
	document := theirRole["Policies"].([]any)[0].(map[string]any)["PolicyDocument"].(map[string]any)
	document["Statement"].([]any)[0].(map[string]any)["Resource"] = "arn of aws_cloudwatch_log_group.authorizer:*" // GetAtt Arn ends so
	if diff := cmp.Diff(any(document), parsed(t, policy["policy"])); diff != "" {
		t.Error(diff)
	}
	for address := range m.resources {
		if strings.HasPrefix(address, "aws_iam_") && address != "aws_iam_role.authorizer" && address != "aws_iam_role_policy.log" {
			t.Errorf("there is %s, too", address)
		}
	}
}

// parsed is a document that Terraform writes as text.
func parsed(t *testing.T, text cty.Value) any {
	t.Helper()
	var out any
	check(t, json.Unmarshal([]byte(text.AsString()), &out))
	return out
}

// A variable has the default of the parameter of its name.
func TestVariablesAreTheParametersOfTheTemplate(t *testing.T) {
	m := read(t, "authorizer")
	defaults := m.scope(t, given(nil)).Variables["var"].AsValueMap()
	elsewhere := map[string]string{"Hs256SecretArn": "secrets", "ClientSecretArn": "secrets"}
	ours := []string{"name", "zip", "architecture", "secrets", "execution_arns"}
	for name, p := range template(t).Parameters {
		if elsewhere[name] != "" {
			continue
		}
		variable := snake(name)
		ours = append(ours, variable)
		if m.variables[variable] == nil {
			t.Errorf("there is no variable %s", variable)
			continue
		}
		got := fmt.Sprint(plain(t, defaults[variable]))
		if got = strings.NewReplacer("[]", "", "-1", "").Replace(got); got != fmt.Sprint(p.Default) {
			t.Errorf("%s: got the default %s, the template has %v", variable, got, p.Default)
		}
	}
	for name, block := range m.variables {
		if !slices.Contains(ours, name) || block.Body.Attributes["description"] == nil || block.Body.Attributes["type"] == nil {
			t.Errorf("%s is no parameter of the template, or lacks a description or a type", name)
		}
	}
}

// snake turns JwksUri into jwks_uri.
func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
		}
		out.WriteString(strings.ToLower(string(r)))
	}
	return out.String()
}

// What the module puts into the environment starts, and what it refuses is what the
// function would.
func TestTheModulesEnvironmentStarts(t *testing.T) {
	m := read(t, "authorizer")
	document := cty.StringVal(`{"issuers":[{"issuer":"https://login.example.com/","audience":["a"]}]}`)
	for name, c := range map[string]struct {
		given map[string]cty.Value
		good  bool
	}{
		"issuer and audience": {simple, true},
		"a document":          {map[string]cty.Value{"authorizer_settings": document}, true},
		"a shared secret": {map[string]cty.Value{
			"issuer": simple["issuer"], "audience": simple["audience"],
			"secrets": cty.MapVal(map[string]cty.Value{"HS256_SECRET": cty.StringVal(strings.Repeat("s", 32))}),
		}, true},
		"nothing":     {nil, false},
		"no audience": {map[string]cty.Value{"issuer": simple["issuer"]}, false},
		"rules that a document would pass over": {
			map[string]cty.Value{"authorizer_settings": document, "route_scopes": cty.StringVal("GET /=read")}, false,
		},
		"two documents": {map[string]cty.Value{
			"authorizer_settings": document, "authorizer_settings_file": cty.StringVal("/var/task/gate/settings.json"),
		}, false},
	} {
		scope := m.scope(t, given(c.given))
		met := true
		for _, block := range m.resources["aws_lambda_function.authorizer"].Body.Blocks {
			for _, condition := range block.Body.Blocks {
				met = met && value(t, condition.Body.Attributes["condition"].Expr, scope).True()
			}
		}
		function := evaluate(t, m.resources["aws_lambda_function.authorizer"].Body, scope)
		environment := map[string]string{}
		for variable, v := range plain(t, function["environment"].GetAttr("variables")).(map[string]any) {
			environment[variable] = v.(string)
		}
		cfg, err := config.FromMap(environment)
		check(t, err)
		_, err = gate.SettingsFrom(cfg)
		if met != c.good || (err == nil) != c.good {
			t.Errorf("%s: the module takes it: %v; the function: %v", name, met, err)
		}
	}
}

// Only the APIs that are named may ask, and the alias only.
func TestOnlyAPIsThatAreNamedMayAsk(t *testing.T) {
	m := read(t, "authorizer")
	scope := m.scope(t, given(simple)).NewChild()
	scope.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{
		"value": cty.StringVal("arn:aws:execute-api:eu-central-1:123456789012:a1b2c3"),
	})}
	p := evaluate(t, m.resources["aws_lambda_permission.api"].Body, scope)
	for name, want := range map[string]string{
		"action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com", "qualifier": "live",
		"source_arn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/authorizers/*",
	} {
		if got := p[name].AsString(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if all := p["for_each"]; all.LengthInt() != 0 {
		t.Errorf("without being told, %d APIs may ask", all.LengthInt())
	}
}

// The examples give the module variables that it has, and settings that open.
func TestExamplesOfTheModule(t *testing.T) {
	authorizer := read(t, "authorizer")
	for _, example := range []string{"examples/rest-api", "examples/http-api"} {
		m := read(t, example)
		scope := m.scope(t, simple)
		call := evaluate(t, m.calls["authorizer"].Body, scope)
		if call["source"].AsString() != "../../authorizer" {
			t.Errorf("%s: got the source %s", example, call["source"].AsString())
		}
		delete(call, "source")
		for name := range call {
			if authorizer.variables[name] == nil {
				t.Errorf("%s: the module has no variable %s", example, name)
			}
		}
		for _, r := range m.resources { // every expression holds
			evaluate(t, r.Body, scope)
		}
		if document, ok := call["authorizer_settings"]; ok {
			s, err := gate.ParseSettings([]byte(document.AsString()))
			check(t, err)
			if _, err := gate.New(s, nil, nil); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTheModuleIsInTerraformsForm(t *testing.T) {
	check(t, filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(hclwrite.Format(content), content) {
			t.Errorf("%s is not as terraform fmt writes it", path)
		}
		return err
	}))
}

// transformed is infra/authorizer.yaml as CloudFormation gets it.
type transformed struct {
	Parameters map[string]struct{ Default any }
	Resources  map[string]struct{ Properties map[string]any }
}

func template(t *testing.T) (x transformed) {
	t.Helper()
	const file = "infra/authorizer.yaml"
	python := filepath.Join(cache.Folder(t), "venv", "bin", "python3")
	out, err := exec.CommandContext(t.Context(), python, "../template/transform.py", "../..", file).Output()
	check(t, err)
	all := map[string]transformed{}
	check(t, json.Unmarshal(out, &all))
	return all[file]
}
