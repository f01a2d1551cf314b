package session

import (
	"go/ast"
	"go/types"
	"strings"
)

// go/types compares packages by identity where a struct literal without field names sets unexported fields, and each cell is
// checked as a package value of its own. So such literals of session types get their field names before the next round.

// needKeys finds the literals that were refused for it.
func (c *checker) needKeys() bool {
	found := false
	for _, te := range c.errs {
		if !strings.HasPrefix(te.Msg, "implicit assignment to unexported field") {
			continue
		}
		ast.Inspect(c.a.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || te.Pos < lit.Lbrace || te.Pos > lit.Rbrace {
				return n == nil || n.Pos() <= te.Pos && te.Pos < n.End()
			}
			if st, named := structOf(c.info.Types[lit].Type); st != nil && named.Obj().Pkg().Path() == "main" && st.NumFields() == len(lit.Elts) {
				var names []string
				for f := range st.Fields() {
					names = append(names, f.Name())
				}
				if at := c.a.fset.Position(lit.Lbrace).String(); c.keyed[at] == nil {
					c.keyed[at] = names
					found = true
				}
			}
			return true
		})
	}
	return found
}

// structOf is the struct behind a named type or a pointer to one, as in the elided elements of []*T{{…}}.
func structOf(t types.Type) (*types.Struct, *types.Named) {
	if t == nil {
		return nil, nil
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return nil, nil
	}
	st, _ := named.Underlying().(*types.Struct)
	return st, named
}

// addKeys gives the literals their field names.
func (c *checker) addKeys() {
	if len(c.keyed) == 0 {
		return
	}
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		names := c.keyed[c.a.fset.Position(lit.Lbrace).String()]
		for i, x := range lit.Elts {
			if _, has := x.(*ast.KeyValueExpr); !has && i < len(names) {
				key := &ast.Ident{NamePos: x.Pos(), Name: names[i]}
				lit.Elts[i] = &ast.KeyValueExpr{Key: key, Colon: x.Pos(), Value: x}
			}
		}
		return true
	})
}
