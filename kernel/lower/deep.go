package lower

import (
	"go/ast"
	"go/types"

	"joule/kernel/session"
)

// deep tells whether something in a cell may call function literals in a circle: a literal that calls the variable it is given to, or
// several that call each other. A function by name that recurses too deep for the interpreter waits until it is compiled and goes on. A
// literal cannot be exchanged, with the variables that it holds, and the statements before it cannot run twice; so what could become
// deep is compiled at once. It costs the time of one compilation, of which the recursion of a search or a sum over two branches takes
// more in the interpreter anyway. Circles through fields, elements and other cells are not seen.
func deep(c *session.Cell) bool {
	calls := map[types.Object]map[types.Object]bool{} // of the literals in a variable: which variables they call
	note := func(to, from ast.Expr) {
		id, ok := ast.Unparen(to).(*ast.Ident)
		lit, is := ast.Unparen(from).(*ast.FuncLit)
		if !ok || !is {
			return
		}
		obj := c.Info.ObjectOf(id)
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
	ast.Inspect(c.Body, assigned)
	for _, u := range c.Funcs {
		ast.Inspect(u.Decl, assigned)
	}
	for _, u := range c.Inits {
		ast.Inspect(u.Decl, assigned)
	}
	for obj := range calls {
		if reaches(calls, obj, obj, map[types.Object]bool{}) {
			return true
		}
	}
	return false
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
