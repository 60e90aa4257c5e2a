package template_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

// deployment is what stands in moto after it was deployed there.
type deployment struct {
	Stacks map[string]struct {
		Status  string
		Outputs map[string]string
	}
	Functions map[string]struct {
		Environment map[string]any
		Aliases     []string
		Statements  []struct{ Resource any }
		Managed     []any
		Invokers    []struct{ FunctionName string }
	}
	Tables map[string]struct {
		Keys      map[string]string
		Protected bool
	}
	HTTPAPIs map[string]struct {
		Stages []string
		Routes map[string]string
	} `json:"http_apis"`
	RESTAPIs map[string]struct {
		Stages, Routes []string
	} `json:"rest_apis"`
	Rules     map[string][]string
	Streams   []struct{ Source, Function string }
	LogGroups map[string]int `json:"log_groups"`
	Keys      []string
}

// The transformed templates, nested stacks and all, deploy: every reference
// resolves, and what the parts hand to each other fits.
func TestDeployment(t *testing.T) {
	t.Parallel()
	var d deployment
	if err := json.Unmarshal(run(t, raw(t), "deploy.py"), &d); err != nil {
		t.Fatal(err)
	}
	for name, stack := range d.Stacks {
		if stack.Status != "CREATE_COMPLETE" {
			t.Errorf("%s: %s", name, stack.Status)
		}
	}
	if len(d.Stacks) != 5 || len(d.Functions) != 11 || len(d.Tables) != 3 || len(d.Keys) != 1 || len(d.LogGroups) != 12 {
		t.Errorf("got %d stacks, %d functions, %d tables, %d keys and %d log groups",
			len(d.Stacks), len(d.Functions), len(d.Tables), len(d.Keys), len(d.LogGroups))
	}
	t.Run("functions start with their environment", d.configurations)
	t.Run("policies name what exists", d.policies)
	t.Run("routes lead to aliases", d.routes)
	t.Run("the schedules rotate and deliver", d.schedule)
	t.Run("the stream delivers", d.stream)
	t.Run("outputs", d.outputs)
}

// byFolder is a deployed function's name as the tree has it.
func byFolder(deployed string) string {
	for part := range strings.SplitSeq(deployed, "-") {
		if name, ok := strings.CutSuffix(part, "Function"); ok {
			return strings.ToLower(name)
		}
	}
	return deployed
}

// configurations reads each function's environment as its main does.
func (d deployment) configurations(t *testing.T) {
	for deployed, function := range d.Functions {
		variables := make(map[string]string)
		for name, value := range function.Environment {
			text, _ := json.Marshal(value)
			variables[name] = strings.Trim(string(text), `"`)
		}
		cfg, err := config.FromMap(variables, required(t, byFolder(deployed))...)
		if err != nil {
			t.Errorf("%s: %v", deployed, err)
		}
		if _, ok := d.Tables[cfg.UserTable]; !ok && cfg.UserTable != "" {
			t.Errorf("%s: there is no table %s", deployed, cfg.UserTable)
		}
		if cfg.KMSKeyID != "" && cfg.KMSKeyID != d.Keys[0] {
			t.Errorf("%s: there is no key %s", deployed, cfg.KMSKeyID)
		}
		if issuer := d.Stacks["ostiary"].Outputs["Issuer"]; byFolder(deployed) != "protected" && cfg.Issuer != issuer {
			t.Errorf("%s: got the issuer %s, want %s", deployed, cfg.Issuer, issuer)
		}
	}
}

// required are the variables that a function's main, or the wiring that it shares,
// refuses to start without.
func required(t *testing.T, function string) []string {
	for _, file := range []string{function + "/main.go", "internal/wiring/parts.go"} {
		source, err := os.ReadFile(filepath.Join(root, "functions", file))
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(source), "config.FromEnv("); ok {
			call, _, _ := strings.Cut(rest, ")")
			return strings.FieldsFunc(call, func(r rune) bool { return strings.ContainsRune(`", `, r) })
		}
	}
	t.Fatalf("%s reads no configuration", function)
	return nil
}

// policies looks up every resource that a role names.
func (d deployment) policies(t *testing.T) {
	known := slices.Clone(d.Keys)
	for table := range d.Tables {
		known = append(known, "arn:aws:dynamodb:eu-central-1:123456789012:table/"+table)
	}
	for _, s := range d.Streams {
		known = append(known, s.Source)
	}
	for group := range d.LogGroups {
		known = append(known, "arn:aws:logs:eu-central-1:123456789012:log-group:"+group)
	}
	for deployed, function := range d.Functions {
		if len(function.Managed) > 0 || len(function.Statements) == 0 {
			t.Errorf("%s: got %v and %v", deployed, function.Managed, function.Statements)
		}
		for _, s := range function.Statements {
			if arn, ok := s.Resource.(string); !ok || !slices.Contains(known, arn) {
				t.Errorf("%s: a statement names %v", deployed, s.Resource)
			}
		}
	}
}

func (d deployment) routes(t *testing.T) {
	got := make(map[string]string)
	for _, api := range d.HTTPAPIs {
		for route, target := range api.Routes {
			got[route] = byFolder(strings.TrimSuffix(target, ":live"))
		}
		if !slices.Equal(api.Stages, []string{"$default"}) {
			t.Errorf("got the stages %v", api.Stages)
		}
	}
	for _, api := range d.RESTAPIs {
		for _, route := range api.Routes {
			got[route] = "protected"
		}
		if !slices.Equal(api.Stages, []string{"live"}) {
			t.Errorf("got the stages %v", api.Stages)
		}
	}
	want := make(map[string]string)
	for _, api := range local.Deployed() {
		for _, route := range api.Routes {
			want[route.Method+" "+route.Path] = route.Function
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for deployed, function := range d.Functions {
		if len(function.Aliases) != 1 || len(function.Invokers) == 0 {
			t.Errorf("%s: got the aliases %v and the invokers %v", deployed, function.Aliases, function.Invokers)
			continue
		}
		for _, invoker := range function.Invokers {
			if invoker.FunctionName != function.Aliases[0] {
				t.Errorf("%s: %s may be invoked, want the alias", deployed, invoker.FunctionName)
			}
		}
	}
}

func (d deployment) schedule(t *testing.T) {
	got := make(map[string]string)
	for expression, targets := range d.Rules {
		if len(targets) != 1 || !strings.HasSuffix(targets[0], ":live") {
			t.Errorf("%s invokes %v", expression, targets)
			continue
		}
		got[expression] = byFolder(strings.TrimSuffix(targets[0], ":live"))
	}
	want := map[string]string{"rate(5 minutes)": "rotate", "rate(1 minute)": "deliver"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// stream follows the state table's stream to the function that drains the outbox.
func (d deployment) stream(t *testing.T) {
	if len(d.Streams) != 1 {
		t.Errorf("got %d streams that invoke something", len(d.Streams))
	}
	for _, s := range d.Streams {
		if byFolder(s.Function) != "deliver" || !strings.Contains(s.Source, "StateTable") {
			t.Errorf("%s invokes %s", s.Source, s.Function)
		}
	}
}

func (d deployment) outputs(t *testing.T) {
	outputs := d.Stacks["ostiary"].Outputs
	for name, value := range outputs {
		if value == "" || strings.Contains(value, "${") {
			t.Errorf("%s is %q", name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(transformed(t)[rootFile].Outputs)) {
		if _, ok := outputs[name]; !ok {
			t.Errorf("there is no output %s", name)
		}
	}
	if !strings.HasSuffix(outputs["AuthorizerAliasArn"], ":live") {
		t.Errorf("AuthorizerAliasArn is %s", outputs["AuthorizerAliasArn"])
	}
}
