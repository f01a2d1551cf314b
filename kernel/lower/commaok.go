package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// When a map has no such element, or a value is not of the type that is asked for, the interpreter leaves the variable as it was:
// in a loop, the value of the turn before. So the variable is emptied then:
//
//	v, ok := m[k]                 v, ok := m[k]; if !ok { var zero T; v = zero }
//	if v, ok := m[k]; cond { }    { v, ok := m[k]; if !ok { … }; if cond { } }

// asks is the element of a map or the assertion whose success st asks for, when somebody can see what its variable is without it;
// nil for other statements.
func asks(info *types.Info, st ast.Stmt) (lhs []ast.Expr, x ast.Expr) {
	switch st := st.(type) {
	case *ast.AssignStmt:
		if len(st.Lhs) == 2 && len(st.Rhs) == 1 {
			lhs, x = st.Lhs, ast.Unparen(st.Rhs[0])
		}
	case *ast.DeclStmt:
		for _, spec := range st.Decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && len(v.Names) == 2 && len(v.Values) == 1 {
				lhs, x = []ast.Expr{v.Names[0], v.Names[1]}, ast.Unparen(v.Values[0])
			}
		}
	}
	if len(lhs) == 0 || isBlank(lhs[0]) {
		return nil, nil
	}
	switch y := x.(type) {
	case *ast.IndexExpr:
		if t := info.TypeOf(y.X); t != nil {
			if _, ok := t.Underlying().(*types.Map); ok {
				return lhs, x
			}
		}
	case *ast.TypeAssertExpr:
		if y.Type != nil && target(info.TypeOf(y.Type)) == "itself" {
			return lhs, x
		}
	}
	return nil, nil
}

// askedIn is the statement in the head of st that asks for success, nil if there is none: `if v, ok := m[k]; ok && …` without an else
// shows v only where it was set.
func askedIn(info *types.Info, st ast.Stmt) ast.Stmt {
	var init ast.Stmt
	switch st := st.(type) {
	case *ast.IfStmt:
		init = st.Init
		a, define := init.(*ast.AssignStmt)
		if define && a.Tok == token.DEFINE && st.Else == nil && len(a.Lhs) == 2 && info.Defs[identOf(a.Lhs[0])] != nil {
			if ok := info.Defs[identOf(a.Lhs[1])]; ok != nil && info.Uses[identOf(first(st.Cond))] == ok {
				return nil
			}
		}
	case *ast.SwitchStmt:
		init = st.Init
	}
	if lhs, _ := asks(info, init); lhs == nil {
		return nil
	}
	return init
}

func identOf(x ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(x).(*ast.Ident)
	return id
}

// first is the condition that decides first.
func first(x ast.Expr) ast.Expr {
	for {
		b, ok := ast.Unparen(x).(*ast.BinaryExpr)
		if !ok || b.Op != token.LAND {
			return x
		}
		x = b.X
	}
}

// askable refuses what cannot be written so: the head of a for, a group of declarations, and what has a label.
func (s *subset) askable(st ast.Stmt) {
	if lhs, _ := asks(s.info, st); lhs == nil {
		return
	}
	if d, ok := st.(*ast.DeclStmt); ok && len(d.Decl.(*ast.GenDecl).Specs) > 1 {
		s.because("a group of variables that asks for success")
	}
	if len(s.stack) < 2 {
		return
	}
	switch p := s.parent().(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.TypeSwitchStmt:
	case *ast.IfStmt, *ast.SwitchStmt:
		if len(s.stack) > 2 {
			if _, labeled := s.stack[len(s.stack)-3].(*ast.LabeledStmt); labeled && askedIn(s.info, p.(ast.Stmt)) != nil {
				s.because("a label of what asks for success")
			}
		}
	default:
		s.because("asking for success in the head of a for, or with a label")
	}
}

// emptied has variables be empty that were asked for in vain.
func (r *rewriter) emptied(n ast.Node) {
	info := r.cell.Info
	astutil.Apply(n, nil, func(c *astutil.Cursor) bool {
		st, ok := c.Node().(ast.Stmt)
		if !ok {
			return true
		}
		if init := askedIn(info, st); init != nil {
			switch st := st.(type) {
			case *ast.IfStmt:
				st.Init = nil
			case *ast.SwitchStmt:
				st.Init = nil
			}
			list := r.emptying(init)
			if list == nil {
				list = []ast.Stmt{init}
			}
			c.Replace(&ast.BlockStmt{Lbrace: st.Pos(), List: append(list, st), Rbrace: st.End()})
			return true
		}
		if !inList(c) {
			return true
		}
		if list := r.emptying(st); len(list) > 0 {
			for _, before := range list[:len(list)-1] {
				c.InsertBefore(before)
			}
			c.Replace(list[len(list)-1])
		}
		return true
	})
}

// emptying is what takes the place of st; nil when it may stay.
func (r *rewriter) emptying(st ast.Stmt) []ast.Stmt {
	info := r.cell.Info
	lhs, x := asks(info, st)
	if lhs == nil || info.Defs[identOf(lhs[0])] == nil && info.Uses[identOf(lhs[0])] == nil { // one of ours, which is set once
		return nil
	}
	pos, v, ok := st.Pos(), lhs[0], lhs[1]
	t := info.TypeOf(x) // which may be another than that of v, an interface
	if both, ok := t.(*types.Tuple); ok {
		t = both.At(0).Type()
	}
	empty := func(v, ok ast.Expr) ast.Stmt {
		zero := r.temp("zero")
		return &ast.IfStmt{If: pos, Cond: &ast.UnaryExpr{OpPos: pos, Op: token.NOT, X: ok}, Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{
			&ast.DeclStmt{Decl: variable(zero, r.typeExpr(t))},
			&ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{zero}},
		}, Rbrace: pos}}
	}
	if !isBlank(ok) {
		return []ast.Stmt{st, empty(v, ok)}
	}
	a, assigns := st.(*ast.AssignStmt)
	if !assigns {
		a = &ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{x}}
	}
	if _, element := x.(*ast.IndexExpr); element {
		a.Lhs = a.Lhs[:1]
		return []ast.Stmt{a}
	}
	named := r.temp("ok")
	named.NamePos = pos
	if a.Tok == token.DEFINE {
		a.Lhs = []ast.Expr{v, named}
		return []ast.Stmt{a, empty(v, named)}
	}
	value := r.temp("v")
	value.NamePos = pos
	define := &ast.AssignStmt{Lhs: []ast.Expr{value, named}, TokPos: pos, Tok: token.DEFINE, Rhs: a.Rhs}
	a.Lhs, a.Rhs = a.Lhs[:1], []ast.Expr{value}
	return []ast.Stmt{&ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{define, empty(value, named), a}, Rbrace: pos}}
}
