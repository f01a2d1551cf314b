package session

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// To Go, a struct type without a name that has unexported fields is another type in each package, and cells are packages. So
// such a type gets a home like a type with a name: the cell that says it first. What is one type in a generic function and
// another outside it, struct{ a, b T } and struct{ a, b int }, must have the same home. So the home is that of its shape, the
// generic struct with a type parameter for each field, of which all structs with fields of these names are instances. What the
// cells say without type parameters has a name beside that, for the interpreter, which knows nothing generic.

// StructObject is the session's object behind a struct type without a name; nil for one whose fields are all exported, and for
// those that are said inside a generic function or of types that a function declares.
func (c *Cell) StructObject(t *types.Struct) *Object {
	return c.findUnnamed(func(o *Object) bool { return !o.Generic() && types.Identical(o.Obj.Type(), t) })
}

// Shape is the generic struct that a struct type without a name is an instance of, with the types of its fields as arguments;
// nil for one whose fields are all exported, and for one that embeds, which a type parameter cannot be.
func (c *Cell) Shape(t *types.Struct) *Object {
	key := shapeKey(t)
	if key == "" {
		return nil
	}
	return c.findUnnamed(func(o *Object) bool { return o.Generic() && shapeKey(o.Obj.Type().Underlying().(*types.Struct)) == key })
}

func (c *Cell) findUnnamed(is func(*Object) bool) *Object {
	for _, list := range [][]*Object{c.Unnamed, c.session.unnamed} {
		for _, o := range list {
			if is(o) {
				return o
			}
		}
	}
	return nil
}

// shapeKey are the names of the fields with their tags; "" for a struct without a shape.
func shapeKey(t *types.Struct) string {
	if !private(t) {
		return ""
	}
	var b strings.Builder
	for i := range t.NumFields() {
		if t.Field(i).Embedded() {
			return ""
		}
		fmt.Fprintf(&b, "%s %q ", t.Field(i).Name(), t.Tag(i))
	}
	return b.String()
}

// FieldOwner is the type with whose declaration the fields of a struct were written: of `type B A` it is A. It is nil for fields
// that were written without a name around them, or in a function.
func (c *Cell) FieldOwner(t *types.Struct) *Object {
	if t.NumFields() == 0 {
		return nil
	}
	first := t.Field(0).Origin()
	if o := c.owners[first]; o != nil {
		return o
	}
	return c.session.owners[first]
}

// HasStructs tells whether there are struct types of the session, this cell's included, so that one may be taken for another.
func (c *Cell) HasStructs() bool {
	return len(c.session.owners)+len(c.owners)+len(c.session.unnamed)+len(c.Unnamed) > 0
}

// unnamed finds the struct types without a name that the cell says first, or has a variable of first.
func (c *checker) unnamed(out *Cell) {
	named := map[types.Type]bool{}
	for _, f := range out.Types {
		if tv, ok := c.info.Types[f.Spec.Type]; ok && !f.Spec.Assign.IsValid() {
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
		if t, ok := tv.Type.(*types.Struct); ok && private(t) {
			list = append(list, found{t, x.Pos()})
		}
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Compare(a.at, b.at) })
	for _, v := range out.Vars {
		walk(v.Obj.Type(), func(t types.Type) bool {
			if t, ok := t.(*types.Struct); ok && private(t) {
				list = append(list, found{t: t})
			}
			return true
		})
	}
	for _, f := range list {
		if shapeKey(f.t) != "" && out.Shape(f.t) == nil {
			out.Unnamed = append(out.Unnamed, c.shape(out, f.t))
		}
		if c.atPackageLevel(f.t) && out.StructObject(f.t) == nil {
			name := fmt.Sprintf("Struct__%s_%d", out.Serial, len(out.Unnamed))
			out.Unnamed = append(out.Unnamed, &Object{Name: name, Kind: Type, Obj: types.NewTypeName(token.NoPos, c.pkg, name, f.t), Cell: c.n})
		}
	}
}

// shape makes the shape of a struct.
func (c *checker) shape(out *Cell, t *types.Struct) *Object {
	var params []*types.TypeParam
	var fields []*types.Var
	var tags []string
	for i := range t.NumFields() {
		p := types.NewTypeParam(types.NewTypeName(token.NoPos, c.pkg, fmt.Sprintf("F%d__", i), nil), types.Universe.Lookup("any").Type())
		params = append(params, p)
		fields = append(fields, types.NewField(token.NoPos, t.Field(i).Pkg(), t.Field(i).Name(), p, false))
		tags = append(tags, t.Tag(i))
	}
	name := fmt.Sprintf("Shape__%s_%d", out.Serial, len(out.Unnamed))
	obj := types.NewTypeName(token.NoPos, c.pkg, name, nil)
	types.NewAlias(obj, types.NewStruct(fields, tags)).SetTypeParams(params)
	return &Object{Name: name, Kind: Type, Obj: obj, Cell: c.n}
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

// owned notes with whose declarations the fields of the cell's types were written.
func (c *checker) owned(out *Cell) {
	out.owners = map[*types.Var]*Object{}
	for _, u := range out.Types {
		if _, literal := u.Spec.Type.(*ast.StructType); !literal || u.Spec.Assign.IsValid() {
			continue
		}
		if st, ok := u.Object.Obj.Type().Underlying().(*types.Struct); ok && st.NumFields() > 0 {
			out.owners[st.Field(0)] = u.Object
		}
	}
}
