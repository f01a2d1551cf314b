package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// The interpreter gets a select as a switch on the case that was chosen:
//
//	select {                       { n, v, ok := cell.Select(true, cell.Receiving(c), cell.Sending(d, T(x)))
//	case y := <-c: …                 switch n {
//	case d <- x: …                   case 0: y := v.(T); …
//	default: …                       case 1: …
//	}                                default: … } }

// selectable tells whether the interpreter can assert what a select receives.
func selectable(info *types.Info, n *ast.SelectStmt) bool {
	for _, c := range n.Body.List {
		switch comm := c.(*ast.CommClause).Comm.(type) {
		case *ast.SendStmt:
			if !interpretedChannel(info.TypeOf(comm.Chan)) {
				return false
			}
		case *ast.AssignStmt:
			for i, x := range comm.Lhs {
				id, ok := x.(*ast.Ident)
				if !ok {
					return false
				}
				if i == 0 && id.Name != "_" && !interpretedChannel(info.TypeOf(received(comm.Rhs[0]))) {
					return false
				}
				if obj := info.ObjectOf(id); comm.Tok == token.ASSIGN && obj != nil && i == 1 && !types.Identical(obj.Type(), types.Typ[types.Bool]) {
					return false
				}
			}
		}
	}
	return true
}

// received is the channel of a receive.
func received(x ast.Expr) ast.Expr { return ast.Unparen(x).(*ast.UnaryExpr).X }

// emptyStruct tells struct{}, which has one version and one value.
func emptyStruct(t types.Type) bool {
	s, ok := types.Unalias(t).(*types.Struct)
	return ok && s.NumFields() == 0
}

// selects replaces the selects in n.
func (r *rewriter) selects(n ast.Stmt) ast.Stmt {
	b := &ast.BlockStmt{List: []ast.Stmt{n}}
	astutil.Apply(b, nil, func(c *astutil.Cursor) bool {
		if s, ok := c.Node().(*ast.SelectStmt); ok {
			c.Replace(r.selectSwitch(s))
		}
		return true
	})
	return b.List[0]
}

func (r *rewriter) selectSwitch(s *ast.SelectStmt) ast.Stmt {
	info, pos := r.cell.Info, s.Select
	chosen, v, ok := r.temp("n"), r.temp("v"), r.temp("ok")
	at := func(id *ast.Ident) *ast.Ident { return &ast.Ident{NamePos: pos, Name: id.Name} }
	call := func(pos token.Pos, name string, args ...ast.Expr) ast.Expr {
		sel := r.runtime(name).(*ast.SelectorExpr)
		sel.X.(*ast.Ident).NamePos = pos
		return &ast.CallExpr{Fun: sel, Lparen: pos, Args: args, Rparen: pos}
	}
	hasDefault := "false"
	var cases []ast.Expr
	sw := &ast.SwitchStmt{Switch: pos, Tag: at(chosen), Body: &ast.BlockStmt{Lbrace: s.Body.Lbrace, Rbrace: s.Body.Rbrace}}
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		clause := &ast.CaseClause{Case: cc.Case, Colon: cc.Colon, Body: cc.Body}
		if cc.Comm == nil {
			hasDefault = "true"
		} else {
			clause.List = []ast.Expr{intLiteral(cc.Case, len(cases))}
		}
		switch comm := cc.Comm.(type) {
		case *ast.SendStmt:
			cases = append(cases, call(comm.Arrow, "Sending", comm.Chan, conversion(r.typeExpr(channel(info.TypeOf(comm.Chan))), comm.Value)))
		case *ast.ExprStmt:
			cases = append(cases, call(comm.Pos(), "Receiving", received(comm.X)))
		case *ast.AssignStmt:
			c := received(comm.Rhs[0])
			cases = append(cases, call(comm.Pos(), "Receiving", c))
			elem := channel(info.TypeOf(c))
			values := []ast.Expr{r.received(v, elem), at(ok)}
			var first []ast.Stmt
			for i, x := range comm.Lhs {
				if x.(*ast.Ident).Name != "_" {
					give := &ast.AssignStmt{Lhs: []ast.Expr{x}, TokPos: comm.TokPos, Tok: comm.Tok, Rhs: values[i : i+1]}
					if i == 0 && target(elem) == "AsError" {
						give.Lhs = append(give.Lhs, ast.NewIdent("_"))
					}
					first = append(first, give)
				}
			}
			clause.Body = append(first, clause.Body...)
		}
		sw.Body.List = append(sw.Body.List, clause)
	}
	choose := call(pos, "Select", append([]ast.Expr{&ast.Ident{NamePos: pos, Name: hasDefault}}, cases...)...)
	return &ast.BlockStmt{Lbrace: pos, Rbrace: s.Body.Rbrace, List: []ast.Stmt{
		&ast.AssignStmt{Lhs: []ast.Expr{at(chosen), v, ok}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{choose}}, sw}}
}
