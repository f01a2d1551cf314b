package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// What the interpreter cannot do in one step it can do in several: a parallel assignment, a call whose arguments are the
// results of another, a deferred call whose arguments are evaluated now. The subset asks here whether that is possible, and
// plain rewrites what was found so.

// parallel tells whether a parallel assignment is one that split can take apart: what it assigns to can be evaluated first.
func parallel(info *types.Info, n *ast.AssignStmt) bool {
	for _, x := range n.Lhs {
		switch x := ast.Unparen(x).(type) {
		case *ast.Ident:
		case *ast.IndexExpr:
			switch t := info.Types[x.X].Type.Underlying().(type) {
			case *types.Slice, *types.Map:
			case *types.Array:
				if _, variable := ast.Unparen(x.X).(*ast.Ident); !variable || t == nil {
					return false
				}
			default:
				return false
			}
		default:
			return false
		}
	}
	return true
}

// placed tells whether split can put statements in the place of n: in a list, or after the body of a loop that nothing
// continues.
func placed(stack []ast.Node, n ast.Stmt) bool {
	if len(stack) < 2 {
		return true
	}
	switch p := stack[len(stack)-2].(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	case *ast.ForStmt:
		return p.Post == n && !continues(p.Body)
	}
	return false
}

// continues tells whether a body has a continue, of whatever loop.
func continues(b *ast.BlockStmt) (found bool) {
	ast.Inspect(b, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			found = found || n.Tok == token.CONTINUE
		}
		return !found
	})
	return found
}

// split takes a parallel assignment apart: what the left side needs, then the values, then the assignments.
func (p *plainer) split(n *ast.AssignStmt) ast.Stmt {
	var first, values, assign []ast.Stmt
	now := func(x ast.Expr) ast.Expr {
		if _, lit := x.(*ast.BasicLit); lit {
			return x
		}
		v := p.r.temp("v")
		first = append(first, &ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: n.TokPos, Tok: token.DEFINE, Rhs: []ast.Expr{x}})
		return v
	}
	for i, x := range n.Lhs {
		x = ast.Unparen(x)
		t := p.info.TypeOf(x)
		if ix, ok := x.(*ast.IndexExpr); ok {
			if _, array := p.info.TypeOf(ix.X).Underlying().(*types.Array); !array {
				ix.X = now(ix.X)
			}
			ix.Index = now(ix.Index)
		}
		v := p.r.temp("v")
		spec := &ast.ValueSpec{Names: []*ast.Ident{v}, Values: []ast.Expr{n.Rhs[i]}}
		if id, ok := x.(*ast.Ident); !ok || id.Name != "_" {
			spec.Type = p.r.typeExpr(t)
		}
		values = append(values, &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: n.TokPos, Tok: token.VAR, Specs: []ast.Spec{spec}}})
		assign = append(assign, &ast.AssignStmt{Lhs: []ast.Expr{x}, TokPos: n.TokPos, Tok: token.ASSIGN, Rhs: []ast.Expr{v}})
	}
	return &ast.BlockStmt{Lbrace: n.Pos(), List: append(append(first, values...), assign...)}
}

// literalsApart puts composite literals in parentheses. Without them the interpreter makes a literal where its variable is: it takes a
// definition of several for done, and the variable of a struct is another one afterwards for those who hold its address.
func literalsApart(values []ast.Expr) {
	for i, x := range values {
		if lit, ok := x.(*ast.CompositeLit); ok {
			values[i] = &ast.ParenExpr{Lparen: lit.Pos(), X: lit, Rparen: lit.End()}
		}
	}
}

// assignsAnew takes a, b := x, y apart where a is there already: the interpreter would make it a new variable, and what holds its
// address, a closure or a deferred function would keep the old one.
func (p *plainer) assignsAnew(c *astutil.Cursor, n *ast.AssignStmt) bool {
	if n.Tok != token.DEFINE || len(n.Lhs) < 2 || len(n.Lhs) != len(n.Rhs) || !inList(c) {
		return false
	}
	anew := false
	for _, x := range n.Lhs {
		if p.r.local(x) != nil {
			return false // of the session: see hoisted
		}
		anew = anew || p.info.Uses[x.(*ast.Ident)] != nil
	}
	if !anew {
		return false
	}
	var values, assign []ast.Stmt
	for i, x := range n.Lhs {
		v := p.r.temp("v")
		spec := &ast.ValueSpec{Names: []*ast.Ident{v}, Values: n.Rhs[i : i+1]}
		if !isBlank(x) {
			spec.Type = p.r.typeExpr(p.info.TypeOf(x))
		}
		tok := token.ASSIGN
		if p.info.Defs[x.(*ast.Ident)] != nil {
			tok = token.DEFINE
		}
		values = append(values, &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: n.TokPos, Tok: token.VAR, Specs: []ast.Spec{spec}}})
		assign = append(assign, &ast.AssignStmt{Lhs: []ast.Expr{x}, TokPos: n.TokPos, Tok: tok, Rhs: []ast.Expr{v}})
	}
	list := append(values, assign...)
	for _, st := range list[:len(list)-1] {
		c.InsertBefore(st)
	}
	c.Replace(list[len(list)-1])
	return true
}

// splitPost moves a parallel assignment from the head of a loop to the end of its body.
func (p *plainer) splitPost(n *ast.ForStmt) {
	if a, ok := n.Post.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN && len(a.Lhs) > 1 && len(a.Lhs) == len(a.Rhs) {
		n.Post = nil
		n.Body = &ast.BlockStmt{Lbrace: n.Body.Lbrace, Rbrace: n.Body.Rbrace, List: []ast.Stmt{n.Body, p.split(a)}}
	}
}

// several is the one call in a statement whose arguments are the results of another; nil when there is none or when what
// surrounds it is evaluated before.
func several(info *types.Info, st ast.Stmt) *ast.CallExpr {
	var x ast.Expr
	switch st := st.(type) {
	case *ast.ExprStmt:
		x = st.X
	case *ast.AssignStmt:
		if len(st.Rhs) == 1 && (st.Tok == token.DEFINE || st.Tok == token.ASSIGN) {
			for _, l := range st.Lhs {
				if _, ok := l.(*ast.Ident); !ok {
					return nil
				}
			}
			x = st.Rhs[0]
		}
	case *ast.ReturnStmt:
		if len(st.Results) == 1 {
			x = st.Results[0]
		}
	}
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
	case *ast.SelectorExpr:
		if id, ok := f.X.(*ast.Ident); !ok || info.Uses[id] == nil {
			return nil
		} else if _, pkg := info.Uses[id].(*types.PkgName); !pkg {
			return nil
		}
	default:
		return nil
	}
	if t, ok := info.Types[call.Args[0]].Type.(*types.Tuple); ok && t.Len() > 1 {
		return call
	}
	return nil
}

// resultsFirst takes the results of the inner call first.
func (p *plainer) resultsFirst(c *astutil.Cursor, st ast.Stmt) {
	call := several(p.info, st)
	if call == nil || c.Index() < 0 {
		return
	}
	define := &ast.AssignStmt{TokPos: st.Pos(), Tok: token.DEFINE, Rhs: call.Args}
	call.Args = nil
	for range p.info.Types[define.Rhs[0]].Type.(*types.Tuple).Len() {
		v := p.r.temp("v")
		define.Lhs = append(define.Lhs, v)
		call.Args = append(call.Args, v)
	}
	c.InsertBefore(define)
}

// deferrable tells a deferred call that deferLater can move into a function literal: of a function of a compiled package,
// which does not recover, or of close.
func deferrable(info *types.Info, call *ast.CallExpr) bool {
	for _, x := range call.Args {
		if t, ok := info.Types[x].Type.(*types.Tuple); ok && t.Len() != 1 {
			return false
		}
		if info.Types[x].IsNil() {
			return false
		}
	}
	fun := ast.Unparen(call.Fun)
	if id, ok := fun.(*ast.Ident); ok && info.Types[fun].IsBuiltin() {
		return id.Name == "close"
	}
	if named, ok := types.Unalias(info.TypeOf(fun)).(*types.Named); ok {
		return foreign(named.Obj()) // such as a context.CancelFunc
	}
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := info.Uses[sel.Sel].(*types.Func)
	if !ok || !foreign(f) || ownMethods[f.FullName()] != "" {
		return false
	}
	if s := info.Selections[sel]; s != nil {
		if types.IsInterface(s.Recv()) {
			return s.Obj().Pkg() != nil
		}
		_, have := s.Recv().Underlying().(*types.Pointer)
		_, want := f.Signature().Recv().Type().(*types.Pointer)
		return len(s.Index()) == 1 && (want || !have) // *p is copied now
	}
	return true
}

func foreign(obj types.Object) bool { return obj.Pkg() != nil && obj.Pkg().Path() != "main" }

// deferLater is a deferred call as a deferred function literal, after its arguments.
func (p *plainer) deferLater(c *astutil.Cursor, n *ast.DeferStmt) {
	call := n.Call
	if _, lit := call.Fun.(*ast.FuncLit); lit || c.Index() < 0 {
		return
	}
	now := func(x ast.Expr) ast.Expr {
		if _, lit := x.(*ast.BasicLit); lit {
			return x
		}
		v := p.r.temp("v")
		c.InsertBefore(&ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: n.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{x}})
		return v
	}
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		s := p.info.Selections[f]
		if s == nil {
			if _, function := p.info.Uses[f.Sel].(*types.Func); !function {
				call.Fun = now(call.Fun)
			}
			break
		}
		if s.Kind() == types.FieldVal {
			call.Fun = now(call.Fun)
			break
		}
		_, have := s.Recv().Underlying().(*types.Pointer)
		_, want := s.Obj().Type().(*types.Signature).Recv().Type().Underlying().(*types.Pointer)
		if want && !have {
			f.X = &ast.UnaryExpr{Op: token.AND, X: f.X}
		}
		f.X = now(f.X)
		if types.IsInterface(s.Recv()) { // there is no method of nil, and Go says so now
			fault := &ast.ExprStmt{X: &ast.CallExpr{Fun: p.r.runtime("NilFault"), Lparen: n.Pos(), Rparen: n.Pos()}}
			c.InsertBefore(&ast.IfStmt{
				If:   n.Pos(),
				Cond: &ast.BinaryExpr{X: f.X, Op: token.EQL, OpPos: n.Pos(), Y: ast.NewIdent("nil")},
				Body: &ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{fault}, Rbrace: n.Pos()},
			})
		}
	case *ast.Ident:
		if !p.info.Types[f].IsBuiltin() {
			call.Fun = now(call.Fun)
		}
	}
	for i, x := range call.Args {
		call.Args[i] = now(x)
	}
	n.Call = &ast.CallExpr{Fun: &ast.FuncLit{
		Type: &ast.FuncType{Func: n.Pos(), Params: &ast.FieldList{}},
		Body: &ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{&ast.ExprStmt{X: call}}, Rbrace: n.End()},
	}}
}
