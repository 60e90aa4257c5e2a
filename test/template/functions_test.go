package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryFunctionIsMadeTheSameWay(t *testing.T) {
	t.Parallel()
	for file, x := range transformed(t) {
		for id, function := range x.of("AWS::Lambda::Function") {
			p := function.Properties
			for name, want := range map[string]any{"Runtime": "provided.al2023", "Handler": "bootstrap"} {
				if p[name] != want {
					t.Errorf("%s: %s: got the %s %v, want %v", file, id, name, p[name], want)
				}
			}
			if architectures := list(p["Architectures"]); len(architectures) != 1 || architectures[0] != "arm64" {
				t.Errorf("%s: %s: got %v, but the Makefile builds for arm64", file, id, architectures)
			}
			logs := x.Resources[ref(at(p, "LoggingConfig", "LogGroup"))]
			if logs.Type != "AWS::Logs::LogGroup" || at(p, "LoggingConfig", "LogFormat") != "JSON" {
				t.Errorf("%s: %s: got the logging %v", file, id, p["LoggingConfig"])
			}
			if timeout, ok := p["Timeout"].(float64); !ok || timeout > 60 {
				t.Errorf("%s: %s: got the timeout %v", file, id, p["Timeout"])
			}
		}
	}
}

// API Gateway fails the request of a function that takes longer than itself waits.
func TestFunctionsBehindAnAPIAnswerInTime(t *testing.T) {
	t.Parallel()
	for name, function := range functions(t) {
		if timeout, _ := function.Properties["Timeout"].(float64); name != "rotate" && name != "deliver" && name != "audit" && timeout > 10 {
			t.Errorf("%s may take %v s", name, timeout)
		}
	}
}

func TestLogsAreKeptForAsLongAsAsked(t *testing.T) {
	t.Parallel()
	for file, x := range transformed(t) {
		for id, group := range x.of("AWS::Logs::LogGroup") {
			if ref(group.Properties["RetentionInDays"]) != "LogRetention" {
				t.Errorf("%s: %s: got the retention %v", file, id, group.Properties["RetentionInDays"])
			}
		}
	}
}

// `sam build` calls build-<LogicalId> of the Makefile in the function's CodeUri.
func TestEveryFunctionHasItsFolderAndItsTarget(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range functions(t) {
		if _, err := os.Stat(filepath.Join(root, "functions", name, "main.go")); err != nil {
			t.Error(err)
		}
		target := "build-" + camel(strings.ToUpper(name)) + "Function"
		if !strings.Contains(string(makefile), target) {
			t.Errorf("the Makefile has no %s", target)
		}
	}
	folders, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if name := filepath.Base(filepath.Dir(folder)); functions(t)[name].Type == "" {
			t.Errorf("no template deploys functions/%s", name)
		}
	}
}

func TestBothAPIsAreThrottled(t *testing.T) {
	t.Parallel()
	stage := transformed(t)[issuer].Resources["Stage"].Properties
	settings := stage["RouteSettings"]
	for _, where := range []any{stage["DefaultRouteSettings"], at(settings, "POST /token")} {
		if ref(at(where, "ThrottlingRateLimit")) == "" || ref(at(where, "ThrottlingBurstLimit")) == "" {
			t.Errorf("got the limits %v of the provider", where)
		}
	}
	for id, stage := range transformed(t)[demo].of("AWS::ApiGateway::Stage") {
		limits := list(stage.Properties["MethodSettings"])
		if len(limits) != 1 || at(limits[0], "ThrottlingRateLimit") == nil || at(limits[0], "ThrottlingBurstLimit") == nil ||
			at(limits[0], "ResourcePath") != "/*" || at(limits[0], "HttpMethod") != "*" {
			t.Errorf("%s: got the limits %v", id, limits)
		}
	}
}

// The access log holds neither headers nor query strings, where secrets may be.
func TestTheAccessLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	format, _ := at(transformed(t)[issuer].Resources["Stage"].Properties, "AccessLogSettings", "Format").(string)
	if !strings.Contains(format, "$context.requestId") {
		t.Errorf("got the format %q", format)
	}
	for _, leak := range []string{"header", "query", "path", "authorizer.claims"} {
		if strings.Contains(strings.ToLower(format), leak) {
			t.Errorf("the access log holds %s: %s", leak, format)
		}
	}
}
