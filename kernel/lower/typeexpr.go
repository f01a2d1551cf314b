package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// typeExpr is t as syntax in the package being written.
func (r *rewriter) typeExpr(t types.Type) ast.Expr {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return &ast.SelectorExpr{X: ast.NewIdent(r.alias("unsafe", "unsafe")), Sel: ast.NewIdent("Pointer")}
		}
		return ast.NewIdent(types.Default(t).(*types.Basic).Name())
	case *types.Alias:
		if t.TypeArgs().Len() == 0 {
			if x := r.typeName(t.Obj()); x != nil {
				return x
			}
		}
		return r.typeExpr(types.Unalias(t))
	case *types.Named:
		x := r.typeName(t.Obj())
		if x == nil {
			x = ast.NewIdent(t.Obj().Name())
		}
		return r.instance(x, t.TypeArgs())
	case *types.TypeParam:
		return ast.NewIdent(t.Obj().Name())
	case *types.Pointer:
		return &ast.StarExpr{X: r.typeExpr(t.Elem())}
	case *types.Slice:
		return &ast.ArrayType{Elt: r.typeExpr(t.Elem())}
	case *types.Array:
		return &ast.ArrayType{Len: &ast.BasicLit{Kind: token.INT, Value: strconv.FormatInt(t.Len(), 10)}, Elt: r.typeExpr(t.Elem())}
	case *types.Map:
		return &ast.MapType{Key: r.typeExpr(t.Key()), Value: r.typeExpr(t.Elem())}
	case *types.Chan:
		dir := map[types.ChanDir]ast.ChanDir{types.SendRecv: ast.SEND | ast.RECV, types.SendOnly: ast.SEND, types.RecvOnly: ast.RECV}[t.Dir()]
		return &ast.ChanType{Dir: dir, Value: &ast.ParenExpr{X: r.typeExpr(t.Elem())}}
	case *types.Signature:
		return r.funcType(t)
	case *types.Struct:
		if x := r.structRef(t); x != nil {
			return x
		}
		return r.structType(t)
	case *types.Interface:
		return r.interfaceType(t)
	case *types.Union:
		return r.union(t)
	}
	panic(fmt.Sprintf("lower: type %v has no syntax", t))
}

// conversion is t(x). The type has brackets only where it needs them: in the interpreter (T)(x) is not quite the same.
func conversion(t ast.Expr, x ...ast.Expr) *ast.CallExpr {
	switch t.(type) {
	case *ast.ChanType, *ast.FuncType, *ast.StarExpr:
		t = &ast.ParenExpr{X: t}
	}
	return &ast.CallExpr{Fun: t, Args: x}
}

func (r *rewriter) instance(x ast.Expr, args *types.TypeList) ast.Expr {
	var list []ast.Expr
	for a := range args.Types() {
		list = append(list, r.typeExpr(a))
	}
	switch len(list) {
	case 0:
		return x
	case 1:
		return &ast.IndexExpr{X: x, Index: list[0]}
	}
	return &ast.IndexListExpr{X: x, Indices: list}
}

// typeName refers to a declared type; nil for one that the function being written declares itself.
func (r *rewriter) typeName(obj *types.TypeName) ast.Expr {
	if obj.Pkg() == nil {
		return ast.NewIdent(obj.Name()) // error, any, comparable
	}
	if obj.Pkg().Path() != "main" {
		return &ast.SelectorExpr{X: ast.NewIdent(r.alias(obj.Pkg().Path(), obj.Pkg().Name())), Sel: ast.NewIdent(obj.Name())}
	}
	o := r.object(obj)
	switch {
	case o == nil:
		return nil
	case o.Home == r.path && r.inAlias:
		return ast.NewIdent(o.Name)
	case o.Home == r.path:
		return ast.NewIdent(ownName(o.Name))
	}
	return r.typeRef(o)
}

func (r *rewriter) funcType(t *types.Signature) *ast.FuncType {
	return &ast.FuncType{Params: r.fields(t.Params(), t.Variadic()), Results: r.fields(t.Results(), false)}
}

func (r *rewriter) fields(t *types.Tuple, variadic bool) *ast.FieldList {
	list := &ast.FieldList{}
	for i := range t.Len() {
		x := r.typeExpr(t.At(i).Type())
		if variadic && i == t.Len()-1 {
			if s, ok := x.(*ast.ArrayType); ok && s.Len == nil {
				x = &ast.Ellipsis{Elt: s.Elt}
			}
		}
		list.List = append(list.List, &ast.Field{Type: x})
	}
	return list
}

func (r *rewriter) structType(t *types.Struct) ast.Expr {
	list := &ast.FieldList{}
	for i := range t.NumFields() {
		f := t.Field(i)
		field := &ast.Field{Type: r.typeExpr(f.Type())}
		if f.Embedded() {
			field.Type = r.embedded(f)
		} else {
			field.Names = []*ast.Ident{ast.NewIdent(f.Name())}
		}
		if tag := t.Tag(i); tag != "" {
			field.Tag = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(tag)}
		}
		list.List = append(list.List, field)
	}
	return &ast.StructType{Fields: list}
}

// embedded is the type of an embedded field, which must have the field's name.
func (r *rewriter) embedded(f *types.Var) ast.Expr {
	t, pointer := f.Type(), false
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t, pointer = p.Elem(), true
	}
	x := r.typeExpr(t)
	if id, ok := x.(*ast.Ident); ok && id.Name == ownName(f.Name()) {
		x = ast.NewIdent(f.Name())
	} else if named, ok := types.Unalias(t).(*types.Named); ok && named.TypeArgs().Len() == 0 {
		if y := r.embeddedName(r.object(named.Obj())); y != nil {
			x = y
		}
	}
	if pointer {
		x = &ast.StarExpr{X: x}
	}
	return x
}

func (r *rewriter) interfaceType(t *types.Interface) ast.Expr {
	list := &ast.FieldList{}
	for m := range t.ExplicitMethods() {
		name := ast.NewIdent(methodName(m))
		list.List = append(list.List, &ast.Field{Names: []*ast.Ident{name}, Type: r.funcType(m.Type().(*types.Signature))})
	}
	for e := range t.EmbeddedTypes() {
		list.List = append(list.List, &ast.Field{Type: r.typeExpr(e)})
	}
	return &ast.InterfaceType{Methods: list}
}

func (r *rewriter) union(t *types.Union) ast.Expr {
	var x ast.Expr
	for term := range t.Terms() {
		y := r.typeExpr(term.Type())
		if term.Tilde() {
			y = &ast.UnaryExpr{Op: token.TILDE, X: y}
		}
		if x == nil {
			x = y
		} else {
			x = &ast.BinaryExpr{X: x, Op: token.OR, Y: y}
		}
	}
	return x
}

// methodName is what a method is called in lowered source.
func methodName(m *types.Func) string {
	if m.Exported() || m.Pkg() == nil || m.Pkg().Path() != "main" {
		return m.Name()
	}
	return "X_" + m.Name()
}
