package session

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// Again checks declarations of the session once more, as they are, so that they can be lowered for another tier: functions by
// their names, methods as T.M. The result is not for Commit: it changes nothing.
func (s *Session) Again(names []string) (*Cell, Diagnostics) {
	c := newChecker(s, 0, "", nil)
	c.carried, c.again = names, true
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

// Reached are the functions of the session that a cell's statements may call, directly or through others, and the methods of
// the types that they use, as T.M: sorted by name.
func (s *Session) Reached(c *Cell) []string {
	found := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		o := s.objects[name]
		if o == nil || found[name] {
			return
		}
		found[name] = true
		if o.Kind == Var {
			for _, t := range s.typesIn(o.Obj.Type()) {
				visit(t)
			}
		}
		if o.decl == nil {
			return
		}
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
	var list []string
	for name := range found {
		o := s.objects[name]
		switch {
		case o.Generic() || o.Stale != "":
		case o.Kind == Func:
			list = append(list, name)
		case o.Kind == Type:
			for _, m := range o.decl.methods {
				if m.ID != "" {
					list = append(list, name+"."+m.name)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// typesIn are the types of the session that a type is made with, by name.
func (s *Session) typesIn(t types.Type) (list []string) {
	for name, o := range s.objects {
		if obj, ok := o.Obj.(*types.TypeName); ok && mentions(t, map[*types.TypeName]bool{obj: true}) {
			list = append(list, name)
		}
	}
	return list
}

// Version tells one definition of a name, or of a method T.M, from another; nil when there is none.
func (s *Session) Version(name string) any {
	if m := s.method(name); m != nil {
		return m
	}
	if o := s.objects[name]; o != nil {
		return o.decl
	}
	return nil
}

// method is a method by its name T.M; nil when there is none.
func (s *Session) method(name string) *method {
	t, m, ok := strings.Cut(name, ".")
	if o := s.objects[t]; ok && o != nil && o.decl != nil {
		return o.decl.methods[m]
	}
	return nil
}

// usedBy are the identifiers in the statements.
func usedBy(body *ast.FuncDecl) map[string]bool {
	used := map[string]bool{}
	identifiers(body, used)
	return used
}
