package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// elsewhere are partitions that code does not write out where it makes a key: it takes
// that of another key, or computes one whose kind stands in a literal beside it.
var elsewhere = map[string]bool{
	"s.partition(int(sum[0]) % shardCount)": true, // shards, whose kinds are looked for, too
	"m.partition()":                         true, // of the outbox
	"statusPartition(first.list(), shard)":  true,
	"turn.Partition":                        true,
	"key.Partition":                         true,
}

// TestEveryRecordIsDocumented: what code keeps stands in the table, by the beginning of
// its partition and of its sort key, wherever it lies. So whoever adds a kind of record
// meets the question what becomes of it when somebody moves away.
func TestEveryRecordIsDocumented(t *testing.T) {
	rows := documented(t)
	found := 0
	eachPackage(t, "../../pkg", func(folder string, files []*ast.File) {
		texts := constants(files)
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				partition, sort, ok := keyOf(texts, literal)
				if !ok {
					return true
				}
				found++
				for _, row := range rows {
					if strings.Contains(row.partition, partition) && strings.Contains(row.sort, sort) {
						return true
					}
				}
				t.Errorf("%s keeps records at %s, %s, which docs/architecture.md does not name", folder, partition, sort)
				return true
			})
		}
	})
	if found < 40 {
		t.Errorf("found %d kinds of records", found)
	}
}

// keyOf returns how the partition and the sort key that a literal makes begin, as the
// table writes them.
func keyOf(texts map[string]string, literal *ast.CompositeLit) (partition, sort string, ok bool) {
	switch name := types.ExprString(literal.Type); {
	case literal.Type == nil:
		return "", "", false
	case name == "shards":
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				element = pair.Value
			}
			if kind := firstText(texts, element); kind != "" {
				return "`" + kind + "#SHARD`", "", true
			}
		}
		return "", "", false
	case name != "store.Key":
		return "", "", false
	}
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return "a key without names", "", true
		}
		begins := firstText(texts, pair.Value)
		if begins != "" {
			begins = "`" + begins
		}
		switch whole := types.ExprString(pair.Value); {
		case types.ExprString(pair.Key) == "Sort":
			sort = begins
		case strings.HasPrefix(whole, "identity.Partition("), strings.HasPrefix(whole, "Partition("):
			partition = "`user#ID`"
		case begins == "" && !elsewhere[whole]:
			partition = whole
		default:
			partition = begins
		}
	}
	return partition, sort, true
}

// firstText is the text that a sum of texts begins with, "" where that is a name.
func firstText(texts map[string]string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return firstText(texts, e.X)
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return texts[e.Name]
	}
	return ""
}

// constants are the texts of a package that have names.
func constants(files []*ast.File) map[string]string {
	texts := map[string]string{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.CONST {
				continue
			}
			for _, spec := range general.Specs {
				value := spec.(*ast.ValueSpec)
				for i, name := range value.Names {
					if i < len(value.Values) {
						texts[name.Name] = firstText(texts, value.Values[i])
					}
				}
			}
		}
	}
	return texts
}

// eachPackage parses the packages below a folder, without their tests, the store, whose
// records are others', and the audit trail, which has a table and a page of its own.
func eachPackage(t *testing.T, root string, look func(folder string, files []*ast.File)) {
	t.Helper()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "pkg/store") || strings.Contains(path, "pkg/audit") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, files := range packages {
		look(folder, files)
	}
}
