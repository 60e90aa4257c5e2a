// Package terraform_test reads the Terraform module as Terraform does, by its own
// parser and evaluator, and holds what comes out against infra/authorizer.yaml and the
// arguments that the AWS provider has. It does not apply it: that takes the provider
// itself, which is no module that Go could build here.
package terraform_test

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

const folder = "../../infra/terraform"

// module is a folder of configuration, read.
type module struct {
	variables map[string]*hclsyntax.Block
	resources map[string]*hclsyntax.Block // by "aws_iam_role.authorizer"
	calls     map[string]*hclsyntax.Block
	outputs   map[string]*hclsyntax.Block
	locals    hclsyntax.Attributes
	path      string
}

func read(t *testing.T, path string) module {
	t.Helper()
	m := module{
		map[string]*hclsyntax.Block{},
		map[string]*hclsyntax.Block{},
		map[string]*hclsyntax.Block{},
		map[string]*hclsyntax.Block{},
		hclsyntax.Attributes{},
		filepath.Join(folder, path),
	}
	files, err := filepath.Glob(filepath.Join(m.path, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing is in %s: %v", path, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		check(t, err)
		parsed, faults := hclsyntax.ParseConfig(content, file, hcl.InitialPos)
		if faults.HasErrors() {
			t.Fatal(faults)
		}
		for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
			switch block.Type {
			case "variable":
				m.variables[block.Labels[0]] = block
			case "resource":
				m.resources[block.Labels[0]+"."+block.Labels[1]] = block
			case "module":
				m.calls[block.Labels[0]] = block
			case "output":
				m.outputs[block.Labels[0]] = block
			case "locals":
				maps.Copy(m.locals, block.Body.Attributes)
			}
		}
	}
	return m
}

// scope is what expressions of the module see when it is given these variables. What
// only AWS knows of a resource is a text that says so.
func (m module) scope(t *testing.T, given map[string]cty.Value) *hcl.EvalContext {
	t.Helper()
	scope := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{}}
	variables := map[string]cty.Value{}
	for name, block := range m.variables {
		if standard := block.Body.Attributes["default"]; standard != nil {
			variables[name] = value(t, standard.Expr, scope)
		}
	}
	maps.Copy(variables, given)
	scope.Variables["var"] = cty.ObjectVal(variables)
	scope.Variables["path"] = cty.ObjectVal(map[string]cty.Value{"root": cty.StringVal(m.path)})
	known, made := provider(t), map[string]map[string]cty.Value{}
	for address, block := range m.resources {
		kind, name := block.Labels[0], block.Labels[1]
		attributes := map[string]cty.Value{}
		for _, attribute := range known[kind].Computed {
			attributes[attribute] = cty.StringVal(attribute + " of " + address)
		}
		for attribute, a := range block.Body.Attributes {
			if v, faults := a.Expr.Value(scope); !faults.HasErrors() {
				attributes[attribute] = v
			}
		}
		if made[kind] == nil {
			made[kind] = map[string]cty.Value{}
		}
		made[kind][name] = cty.ObjectVal(attributes)
	}
	for kind, all := range made {
		scope.Variables[kind] = cty.ObjectVal(all)
	}
	if len(m.calls) > 0 {
		scope.Variables["module"] = cty.ObjectVal(map[string]cty.Value{
			"authorizer": cty.ObjectVal(map[string]cty.Value{"invoke_arn": cty.StringVal("invoke_arn of the alias")}),
		})
	}
	locals := map[string]cty.Value{}
	for name, a := range m.locals {
		locals[name] = value(t, a.Expr, scope)
	}
	scope.Variables["local"] = cty.ObjectVal(locals)
	return scope
}

// evaluate returns a block's attributes, and those of the blocks in it by their type.
func evaluate(t *testing.T, body *hclsyntax.Body, scope *hcl.EvalContext) map[string]cty.Value {
	t.Helper()
	all := map[string]cty.Value{}
	for name, a := range body.Attributes {
		all[name] = value(t, a.Expr, scope)
	}
	for _, block := range body.Blocks {
		all[block.Type] = cty.ObjectVal(evaluate(t, block.Body, scope))
	}
	return all
}

func value(t *testing.T, expression hcl.Expression, scope *hcl.EvalContext) cty.Value {
	t.Helper()
	v, faults := expression.Value(scope)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	return v
}

// functions are those of Terraform that the module calls.
var functions = map[string]function.Function{
	"join": stdlib.JoinFunc, "jsonencode": stdlib.JSONEncodeFunc, "length": stdlib.LengthFunc, "merge": stdlib.MergeFunc,
	"filebase64sha256": function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.StringVal(base64.StdEncoding.EncodeToString(make([]byte, 32))), nil
		},
	}),
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
