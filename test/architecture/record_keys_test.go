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

// ofShards is the method that computes the partitions of shards, whose kinds stand in
// literals of theirs: those are looked for, too.
const ofShards = "s.partition"

// TestEveryRecordIsDocumented: what code keeps stands in the table, by the beginning of
// its partition and of its sort key, wherever it lies. So whoever adds a kind of record
// meets the question what becomes of it when somebody moves away.
func TestEveryRecordIsDocumented(t *testing.T) {
	rows := documented(t)
	found := 0
	eachPackage(t, "../../pkg", func(folder string, files []*ast.File) {
		said := named(files)
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				partition, sort, ok := keyOf(said, literal)
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
func keyOf(said map[string]ast.Expr, literal *ast.CompositeLit) (partition, sort string, ok bool) {
	switch name := types.ExprString(literal.Type); {
	case literal.Type == nil:
		return "", "", false
	case name == "shards":
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				element = pair.Value
			}
			if kind := firstText(said, element); kind != "" {
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
		begins := firstText(said, pair.Value)
		if begins != "" {
			begins = "`" + begins
		}
		switch whole := types.ExprString(pair.Value); {
		case types.ExprString(pair.Key) == "Sort":
			sort = begins
		case strings.HasPrefix(whole, "identity.Partition("), strings.HasPrefix(whole, "Partition("):
			partition = "`user#ID`"
		case begins == "" && !strings.HasSuffix(whole, ".Partition") && !strings.HasPrefix(whole, ofShards+"("): // not that of another key
			partition = whole
		default:
			partition = begins
		}
	}
	return partition, sort, true
}

// firstText is the text that an expression begins with, "" where that is not known: what
// said holds is looked up, and of a format only what stands before its first verb counts.
func firstText(said map[string]ast.Expr, e ast.Expr) string { return textWithin(said, e, 5) }

// textWithin is firstText after so many names, since a function may call its own.
func textWithin(said map[string]ast.Expr, e ast.Expr, names int) string {
	if names == 0 {
		return ""
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return textWithin(said, e.X, names)
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return textWithin(said, said[e.Name], names-1)
	case *ast.CallExpr:
		switch called := types.ExprString(e.Fun); {
		case called == "fmt.Sprintf":
			text, _, _ := strings.Cut(textWithin(said, e.Args[0], names), "%")
			return text
		case strings.Contains(called, "."):
			return textWithin(said, said[called[strings.LastIndex(called, "."):]], names-1)
		default:
			return textWithin(said, said[called], names-1)
		}
	}
	return ""
}

// named is what a package's constants, functions and methods say, by name; that of a
// method has a dot before it. A function says what it returns at its end.
func named(files []*ast.File) map[string]ast.Expr {
	said := map[string]ast.Expr{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					value, ok := spec.(*ast.ValueSpec)
					if !ok || d.Tok != token.CONST {
						continue
					}
					for i, name := range value.Names {
						if i < len(value.Values) {
							said[name.Name] = value.Values[i]
						}
					}
				}
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = "." + name
				}
				if d.Body == nil || len(d.Body.List) == 0 {
					continue
				}
				if last, ok := d.Body.List[len(d.Body.List)-1].(*ast.ReturnStmt); ok && len(last.Results) == 1 {
					said[name] = last.Results[0]
				}
			}
		}
	}
	return said
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
