package ebm_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What cells call must be callable by an interpreter: the exported surface has no type parameters, no channels, no iterators, and no
// functional options (a variadic parameter of functions). And what every cell links stays small: no gonum and no plot in the root.
func TestSurfaceIsInterpretable(t *testing.T) {
	for _, dir := range []string{
		".", "data", "diag", "discrete", "energy", "infer", "loss", "nn", "optim", "sampler", "train", "ebmtest", "../plugins",
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				checkDecl(t, name, d)
			}
			for _, i := range f.Imports {
				if dir == "." && (strings.Contains(i.Path.Value, "gonum") || strings.Contains(i.Path.Value, "kernel")) {
					t.Errorf("%s imports %s", name, i.Path.Value)
				}
			}
		}
	}
}

func checkDecl(t *testing.T, file string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() {
			checkType(t, file+": "+d.Name.Name, d.Type)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
				if s.TypeParams != nil {
					t.Errorf("%s: %s has type parameters", file, s.Name)
				}
				checkType(t, file+": "+s.Name.Name, s.Type)
			}
		}
	}
}

func checkType(t *testing.T, what string, e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ChanType:
			t.Errorf("%s has a channel", what)
		case *ast.FuncType:
			if n.TypeParams != nil {
				t.Errorf("%s has type parameters", what)
			}
		case *ast.Ellipsis:
			if _, ok := n.Elt.(*ast.FuncType); ok {
				t.Errorf("%s takes functional options", what)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "iter" {
				t.Errorf("%s has an iterator", what)
			}
		}
		return true
	})
}
