package lower

import "go/types"

// Lowered source says len, nil, true and any, and means Go's. A function may use such a name for a variable of its own, so
// there the variable gives way.

// unshadow gives variables inside of functions that are named like something predeclared another name.
func (l *lowering) unshadow() {
	const suffix = "__own"
	for id, obj := range l.c.Info.Defs {
		// What is defined without an object is the variable of a type switch, which is another one in each clause.
		if obj == nil && types.Universe.Lookup(id.Name) != nil || l.shadows(obj) {
			id.Name += suffix
		}
	}
	for id, obj := range l.c.Info.Uses {
		if l.shadows(obj) {
			id.Name += suffix
		}
	}
}

// shadows tells a variable, other than those of the session, that hides something predeclared.
func (l *lowering) shadows(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	if !ok || v.Parent() == nil || v.Parent() == l.c.Pkg.Scope() || v.Pkg() != l.c.Pkg { // a field, or one of a package
		return false
	}
	return types.Universe.Lookup(v.Name()) != nil && l.c.Object(v) == nil
}
