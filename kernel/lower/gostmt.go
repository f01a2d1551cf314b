package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// goStmt starts a goroutine that belongs to the cell and whose panic is the cell's. The function and its arguments are
// evaluated now, as in Go.
func (r *rewriter) goStmt(n *ast.GoStmt) ast.Stmt {
	call := n.Call
	if f, ok := call.Fun.(*ast.FuncLit); ok && len(call.Args) == 0 && f.Type.Results == nil {
		return &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Go"), Args: []ast.Expr{f}}}
	}
	block := &ast.BlockStmt{Lbrace: n.Go}
	sig := r.started[n]
	inner := &ast.CallExpr{Fun: call.Fun, Ellipsis: call.Ellipsis}
	if sig != nil && !r.isBuiltin(call.Fun) {
		if _, literal := call.Fun.(*ast.FuncLit); !literal {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && r.cell.Info.Selections[s] != nil {
				// A method value would be a detour: bind the receiver instead.
				v := r.temp("recv")
				block.List = append(block.List, define(v, r.receiver(s)))
				inner.Fun = &ast.SelectorExpr{X: v, Sel: s.Sel}
			} else if !ok {
				v := r.temp("f")
				block.List = append(block.List, define(v, call.Fun))
				inner.Fun = v
			}
		}
	}
	if n := r.spreads[n]; n > 1 { // f(g()), where g has several results
		var vs []ast.Expr
		for range n {
			vs = append(vs, r.temp("arg"))
		}
		block.List = append(block.List, &ast.AssignStmt{Lhs: vs, Tok: token.DEFINE, Rhs: call.Args})
		inner.Args, call.Args = vs, nil
	}
	for i, x := range call.Args {
		v := r.temp("arg")
		block.List = append(block.List, r.argument(v, x, sig, i, call.Ellipsis.IsValid()))
		inner.Args = append(inner.Args, v)
	}
	f := &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: inner}}}}
	block.List = append(block.List, &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Go"), Args: []ast.Expr{f}}})
	return block
}

// isBuiltin tells a function that can only be called.
func (r *rewriter) isBuiltin(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = r.cell.Info.Uses[id].(*types.Builtin)
	return ok
}

// receiver is what a method call binds: the address when the method has a pointer receiver.
func (r *rewriter) receiver(s *ast.SelectorExpr) ast.Expr {
	sel := r.cell.Info.Selections[s]
	f, _ := sel.Obj().(*types.Func)
	if f == nil {
		return s.X
	}
	_, pointer := f.Type().(*types.Signature).Recv().Type().(*types.Pointer)
	_, have := sel.Recv().Underlying().(*types.Pointer)
	if pointer && !have && len(sel.Index()) == 1 {
		return address(s.X)
	}
	return s.X
}

func (r *rewriter) argument(v *ast.Ident, x ast.Expr, sig *types.Signature, i int, spread bool) ast.Stmt {
	if sig == nil {
		return define(v, x)
	}
	params := sig.Params()
	var t types.Type
	switch {
	case sig.Variadic() && i >= params.Len()-1 && !spread:
		t = params.At(params.Len() - 1).Type().Underlying().(*types.Slice).Elem()
	case i < params.Len():
		t = params.At(i).Type()
	default:
		return define(v, x)
	}
	return &ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{v}, Type: r.typeExpr(t), Values: []ast.Expr{x}}}}}
}

func define(v *ast.Ident, x ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{v}, Tok: token.DEFINE, Rhs: []ast.Expr{x}}
}

// variable is var v T, or var v T = value.
func variable(v *ast.Ident, t ast.Expr, value ...ast.Expr) *ast.GenDecl {
	return &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{v}, Type: t, Values: value}}}
}
