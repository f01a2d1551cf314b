package session

import (
	"go/token"
	"go/types"
	"iter"
	"maps"
	"slices"
)

// A method in a later cell makes its type another one to Go, and so every type that is made with it. What values of it look like in
// memory stays. A variable of the session whose type tells all of this keeps its memory then, and gets the new type: its value has
// the new method. That ends where values tell their type themselves, or know code: behind interfaces there are values of the old
// type, and functions take and give such.

// keptVar is a variable that keeps its memory and gets the type that its type has become.
type keptVar struct {
	old  *Object
	text string // its type, for which it is declared anew
}

// A View is a variable of the session as a variable of another type, whose values look the same in memory.
type View struct {
	From string // the slot that it shares
	*Object
}

// An Echo is a function of the session, or a method's body, that takes and gives what looks the same in memory as what an earlier one
// took and gave. What still calls the earlier one, a function literal that a library has, comes to the new one.
type Echo struct{ Former, Now string } // slots

// keep finds the variables that keep what they have although their types are declared anew, and tells whether they are others than
// in the round before.
func (c *checker) keep() (again bool) {
	kept := map[string]keptVar{}
	if stay := c.layoutsStay(); len(stay) > 0 && !c.again {
		gone := maps.Clone(c.renewed())
		maps.DeleteFunc(gone, func(t *types.TypeName, _ bool) bool { return stay[t.Name()] })
		taken := c.importNames()
		for _, id := range topIdents(c.a.body) {
			taken[id.Name] = true
		}
		for _, o := range c.staleVars(nil) {
			if c.unlike[o.Name] || taken[o.Name] || c.declared[o.Name] && c.kept[o.Name].old == nil || mentions(o.Obj.Type(), gone) {
				continue
			}
			kept[o.Name] = keptVar{o, c.typeText(o.Obj.Type())}
		}
	}
	again = !maps.Equal(kept, c.kept)
	c.kept = kept
	return again
}

// layoutsStay are the types that this text declares anew as they were, apart from methods.
func (c *checker) layoutsStay() map[string]bool {
	stay := map[string]bool{}
	for name, spec := range c.specs {
		o := c.s.objects[name]
		if o != nil && o.Kind == Type && o.Stale == "" && o.decl != nil && normal(spec) == o.decl.spec {
			stay[name] = true
		}
	}
	for dropped := true; dropped; {
		dropped = false
		for name := range stay {
			for used := range c.s.objects[name].decl.uses {
				o := c.s.objects[used]
				if c.specs[used] != nil && !stay[used] || o != nil && o.Kind == Const && c.declared[used] && !c.unchangedConst(used) {
					delete(stay, name)
					dropped = true
					break
				}
			}
		}
	}
	return stay
}

// dropUnlike takes out of the text the variables whose types did not become what they were, and tells whether there were any.
func (c *checker) dropUnlike() (dropped bool) {
	for name, k := range c.kept {
		now := c.pkg.Scope().Lookup(name)
		if now == nil || now.Type() == nil || !c.alike(k.old.Obj.Type(), now.Type(), map[[2]types.Type]bool{}) {
			if c.unlike == nil {
				c.unlike = map[string]bool{}
			}
			c.unlike[name], dropped = true, true
			delete(c.kept, name)
		}
	}
	return dropped
}

// alike tells whether what is of type old can be looked at as what is of type now: that they are the same, or differ in nothing but
// types of the session that are declared anew and look the same.
func (c *checker) alike(old, now types.Type, seen map[[2]types.Type]bool) bool {
	old, now = types.Unalias(old), types.Unalias(now)
	if types.Identical(old, now) || seen[[2]types.Type{old, now}] {
		return true
	}
	seen[[2]types.Type{old, now}] = true
	elem := func(a, b interface{ Elem() types.Type }) bool { return c.alike(a.Elem(), b.Elem(), seen) }
	switch old := old.(type) {
	case *types.Named:
		now, ok := now.(*types.Named)
		if !ok || !c.becomes(old, now) || old.TypeArgs().Len() != now.TypeArgs().Len() {
			return false
		}
		for i := range old.TypeArgs().Len() {
			if !c.alike(old.TypeArgs().At(i), now.TypeArgs().At(i), seen) {
				return false
			}
		}
		if a, ok := old.Underlying().(*types.Struct); ok {
			b, ok := now.Underlying().(*types.Struct)
			return ok && c.sameFields(a, b, seen)
		}
		return c.alike(old.Underlying(), now.Underlying(), seen)
	case *types.Pointer:
		now, ok := now.(*types.Pointer)
		return ok && elem(old, now)
	case *types.Slice:
		now, ok := now.(*types.Slice)
		return ok && elem(old, now)
	case *types.Array:
		now, ok := now.(*types.Array)
		return ok && old.Len() == now.Len() && elem(old, now)
	case *types.Chan:
		now, ok := now.(*types.Chan)
		return ok && old.Dir() == now.Dir() && elem(old, now)
	case *types.Map:
		now, ok := now.(*types.Map)
		return ok && c.alike(old.Key(), now.Key(), seen) && elem(old, now)
	case *types.Struct:
		now, ok := now.(*types.Struct)
		if !ok || !c.sameFields(old, now, seen) {
			return false
		}
		for f := range old.Fields() {
			if !f.Exported() {
				return false // to Go such a struct is another type in each package
			}
		}
		return true
	}
	return false // a function, or an interface with methods that take or give the type
}

// sameFields is alike for structs.
func (c *checker) sameFields(old, now *types.Struct, seen map[[2]types.Type]bool) bool {
	if old.NumFields() != now.NumFields() {
		return false
	}
	for i := range old.NumFields() {
		f, g := old.Field(i), now.Field(i)
		if f.Name() != g.Name() || f.Embedded() != g.Embedded() || old.Tag(i) != now.Tag(i) || !c.alike(f.Type(), g.Type(), seen) {
			return false
		}
	}
	return true
}

// becomes tells whether a named type is now what another was: instances of the same generic type, or a type of the session as it
// is before this cell and after it.
func (c *checker) becomes(old, now *types.Named) bool {
	if old.Origin().Obj() == now.Origin().Obj() {
		return true
	}
	o := c.s.objects[old.Obj().Name()]
	return o != nil && o.Obj == old.Origin().Obj() && c.pkg.Scope().Lookup(o.Name) == types.Object(now.Origin().Obj())
}

// keptObjects makes the objects of the variables that keep their memory.
func (c *checker) keptObjects(out *Cell, fresh map[string]*Object) {
	for name, k := range c.kept {
		obj := c.pkg.Scope().Lookup(name)
		top := types.NewVar(token.NoPos, c.pkg, name, obj.Type())
		types.NewScope(nil, token.NoPos, token.NoPos, "").Insert(top) // as in varObjects
		o := &Object{Name: name, Kind: Var, Obj: top, ID: c.id(name), Cell: k.old.Cell, with: k.old.with}
		out.New[o], out.Objects[obj], fresh[name] = true, o, o
		out.Views = append(out.Views, View{k.old.ID, o})
	}
}

// echoes finds the functions and methods of types declared anew that do what earlier ones did.
func (c *checker) echoes(out *Cell, fresh map[string]*Object) {
	stay := c.layoutsStay()
	if len(stay) == 0 {
		return
	}
	add := func(former, now string, old, new types.Type) {
		a, ok := old.(*types.Signature)
		b, is := new.(*types.Signature)
		if ok && is && former != "" && now != "" && former != now && c.alikeCalls(a, b) {
			out.Echoes = append(out.Echoes, Echo{former, now})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fresh)) {
		o, old := fresh[name], c.s.objects[name]
		switch {
		case old == nil || old.Stale != "" || old.Kind != o.Kind || o.Generic() || old.Generic():
		case o.Kind == Func:
			add(old.ID, o.ID, old.Obj.Type(), o.Obj.Type())
		case o.Kind == Type && stay[name] && c.alike(old.Obj.Type(), o.Obj.Type(), map[[2]types.Type]bool{}):
			for m := range methodsOf(old) {
				for n := range methodsOf(o) {
					if was, is := old.decl.methods[m.Name()], o.decl.methods[n.Name()]; m.Name() == n.Name() && was != nil && is != nil {
						add(was.ID, is.ID, m.Type(), n.Type())
					}
				}
			}
		}
	}
}

// methodsOf are the methods that a type of the session declares.
func methodsOf(o *Object) iter.Seq[*types.Func] {
	if t, ok := o.Obj.Type().(*types.Named); ok {
		return t.Methods()
	}
	return func(func(*types.Func) bool) {}
}

// alikeCalls tells whether one function can be called for the other.
func (c *checker) alikeCalls(old, now *types.Signature) bool {
	if old.Variadic() != now.Variadic() || old.Params().Len() != now.Params().Len() || old.Results().Len() != now.Results().Len() {
		return false
	}
	same := func(a, b *types.Var) bool {
		return a == nil && b == nil || a != nil && b != nil && c.alike(a.Type(), b.Type(), map[[2]types.Type]bool{})
	}
	for i := range old.Params().Len() {
		if !same(old.Params().At(i), now.Params().At(i)) {
			return false
		}
	}
	for i := range old.Results().Len() {
		if !same(old.Results().At(i), now.Results().At(i)) {
			return false
		}
	}
	return same(old.Recv(), now.Recv())
}
