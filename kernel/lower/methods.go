package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// The interpreter gets a method value as a function that has the receiver, and a method expression as a function that takes it:
//
//	x.M    func(recv T) func(int) bool { return func(p int) bool { return recv.M(p) } }(x)
//	T.M    func(recv T, p int) bool { return recv.M(p) }

// bindable tells a method value or expression that can be had so: of a type with a name, that is no interface, where taking the
// receiver cannot fail.
func bindable(info *types.Info, n *ast.SelectorExpr) bool {
	sel := info.Selections[n]
	recv := sel.Recv()
	p, pointer := types.Unalias(recv).(*types.Pointer)
	if pointer {
		recv = p.Elem()
	}
	if len(sel.Index()) != 1 || !assertable(recv) {
		return false
	}
	if sel.Kind() == types.MethodVal {
		return wantsPointer(sel) == pointer || info.Types[n.X].Addressable()
	}
	return true
}

// wantsPointer tells a method with a pointer receiver.
func wantsPointer(sel *types.Selection) bool {
	_, ok := types.Unalias(sel.Obj().(*types.Func).Signature().Recv().Type()).(*types.Pointer)
	return ok
}

// method replaces a method value or expression. A method that is called where it stands is neither.
func (p *plainer) method(c *astutil.Cursor, n *ast.SelectorExpr) {
	sel := p.info.Selections[n]
	if sel == nil || sel.Kind() == types.FieldVal {
		return
	}
	if call, ok := c.Parent().(*ast.CallExpr); sel.Kind() == types.MethodVal && ok && call.Fun == ast.Expr(n) {
		return
	}
	f := sel.Obj().(*types.Func)
	recv, x := sel.Recv(), n.X
	if _, have := types.Unalias(recv).(*types.Pointer); sel.Kind() == types.MethodVal && wantsPointer(sel) && !have {
		recv, x = types.NewPointer(recv), &ast.UnaryExpr{OpPos: n.Pos(), Op: token.AND, X: x}
	}
	sig := f.Signature()
	typ := p.r.funcType(sig)
	pos := p.r.turnPos()
	call := &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent("recv__"), Sel: ast.NewIdent(methodName(f))}}
	for i, param := range typ.Params.List {
		name := fmt.Sprintf("p%d__", i)
		param.Names = []*ast.Ident{ast.NewIdent(name)}
		call.Args = append(call.Args, ast.NewIdent(name))
	}
	if sig.Variadic() {
		call.Ellipsis = pos
	}
	var st ast.Stmt = &ast.ExprStmt{X: call}
	if sig.Results().Len() > 0 {
		st = &ast.ReturnStmt{Results: []ast.Expr{call}}
	}
	inner := &ast.FuncLit{Type: typ, Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{st}}}
	receiver := &ast.Field{Names: []*ast.Ident{ast.NewIdent("recv__")}, Type: p.r.typeExpr(recv)}
	if sel.Kind() == types.MethodExpr {
		typ.Params.List = append([]*ast.Field{receiver}, typ.Params.List...)
		c.Replace(inner)
		return
	}
	c.Replace(&ast.CallExpr{Lparen: n.Pos(), Rparen: n.End(), Args: []ast.Expr{x}, Fun: &ast.FuncLit{
		Type: &ast.FuncType{Params: &ast.FieldList{List: []*ast.Field{receiver}}, Results: &ast.FieldList{List: []*ast.Field{{Type: p.r.funcType(sig)}}}},
		Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{&ast.ReturnStmt{Results: []ast.Expr{inner}}}},
	}})
}
