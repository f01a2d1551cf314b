package lower

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"

	"joule/kernel/session"
)

// entry is the function that runs the cell: func init, the statements, func main.
func (l *lowering) entry(r *rewriter, name string) (decls []ast.Decl) {
	var list []ast.Stmt
	if l.usesCtx() {
		ctx := ast.NewIdent("ctx")
		list = append(list, define(ctx, &ast.CallExpr{Fun: r.runtime("Context")}),
			&ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{ctx}})
	}
	r.noteTargets(l.c.Body)
	inits := l.inits(r, &decls)
	for i, st := range l.c.Body.Body.List {
		if d, ok := st.(*ast.DeclStmt); !ok || d.Decl.(*ast.GenDecl).Tok != token.VAR {
			list, inits = append(list, inits...), nil
		}
		if slices.Contains(l.c.Pauses, i) {
			n := &ast.BasicLit{ValuePos: st.Pos(), Kind: token.INT, Value: strconv.Itoa(i)}
			list = append(list, &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Pause"), Args: []ast.Expr{n}}})
		}
		list = append(list, r.mark(st.Pos(), i))
		if i > 0 { // the one before may have been a call that does not listen
			list = append(list, r.stopCheck(st.Pos()))
		}
		if es, ok := st.(*ast.ExprStmt); ok {
			switch {
			case es.X == l.c.Last && l.c.Last != nil:
				st = &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Show"), Args: []ast.Expr{es.X}}}
			case l.c.Info.Types[es.X].Value != nil, l.c.Info.Types[es.X].IsNil():
				st = &ast.EmptyStmt{Semicolon: es.Pos()}
			case l.onlyValue(es.X): // a notebook has it as its last statement: nothing is shown of `x;`
				st = &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, TokPos: es.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{es.X}}
			}
		}
		if r.tier == Interpret {
			st = r.simpler(st, nil)
			for _, check := range r.boundedStmt(st) {
				list = append(list, r.rewrite(check).(ast.Stmt))
			}
		}
		if loop, ok := st.(*ast.ForStmt); ok && r.tier == Interpret {
			r.noteCondition(loop)
		}
		for _, st := range r.hoisted(st) {
			list = append(list, r.rewrite(st).(ast.Stmt))
		}
	}
	list = append(list, inits...)
	if l.c.Main != nil {
		list = append(list, &ast.ExprStmt{X: &ast.CallExpr{Fun: deref(r.slot(l.c.Main.Object))}})
	}
	body := &ast.BlockStmt{List: list}
	f := &ast.FuncDecl{Name: ast.NewIdent(name), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: body}
	return append(decls, f)
}

// onlyValue tells an expression that Go does not have as a statement.
func (l *lowering) onlyValue(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		tv := l.c.Info.Types[x.Fun]
		if !tv.IsBuiltin() {
			return tv.IsType() // a conversion
		}
		id, _ := ast.Unparen(x.Fun).(*ast.Ident)
		return id == nil || !slices.Contains([]string{"clear", "close", "copy", "delete", "panic", "print", "println", "recover"}, id.Name)
	case *ast.UnaryExpr:
		return x.Op != token.ARROW
	}
	return l.c.Info.Types[x].IsValue()
}

// inits defines the init functions and returns their calls, which come after the variables that the cell begins with, as in a
// program.
func (l *lowering) inits(r *rewriter, decls *[]ast.Decl) (calls []ast.Stmt) {
	for _, u := range l.c.Inits {
		*decls = append(*decls, r.function(u, u.Symbol))
		calls = append(calls, &ast.ExprStmt{X: &ast.CallExpr{Fun: ast.NewIdent(u.Symbol)}})
	}
	return calls
}

// usesCtx tells whether the statements use the predeclared ctx.
func (l *lowering) usesCtx() bool {
	used := false
	ast.Inspect(l.c.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "ctx" {
			obj := l.c.Info.Uses[id]
			used = used || obj != nil && obj.Parent() == l.c.Pkg.Scope() && l.c.Objects[obj] == nil
		}
		return true
	})
	return used
}

// mark notes which statement runs, so that an error knows what had completed.
func (r *rewriter) mark(pos token.Pos, i int) ast.Stmt {
	var at ast.Expr = &ast.Ident{NamePos: pos, Name: atName}
	if r.tier == Interpret {
		at = &ast.StarExpr{Star: pos, X: &ast.SelectorExpr{X: ast.NewIdent(r.alias(slotsPath, "slots")), Sel: ast.NewIdent(r.at)}}
	}
	return &ast.AssignStmt{Lhs: []ast.Expr{at}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{intLiteral(pos, i)}}
}

// hoisted turns declarations of top-level variables into assignments: the variables live in slots.
func (r *rewriter) hoisted(st ast.Stmt) []ast.Stmt {
	switch st := st.(type) {
	case *ast.LabeledStmt:
		if a, ok := st.Stmt.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			a.Tok = token.ASSIGN
		}
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			return r.assign(st.Pos(), st.Lhs, st.Rhs)
		}
	case *ast.DeclStmt:
		g := st.Decl.(*ast.GenDecl)
		if g.Tok != token.VAR {
			break
		}
		var list []ast.Stmt
		for _, sp := range g.Specs {
			v := sp.(*ast.ValueSpec)
			var lhs []ast.Expr
			for _, id := range v.Names {
				lhs = append(lhs, id)
			}
			if len(v.Values) > 0 {
				list = append(list, r.assign(v.Pos(), lhs, v.Values)...)
				continue
			}
			for _, id := range v.Names {
				list = append(list, r.zero(id)...)
			}
		}
		return list
	}
	return []ast.Stmt{st}
}

// zero sets a variable that is declared without a value, also when the cell runs again.
func (r *rewriter) zero(id *ast.Ident) []ast.Stmt {
	o := r.local(id)
	if o == nil {
		return nil
	}
	z := r.temp("zero")
	return []ast.Stmt{
		&ast.DeclStmt{Decl: variable(z, r.typeExpr(o.Obj.Type()))},
		&ast.AssignStmt{Lhs: []ast.Expr{id}, TokPos: id.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{z}},
	}
}

func (r *rewriter) local(x ast.Expr) *session.Object {
	id, ok := x.(*ast.Ident)
	if !ok {
		return nil
	}
	obj := r.cell.Info.Defs[id]
	if obj == nil {
		obj = r.cell.Info.Uses[id]
	}
	return r.object(obj)
}

// assign is lhs = rhs. For the interpreter it takes one typed step at a time: an assignment of several values to memory that
// is reached through pointers is beyond it, and a constant needs its type.
func (r *rewriter) assign(pos token.Pos, lhs, rhs []ast.Expr) []ast.Stmt {
	if len(lhs) == 1 {
		rhs = r.convert(lhs, rhs)
	}
	if r.tier == Compile || len(lhs) == 1 {
		return []ast.Stmt{&ast.AssignStmt{Lhs: lhs, TokPos: pos, Tok: token.ASSIGN, Rhs: rhs}}
	}
	var list, after []ast.Stmt
	var temps []ast.Expr
	for i, x := range lhs {
		o := r.local(x)
		if o == nil && len(rhs) < len(lhs) {
			temps = append(temps, ast.NewIdent("_"))
			continue
		}
		v := r.temp("v")
		temps = append(temps, v)
		if len(rhs) == len(lhs) {
			spec := &ast.ValueSpec{Names: []*ast.Ident{v}, Values: []ast.Expr{rhs[i]}}
			if o != nil {
				spec.Type = r.typeExpr(o.Obj.Type())
			}
			list = append(list, &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: pos, Tok: token.VAR, Specs: []ast.Spec{spec}}})
		}
		if o == nil {
			after = append(after, &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{v}})
		} else {
			after = append(after, &ast.AssignStmt{Lhs: []ast.Expr{x}, Tok: token.ASSIGN, Rhs: []ast.Expr{v}})
		}
	}
	if len(rhs) < len(lhs) {
		list = append(list, &ast.AssignStmt{Lhs: temps, TokPos: pos, Tok: token.DEFINE, Rhs: rhs})
	}
	return append(list, after...)
}

// convert gives a constant the type of its variable.
func (r *rewriter) convert(lhs, rhs []ast.Expr) []ast.Expr {
	o := r.local(lhs[0])
	if o == nil || r.cell.Info.Types[rhs[0]].Value == nil {
		return rhs
	}
	return []ast.Expr{conversion(r.typeExpr(o.Obj.Type()), rhs...)}
}

func intLiteral(pos token.Pos, n int) ast.Expr {
	return &ast.BasicLit{ValuePos: pos, Kind: token.INT, Value: strconv.Itoa(n)}
}
