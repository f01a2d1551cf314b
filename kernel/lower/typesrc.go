package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"joule/kernel/session"
)

// typeDecls writes the declarations of a new type: itself, its alias, by which generated source and other packages know it, and the
// accessors of its unexported fields. It returns the slots of its methods.
func (r *rewriter) typeDecls(u *session.TypeUnit) (decls []ast.Decl, methods []*ast.FuncDecl) {
	spec := r.rewrite(u.Spec).(*ast.TypeSpec)
	spec.Name = ast.NewIdent(u.Object.Name)
	decls = append(decls, &ast.GenDecl{TokPos: u.Spec.Pos(), Tok: token.TYPE, Specs: []ast.Spec{spec}})
	name := u.Object.Name
	r.inAlias = true
	params := r.typeParams(u.Object)
	r.inAlias = false
	if name == "_" {
		return decls, nil
	}
	decls = append(decls, &ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&ast.TypeSpec{
		Name: ast.NewIdent(ownName(name)), TypeParams: params, Assign: 1, Type: instantiated(name, params)}}})
	if named, ok := u.Object.Obj.Type().(*types.Named); ok {
		if st, ok := named.Underlying().(*types.Struct); ok && r.cell.FieldOwner(st) == u.Object {
			decls = append(decls, r.allAccessors(name, params, st)...)
		}
	}
	return decls, u.Methods
}

// unnamedDecls give a struct type without a name one that other packages can use, and its accessors, or declare a shape.
func (r *rewriter) unnamedDecls(o *session.Object) []ast.Decl {
	st := o.Obj.Type().Underlying().(*types.Struct)
	params := r.typeParams(o)
	alias := &ast.TypeSpec{Name: ast.NewIdent(o.Name), TypeParams: params, Assign: 1, Type: r.typeExpr(st)}
	decls := []ast.Decl{&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{alias}}}
	if o.Generic() {
		return decls
	}
	return append(decls, r.allAccessors(o.Name, nil, st)...)
}

func (r *rewriter) allAccessors(name string, params *ast.FieldList, st *types.Struct) (decls []ast.Decl) {
	for f := range st.Fields() {
		if !f.Exported() && f.Name() != "_" {
			decls = append(decls, r.accessors(name, params, st, f)...)
		}
	}
	return decls
}

// typeParams are the type parameters of a generic type as syntax, or nil.
func (r *rewriter) typeParams(o *session.Object) *ast.FieldList {
	t, ok := o.Obj.Type().(interface{ TypeParams() *types.TypeParamList }) // *types.Named, *types.Alias
	if !ok || t.TypeParams().Len() == 0 {
		return nil
	}
	return r.typeParamList(t.TypeParams())
}

// typeParamList declares type parameters. Those without a name get one: what we write instantiates with them.
func (r *rewriter) typeParamList(params *types.TypeParamList) *ast.FieldList {
	list := &ast.FieldList{}
	for i := range params.Len() {
		p := params.At(i)
		name := p.Obj().Name()
		if name == "_" {
			name = fmt.Sprintf("P%d__", i)
		}
		list.List = append(list.List, &ast.Field{Names: []*ast.Ident{ast.NewIdent(name)}, Type: r.typeExpr(p.Constraint())})
	}
	return list
}

func instantiated(name string, params *ast.FieldList) ast.Expr {
	var x ast.Expr = ast.NewIdent(name)
	if params == nil {
		return x
	}
	var args []ast.Expr
	for _, f := range params.List {
		args = append(args, ast.NewIdent(f.Names[0].Name))
	}
	return &ast.IndexListExpr{X: x, Indices: args}
}

// movable tells whether a function can have a value as an argument. It cannot be what only C may allocate, or larger than a stack.
func movable(t types.Type) bool { return elementSize(t) < 1<<28 && !incomplete(t) }

// incomplete tells a type that only C may allocate.
func incomplete(t types.Type) bool {
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		obj := u.Obj()
		return obj.Pkg() != nil && obj.Pkg().Path() == "runtime/cgo" && obj.Name() == "Incomplete" || incomplete(u.Underlying())
	case *types.Array:
		return incomplete(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if incomplete(f.Type()) {
				return true
			}
		}
	}
	return false
}

// ofC is an error for a new variable of the session that only C may allocate: its memory would be Go's.
func (l *lowering) ofC() error {
	var names []string
	for o := range l.c.New {
		if o.Kind == session.Var && incomplete(o.Obj.Type()) {
			names = append(names, o.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("only C may allocate a value that contains a cgo.Incomplete, and a cell keeps its variables where Go does: %s", strings.Join(names, ", "))
}

// accessors are XF, from a pointer to the field's address, and for structs that move XG, from a value to the field's value.
func (r *rewriter) accessors(name string, params *ast.FieldList, st *types.Struct, f *types.Var) []ast.Decl {
	t := func() ast.Expr { return instantiated(name, params) }
	field := func(pointer bool) ast.Expr {
		var x ast.Expr = ast.NewIdent("p__")
		if shape := r.cell.Shape(st); shape != nil && shape.Home != r.path && r.cell.FieldOwner(st) == nil {
			x = r.mirrored(st, x, pointer)
		}
		return &ast.SelectorExpr{X: x, Sel: ast.NewIdent(f.Name())}
	}
	one := func(kind string, from, to, result ast.Expr) ast.Decl {
		return &ast.FuncDecl{
			Name: ast.NewIdent(fmt.Sprintf("%s_%s_%s", kind, name, f.Name())),
			Type: &ast.FuncType{
				TypeParams: params,
				Params:     &ast.FieldList{List: []*ast.Field{{Names: []*ast.Ident{ast.NewIdent("p__")}, Type: from}}},
				Results:    &ast.FieldList{List: []*ast.Field{{Type: to}}},
			},
			Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ReturnStmt{Results: []ast.Expr{result}}}},
		}
	}
	decls := []ast.Decl{one("XF", &ast.StarExpr{X: t()}, &ast.StarExpr{X: r.typeExpr(f.Type())}, &ast.UnaryExpr{Op: token.AND, X: field(true)})}
	if movable(st) {
		decls = append(decls, one("XG", t(), r.typeExpr(f.Type()), field(false)))
	}
	return decls
}

// thinMethod is a method that calls its slot, and the slot.
func (r *rewriter) thinMethod(f *ast.FuncDecl, slot string) []ast.Decl {
	fn := r.cell.Info.Defs[f.Name].(*types.Func)
	sig := fn.Signature()
	recv := ast.NewIdent("recv__")
	typ := r.funcType(sig)
	call := &ast.CallExpr{Fun: ast.NewIdent(slotName(slot)), Args: []ast.Expr{recv}}
	for i, p := range typ.Params.List {
		id := ast.NewIdent(fmt.Sprintf("p%d__", i))
		p.Names = []*ast.Ident{id}
		call.Args = append(call.Args, id)
	}
	if sig.Variadic() {
		call.Ellipsis = 1
	}
	var body ast.Stmt = &ast.ExprStmt{X: call}
	if sig.Results().Len() > 0 {
		body = &ast.ReturnStmt{Results: []ast.Expr{call}}
	}
	slotType := r.funcType(sig)
	slotType.Params.List = append([]*ast.Field{{Type: r.typeExpr(sig.Recv().Type())}}, slotType.Params.List...)
	return []ast.Decl{
		&ast.FuncDecl{
			Recv: &ast.FieldList{List: []*ast.Field{{Names: []*ast.Ident{recv}, Type: r.typeExpr(sig.Recv().Type())}}},
			Name: ast.NewIdent(methodName(fn)), Type: typ, Body: &ast.BlockStmt{List: []ast.Stmt{body}},
		},
		&ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(slotName(slot))}, Type: slotType}}},
	}
}

// function is the declaration of a unit under its symbol; a method's receiver becomes the first parameter.
func (r *rewriter) function(u *session.FuncUnit, symbol string) *ast.FuncDecl {
	d := u.Decl
	typ := *d.Type
	if d.Recv != nil {
		params := &ast.FieldList{List: append(append([]*ast.Field{}, d.Recv.List...), d.Type.Params.List...)}
		for _, f := range params.List {
			if len(f.Names) == 0 { // names for all, or for none
				f.Names = []*ast.Ident{ast.NewIdent("_")}
			}
		}
		typ.Params = params
	}
	out := &ast.FuncDecl{Name: &ast.Ident{NamePos: d.Name.NamePos, Name: symbol}, Type: &typ, Body: d.Body}
	out = r.rewrite(out).(*ast.FuncDecl)
	r.check(out.Body)
	return out
}

// wholeMethod is a method that keeps its body: of a generic type, because a variable cannot be generic, or one that recovers.
func (r *rewriter) wholeMethod(d *ast.FuncDecl) *ast.FuncDecl {
	name := d.Name.Name
	out := r.rewrite(d).(*ast.FuncDecl)
	out.Name = ast.NewIdent(exportedMethod(name))
	r.check(out.Body)
	return out
}

func exportedMethod(name string) string { return exportedName(name) }
