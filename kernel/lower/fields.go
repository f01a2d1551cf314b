package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"

	"joule/kernel/instances"
	"joule/kernel/session"
)

// selector reaches unexported fields of session types through accessors, calls unexported methods by their exported name, and
// puts our own printing and exiting functions in the place of those that would bypass the cell.
func (r *rewriter) selector(c *astutil.Cursor, n *ast.SelectorExpr) {
	sel := r.cell.Info.Selections[n]
	if sel == nil {
		if r.stdin[n] {
			c.Replace(r.runtime("Stdin"))
			return
		}
		if f, ok := r.cell.Info.Uses[n.Sel].(*types.Func); ok && f.Pkg() != nil {
			if name := r.replaced(f); name != "" {
				c.Replace(r.runtime(name))
			} else if x := r.linked(n); x != nil {
				c.Replace(x)
			}
		}
		return
	}
	if f, ok := sel.Obj().(*types.Func); ok {
		n.Sel = &ast.Ident{NamePos: n.Sel.NamePos, Name: methodName(f)}
		return
	}
	x, t, addressable := n.X, sel.Recv(), r.addressable[n]
	changed := false
	for _, i := range sel.Index() {
		pointer := false
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t, pointer = p.Elem(), true
		}
		st := t.Underlying().(*types.Struct)
		f := st.Field(i)
		owner, there := r.owner(t)
		switch {
		case f.Exported() || there:
			x = &ast.SelectorExpr{X: x, Sel: &ast.Ident{NamePos: n.Sel.NamePos, Name: f.Name()}}
		case owner == nil && !pointer && addressable:
			x, pointer = address(x), true
			fallthrough
		case owner == nil:
			x = &ast.SelectorExpr{X: r.mirrored(t, x, pointer), Sel: &ast.Ident{NamePos: n.Sel.NamePos, Name: f.Name()}}
			changed = true
		case pointer:
			x = deref(r.accessor("XF", owner, t, f, x))
			changed = true
		case addressable:
			x = deref(r.accessor("XF", owner, t, f, address(x)))
			changed = true
		default:
			x = r.accessor("XG", owner, t, f, x)
			changed = true
		}
		addressable = pointer || addressable
		t = f.Type()
	}
	if changed {
		c.Replace(x)
	}
}

// owner is the session type with accessors for the fields of t; nil for none. With there they need none: they were written in the
// package being written.
func (r *rewriter) owner(t types.Type) (o *session.Object, there bool) {
	o = r.fieldsOf(t)
	if o == nil || o.Home == r.path {
		return nil, true
	}
	st := t.Underlying().(*types.Struct)
	if r.cell.FieldOwner(st) != o { // without a name
		if r.tier == Compile {
			return nil, false
		}
		return r.cell.StructObject(st), false
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && o.Generic() && named.Origin().Obj() != o.Obj {
		return nil, false // declared as an instance
	}
	return o, false
}

// accessor calls an accessor of o for a field of x, which is of type t or, for XF, a pointer to it.
func (r *rewriter) accessor(kind string, o *session.Object, t types.Type, f *types.Var, x ast.Expr) ast.Expr {
	name := fmt.Sprintf("%s_%s_%s", kind, o.Name, f.Name())
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Origin().Obj() != o.Obj && !o.Generic() { // declared as the other
		as := r.typeRef(o)
		if kind == "XF" {
			as = &ast.StarExpr{X: as}
		}
		x = conversion(as, x)
	}
	return &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent(r.homeAlias(o)), Sel: ast.NewIdent(name)}, Args: []ast.Expr{x}}
}

// linked is the linked instance of a generic function of the library, for the interpreter.
func (r *rewriter) linked(n *ast.SelectorExpr) ast.Expr {
	symbol := linkedInstance(r.cell.Info, n.Sel)
	if r.tier == Compile || symbol == "" {
		return nil
	}
	pkg := &ast.Ident{NamePos: n.Pos(), Name: r.alias(instances.Path, "instances")}
	return &ast.SelectorExpr{X: pkg, Sel: &ast.Ident{NamePos: n.Sel.NamePos, Name: symbol}}
}

// linkedInstance is the symbol of an instance that is linked into the worker, "" when there is none.
func linkedInstance(info *types.Info, id *ast.Ident) string {
	inst, ok := info.Instances[id]
	f, isFunc := info.Uses[id].(*types.Func)
	if !ok || !isFunc {
		return ""
	}
	return instances.Symbol(f, inst.TypeArgs)
}

// replaced names our own version of a function of the standard library. The interpreter already prints to the cell.
func (r *rewriter) replaced(f *types.Func) string {
	switch f.FullName() {
	case "os.Exit", "syscall.Exit":
		return "Exit"
	case "time.AfterFunc":
		return "AfterFunc"
	case "context.AfterFunc":
		return "AfterContext"
	case "strings.Repeat", "bytes.Repeat":
		return map[string]string{"strings": "RepeatString", "bytes": "RepeatBytes"}[f.Pkg().Path()]
	case "log.Fatal", "log.Fatalf", "log.Fatalln":
		return "Log" + f.Name()
	case "fmt.Print", "fmt.Printf", "fmt.Println", "fmt.Scan", "fmt.Scanf", "fmt.Scanln", "time.Sleep":
		return f.Name()
	}
	return ""
}

// literal makes a function call of a struct literal that sets unexported fields of another package's type.
func (r *rewriter) literal(c *astutil.Cursor, n *ast.CompositeLit) {
	t := r.cell.Info.Types[n].Type
	if t == nil {
		return
	}
	pointer := false
	if p, ok := coreType(t).(*types.Pointer); ok && n.Type == nil {
		t, pointer = p.Elem(), true
	}
	st, ok := coreType(t).(*types.Struct)
	if !ok {
		return
	}
	owner, there := r.owner(t)
	if there || !unexported(st, n) {
		return
	}
	v := r.temp("v")
	if owner == nil {
		n.Type = r.structType(st)
		as := &ast.CallExpr{Fun: &ast.IndexExpr{X: r.runtime("As"), Index: r.typeExpr(t)}, Args: []ast.Expr{n}}
		r.made(c, t, pointer, v, []ast.Stmt{define(v, as)})
		return
	}
	body := []ast.Stmt{&ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{v}, Type: r.typeExpr(t)}}}}}
	for i, x := range n.Elts {
		f := st.Field(min(i, st.NumFields()-1))
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			x = kv.Value
			for g := range st.Fields() {
				if g.Name() == kv.Key.(*ast.Ident).Name {
					f = g
				}
			}
		}
		var field ast.Expr = &ast.SelectorExpr{X: v, Sel: ast.NewIdent(f.Name())}
		if !f.Exported() {
			// Not (*p): the interpreter loses (*p) = T{…}.
			field = &ast.StarExpr{X: r.accessor("XF", owner, t, f, &ast.UnaryExpr{Op: token.AND, X: v})}
		}
		body = append(body, &ast.AssignStmt{Lhs: []ast.Expr{field}, Tok: token.ASSIGN, Rhs: []ast.Expr{x}})
	}
	r.made(c, t, pointer, v, body)
}

// made puts a call of a function that makes v in the place of a literal.
func (r *rewriter) made(c *astutil.Cursor, t types.Type, pointer bool, v *ast.Ident, body []ast.Stmt) {
	var result, value ast.Expr = r.typeExpr(t), v
	if pointer {
		result, value = &ast.StarExpr{X: result}, &ast.UnaryExpr{Op: token.AND, X: v}
	}
	body = append(body, &ast.ReturnStmt{Results: []ast.Expr{value}})
	f := &ast.FuncLit{
		Type: &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: result}}}},
		Body: &ast.BlockStmt{List: body},
	}
	call := &ast.CallExpr{Fun: f}
	r.literals[call] = f
	c.Replace(call)
}

func unexported(st *types.Struct, n *ast.CompositeLit) bool {
	for i, x := range n.Elts {
		name := st.Field(min(i, st.NumFields()-1)).Name()
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			name = kv.Key.(*ast.Ident).Name
		}
		if !token.IsExported(name) {
			return true
		}
	}
	return false
}

// addressOf simplifies &*p, and takes the address inside the function that a literal became.
func (r *rewriter) addressOf(c *astutil.Cursor, n *ast.UnaryExpr) {
	x := n.X
	for p, ok := x.(*ast.ParenExpr); ok && r.literals[p.X] != nil; p, ok = x.(*ast.ParenExpr) {
		x = p.X
	}
	if f := r.literals[x]; f != nil {
		f.Type.Results.List[0].Type = &ast.StarExpr{X: f.Type.Results.List[0].Type}
		ret := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
		ret.Results[0] = &ast.UnaryExpr{Op: token.AND, X: ret.Results[0]}
		c.Replace(x)
		return
	}
	if y := address(x); y != x {
		if _, same := y.(*ast.UnaryExpr); !same {
			c.Replace(y)
		}
	}
}

// noteStdin finds os.Stdin where any reader does: an argument for an interface parameter, and a call of its Read method. The
// person is asked for a line there.
func (r *rewriter) noteStdin(call *ast.CallExpr) {
	is := func(x ast.Expr) *ast.SelectorExpr {
		s, ok := ast.Unparen(x).(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		if v, ok := r.cell.Info.Uses[s.Sel].(*types.Var); !ok || v.Pkg() == nil || v.Pkg().Path() != "os" || v.Name() != "Stdin" {
			return nil
		}
		return s
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Read" {
		if s := is(method.X); s != nil {
			r.stdin[s] = true
		}
	}
	sig, ok := r.cell.Info.Types[call.Fun].Type.(*types.Signature)
	if !ok {
		return
	}
	for i, x := range call.Args {
		if s := is(x); s != nil && i < sig.Params().Len() && types.IsInterface(sig.Params().At(i).Type()) {
			r.stdin[s] = true
		}
	}
}

// printedInterfaces marks the arguments of print and println that are interfaces, which print as two words.
func (r *rewriter) printedInterfaces(n *ast.CallExpr) {
	id, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok {
		return
	}
	if b, ok := r.cell.Info.Uses[id].(*types.Builtin); !ok || b.Name() != "print" && b.Name() != "println" {
		return
	}
	for i, x := range n.Args {
		if t := r.cell.Info.Types[x].Type; t != nil && types.IsInterface(t) && !isTypeParam(t) {
			n.Args[i] = &ast.CallExpr{Fun: r.runtime("Builtininterface"), Args: []ast.Expr{x}}
		}
	}
}

// coreType is the type that a literal of t is one of: of a type parameter, what all its types are.
func coreType(t types.Type) types.Type {
	u := t.Underlying()
	i, ok := u.(*types.Interface)
	if !ok || !isTypeParam(t) {
		return u
	}
	for e := range i.EmbeddedTypes() {
		if union, ok := e.(*types.Union); ok && union.Len() > 0 {
			e = union.Term(0).Type()
		}
		if _, ok := e.Underlying().(*types.Interface); !ok {
			return e.Underlying()
		}
	}
	return u
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// parametric tells whether a type is made with a type parameter.
func parametric(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if parametric(a) {
				return true
			}
		}
	case *types.Map:
		return parametric(t.Key()) || parametric(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		return parametric(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if parametric(f.Type()) {
				return true
			}
		}
	case *types.Signature:
		for v := range t.Params().Variables() {
			if parametric(v.Type()) {
				return true
			}
		}
		for v := range t.Results().Variables() {
			if parametric(v.Type()) {
				return true
			}
		}
	}
	return false
}
