package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The interpreter does not say where in a function a panic happened. So a statement that can panic is preceded by a note of
// its line, in one variable for all: what a panic finds there is right unless goroutines panic at once. It costs 15 ns; a
// statement of plain arithmetic has none.

// Interpreted functions reach the stop flag and the line through variables of their unit: a selector of a package costs more
// than the loop that it stands in, and a local costs 100 ns a call.

func (r *rewriter) stopVar() string { r.usesStop = true; return "stop__" + r.cell.Serial }
func (r *rewriter) lineVar() string { r.usesLine = true; return "line__" + r.cell.Serial }

// unitVars declares them.
func (r *rewriter) unitVars() (decls []ast.Decl) {
	if r.usesStop {
		decls = append(decls, variable(ast.NewIdent(r.stopVar()), nil, r.runtime("Flag")))
	}
	if r.usesLine {
		line := &ast.SelectorExpr{X: ast.NewIdent(r.alias(slotsPath, "slots")), Sel: ast.NewIdent("Line")}
		decls = append(decls, variable(ast.NewIdent(r.lineVar()), nil, line))
	}
	return decls
}

// markLines puts notes into a list of statements.
func (r *rewriter) markLines(list *[]ast.Stmt) {
	if r.tier != Interpret {
		return
	}
	var out []ast.Stmt
	for _, st := range *list {
		if st.Pos().IsValid() && !r.notes[st] && r.canPanic(st) {
			out = append(out, r.noteLine(st.Pos()))
		}
		if loop, ok := st.(*ast.ForStmt); ok {
			r.noteCondition(loop)
		}
		out = append(out, st)
	}
	*list = out
}

// noteCondition notes the line of a loop's condition after its body, whose lines were noted last.
func (r *rewriter) noteCondition(st *ast.ForStmt) {
	if st.Cond != nil && r.risky(st.Cond) || st.Post != nil && r.risky(st.Post) {
		n := r.noteLine(st.Pos())
		r.notes[n] = true
		st.Body.List = append(st.Body.List, n)
	}
}

func (r *rewriter) noteLine(pos token.Pos) ast.Stmt {
	p := r.cell.Fset.Position(pos)
	return &ast.AssignStmt{
		Lhs: []ast.Expr{&ast.StarExpr{Star: pos, X: &ast.Ident{NamePos: pos, Name: r.lineVar()}}}, TokPos: pos, Tok: token.ASSIGN,
		Rhs: []ast.Expr{intLiteral(pos, EncodeLine(p.Filename, p.Line))},
	}
}

// calls lists the calls in the body of a function, in its own frame: not those in function literals.
func (l *lowering) calls(body *ast.BlockStmt) (list []Call) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			c := Call{Line: l.c.Fset.Position(n.Lparen).Line}
			switch f := ast.Unparen(n.Fun).(type) {
			case *ast.Ident:
				_, variable := l.c.Info.Uses[f].(*types.Var)
				c.Name, c.Indirect = f.Name, variable
			case *ast.SelectorExpr:
				obj := l.c.Info.Uses[f.Sel]
				c.Name = f.Sel.Name
				c.Indirect = obj != nil && obj.Pkg() != l.c.Pkg
			default:
				c.Indirect = true
			}
			if tv := l.c.Info.Types[n.Fun]; !tv.IsType() && !tv.IsBuiltin() {
				list = append(list, c)
			}
		}
		return true
	})
	return list
}

// canPanic looks at the part of a statement that runs before the statements inside it.
func (r *rewriter) canPanic(st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.IfStmt:
		return st.Init != nil && r.canPanic(st.Init) || r.risky(st.Cond)
	case *ast.ForStmt:
		return st.Init != nil && r.canPanic(st.Init) || st.Cond != nil && r.risky(st.Cond)
	case *ast.RangeStmt:
		return r.risky(st.X)
	case *ast.SwitchStmt:
		return st.Init != nil && r.canPanic(st.Init) || st.Tag != nil && r.risky(st.Tag)
	case *ast.BlockStmt, *ast.LabeledStmt, *ast.BranchStmt, *ast.EmptyStmt, *ast.SelectStmt, *ast.DeferStmt, *ast.CaseClause, *ast.CommClause:
		return false
	}
	return r.risky(st)
}

// risky tells whether evaluating n can panic.
func (r *rewriter) risky(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr, *ast.SendStmt:
			found = true
		case *ast.SelectorExpr:
			if sel := r.cell.Info.Selections[n]; sel != nil {
				_, pointer := sel.Recv().Underlying().(*types.Pointer)
				found = found || pointer || sel.Indirect()
			}
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.BinaryExpr:
			found = found || (n.Op == token.QUO || n.Op == token.REM) && isInteger(r.cell.Info.Types[n].Type)
		case *ast.AssignStmt:
			found = found || (n.Tok == token.QUO_ASSIGN || n.Tok == token.REM_ASSIGN) && isInteger(r.cell.Info.Types[n.Lhs[0]].Type)
		case *ast.CallExpr:
			tv := r.cell.Info.Types[n.Fun]
			found = found || !tv.IsType() && !tv.IsBuiltin()
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && tv.IsBuiltin() {
				found = found || id.Name == "panic" || id.Name == "make" || id.Name == "close" || id.Name == "delete"
			}
		}
		return !found
	})
	return found
}
