package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"joule/kernel/session"
)

// A function that keeps the interpreter busy is compiled while it runs, and its slot holds the compiled version from then on.
// That reaches calls by name. A function that is held as a value, integrate(f), is the interpreted one for as long as it is
// held, so an interpreted function begins with a look at whether it has been compiled:
//
//	if f := *hot; f != nil { return f(x, y) }

// lookHot puts the look into an interpreted function, and returns the variable that it looks at.
func (l *lowering) lookHot(r *rewriter, u *session.FuncUnit, f *ast.FuncDecl) ast.Decl {
	id := "hot_" + u.Symbol
	if l.p.Hot == nil {
		l.p.Hot = map[string]string{}
	}
	l.p.Hot[u.Slot] = id
	l.p.Slots[slotName(id)] = id
	pos := f.Body.Lbrace
	slot := &ast.SelectorExpr{X: ast.NewIdent(r.alias(slotsPath, "slots")), Sel: ast.NewIdent(slotName(id))}
	name := "look__" + u.Symbol
	compiled := r.temp("f")
	call := &ast.CallExpr{Fun: compiled, Lparen: pos, Args: r.arguments(f.Type), Rparen: pos}
	sig := u.Object.Obj.Type().(*types.Signature)
	if sig.Variadic() {
		call.Ellipsis = pos
	}
	body := []ast.Stmt{&ast.ReturnStmt{Return: pos, Results: []ast.Expr{call}}}
	if sig.Results().Len() == 0 {
		body = []ast.Stmt{&ast.ExprStmt{X: call}, &ast.ReturnStmt{Return: pos}}
	}
	f.Body.List = append([]ast.Stmt{&ast.IfStmt{
		If:   pos,
		Init: define(compiled, &ast.StarExpr{Star: pos, X: ast.NewIdent(name)}),
		Cond: &ast.BinaryExpr{X: compiled, Op: token.NEQ, Y: ast.NewIdent("nil")},
		Body: &ast.BlockStmt{Lbrace: pos, List: body, Rbrace: pos},
	}}, f.Body.List...)
	return variable(ast.NewIdent(name), nil, slot)
}

// arguments are the parameters of a function as arguments. Those without a name get one.
func (r *rewriter) arguments(t *ast.FuncType) (list []ast.Expr) {
	for _, f := range t.Params.List {
		if len(f.Names) == 0 {
			f.Names = []*ast.Ident{ast.NewIdent("_")}
		}
		for i, id := range f.Names {
			if id.Name == "_" {
				f.Names[i] = r.temp("p")
			}
			list = append(list, ast.NewIdent(f.Names[i].Name))
		}
	}
	return list
}
