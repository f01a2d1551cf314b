package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

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
