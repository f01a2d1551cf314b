package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"runtime"
	"slices"

	"joule/kernel/session"
)

// A value in an interface with methods carries a table, one for each pair of an interface and a type, and compiled code compares
// these tables: in a == b, in map keys, in x.(T). A table that the interpreter has Go make at run time is not the one that a plugin brings
// along when it is opened later. So the plugin that declares a type or an interface brings the tables of all pairs with it, before
// any can be made, and those that are opened later share them.

// itabsName is a variable that holds a value of each pair.
const itabsName = "XItabs__"

var gcSizes = types.SizesFor("gc", runtime.GOARCH)

// usual are packages whose interfaces a type may implement in a cell that does not import them. Each plugin links them anyway.
var usual = []string{"fmt", "io", "sort", "encoding"}

// itabs declares the pairs of new types and interfaces; nil for none.
func (l *lowering) itabs(r *rewriter) []ast.Decl {
	var news, olds, interfaces, newInterfaces []types.Type
	fresh := map[*session.Object]bool{}
	sort := func(o *session.Object, concrete, interfaces *[]types.Type) {
		t := o.Obj.Type()
		i, ok := t.Underlying().(*types.Interface)
		switch {
		case o.Generic() || o.Name == "_" || isConstraint(t):
		case !ok:
			*concrete = append(*concrete, t)
		case i.NumMethods() > 0:
			*interfaces = append(*interfaces, t)
		}
	}
	for _, u := range l.c.Types {
		if _, alias := u.Object.Obj.Type().(*types.Alias); !alias {
			fresh[u.Object] = true
			sort(u.Object, &news, &newInterfaces)
		}
	}
	for _, o := range l.c.KnownTypes() {
		if !fresh[o] && o.Home != "" {
			sort(o, &olds, &interfaces)
		}
	}
	interfaces = append(interfaces, l.foreignInterfaces()...)
	list := &ast.FieldList{}
	lit := &ast.CompositeLit{}
	add := func(t, i types.Type) {
		for _, t := range []types.Type{t, types.NewPointer(t)} {
			if gcSizes.Sizeof(t) > 4096 { // a value of it would have to be made
				continue
			}
			if types.Implements(t, i.Underlying().(*types.Interface)) {
				list.List = append(list.List, &ast.Field{Names: []*ast.Ident{ast.NewIdent(fmt.Sprintf("f%d", len(lit.Elts)))}, Type: r.typeExpr(i)})
				lit.Elts = append(lit.Elts, &ast.StarExpr{X: &ast.CallExpr{Fun: ast.NewIdent("new"), Args: []ast.Expr{r.typeExpr(t)}}})
			}
		}
	}
	for _, t := range news {
		for _, i := range append(slices.Clone(newInterfaces), interfaces...) {
			add(t, i)
		}
	}
	for _, t := range olds {
		for _, i := range newInterfaces {
			add(t, i)
		}
	}
	if len(lit.Elts) == 0 {
		return nil
	}
	lit.Type = &ast.StructType{Fields: list}
	l.tables.itabs = append(l.tables.itabs, l.tables.alias(l.path)+"."+itabsName)
	return []ast.Decl{&ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(itabsName)}, Values: []ast.Expr{lit}}}}}
}

// foreignInterfaces are error and the interfaces of the packages that the cell uses, and of the usual ones.
func (l *lowering) foreignInterfaces() []types.Type {
	list := []types.Type{types.Universe.Lookup("error").Type()}
	packages := map[string]*types.Package{}
	for _, obj := range l.c.Info.Uses {
		if p, ok := obj.(*types.PkgName); ok && p.Imported().Path() != "unsafe" {
			packages[p.Imported().Path()] = p.Imported()
		}
	}
	for _, path := range usual {
		if p := l.c.Package(path); p != nil {
			packages[path] = p
		}
	}
	for _, path := range slices.Sorted(maps.Keys(packages)) {
		scope := packages[path].Scope()
		for _, name := range scope.Names() {
			obj, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || !obj.Exported() || obj.IsAlias() {
				continue
			}
			named, ok := obj.Type().(*types.Named)
			if !ok || named.TypeParams().Len() > 0 || isConstraint(named) {
				continue
			}
			if i, ok := named.Underlying().(*types.Interface); ok && i.NumMethods() > 0 {
				list = append(list, named)
			}
		}
	}
	return list
}
