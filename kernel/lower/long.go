package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"joule/kernel/session"
)

// longLoop is how many turns of a loop take the interpreter longer than the compiler takes to be ready.
const longLoop = 10_000_000

// Eager says what of a cell is compiled at once where there is a compiler.
func Eager(c *session.Cell) How {
	if long(c) {
		return How{Compile: true, Why: "it has a loop of many turns"}
	}
	if units := deep(c); units != nil {
		return How{Compile: true, Why: "it has a function literal that calls itself", Only: units}
	}
	return How{}
}

// long tells whether a cell's statements have loops that are known to have so many turns that compiling them takes less time. Most
// loops do not say how many there will be: those are compiled when they have taken long.
func long(c *session.Cell) bool { return turnsOf(c.Info, c.Body.Body) >= longLoop }

// turnsOf is how many turns the loops in n have at least, as far as constants tell.
func turnsOf(info *types.Info, n ast.Node) float64 {
	most := 1.0
	ast.Inspect(n, func(m ast.Node) bool {
		if m == n {
			return true
		}
		switch m := m.(type) {
		case *ast.FuncLit:
			return false // whoever calls it
		case *ast.ForStmt:
			most = max(most, counted(info, m)*turnsOf(info, m.Body))
			return false
		case *ast.RangeStmt:
			most = max(most, ranged(info, m)*turnsOf(info, m.Body))
			return false
		}
		return true
	})
	return most
}

// ranged is how many turns a range over a constant or an array has; 1 when nothing tells.
func ranged(info *types.Info, n *ast.RangeStmt) float64 {
	tv := info.Types[n.X]
	if x, ok := number(tv.Value); ok {
		return max(x, 1)
	}
	if kind, length := sequence(tv.Type); kind == "array" {
		return max(float64(length), 1)
	}
	return 1
}

// counted is how many turns `for i := a; i < b; i += c` has with constants; 1 when they do not tell, or when it may end before.
func counted(info *types.Info, n *ast.ForStmt) float64 {
	init, ok := n.Init.(*ast.AssignStmt)
	if !ok || len(init.Lhs) != 1 || len(init.Rhs) != 1 {
		return 1
	}
	from, ok := number(info.Types[init.Rhs[0]].Value)
	cond, is := n.Cond.(*ast.BinaryExpr)
	if !ok || !is || (cond.Op != token.LSS && cond.Op != token.LEQ && cond.Op != token.NEQ) || !sameName(init.Lhs[0], cond.X) {
		return 1
	}
	to, ok := number(info.Types[cond.Y].Value)
	if !ok {
		return 1
	}
	step := 1.0
	switch post := n.Post.(type) {
	case *ast.IncDecStmt:
		ok = post.Tok == token.INC && sameName(init.Lhs[0], post.X)
	case *ast.AssignStmt:
		if ok = post.Tok == token.ADD_ASSIGN && sameName(init.Lhs[0], post.Lhs[0]); ok {
			step, ok = number(info.Types[post.Rhs[0]].Value)
		}
	default:
		ok = false
	}
	if !ok || step <= 0 || leaves(n.Body) {
		return 1
	}
	return max((to-from)/step, 1)
}

// leaves tells whether something in the body of a loop may end it early.
func leaves(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			found = found || n.Tok != token.CONTINUE
		case *ast.ReturnStmt:
			found = true
		}
		return !found
	})
	return found
}

func sameName(x, y ast.Expr) bool {
	a, ok := x.(*ast.Ident)
	b, is := y.(*ast.Ident)
	return ok && is && a.Name == b.Name
}

func number(v constant.Value) (float64, bool) {
	if v == nil || v.Kind() != constant.Int && v.Kind() != constant.Float {
		return 0, false
	}
	x, _ := constant.Float64Val(v)
	return x, true
}
