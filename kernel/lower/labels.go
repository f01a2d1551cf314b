package lower

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/astutil"
)

// The interpreter mixes up labels. What leaves several loops at once does so step by step, led by a variable:
//
//	outer:                               { way := 0
//	for … {                                for … {
//		for … {                                for … {
//			if a {                                 if a {
//				continue outer                             way = 2
//			}                                          break
//		}                                          }
//		…                                      }
//	}                                              if way == 2 { way = 0; continue }
//	                                               …
//	                                       } }

// The ways to leave a statement for a labelled loop.
const (
	wayBreak    = 1
	wayContinue = 2
)

// labelled tells whether a label is one that unlabel can do without: of a loop, with nothing that jumps to it.
func labelled(n *ast.LabeledStmt) bool {
	switch n.Stmt.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
	default:
		return false
	}
	ok := true
	ast.Inspect(n.Stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			ok = ok && n.Tok != token.GOTO
		}
		return ok
	})
	return ok
}

// unlabel replaces the labelled loops in n.
func (r *rewriter) unlabel(n ast.Stmt) ast.Stmt {
	b := &ast.BlockStmt{List: []ast.Stmt{n}}
	astutil.Apply(b, nil, func(c *astutil.Cursor) bool {
		if l, ok := c.Node().(*ast.LabeledStmt); ok && labelled(l) {
			u := &unlabeller{label: l.Label.Name, way: r.temp("way")}
			u.way.NamePos = l.Pos()
			body := bodyOf(l.Stmt)
			body.List = u.list(body.List, place{loop: true, own: true})
			c.Replace(&ast.BlockStmt{Lbrace: l.Pos(), Rbrace: l.End(), List: []ast.Stmt{define(u.way, intLiteral(l.Pos(), 0)), l.Stmt}})
		}
		return true
	})
	return b.List[0]
}

type unlabeller struct {
	label string
	way   *ast.Ident
}

// place says what a break and a continue leave where a statement stands.
type place struct {
	loop bool // a break leaves the labelled loop
	own  bool // a continue belongs to it
}

// list replaces the labelled branches in a list of statements. After a statement that leads out further it goes on leading out.
func (u *unlabeller) list(in []ast.Stmt, at place) (out []ast.Stmt) {
	for _, st := range in {
		if b, ok := st.(*ast.BranchStmt); ok && b.Label != nil && b.Label.Name == u.label {
			out = append(out, u.leave(b, at)...)
			continue
		}
		breaks, continues := u.walk(st, at)
		out = append(out, st)
		pos := st.End() - 1
		lead := func(way int, then ...ast.Stmt) {
			out = append(out, &ast.IfStmt{If: pos,
				Cond: &ast.BinaryExpr{X: ast.NewIdent(u.way.Name), Op: token.EQL, Y: intLiteral(pos, way)},
				Body: &ast.BlockStmt{Lbrace: pos, List: then, Rbrace: pos}})
		}
		branch := func(tok token.Token) ast.Stmt { return &ast.BranchStmt{TokPos: pos, Tok: tok} }
		if breaks {
			lead(wayBreak, branch(token.BREAK))
		}
		switch {
		case continues && at.own:
			lead(wayContinue, u.set(pos, 0), branch(token.CONTINUE))
		case continues:
			lead(wayContinue, branch(token.BREAK))
		}
	}
	return out
}

func (u *unlabeller) set(pos token.Pos, way int) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: pos, Name: u.way.Name}}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{intLiteral(pos, way)}}
}

// leave is a labelled branch, as far as one step goes.
func (u *unlabeller) leave(b *ast.BranchStmt, at place) []ast.Stmt {
	switch {
	case b.Tok == token.CONTINUE && at.own, b.Tok == token.BREAK && at.loop:
		return []ast.Stmt{&ast.BranchStmt{TokPos: b.TokPos, Tok: b.Tok}}
	case b.Tok == token.CONTINUE:
		return []ast.Stmt{u.set(b.TokPos, wayContinue), &ast.BranchStmt{TokPos: b.TokPos, Tok: token.BREAK}}
	}
	return []ast.Stmt{u.set(b.TokPos, wayBreak), &ast.BranchStmt{TokPos: b.TokPos, Tok: token.BREAK}}
}

// walk replaces the branches inside a statement, and tells which of them leave it in steps.
func (u *unlabeller) walk(st ast.Stmt, at place) (breaks, continues bool) {
	inner := at
	switch st.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		inner = place{}
		breaks, continues = u.uses(st)
	case *ast.SwitchStmt, *ast.TypeSwitchStmt:
		inner.loop = false
		breaks, continues = u.uses(st)
		continues = continues && !at.own // otherwise it continues at once
	}
	switch st := st.(type) {
	case *ast.ForStmt:
		st.Body.List = u.list(st.Body.List, inner)
	case *ast.RangeStmt:
		st.Body.List = u.list(st.Body.List, inner)
	case *ast.SwitchStmt:
		u.clauses(st.Body, inner)
	case *ast.TypeSwitchStmt:
		u.clauses(st.Body, inner)
	case *ast.BlockStmt:
		st.List = u.list(st.List, at)
	case *ast.LabeledStmt:
		return u.walk(st.Stmt, at)
	case *ast.IfStmt:
		st.Body.List = u.list(st.Body.List, at)
		if st.Else != nil {
			u.walk(st.Else, at)
		}
	}
	return breaks, continues
}

func (u *unlabeller) clauses(b *ast.BlockStmt, at place) {
	for _, c := range b.List {
		cc := c.(*ast.CaseClause)
		cc.Body = u.list(cc.Body, at)
	}
}

// uses tells which branches with the label are inside a statement.
func (u *unlabeller) uses(n ast.Stmt) (breaks, continues bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			if n.Label != nil && n.Label.Name == u.label {
				breaks = breaks || n.Tok == token.BREAK
				continues = continues || n.Tok == token.CONTINUE
			}
		}
		return true
	})
	return breaks, continues
}
