// Package architecture_test holds who may import whom. A rule that is broken fails
// with its reason; docs/architecture.md has the picture.
package architecture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/ostiary-auth/ostiary/"

// pkg is what `go list` says of a package, test files left out.
type pkg struct {
	ImportPath   string
	Name         string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string // everything that it reaches
}

// ours lists our packages as they are built for Lambda.
var ours = sync.OnceValues(func() ([]pkg, error) {
	list := exec.Command("go", "list", "-tags", "lambda.norpc", "-json=ImportPath,Name,Imports,TestImports,XTestImports,Deps", "./...")
	list.Dir = "../.."
	var stderr bytes.Buffer
	list.Stderr = &stderr
	output, err := list.Output()
	if err != nil {
		return nil, errors.New(stderr.String())
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// layers from top to bottom: a package imports from lower lines only.
var layers = [][]string{
	{"functions", "cmd/ostiary"},
	{"functions/internal/wiring"},
	{"pkg/gateway/local", "pkg/authorizer/cedar", "pkg/gateway/loop", "pkg/gateway/runtimeapi"},
	{
		"pkg/gateway", "pkg/authorizer", "pkg/admin/api", "pkg/endpoint", "pkg/pages", "pkg/kms", "pkg/store/dynamo", "pkg/store/bolt",
		"pkg/store/storetest", "pkg/store/socket", "pkg/awsenv/profile", "pkg/mail/smtp", "pkg/mail/ses", "pkg/audit/eventbridge", "pkg/invoke",
	},
	{"pkg/admin"},
	{"pkg/issue", "pkg/userfile", "pkg/factor/passkey"},
	{"pkg/factor", "pkg/upstream"},
	{"pkg/identity", "pkg/keys", "pkg/outbox", "pkg/mail"},
	{"pkg/verify", "pkg/jose/josetest", "pkg/audit"},
	{"pkg/jose", "pkg/store", "pkg/fetch", "pkg/awsenv", "pkg/journal", "pkg/inbound", "pkg/kept"},
	{"pkg/config", "pkg/roots"},
	{"pkg/oauth"},
}

// layer is the line of a package, -1 when it has none.
func layer(path string) int {
	for i, line := range layers {
		if slices.Contains(line, path) {
			return i
		}
	}
	if strings.HasPrefix(path, "functions/") {
		return 0
	}
	return -1
}

func TestPackagesImportLowerLayersOnly(t *testing.T) {
	for _, p := range packages(t) {
		path, inside := strings.CutPrefix(p.ImportPath, module)
		if !inside || strings.HasPrefix(path, "test/") || strings.HasPrefix(path, "infra/") || strings.HasPrefix(path, "examples/") {
			continue
		}
		if layer(path) < 0 {
			t.Errorf("%s has no layer: give it one here and in docs/architecture.md", path)
			continue
		}
		for _, imported := range p.Imports {
			other, inside := strings.CutPrefix(imported, module)
			if inside && layer(other) <= layer(path) && layer(path) >= 0 {
				t.Errorf("%s imports %s, which is not in a lower layer", path, other)
			}
		}
	}
}

// only says which packages may import something, and why no other may.
var only = []struct {
	what, why string
	may       []string
}{
	{"github.com/lestrrat-go/jwx", "it accepts what must be refused, so it never judges an untrusted token", []string{"pkg/keys"}},
	{
		"github.com/aws/aws-sdk-go-v2", "what is stored and sealed elsewhere is behind a port; each client costs init time",
		[]string{"pkg/store/dynamo", "pkg/kms", "pkg/awsenv", "pkg/awsenv/profile", "pkg/mail/ses", "pkg/audit/eventbridge", "pkg/invoke"},
	},
	{
		"github.com/aws/aws-sdk-go-v2/config", "loading it costs every cold start 8 ms",
		[]string{"pkg/awsenv/profile"},
	},
	{
		"github.com/aws/aws-lambda-go", "an event is a gateway's affair: below it there is net/http",
		[]string{"pkg/gateway", "pkg/gateway/local", "pkg/gateway/loop", "functions"},
	},
	{
		"github.com/cedar-policy/cedar-go", "it adds a sixth to the authorizer: only a build with the tag cedar has it",
		[]string{"pkg/authorizer/cedar"},
	},
	{"github.com/go-webauthn", "it parses what strangers send, and adds a quarter to a function: the pages alone need it", []string{"pkg/factor/passkey"}},
	{"html/template", "it makes the linker keep every exported method", []string{"pkg/pages"}},
	{"go.etcd.io/bbolt", "what is stored is behind a port", []string{"pkg/store/bolt"}},
	{"github.com/spf13/cobra", "flags are for people", []string{"cmd/ostiary"}},
	{module + "pkg/audit/eventbridge", "each client costs init time, and only what hears the audit table publishes", []string{"functions/audit"}},
	{module + "pkg/invoke", "it signs for AWS, and only who makes tokens asks a hook", []string{"functions/token"}},
	{module + "pkg/mail/ses", "each client costs init time, and only who drains the outbox sends", []string{"functions/deliver"}},
	{module + "pkg/awsenv/profile", "it reads a person's files and costs cold starts 8 ms", []string{"cmd/ostiary"}},
	{module + "pkg/jose/josetest", "it signs whatever it is told to", nil},
	{module + "test", "tests are not part of the product", nil},
}

func TestSomeImportsHaveOnePlace(t *testing.T) {
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(path, "test/") || p.ImportPath+"/" == module {
			continue
		}
		for _, rule := range only {
			if slices.Contains(rule.may, path) || slices.Contains(rule.may, "functions") && strings.HasPrefix(path, "functions/") {
				continue
			}
			for _, imported := range p.Imports {
				if imported == rule.what || strings.HasPrefix(imported, rule.what+"/") {
					t.Errorf("%s imports %s: %s", path, imported, rule.why)
				}
			}
		}
	}
}

// never says what a package does not import, and why.
var never = []struct{ path, what, why string }{
	{"pkg/issue", "net/http", "a grant is decided the same behind any door"},
	{"pkg/admin", "net/http", "what administrators may do is decided the same behind the API and the page"},
	{"pkg/identity", "net/http", "what it must call is handed to it as a func"},
	{"pkg/verify", module + "pkg/store", "the authorizer stays small, and a token is judged by itself"},
	{"pkg/oauth", "net", "the words do no I/O"},
	{"pkg/oauth", "os", "the words do no I/O"},
}

func TestSomeImportsAreForbidden(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range never {
			if p.ImportPath == module+rule.path && slices.Contains(p.Imports, rule.what) {
				t.Errorf("%s imports %s: %s", rule.path, rule.what, rule.why)
			}
		}
	}
}

// The authorizer runs before every request to every API, so what it reaches is
// listed: of ours this and nothing else.
func TestAuthorizerReachesLittle(t *testing.T) {
	may := []string{"gateway", "gateway/loop", "authorizer", "verify", "jose", "fetch", "kept", "oauth", "config", "roots"}
	banned := map[string]string{
		"github.com/aws/aws-sdk-go-v2":        "it needs no permission, and the schema tables of a client cost 1 ms of init",
		"github.com/lestrrat-go/jwx":          "it accepts what must be refused, and costs 1.6 ms of init",
		"html/template":                       "it makes the linker keep every exported method",
		"text/template":                       "it makes the linker keep every exported method",
		"net/rpc":                             "it is a quarter of the binary: build with -tags lambda.norpc",
		"regexp":                              "it is a thirtieth of the binary, and every expression is compiled at each cold start",
		"github.com/aws/aws-lambda-go/lambda": "its HTTP client costs a warm invocation a tenth and a cold start 0.3 ms: pkg/gateway/loop",
		"expvar":                              "it serves the process's variables to whoever asks",
	}
	reaches(t, "functions/authorizer", may, banned)
}

// reaches demands that a function reaches nothing of ours but what it may, and nothing
// at all that is banned, for the reason given.
func reaches(t *testing.T, function string, may []string, banned map[string]string) {
	t.Helper()
	for _, p := range packages(t) {
		if p.ImportPath != module+function {
			continue
		}
		for _, reached := range p.Deps {
			if path, inside := strings.CutPrefix(reached, module); inside && !slices.Contains(may, strings.TrimPrefix(path, "pkg/")) {
				t.Errorf("%s reaches %s: it may reach %v of ours only", function, path, may)
			}
			for what, why := range banned {
				if reached == what || strings.HasPrefix(reached, what+"/") {
					t.Errorf("%s reaches %s: %s", function, reached, why)
				}
			}
		}
		return
	}
	t.Errorf("%s is not there", function)
}

// The authorizer with tables reaches what finds a key and remembers a proof, and
// nothing that could make a token, show a page or open a secret.
func TestAuthorizerWithTablesMakesNothing(t *testing.T) {
	may := []string{
		"gateway", "gateway/loop", "authorizer", "authorizer/cedar", "verify", "jose", "fetch", "kept", "oauth", "config", "roots",
		"identity", "audit", "inbound", "store", "store/dynamo", "awsenv",
	}
	banned := map[string]string{
		"github.com/aws/aws-sdk-go-v2/service/kms": "it opens no secret",
		"github.com/lestrrat-go/jwx":               "it accepts what must be refused, and costs 1.6 ms of init",
		"html/template":                            "it makes the linker keep every exported method",
	}
	reaches(t, "functions/authorizer_table", may, banned)
}

// Somebody waits for the start of these functions. The schema tables that clients have
// since DynamoDB's v1.69 and KMS's v1.61 are a tenth of it.
func TestFunctionsThatPeopleWaitForStartLightly(t *testing.T) {
	heavy := map[string]string{
		"github.com/aws/aws-sdk-go-v2/service/dynamodb/schemas": "0.6 ms of every start: v1.68 is the last without",
		"github.com/aws/aws-sdk-go-v2/service/kms/schemas":      "0.3 ms of every start: v1.60 is the last without",
		"github.com/aws/aws-lambda-go/lambda":                   "its HTTP client costs every start: pkg/gateway/loop",
	}
	for _, p := range packages(t) {
		name, is := strings.CutPrefix(p.ImportPath, module+"functions/")
		if !is || p.Name != "main" || name == "audit" { // which only a stream calls
			continue
		}
		for _, reached := range p.Deps {
			if why, banned := heavy[reached]; banned {
				t.Errorf("%s reaches %s: %s", p.ImportPath, reached, why)
			}
		}
	}
}

// Who decides what passes the gate never knows where keys and proofs are kept: both
// are handed in as a func.
func TestTheGateKnowsNoStore(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != module+"pkg/authorizer" && p.ImportPath != module+"pkg/verify" {
			continue
		}
		for _, reached := range p.Deps {
			for _, kept := range []string{"pkg/store", "pkg/identity", "pkg/issue", "pkg/keys"} {
				if reached == module+kept || strings.HasPrefix(reached, module+kept+"/") {
					t.Errorf("%s reaches %s: it costs every cold start of the plain authorizer", p.ImportPath, reached)
				}
			}
		}
	}
}

func TestFunctionsLoadNoProfile(t *testing.T) {
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, module+"functions/") {
			for _, reached := range p.Deps {
				// The pages are HTML: the functions for people carry what that costs.
				people := []string{module + "functions/authorize", module + "functions/account", module + "functions/admin"}
				page := reached == "html/template" && !slices.Contains(people, p.ImportPath)
				if strings.HasPrefix(reached, "github.com/aws/aws-sdk-go-v2/config") || reached == "net/rpc" || page {
					t.Errorf("%s reaches %s: it costs every cold start", p.ImportPath, reached)
				}
			}
		}
	}
}

func TestNamesSayWhatPackagesAreFor(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc"}, p.Name) {
			t.Errorf("%s is named %s: name the question it answers", p.ImportPath, p.Name)
		}
	}
}

func TestTestsUseNoMocksAndNoAssertionLibrary(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.Contains(imported, "testify") || strings.Contains(imported, "gomock") || strings.Contains(imported, "mockery") {
				t.Errorf("tests of %s import %s: the standard library and real parts will do", p.ImportPath, imported)
			}
		}
	}
}
