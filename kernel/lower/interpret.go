package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The interpreter has one variable per loop where Go has one per iteration. A copy at the head of the body is the same thing
// as long as the body does not assign to the variable; subset.go sends the rest to the compiler.

func (r *rewriter) ownLoopVariables(n *ast.RangeStmt) {
	if n.Tok != token.DEFINE || isInteger(r.ranged[n]) {
		return
	}
	r.copyCaptured(n.Body, n.Key, n.Value)
}

func (r *rewriter) ownForVariables(n *ast.ForStmt) {
	if a, ok := n.Init.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
		r.copyCaptured(n.Body, a.Lhs...)
	}
}

func (r *rewriter) copyCaptured(body *ast.BlockStmt, vars ...ast.Expr) {
	for _, x := range vars {
		id, ok := x.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		if u := usesIn(r.cell.Info, body, r.cell.Info.Defs[id]); u.captured {
			copied := &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent(id.Name)}, Tok: token.DEFINE, Rhs: []ast.Expr{ast.NewIdent(id.Name)}}
			body.List = append([]ast.Stmt{copied}, body.List...)
		}
	}
}

// varUse is what a piece of code does with a variable.
type varUse struct {
	captured bool // a function literal uses it, or its address is taken
	assigned bool
}

func usesIn(info *types.Info, n ast.Node, obj types.Object) (u varUse) {
	if obj == nil {
		return u
	}
	is := func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && info.Uses[id] == obj
	}
	var walk func(n ast.Node, inFunc bool)
	walk = func(n ast.Node, inFunc bool) {
		ast.Inspect(n, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.FuncLit:
				if !inFunc {
					walk(m.Body, true)
					return false
				}
			case *ast.Ident:
				if inFunc && info.Uses[m] == obj {
					u.captured = true
				}
			case *ast.UnaryExpr:
				if m.Op == token.AND && is(root(m.X)) {
					u.captured = true
				}
			case *ast.AssignStmt:
				for _, l := range m.Lhs {
					u.assigned = u.assigned || is(l)
				}
			case *ast.IncDecStmt:
				u.assigned = u.assigned || is(m.X)
			case *ast.RangeStmt:
				u.assigned = u.assigned || m.Key != nil && is(m.Key) || m.Value != nil && is(m.Value)
			}
			return true
		})
	}
	walk(n, false)
	return u
}

// root is the variable that a selector or index expression is part of.
func root(x ast.Expr) ast.Expr {
	for {
		switch y := x.(type) {
		case *ast.ParenExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		default:
			return x
		}
	}
}

func isInteger(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// countingLoop is `for i := range n` as a loop that the interpreter knows.
func (r *rewriter) countingLoop(n *ast.RangeStmt) *ast.ForStmt {
	if !isInteger(r.ranged[n]) {
		return nil
	}
	t := types.Default(r.ranged[n])
	if id, ok := n.Key.(*ast.Ident); ok && n.Tok == token.DEFINE {
		if obj := r.cell.Info.Defs[id]; obj != nil {
			t = obj.Type()
		}
	}
	conv := func(x ast.Expr) ast.Expr { return &ast.CallExpr{Fun: r.typeExpr(t), Args: []ast.Expr{x}} }
	i, end := r.temp("i"), r.temp("n")
	if n.Key != nil {
		if id, ok := n.Key.(*ast.Ident); !ok || id.Name != "_" {
			set := &ast.AssignStmt{Lhs: []ast.Expr{n.Key}, Tok: n.Tok, Rhs: []ast.Expr{i}}
			n.Body.List = append([]ast.Stmt{set}, n.Body.List...)
		}
	}
	return &ast.ForStmt{
		For:  n.For,
		Init: &ast.AssignStmt{Lhs: []ast.Expr{i, end}, Tok: token.DEFINE, Rhs: []ast.Expr{conv(intLiteral(n.For, 0)), conv(n.X)}},
		Cond: &ast.BinaryExpr{X: i, Op: token.LSS, Y: end},
		Post: &ast.IncDecStmt{X: i, Tok: token.INC},
		Body: n.Body,
	}
}
