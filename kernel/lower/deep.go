package lower

import (
	"go/ast"
	"go/types"
	"slices"

	"joule/kernel/session"
)

// deep are the units of a cell, c.Body for the statements, that may call function literals in a circle: a literal that calls the variable it is given to, or
// several that call each other. A function by name that recurses too deep for the interpreter waits until it is compiled and goes on. A
// literal cannot be exchanged, with the variables that it holds, and the statements before it cannot run twice; so what could become
// deep is compiled at once. It costs the time of one compilation, of which the recursion of a search or a sum over two branches takes
// more in the interpreter anyway. Circles through fields, elements and other cells are not seen.
func deep(c *session.Cell) []*ast.FuncDecl {
	calls := map[types.Object]map[types.Object]bool{} // of the literals in a variable: which variables they call
	in := map[types.Object]*ast.FuncDecl{}            // the unit that has them
	var unit *ast.FuncDecl
	note := func(to, from ast.Expr) {
		id, ok := ast.Unparen(to).(*ast.Ident)
		lit, is := ast.Unparen(from).(*ast.FuncLit)
		if !ok || !is {
			return
		}
		obj := c.Info.ObjectOf(id)
		in[obj] = unit
		if calls[obj] == nil {
			calls[obj] = map[types.Object]bool{}
		}
		ast.Inspect(lit.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
					calls[obj][c.Info.Uses[id]] = true
				}
			}
			return true
		})
	}
	assigned := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					note(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range n.Values {
				if len(n.Names) == len(n.Values) {
					note(n.Names[i], n.Values[i])
				}
			}
		}
		return true
	}
	units := []*ast.FuncDecl{c.Body}
	for _, u := range slices.Concat(c.Funcs, c.Inits) {
		units = append(units, u.Decl)
	}
	for _, unit = range units {
		ast.Inspect(unit, assigned)
	}
	var list []*ast.FuncDecl
	for obj := range calls {
		if reaches(calls, obj, obj, map[types.Object]bool{}) {
			list = append(list, in[obj])
		}
	}
	return list
}

// reaches tells whether the literals in one variable call the other, directly or through others.
func reaches(calls map[types.Object]map[types.Object]bool, from, to types.Object, seen map[types.Object]bool) bool {
	for next := range calls[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(calls, next, to, seen) {
				return true
			}
		}
	}
	return false
}
