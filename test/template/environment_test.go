package template_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// settings are config's variables and the tags of their fields.
func settings() map[string]reflect.StructTag {
	found := make(map[string]reflect.StructTag)
	for field := range reflect.TypeFor[config.Config]().Fields() {
		if field.Type != reflect.TypeFor[config.OIDCAuthorizer]() { // it has the parameters of its own template
			found[field.Tag.Get("env")] = field.Tag
		}
	}
	return found
}

// functions are all functions by the name of their folder.
func functions(t testing.TB) map[string]resource {
	found := make(map[string]resource)
	for _, x := range transformed(t) {
		for id, r := range x.of("AWS::Lambda::Function") {
			found[folder(id)] = r
		}
	}
	return found
}

// folder is where the function with this logical id is: AuthorizerTableFunction is
// authorizer_table.
func folder(id string) string {
	var name strings.Builder
	for i, r := range strings.TrimSuffix(id, "Function") {
		if i > 0 && unicode.IsUpper(r) {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}

func environment(function resource) map[string]any {
	variables, _ := at(function.Properties, "Environment", "Variables").(map[string]any)
	return variables
}

func TestEveryVariableIsOneOfConfig(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{
		"AUDIT_FILE": "a function has no disk that lasts; events go to EventBridge",

		"BASE_PATH": "the provider has a $default stage, and the demo API routes on its resource",
		"JWKS_FILE": "it needs a file in the function's zip, which a parameter cannot put there",
	}
	known := settings()
	used := make(map[string]bool)
	for name, function := range functions(t) {
		for variable := range environment(function) {
			if _, ok := known[variable]; !ok && variable != "CLIENT_SECRET" { // settings may name it
				t.Errorf("%s: config knows no %s", name, variable)
			}
			used[variable] = true
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(known)) {
		if why, exempt := elsewhere[variable]; exempt == used[variable] {
			t.Errorf("%s: set by a function %v; not to be set because: %q", variable, used[variable], why)
		}
	}
}

// Each variable comes from the parameter of its name, whose default and bounds are
// those of config.
func TestParametersAreThoseOfConfig(t *testing.T) {
	t.Parallel()
	parameters := transformed(t)[rootFile].Parameters
	for variable, tag := range settings() {
		name := camel(variable)
		p, ok := parameters[name]
		if !ok {
			continue
		}
		standard := fmt.Sprint(p.Default)
		if name == "ResultTtl" {
			standard += "s" // API Gateway wants it in seconds
		}
		if !sameValue(standard, tag.Get("envDefault")) {
			t.Errorf("%s: got the default %s, config has %s", name, standard, tag.Get("envDefault"))
		}
		if p.Type == "Number" && name != "ResultTtl" &&
			(fmt.Sprint(p.MinValue) != tag.Get("min") || fmt.Sprint(p.MaxValue) != tag.Get("max")) {
			t.Errorf("%s: got %v to %v, config has %s to %s", name, p.MinValue, p.MaxValue, tag.Get("min"), tag.Get("max"))
		}
		if choices := strings.Fields(tag.Get("oneof")); len(choices) > 0 && fmt.Sprint(p.AllowedValues) != fmt.Sprint(choices) {
			t.Errorf("%s: got %v, config has %v", name, p.AllowedValues, choices)
		}
	}
}

func TestAVariableComesFromTheParameterOfItsName(t *testing.T) {
	t.Parallel()
	for function, r := range functions(t) {
		for variable, value := range environment(r) {
			want := camel(variable)
			if variable == "KMS_KEY_ID" {
				want = "KmsKeyArn"
			}
			if id := ref(value); id != "" && id != want {
				t.Errorf("%s: %s comes from %s, want %s", function, variable, id, want)
			}
		}
	}
}

// camel turns ACCESS_TOKEN_LIFETIME into AccessTokenLifetime.
func camel(variable string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(variable, "_") {
		name.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return name.String()
}

func sameValue(a, b string) bool {
	first, errA := time.ParseDuration(a)
	second, errB := time.ParseDuration(b)
	return a == b || errA == nil && errB == nil && first == second
}
