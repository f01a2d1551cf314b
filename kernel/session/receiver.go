package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A method may name its type by an alias. What a cell has to bring along for a method is the type, so receivers are given its name.
func (c *checker) nameReceivers() {
	specs := map[string]*ast.TypeSpec{}
	for _, ts := range c.typeSpecs() {
		specs[ts.Name.Name] = ts
	}
	for _, d := range c.a.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) > 0 {
			c.nameReceiver(&f.Recv.List[0].Type, specs, len(specs)) // an alias of itself has an end, too
		}
	}
}

func (c *checker) nameReceiver(x *ast.Expr, specs map[string]*ast.TypeSpec, aliases int) {
	switch y := (*x).(type) {
	case *ast.ParenExpr:
		c.nameReceiver(&y.X, specs, aliases)
	case *ast.StarExpr:
		c.nameReceiver(&y.X, specs, aliases)
	case *ast.Ident:
		name, pointer := c.aliased(y.Name, specs)
		if name == "" || aliases < 0 {
			return
		}
		*x = &ast.Ident{NamePos: y.NamePos, Name: name}
		c.nameReceiver(x, specs, aliases-1)
		if pointer {
			*x = &ast.StarExpr{Star: y.NamePos, X: *x}
		}
	}
}

// aliased is the name that an alias, of the text or of the session, is another one for, and whether it is one for a pointer to that.
func (c *checker) aliased(name string, specs map[string]*ast.TypeSpec) (of string, pointer bool) {
	if ts := specs[name]; ts != nil {
		if !ts.Assign.IsValid() || ts.TypeParams.NumFields() > 0 {
			return "", false
		}
		t := ast.Unparen(ts.Type)
		if star, ok := t.(*ast.StarExpr); ok {
			t, pointer = ast.Unparen(star.X), true
		}
		if id, ok := t.(*ast.Ident); ok {
			return id.Name, pointer
		}
		return "", false
	}
	o := c.s.objects[name]
	if o == nil || o.Kind != Type || !o.Obj.(*types.TypeName).IsAlias() {
		return "", false
	}
	t := types.Unalias(o.Obj.Type())
	if p, ok := t.(*types.Pointer); ok {
		t, pointer = types.Unalias(p.Elem()), true
	}
	if n, ok := t.(*types.Named); ok && n.TypeArgs().Len() == 0 && specs[n.Obj().Name()] == nil {
		if to := c.s.objects[n.Obj().Name()]; to != nil && to.Obj == types.Object(n.Obj()) {
			return n.Obj().Name(), pointer
		}
	}
	return "", false
}

// homeless are the types whose methods are in the text, but which the text does not bring along: those that are stale, and those of
// packages that were imported with a dot. go/types expects to find in the text what a receiver names.
func (c *checker) homeless() (names []string) {
	for name := range c.methods {
		if t, ok := c.pkg.Scope().Lookup(name).(*types.TypeName); ok && c.specs[name] == nil && c.retained[name] == nil && t.Pkg() != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// strangers says which methods are for types of other packages.
func (c *checker) strangers() (ds Diagnostics) {
	for _, name := range c.homeless() {
		t := c.pkg.Scope().Lookup(name)
		if c.inserted[t] != nil {
			continue // which says itself that it is stale
		}
		for _, m := range c.methods[name] {
			ds = append(ds, c.s.position(c.a.fset, baseName(m), c.n, c.src, "cannot define new methods on non-local type "+t.Pkg().Name()+"."+name))
		}
	}
	return ds
}

func baseName(m *ast.FuncDecl) token.Pos {
	pos := m.Recv.Pos()
	ast.Inspect(m.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			pos = id.Pos()
		}
		return true
	})
	return pos
}
