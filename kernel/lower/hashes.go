package lower

import "go/types"

// A map finds its keys by a hash, and there are two ways to compute it: by a function that the compiler writes for a type, which takes
// fields that lie side by side at once, and by reflection, field by field. Where both come to the same, a map that one tier made serves
// the other. For a key with a string beside a number they do not: what one tier has put into the map, the other would not find. The
// interpreter makes its map types by reflection, so it is kept from such maps altogether.

// hashedApart tells a type that is, or has in it, a map whose keys the tiers would look for in different places. Types with names of
// their own are looked into: their maps are taken out of them.
func (s *subset) hashedApart(t types.Type) bool {
	known, ok := s.hashed[t]
	if ok {
		return known
	}
	s.hashed[t] = false // while it is being looked at
	found := false
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		if _, fields := u.Underlying().(*types.Struct); !fields { // a field is an expression of its own
			found = s.hashedApart(u.Underlying())
		}
	case *types.Map:
		found = !oneHash(u.Key()) || s.hashedApart(u.Elem())
	case *types.Pointer:
		found = s.hashedApart(u.Elem())
	case *types.Slice:
		found = s.hashedApart(u.Elem())
	case *types.Array:
		found = s.hashedApart(u.Elem())
	case *types.Chan:
		found = s.hashedApart(u.Elem())
	case *types.Signature:
		for _, list := range []*types.Tuple{u.Params(), u.Results()} {
			for v := range list.Variables() {
				found = found || s.hashedApart(v.Type())
			}
		}
	}
	s.hashed[t] = found
	return found
}

// oneHash tells whether the compiler and reflection hash values of a type in the same way: as one piece of memory, or part by part with
// no memory that they could divide differently.
func oneHash(t types.Type) bool {
	if nothing(t) {
		return false // of which the compiler takes no hash at all
	}
	if plainMemory(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return oneHash(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() != "_" && (plainMemory(f.Type()) || !oneHash(f.Type())) {
				return false
			}
		}
	}
	return true // strings, floating-point numbers, and interfaces, whose values say how
}

// nothing tells a type whose values take no room.
func nothing(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Array:
		return u.Len() == 0 || nothing(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !nothing(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// plainMemory tells a type whose values are equal when their bytes are.
func plainMemory(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsBoolean|types.IsInteger) != 0 || u.Kind() == types.UnsafePointer
	case *types.Pointer, *types.Chan:
		return true
	case *types.Array:
		return plainMemory(u.Elem())
	case *types.Struct:
		size := int64(0)
		for f := range u.Fields() {
			if f.Name() == "_" || !plainMemory(f.Type()) {
				return false
			}
			size += gcSizes.Sizeof(f.Type())
		}
		return size == gcSizes.Sizeof(u)
	}
	return false
}
