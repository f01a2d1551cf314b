package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// sort puts the declarations of the assembled file in their places, and turns methods of types that stay as they are into
// functions: go/types must not see the type a second time, or its values would no longer fit.
//
// It asks for another round when a method of the cell makes an earlier cell's type a new one, which then belongs to the text.
func (c *checker) sort() (again bool) {
	c.declared, c.specs, c.methods = map[string]bool{}, map[string]*ast.TypeSpec{}, map[string][]*ast.FuncDecl{}
	c.retained, c.packages, c.names = map[string]map[string]bool{}, map[string]string{}, map[string]bool{}
	c.funcs, c.consts = nil, nil
	c.nameReceivers()
	identifiers(c.a.file, c.names)
	for _, d := range c.a.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch {
			case d == c.a.body:
			case d.Recv != nil:
				c.methods[receiver(d)] = append(c.methods[receiver(d)], d)
			default:
				c.funcs = append(c.funcs, d)
				if d.Name.Name != "init" && d.Name.Name != "_" {
					c.declared[d.Name.Name] = true
				}
			}
		case *ast.GenDecl:
			switch d.Tok {
			case token.TYPE:
				for _, sp := range d.Specs {
					ts := sp.(*ast.TypeSpec)
					c.specs[ts.Name.Name] = ts
					c.declared[ts.Name.Name] = true
				}
			case token.VAR:
				c.declared[d.Specs[0].(*ast.ValueSpec).Names[0].Name] = true
			case token.CONST:
				c.blankOthers(d)
				c.consts = append(c.consts, d)
				for _, sp := range d.Specs {
					for _, id := range sp.(*ast.ValueSpec).Names {
						c.declared[id.Name] = true
					}
				}
			}
		}
	}
	return c.retain()
}

// blankOthers leaves of a carried group of constants the names that are carried: others mean something else by now. They keep
// their places, which decide iota.
func (c *checker) blankOthers(g *ast.GenDecl) {
	if cellOf(c.a.fset.Position(g.Pos()).Filename, c.n) == c.n {
		return
	}
	for _, sp := range g.Specs {
		for _, id := range sp.(*ast.ValueSpec).Names {
			if o := c.s.objects[id.Name]; !slices.Contains(c.carried, id.Name) || c.hoisted[id.Name] != "" || o.Cell != c.s.Number(cellOf(c.a.fset.Position(id.Pos()).Filename, c.n)) {
				id.Name = "_"
			}
		}
	}
}

// retain finds the types whose layout and method set stay as they are.
func (c *checker) retain() (again bool) {
	// A method of an earlier cell's type brings the type with it.
	for _, name := range slices.Sorted(maps.Keys(c.methods)) {
		if c.specs[name] != nil {
			continue
		}
		o := c.s.objects[name]
		if o == nil || o.Kind != Type {
			continue // the type checker says what is wrong
		}
		if o.Stale != "" { // which is said, or it fits again, and is carried
			c.ownsMethods(name)
			continue
		}
		if !c.sameMethods(o, name) || !c.sameWhole(o, name) || o.Generic() {
			if !slices.Contains(c.carried, name) {
				c.carried = append(c.carried, name)
				again = true
				c.ownsMethods(name)
			}
		} else {
			c.retained[name] = map[string]bool{}
		}
	}
	for name, spec := range c.specs {
		o := c.s.objects[name]
		if o == nil || o.Kind != Type || o.Stale != "" || o.decl == nil || slices.Contains(c.carried, name) {
			continue
		}
		if normal(spec) == o.decl.spec && c.sameMethods(o, name) && c.sameWhole(o, name) && (!o.Generic() || c.sameBodies(o, name)) {
			c.retained[name] = map[string]bool{}
		}
	}
	for dropped := true; dropped; { // a type that uses a changed one is changed
		dropped = false
		for name := range c.retained {
			for used := range c.s.objects[name].decl.uses {
				if c.declared[used] && c.retained[used] == nil && used != name && !c.unchangedConst(used) {
					delete(c.retained, name)
					dropped = true
					break
				}
			}
		}
	}
	c.remove()
	return again
}

// ownsMethods notes that the cell itself declares the methods of a type that is brought along.
func (c *checker) ownsMethods(name string) {
	if c.own[name] == nil {
		c.own[name] = map[string]bool{}
	}
	for _, m := range c.methods[name] {
		c.own[name][m.Name.Name] = true
	}
}

// sameMethods tells whether the methods in this text add nothing to the method set of o.
func (c *checker) sameMethods(o *Object, name string) bool {
	for _, m := range c.methods[name] {
		old := o.decl.methods[m.Name.Name]
		if old == nil || old.sig != signature(m) {
			return false
		}
	}
	return true
}

// sameWhole tells whether the methods that are part of the type, or would be, are as they were.
func (c *checker) sameWhole(o *Object, name string) bool {
	for _, m := range c.methods[name] {
		old := o.decl.methods[m.Name.Name]
		if old != nil && (whole(m) || old.ID == "") && old.src != normal(m) {
			return false
		}
	}
	return true
}

// whole tells whether a method keeps its body in the package of its type. Others are thin: they call what a slot holds. But
// recover works in the function that was deferred itself, not in one that it calls.
func whole(f *ast.FuncDecl) bool {
	if f.Body == nil {
		return false // refused later
	}
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			id, ok := ast.Unparen(n.Fun).(*ast.Ident)
			found = found || ok && id.Name == "recover"
		}
		return !found
	})
	return found
}

func (c *checker) sameBodies(o *Object, name string) bool {
	for _, m := range c.methods[name] {
		if old := o.decl.methods[m.Name.Name]; old == nil || old.src != normal(m) {
			return false
		}
	}
	return true
}

// signature is a method without its body, in normal form.
func signature(f *ast.FuncDecl) string {
	g := *f
	g.Body = nil
	return normal(&g)
}

func (c *checker) unchangedConst(name string) bool {
	o := c.s.objects[name]
	return o != nil && o.Kind == Const && o.decl != nil && c.constText(name) == o.decl.spec
}

// constText is the declaration of a constant in normal form, with its place in the group, which decides iota.
func (c *checker) constText(name string) string {
	for _, d := range c.consts {
		for i, sp := range d.Specs {
			for j, id := range sp.(*ast.ValueSpec).Names {
				if id.Name == name {
					return fmt.Sprintf("%d.%d %s", i, j, normal(d))
				}
			}
		}
	}
	return ""
}

// remove takes retained types out of the file and makes functions of their methods.
func (c *checker) remove() {
	var decls []ast.Decl
	for _, d := range c.a.file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.TYPE {
				d.Specs = slices.DeleteFunc(d.Specs, func(sp ast.Spec) bool { return c.retained[sp.(*ast.TypeSpec).Name.Name] != nil })
				if len(d.Specs) == 0 {
					continue
				}
			}
		case *ast.FuncDecl:
			if name := receiver(d); name != "" && c.retained[name] != nil {
				if c.s.objects[name].Generic() {
					continue // its bodies are as they were
				}
				if whole(d) {
					c.methods[name] = slices.DeleteFunc(c.methods[name], func(m *ast.FuncDecl) bool { return m == d })
					continue
				}
				c.retained[name][d.Name.Name] = true
			}
		}
		decls = append(decls, d)
	}
	c.a.file.Decls = decls
	for name := range c.retained {
		delete(c.specs, name)
		delete(c.declared, name)
	}
}

// functionForm makes functions of the methods of retained types for the time of the check.
func (c *checker) functionForm() (undo func()) {
	type saved struct {
		f    *ast.FuncDecl
		recv *ast.FieldList
		name *ast.Ident
		typ  *ast.FuncType
	}
	var list []saved
	form := func(name string) {
		for _, f := range c.methods[name] {
			list = append(list, saved{f, f.Recv, f.Name, f.Type})
			params := *f.Type.Params
			params.List = append(slices.Clone(f.Recv.List), params.List...)
			typ := *f.Type
			typ.Params = &params
			f.Name, f.Type, f.Recv = ast.NewIdent("method_"+name+"_"+f.Name.Name), &typ, nil
		}
	}
	for name := range c.retained {
		if !c.s.objects[name].Generic() {
			form(name)
		}
	}
	for _, name := range c.homeless() {
		form(name)
	}
	return func() {
		for _, x := range list {
			x.f.Recv, x.f.Name, x.f.Type = x.recv, x.name, x.typ
		}
	}
}
