package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// The interpreter asserts types with names well, when it may fail: v, ok := x.(T). The rest is made of that:
//
//	x.(T)                        func(x any) T { v, ok := x.(T); if !ok { cell.AssertFault(x, (*T)(nil)) }; return v }(x)
//	v, ok := x.(error)           v, ok := cell.AsError(x)
//	v, ok := x.(T)               v, ok := any(x).(T), or any(cell.Only(x, (*T)(nil))).(T)
//	switch v := x.(type) {       { x1 := x; v2, ok3 := x1.(T); switch {
//	case T: …                      case ok3: v := v2; …
//	case nil: …                    case cell.IsNil(x1): v := x1; …
//	}                              }}

// target says how the interpreter can assert t: "" not at all.
func target(t types.Type) string {
	p, pointer := types.Unalias(t).(*types.Pointer)
	if pointer {
		t = p.Elem() // a pointer to what has a name has one version too
	}
	if assertable(t) {
		return "itself"
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && !pointer {
		switch {
		case n.Obj().Pkg() == nil && n.Obj().Name() == "error":
			return "AsError"
		case n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "fmt" && n.Obj().Name() == "Stringer":
			return "AsStringer"
		}
	}
	return ""
}

// assertion refuses what asks for something else, of which there may be several versions, or which may be nil afterwards.
func (s *subset) assertion(n *ast.TypeAssertExpr) {
	if n.Type == nil {
		return // of a type switch
	}
	if s.cell.HasFormer(s.info.Types[n.Type].Type) {
		s.because(formerWhy)
	}
	how := target(s.info.Types[n.Type].Type)
	if how == "" {
		s.because("an assertion to an interface or to a type without a name")
	}
	if _, asks := s.info.Types[n].Type.(*types.Tuple); !asks && (how != "itself" || !anything(s.info.TypeOf(n.X))) {
		s.because("a type assertion that can panic")
	}
}

// formerWhy is why assertions that would have to see values of a type as it was are compiled: they are rare.
const formerWhy = "it asks for a type that was declared anew"

// anything tells the type any.
func anything(t types.Type) bool {
	i, ok := types.Unalias(t).(*types.Interface)
	return ok && i.Empty()
}

// typeSwitch refuses one that asks for what cannot be asserted.
func (s *subset) typeSwitch(n *ast.TypeSwitchStmt) {
	for _, c := range n.Body.List {
		for _, x := range c.(*ast.CaseClause).List {
			tv := s.info.Types[x]
			if tv.IsType() && s.cell.HasFormer(tv.Type) {
				s.because(formerWhy)
			}
			if !tv.IsNil() && target(tv.Type) == "" {
				s.because("a type switch on an interface or on a type without a name")
			}
		}
	}
	if len(s.stack) > 1 {
		if _, labeled := s.parent().(*ast.LabeledStmt); labeled {
			s.because("a type switch with a label")
		}
	}
}

// asked is the right side of v, ok := x.(t).
func (r *rewriter) asked(x *ast.Ident, t types.Type) ast.Expr {
	if how := target(t); how != "itself" {
		return &ast.CallExpr{Fun: r.runtime(how), Args: []ast.Expr{x}}
	}
	return &ast.TypeAssertExpr{X: r.only(x, t), Type: r.typeExpr(t)}
}

// only is x as any, and as long as it is of type t. What comes from compiled code the interpreter has in an interface of another
// kind, where it looks into the fields of a struct, also when there are none; and it takes a type without a name for t when an
// assignment would.
func (r *rewriter) only(x ast.Expr, t types.Type) ast.Expr {
	pos := x.Pos()
	_, named := types.Unalias(t).(*types.Named)
	if _, basic := t.Underlying().(*types.Basic); named && !basic {
		null := &ast.CallExpr{Fun: &ast.ParenExpr{X: &ast.StarExpr{X: r.typeExpr(t)}}, Args: []ast.Expr{ast.NewIdent("nil")}}
		x = &ast.CallExpr{Fun: r.runtime("Only"), Lparen: pos, Args: []ast.Expr{x, null}, Rparen: pos}
	}
	return conversion(&ast.Ident{NamePos: pos, Name: "any"}, x)
}

// asserted replaces assertions: v, ok := x.(error), and x.(T) that can panic.
func (p *plainer) asserted(c *astutil.Cursor, n *ast.TypeAssertExpr) {
	tv, known := p.info.Types[n]
	if n.Type == nil || !known {
		return
	}
	t := p.info.TypeOf(n.Type)
	if _, asks := tv.Type.(*types.Tuple); asks {
		if how := target(t); how == "itself" {
			n.X = p.r.only(n.X, t)
		} else if how != "" {
			c.Replace(&ast.CallExpr{Fun: p.r.runtime(how), Lparen: n.Lparen, Args: []ast.Expr{n.X}, Rparen: n.Rparen})
		}
		return
	}
	if target(t) != "itself" || !anything(p.info.TypeOf(n.X)) {
		return // which was refused, or which we wrote
	}
	x, v, ok := p.r.temp("x"), p.r.temp("v"), p.r.temp("ok")
	pos := p.r.turnPos()
	fault := &ast.CallExpr{Fun: p.r.runtime("AssertFault"), Args: []ast.Expr{ast.NewIdent(x.Name), &ast.CallExpr{
		Fun: &ast.ParenExpr{X: &ast.StarExpr{X: p.r.typeExpr(t)}}, Args: []ast.Expr{ast.NewIdent("nil")}}}}
	c.Replace(&ast.CallExpr{
		Fun: &ast.FuncLit{
			Type: &ast.FuncType{
				Params:  &ast.FieldList{List: []*ast.Field{{Names: []*ast.Ident{x}, Type: ast.NewIdent("any")}}},
				Results: &ast.FieldList{List: []*ast.Field{{Type: p.r.typeExpr(t)}}},
			},
			Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{
				&ast.AssignStmt{Lhs: []ast.Expr{v, ok}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{p.r.asked(ast.NewIdent(x.Name), t)}},
				&ast.IfStmt{Cond: &ast.UnaryExpr{Op: token.NOT, X: ast.NewIdent(ok.Name)}, Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: fault}}}},
				&ast.ReturnStmt{Results: []ast.Expr{ast.NewIdent(v.Name)}},
			}},
		},
		Lparen: n.Lparen, Args: []ast.Expr{n.X}, Rparen: n.Rparen,
	})
}

// typeSwitches replaces the type switches in n.
func (r *rewriter) typeSwitches(n ast.Stmt) ast.Stmt {
	b := &ast.BlockStmt{List: []ast.Stmt{n}}
	astutil.Apply(b, nil, func(c *astutil.Cursor) bool {
		if s, ok := c.Node().(*ast.TypeSwitchStmt); ok {
			c.Replace(r.typeSwitch(s))
		}
		return true
	})
	return b.List[0]
}

// typeSwitch is a type switch as a switch on what its assertions said.
func (r *rewriter) typeSwitch(n *ast.TypeSwitchStmt) ast.Stmt {
	info, pos := r.cell.Info, n.Switch
	var name string
	var value ast.Expr
	switch a := n.Assign.(type) {
	case *ast.ExprStmt:
		value = a.X.(*ast.TypeAssertExpr).X
	case *ast.AssignStmt:
		name, value = a.Lhs[0].(*ast.Ident).Name, a.Rhs[0].(*ast.TypeAssertExpr).X
	}
	x := r.temp("x")
	at := func(name string) *ast.Ident { return &ast.Ident{NamePos: pos, Name: name} }
	out := &ast.BlockStmt{Lbrace: pos, Rbrace: n.Body.Rbrace}
	if n.Init != nil {
		out.List = append(out.List, n.Init)
	}
	out.List = append(out.List, &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: pos, Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{x}, Type: r.typeExpr(info.TypeOf(value)), Values: []ast.Expr{value}}}}})
	sw := &ast.SwitchStmt{Switch: pos, Body: &ast.BlockStmt{Lbrace: n.Body.Lbrace, Rbrace: n.Body.Rbrace}}
	for _, c := range n.Body.List {
		cc := c.(*ast.CaseClause)
		is := ast.Expr(at(x.Name))
		var conds []ast.Expr
		for _, t := range cc.List {
			if info.Types[t].IsNil() {
				conds = append(conds, &ast.CallExpr{Fun: r.runtime("IsNil"), Args: []ast.Expr{at(x.Name)}})
				continue
			}
			v, ok := r.temp("v"), r.temp("ok")
			out.List = append(out.List, &ast.AssignStmt{Lhs: []ast.Expr{v, ok}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{r.asked(at(x.Name), info.TypeOf(t))}})
			conds = append(conds, at(ok.Name))
			if len(cc.List) == 1 {
				is = at(v.Name)
			}
		}
		if name != "" {
			cc.Body = append([]ast.Stmt{&ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: cc.Colon, Name: name}}, TokPos: cc.Colon, Tok: token.DEFINE, Rhs: []ast.Expr{is}}}, cc.Body...)
		}
		cc.List = conds
		sw.Body.List = append(sw.Body.List, cc)
	}
	out.List = append(out.List, sw)
	return out
}
