package session

import "go/types"

// walk visits the types that a type is made of, aliases included, as long as visit says so. It does not enter declarations.
func walk(t types.Type, visit func(types.Type) bool) {
	walkInto(t, func(*types.Named) bool { return false }, visit)
}

// walkInto is walk that enters the declarations that enter says yes to.
func walkInto(t types.Type, enter func(*types.Named) bool, visit func(types.Type) bool) {
	seen := map[types.Type]bool{}
	var in func(t types.Type)
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			in(v.Type())
		}
	}
	in = func(t types.Type) {
		if seen[t] || !visit(t) {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Alias:
			in(types.Unalias(t))
		case *types.Named:
			for a := range t.TypeArgs().Types() {
				in(a)
			}
			if enter(t) {
				in(t.Underlying())
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

// ours tells a type that a cell declares.
func ours(t *types.Named) bool { return t.Obj().Pkg() != nil && t.Obj().Pkg().Path() == "main" }

// mentions tells whether a type is made with one of the given named types. What a type of another package holds cannot mention a type
// of the session.
func mentions(t types.Type, names map[*types.TypeName]bool) (found bool) {
	walkInto(t, ours, func(t types.Type) bool {
		switch t := t.(type) {
		case *types.Alias:
			found = found || names[t.Obj()]
		case *types.Named:
			found = found || names[t.Obj()] || names[t.Origin().Obj()]
		}
		return !found
	})
	return found
}

// opaque tells whether a value of type t may have interfaces that want says yes to in it. With libraries it looks into their types,
// too.
func opaque(t types.Type, want func(*types.Interface) bool, libraries bool) (found bool) {
	enter := func(t *types.Named) bool { return libraries || ours(t) || types.IsInterface(t) }
	walkInto(t, enter, func(t types.Type) bool {
		switch t := t.(type) {
		case *types.Signature:
			return false // nobody can see into a function
		case *types.Interface:
			found = found || want(t)
			return false
		case *types.Basic:
			found = found || t.Kind() == types.UnsafePointer && libraries // as in sync.Map
		}
		return !found
	})
	return found
}

// functional tells whether a value of type t may be or have a function, as its type says: what libraries keep is theirs, and what is
// behind an interface nobody knows.
func functional(t types.Type) (found bool) {
	enter := func(t *types.Named) bool {
		_, is := t.Underlying().(*types.Signature)
		return is || ours(t)
	}
	walkInto(t, enter, func(t types.Type) bool {
		switch t.(type) {
		case *types.Signature:
			found = true
		case *types.Interface:
			return false
		}
		return !found
	})
	return found
}
