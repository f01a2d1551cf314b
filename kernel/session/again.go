package session

import (
	"go/ast"
	"maps"
	"slices"
)

// Again checks declarations of the session once more, as they are, so that they can be lowered for another tier. The result is
// not for Commit: it changes nothing.
func (s *Session) Again(names []string) (*Cell, Diagnostics) {
	c := newChecker(s, 0, "", nil)
	c.carried = names
	for {
		ds, again := c.round()
		if again {
			continue
		}
		if len(ds) > 0 {
			return nil, ds
		}
		return c.cell()
	}
}

// Reached are the functions of the session that a cell's statements call, directly or through others, sorted by name.
func (s *Session) Reached(c *Cell) []string {
	found := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		o := s.objects[name]
		if o == nil || o.decl == nil || found[name] {
			return
		}
		found[name] = true
		for used := range o.decl.uses {
			visit(used)
		}
	}
	for name := range c.used {
		visit(name)
	}
	if c.Main != nil { // which runs with the statements
		visit("main")
	}
	maps.DeleteFunc(found, func(name string, _ bool) bool {
		o := s.objects[name]
		return o.Kind != Func || o.Generic() || o.Stale != ""
	})
	return slices.Sorted(maps.Keys(found))
}

// Version tells one definition of a name from another; nil when there is none.
func (s *Session) Version(name string) any {
	if o := s.objects[name]; o != nil {
		return o.decl
	}
	return nil
}

// usedBy are the identifiers in the statements.
func usedBy(body *ast.FuncDecl) map[string]bool {
	used := map[string]bool{}
	identifiers(body, used)
	return used
}
