package session

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// To Go, a struct type without a name that has unexported fields is another type in each package, and cells are packages. So
// such a type gets a home like a type with a name: the cell that says it first. It is found again by being the same type.

// StructObject is the session's object behind a struct type without a name; nil for one whose fields are all exported, and for
// those that are said inside a generic function or of types that a function declares.
func (c *Cell) StructObject(t *types.Struct) *Object {
	for _, list := range [][]*Object{c.Unnamed, c.session.unnamed} {
		for _, o := range list {
			if types.Identical(o.Obj.Type(), t) {
				return o
			}
		}
	}
	return nil
}

// FieldOwner is the type with whose declaration the fields of a struct were written: of `type B A` it is A.
func (c *Cell) FieldOwner(t *types.Struct) *Object {
	if o := c.owners[t]; o != nil {
		return o
	}
	return c.session.owners[t]
}

// unnamed finds the struct types without a name that the cell says first.
func (c *checker) unnamed(out *Cell) {
	named := map[types.Type]bool{}
	for _, f := range out.Types {
		if tv, ok := c.info.Types[f.Spec.Type]; ok {
			named[tv.Type] = true
		}
	}
	type found struct {
		t  *types.Struct
		at token.Pos
	}
	var list []found
	for x, tv := range c.info.Types {
		if _, ok := x.(*ast.StructType); !ok || named[tv.Type] || !tv.IsType() {
			continue
		}
		if t, ok := tv.Type.(*types.Struct); ok && private(t) && c.atPackageLevel(t) {
			list = append(list, found{t, x.Pos()})
		}
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Compare(a.at, b.at) })
	for _, f := range list {
		if out.StructObject(f.t) == nil {
			name := fmt.Sprintf("Struct__%s_%d", out.Serial, len(out.Unnamed))
			out.Unnamed = append(out.Unnamed, &Object{Name: name, Kind: Type, Obj: types.NewTypeName(token.NoPos, c.pkg, name, f.t), Cell: c.n})
		}
	}
}

// private tells whether a struct has unexported fields of the session.
func private(t *types.Struct) bool {
	for f := range t.Fields() {
		if !f.Exported() && f.Name() != "_" && f.Pkg() != nil && f.Pkg().Path() == "main" {
			return true
		}
	}
	return false
}

// atPackageLevel tells whether a type can be written at package level: without type parameters and types of a function.
func (c *checker) atPackageLevel(t types.Type) bool {
	local := false
	walk(t, func(t types.Type) bool {
		switch t := t.(type) {
		case *types.TypeParam:
			local = true
		case *types.Named:
			obj := t.Obj()
			local = local || obj.Pkg() != nil && obj.Pkg().Path() == "main" && obj.Parent() != nil && obj.Parent() != c.pkg.Scope() && c.inserted[obj] == nil
		}
		return !local
	})
	return !local
}

// walk visits the types that a type is made of, as long as visit says so. It does not enter declarations.
func walk(t types.Type, visit func(types.Type) bool) {
	seen := map[types.Type]bool{}
	var in func(t types.Type)
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			in(v.Type())
		}
	}
	in = func(t types.Type) {
		t = types.Unalias(t)
		if seen[t] || !visit(t) {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			for a := range t.TypeArgs().Types() {
				in(a)
			}
		case *types.Pointer:
			in(t.Elem())
		case *types.Slice:
			in(t.Elem())
		case *types.Array:
			in(t.Elem())
		case *types.Chan:
			in(t.Elem())
		case *types.Map:
			in(t.Key())
			in(t.Elem())
		case *types.Signature:
			tuple(t.Params())
			tuple(t.Results())
		case *types.Struct:
			for f := range t.Fields() {
				in(f.Type())
			}
		case *types.Interface:
			for m := range t.Methods() {
				in(m.Type())
			}
		}
	}
	in(t)
}

// owned notes whose declarations the fields of the cell's types were written with.
func (c *checker) owned(out *Cell) {
	out.owners = map[*types.Struct]*Object{}
	add := func(o *Object, t types.Type) {
		if st, ok := t.Underlying().(*types.Struct); ok && out.FieldOwner(st) == nil {
			out.owners[st] = o
		}
	}
	for _, u := range out.Types { // first those that say their fields themselves
		if _, ok := u.Spec.Type.(*ast.StructType); ok {
			add(u.Object, u.Object.Obj.Type())
		}
	}
	for _, u := range out.Types {
		if _, named := types.Unalias(u.Object.Obj.Type()).(*types.Named); named {
			add(u.Object, u.Object.Obj.Type())
		}
	}
}
