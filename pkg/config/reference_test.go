package config_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const referenceFile = "../../docs/configuration.md"

// The reference is made of the struct's own comments, so that it cannot lag
// behind. `make docs` writes it.
func TestReferenceIsWhatTheCommentsSay(t *testing.T) {
	want := reference(t)
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/configuration.md is out of date (make docs mends it):\n%s", diff)
	}
}

const referenceHead = `# Configuration

Every setting is an environment variable. This page is made from the comments of
` + "`pkg/config`" + ` by ` + "`make docs`" + `; the parameters of ` + "`template.yaml`" + ` have the same names in
CamelCase. All faults of a configuration are reported at once, at the start, and the process ends
with exit code 2.

Durations are written as Go does: ` + "`90s`, `15m`, `1h30m`" + `. Lists are separated by commas.
`

func reference(t *testing.T) string {
	var provider, authorizer strings.Builder
	for _, field := range configFields(t) {
		if field.Names[0].Name == "OIDCAuthorizer" {
			continue // docs/authorizer.md: it is for who comes from there
		}
		tag := fieldTag(t, field)
		name := tag.Get("env")
		meaning := strings.Join(strings.Fields(field.Doc.Text()), " ")
		if name == "" || meaning == "" {
			t.Fatalf("%s has no variable or no comment", field.Names[0])
		}
		out := &provider
		if rest, ok := strings.CutPrefix(meaning, "The authorizer: "); ok {
			out, meaning = &authorizer, strings.ToUpper(rest[:1])+rest[1:]
		}
		fallback := ""
		if value := tag.Get("envDefault"); value != "" {
			fallback = "`" + value + "`"
		}
		fmt.Fprintf(out, "| `%s` | %s | %s |\n", name, fallback, meaning)
	}
	const table = "\n| variable | default | meaning |\n| --- | --- | --- |\n"
	return referenceHead +
		"\n## All functions, and `ostiary serve`\n" + table + provider.String() +
		"\n## The authorizer\n\nIt reads `ISSUER` and `LOG_LEVEL` as well.\n" + table + authorizer.String()
}

// configFields are the fields of type Config as config.go declares them.
func configFields(t *testing.T) []*ast.Field {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			if named, ok := spec.(*ast.TypeSpec); ok && named.Name.Name == "Config" {
				return named.Type.(*ast.StructType).Fields.List
			}
		}
	}
	t.Fatal("config.go declares no Config")
	return nil
}

func fieldTag(t *testing.T, field *ast.Field) reflect.StructTag {
	if field.Tag == nil {
		t.Fatalf("%s has no tag", field.Names[0])
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		t.Fatal(err)
	}
	return reflect.StructTag(tag)
}
