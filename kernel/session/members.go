package session

import (
	"go/token"
	"go/types"
)

// membersOf lists what can be selected from a value of type t, or from the type itself: fields before methods, what is near
// before what is promoted from deeper.
func membersOf(t types.Type, isType bool) (ms []Match) {
	if !isType {
		ms = fieldsOf(t)
	}
	set := types.NewMethodSet(t)
	if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) && !isType {
		set = types.NewMethodSet(types.NewPointer(t)) // a variable is addressable
	}
	for sel := range set.Methods() {
		if visible(sel.Obj()) {
			m := match(sel.Obj())
			m.rank = 2*len(sel.Index()) - 1
			ms = append(ms, m)
		}
	}
	return ms
}

func visible(obj types.Object) bool {
	return obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == "main"
}

func fieldsOf(t types.Type) (ms []Match) {
	seen := map[types.Type]bool{}
	var fields func(t types.Type, depth int)
	fields = func(t types.Type, depth int) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for i := range st.NumFields() {
			if f := st.Field(i); visible(f) && f.Name() != "_" {
				m := match(f)
				m.rank, m.seq = 2*depth, i
				ms = append(ms, m)
			}
		}
		for f := range st.Fields() {
			if f.Embedded() {
				fields(f.Type(), depth+1)
			}
		}
	}
	fields(t, 0)
	return ms
}

// PackagesOf are the packages that a piece of code uses by a name that it does not import: name → import path.
func (s *Session) PackagesOf(code string) map[string]string {
	found := map[string]string{}
	toks, _ := scan(code)
	for i, t := range toks {
		if t.tok != token.IDENT || i+1 >= len(toks) || toks[i+1].tok != token.PERIOD || i > 0 && toks[i-1].tok == token.PERIOD {
			continue
		}
		if path := s.packagePath(t.lit); path != "" {
			found[t.lit] = path
		}
	}
	return found
}
