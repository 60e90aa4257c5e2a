package audit_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

const root = "../.."

// declared are the constants of type Kind in package audit, by name.
func declared(t testing.TB) map[string]audit.Kind {
	t.Helper()
	kinds := map[string]audit.Kind{}
	eachFile(t, "pkg/audit", func(_ string, file *ast.File) {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.CONST {
				continue
			}
			for _, spec := range general.Specs {
				value := spec.(*ast.ValueSpec)
				if kind, ok := value.Type.(*ast.Ident); ok && kind.Name == "Kind" {
					text, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
					must(t, err)
					kinds[value.Names[0].Name] = audit.Kind(text)
				}
			}
		}
	})
	if len(kinds) < 40 {
		t.Fatalf("found %d kinds", len(kinds))
	}
	return kinds
}

// mentions are the files that say audit.NAME, by name: code, and tests.
func mentions(t testing.TB) (code, tests map[string][]string) {
	t.Helper()
	code, tests = map[string][]string{}, map[string][]string{}
	for _, folder := range []string{"pkg", "cmd", "functions", "test"} {
		eachFile(t, folder, func(path string, file *ast.File) {
			where := code
			if strings.HasSuffix(path, "_test.go") {
				where = tests
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if selector, ok := n.(*ast.SelectorExpr); ok {
					if of, ok := selector.X.(*ast.Ident); ok && of.Name == "audit" {
						where[selector.Sel.Name] = append(where[selector.Sel.Name], path)
					}
				}
				return true
			})
		})
	}
	return code, tests
}

func eachFile(t testing.TB, folder string, look func(path string, file *ast.File)) {
	t.Helper()
	must(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			look(path, file)
		}
		return err
	}))
}

// Every kind stands in the catalogue, once and with words.
func TestEveryKindIsDocumented(t *testing.T) {
	var documented []audit.Kind
	for _, m := range audit.Catalogue() {
		documented = append(documented, m.Kind)
		if m.Meaning == "" || !strings.HasSuffix(m.Meaning, ".") || strings.ContainsAny(m.Meaning, "|\n") {
			t.Errorf("%s: got %q", m.Kind, m.Meaning)
		}
	}
	var kinds []audit.Kind
	for _, kind := range declared(t) {
		kinds = append(kinds, kind)
	}
	slices.Sort(documented)
	slices.Sort(kinds)
	if diff := cmp.Diff(kinds, documented); diff != "" {
		t.Errorf("declared and in the catalogue:\n%s", diff)
	}
}

// Every kind is recorded by the code, and by a flow: of this package, or of a test that
// names it.
func TestEveryKindIsRecorded(t *testing.T) {
	code, tests := mentions(t)
	seen := map[string]bool{}
	for _, f := range flows() {
		for _, line := range f.want {
			kind, _, _ := strings.Cut(line, " ")
			seen[kind] = true
		}
	}
	for name, kind := range declared(t) {
		if len(code[name]) == 0 && kind != audit.AdministrationAnnounced { // Announce records it itself
			t.Errorf("%s (%s) is documented, and nothing records it", name, kind)
		}
		if !seen[string(kind)] && len(tests[name]) == 0 && !elsewhere[kind] {
			t.Errorf("no flow leaves %s: add one here, or a test beside its rule that names audit.%s", kind, name)
		}
	}
}

// elsewhere are the kinds whose flow of this package compares its lines by itself.
var elsewhere = map[audit.Kind]bool{
	audit.RegistrationTokenMade: true, audit.RegistrationTokenRevoked: true, audit.AdministrationRefused: true,
}

var update = flag.Bool("update", false, "write the catalogue in docs/audit.md anew")

// The page's table is made of the catalogue: go test ./test/audit -run Page -update.
func TestThePageShowsTheCatalogue(t *testing.T) {
	const page, begin, end = root + "/docs/audit.md", "<!-- catalogue -->\n", "<!-- end of catalogue -->\n"
	content, err := os.ReadFile(page)
	must(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the catalogue", page)
	}
	var table strings.Builder
	table.WriteString("| kind | what happened |\n| --- | --- |\n")
	for _, m := range audit.Catalogue() {
		fmt.Fprintf(&table, "| `%s` | %s |\n", m.Kind, m.Meaning)
	}
	want := before + begin + table.String() + end + after
	if *update {
		must(t, os.WriteFile(page, []byte(want), 0o644))
	} else if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("the catalogue has changed (go test ./test/audit -run Page -update):\n%s", diff)
	}
}
