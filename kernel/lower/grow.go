package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What doubles, s += s or xs = append(xs, xs...), takes more memory in one step than all steps before. Nothing can stop it in that
// step, so there is a question before it whether there is room, as before a make. The interpreter pays as much for the question as
// for the step: it asks where something is joined with itself or in an assignment of several values, which takes few steps to
// fill a computer, and what grows by other means is seen by the watchdog.

// askRoom puts the questions into a list of statements.
func (r *rewriter) askRoom(list *[]ast.Stmt) {
	var out []ast.Stmt
	for _, st := range *list {
		if a, ok := st.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
			for i := range a.Rhs {
				if q := r.question(a, i); q != nil {
					out = append(out, q)
				}
			}
		}
		out = append(out, st)
	}
	*list = out
}

// question is the call of cell.Grow before the i-th assignment of a statement; nil for none.
func (r *rewriter) question(a *ast.AssignStmt, i int) ast.Stmt {
	operands, size := r.joined(a, i)
	if len(operands) < 2 || size == 0 {
		return nil
	}
	again := len(a.Rhs) > 1
	seen := map[string]bool{}
	for _, x := range operands {
		text := types.ExprString(x)
		again = again || seen[text]
		seen[text] = true
	}
	if !again && r.tier == Interpret {
		return nil
	}
	b := &bounder{r: r, info: r.cell.Info, pos: a.Pos()}
	var n ast.Expr
	for _, x := range operands {
		length := b.length("len", x, -1)
		if n == nil {
			n = length
		} else {
			n = &ast.BinaryExpr{X: n, OpPos: a.Pos(), Op: token.ADD, Y: length}
		}
	}
	return &ast.ExprStmt{X: b.calls("Grow", n, intLiteral(a.Pos(), int(size)))}
}

// joined are the variables whose contents make the new value, which has elements of a size, if they are strings that are added or a
// slice that is appended to another, and looking at them does nothing.
func (r *rewriter) joined(a *ast.AssignStmt, i int) (operands []ast.Expr, size int64) {
	for _, x := range append(append([]ast.Expr{}, a.Lhs...), a.Rhs...) {
		if !r.quiet(x) {
			return nil, 0
		}
	}
	if a.Tok == token.ADD_ASSIGN && r.isString(a.Lhs[0]) {
		return r.added(a.Rhs[i], r.added(a.Lhs[0], nil)), 1
	}
	if a.Tok != token.ASSIGN && a.Tok != token.DEFINE {
		return nil, 0
	}
	switch x := ast.Unparen(a.Rhs[i]).(type) {
	case *ast.BinaryExpr:
		if r.isString(x) {
			return r.added(x, nil), 1
		}
	case *ast.CallExpr:
		if t := r.cell.Info.TypeOf(x.Args[0]); t != nil {
			if slice, ok := t.Underlying().(*types.Slice); ok {
				return x.Args, elementSize(slice.Elem())
			}
		}
	}
	return nil, 0
}

// quiet tells an operand of joined: a variable or a field of one, constants and sums of them, and append(xs, ys...).
func (r *rewriter) quiet(x ast.Expr) bool {
	if r.cell.Info.Types[x].Value != nil {
		return true
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		sel := r.cell.Info.Selections[x]
		return sel != nil && sel.Kind() == types.FieldVal && r.quiet(x.X)
	case *ast.BinaryExpr:
		return x.Op == token.ADD && r.quiet(x.X) && r.quiet(x.Y)
	case *ast.CallExpr:
		id, ok := ast.Unparen(x.Fun).(*ast.Ident)
		if !ok || !x.Ellipsis.IsValid() || len(x.Args) != 2 || !r.quiet(x.Args[0]) || !r.quiet(x.Args[1]) {
			return false
		}
		b, ok := r.cell.Info.Uses[id].(*types.Builtin)
		return ok && b.Name() == "append"
	}
	return false
}

// added are the variables in a sum of strings.
func (r *rewriter) added(x ast.Expr, list []ast.Expr) []ast.Expr {
	if r.cell.Info.Types[x].Value != nil {
		return list
	}
	if sum, ok := ast.Unparen(x).(*ast.BinaryExpr); ok {
		return r.added(sum.Y, r.added(sum.X, list))
	}
	return append(list, x)
}

func (r *rewriter) isString(x ast.Expr) bool {
	t := r.cell.Info.TypeOf(x)
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}
