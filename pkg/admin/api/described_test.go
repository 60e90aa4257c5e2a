package api_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

type object = map[string]any

const document = "https://id.example.com/admin/api/openapi.json"

// description is the OpenAPI description as it is served, with a compiler of the JSON
// Schemas in it, which are those of draft 2020-12 (OpenAPI 3.1 §4.8.24).
type description struct {
	mu       sync.Mutex
	text     []byte
	root     object
	compiler *jsonschema.Compiler
}

var described = sync.OnceValues(func() (*description, error) {
	parts := issue.Parts{Config: config.Config{Issuer: issuer}}
	w := httptest.NewRecorder()
	api.New(parts, api.Letters{}, slog.New(slog.DiscardHandler)).Handler(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", document, nil))
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(w.Body.String()))
	if err != nil {
		return nil, err
	}
	d := &description{text: w.Body.Bytes(), root: parsed.(object), compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(document, parsed)
})

// operation returns the pointer to the operation that a request is of, "" for none.
func (d *description) operation(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/admin/api")
	method := strings.ToLower(r.Method)
	if r.Method == http.MethodHead {
		method = "get"
	}
	for _, template := range slices.Sorted(maps.Keys(d.root["paths"].(object))) {
		if operations := d.root["paths"].(object)[template].(object); matches(template, path) && operations[method] != nil {
			return "/paths/" + pointer(template) + "/" + method
		}
	}
	return ""
}

func matches(template, path string) bool {
	wants, has := strings.Split(template, "/"), strings.Split(path, "/")
	for i, want := range wants {
		if len(wants) != len(has) || want != has[i] && !strings.HasPrefix(want, "{") {
			return false
		}
	}
	return true
}

// pointer escapes a name for a JSON pointer (RFC 6901 §3).
func pointer(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// at returns what a pointer leads to, nil for nothing.
func (d *description) at(path string) any {
	var value any = d.root
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		holder, _ := value.(object)
		value = holder[strings.NewReplacer("~1", "/", "~0", "~").Replace(segment)]
	}
	return value
}

// holds reports why text is not as the schema at a pointer says.
func (d *description) holds(path, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	schema, err := d.compiler.Compile(document + "#" + strings.ReplaceAll(strings.ReplaceAll(path, "{", "%7B"), "}", "%7D"))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// describedRequest holds a request to the description: its operation, its parameters and
// its content.
func describedRequest(t testing.TB, r *http.Request, body string) {
	t.Helper()
	d, err := described()
	must(t, err)
	operation := d.operation(r)
	if operation == "" {
		t.Fatalf("%s %s is not described", r.Method, r.URL.Path)
	}
	known := map[string]bool{}
	list, _ := d.at(operation + "/parameters").([]any)
	for _, one := range list {
		p := one.(object)
		known[p["name"].(string)] = true
		if p["in"] == "header" && p["required"] == true && r.Header.Get(p["name"].(string)) == "" {
			t.Errorf("%s %s: %s is required", r.Method, r.URL.Path, p["name"])
		}
	}
	for name := range r.URL.Query() {
		if !known[name] {
			t.Errorf("%s %s: the parameter %s is not described", r.Method, r.URL.Path, name)
		}
	}
	content := operation + "/requestBody/content/" + pointer(r.Header.Get("Content-Type"))
	switch {
	case body == "" && d.at(operation+"/requestBody/required") == true:
		t.Errorf("%s %s: content is required", r.Method, r.URL.Path)
	case body != "" && d.at(content) == nil:
		t.Errorf("%s %s: such content is not described", r.Method, r.URL.Path)
	case body != "":
		if err := d.holds(content+"/schema", body); err != nil {
			t.Errorf("%s %s: the request is not as described: %v\n%s", r.Method, r.URL.Path, err, body)
		}
	}
}

// describedAnswer holds an answer to the description: its status, headers and content.
func describedAnswer(t testing.TB, r *http.Request, a answer) {
	t.Helper()
	d, err := described()
	must(t, err)
	operation := d.operation(r)
	response := operation + "/responses/" + strconv.Itoa(a.StatusCode)
	problem := a.Header.Get("Content-Type") == "application/problem+json"
	switch {
	case problem:
		response = "/components/responses/Problem"
	case r.Method == http.MethodOptions:
		return
	case operation == "" || d.at(response) == nil:
		t.Errorf("%s %s: the answer %d is not described", r.Method, r.URL.Path, a.StatusCode)
		return
	}
	wanted, _ := d.at(response + "/headers").(object)
	for name := range wanted {
		if a.Header.Get(name) == "" {
			t.Errorf("%s %s: the header %s is missing", r.Method, r.URL.Path, name)
		}
	}
	content, _ := d.at(response + "/content").(object)
	if kind := a.Header.Get("Content-Type"); (content[kind] == nil) != (kind == "") {
		t.Errorf("%s %s: got content of the type %q", r.Method, r.URL.Path, kind)
	} else if kind != "" && r.Method != http.MethodHead {
		if err := d.holds(response+"/content/"+pointer(kind)+"/schema", a.text); err != nil {
			t.Errorf("%s %s: the answer is not as described: %v\n%s", r.Method, r.URL.Path, err, a.text)
		}
	}
}
