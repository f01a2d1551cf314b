package session

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// changedTypes are the session names that this cell declares anew as types, or extends by methods, and the variables that hold
// values of what these were: functions that use one do not fit until it is made anew.
func (c *checker) changedTypes() map[string]bool {
	changed := map[string]bool{}
	for name := range c.specs {
		if c.s.objects[name] != nil {
			changed[name] = true
		}
	}
	for _, o := range c.staleVars(nil) {
		if !c.declared[o.Name] || c.kept[o.Name].old != nil {
			changed[o.Name] = true
		}
	}
	for _, o := range c.staleFuncs(changed, nil) {
		if !c.declared[o.Name] {
			changed[o.Name] = true
		}
	}
	return changed
}

// changedValues are the session names that after this cell mean something of another type, kind or constant value. A function
// with a new body is not among them: its callers go through its slot.
func (c *checker) changedValues() map[string]bool {
	changed := map[string]bool{}
	for name := range c.declared {
		old, now := c.s.objects[name], c.pkg.Scope().Lookup(name)
		if old == nil || now == nil || slices.Contains(c.carried, name) {
			continue
		}
		if !sameValue(old, now) {
			changed[name] = true
		}
	}
	for _, id := range topIdents(c.a.body) {
		old, now := c.s.objects[id.Name], c.info.Defs[id]
		if old != nil && now != nil && !sameValue(old, now) {
			changed[id.Name] = true
		}
	}
	for _, o := range c.staleFuncs(changed, nil) {
		if !c.declares(o.Name) {
			changed[o.Name] = true
		}
	}
	return changed
}

func sameValue(old *Object, now types.Object) bool {
	if old.Stale != "" || !types.Identical(old.Obj.Type(), now.Type()) {
		return false
	}
	switch now := now.(type) {
	case *types.Const:
		was, ok := old.Obj.(*types.Const)
		return ok && was.Val().ExactString() == now.Val().ExactString()
	case *types.Var:
		return old.Kind == Var
	case *types.Func:
		return old.Kind == Func && !old.Generic() // callers of a generic function import its package
	}
	return old.Kind == Type
}

// carryDependents adds to the carried declarations those of the session that use a changed name, and those that use them in
// turn: through a type or constant always, through a function when its signature changes. It tells whether there were any.
func (c *checker) carryDependents(changed map[string]bool) bool {
	for _, name := range c.carried {
		changed[name] = true
	}
	if len(changed) == 0 { // as of most cells
		return false
	}
	added := false
	for again := true; again; {
		again = false
		for _, name := range slices.Sorted(maps.Keys(c.s.objects)) {
			o := c.s.objects[name]
			if o.decl == nil || o.Stale != "" && (!o.unfit || o.Lost) || c.declared[name] && !slices.Contains(c.carried, name) ||
				changed[name] || slices.Contains(c.carried, name) || c.broken[name] != "" || c.retained[name] != nil {
				continue
			}
			if !intersects(o.decl.uses, changed) {
				continue
			}
			if why := c.rebound(o); why != "" {
				c.broken[name] = why
				continue
			}
			c.carried = append(c.carried, name)
			added = true
			if o.Kind == Type || o.Kind == Const || intersects(o.decl.signature, changed) {
				changed[name] = true
				again = true
			}
		}
	}
	return added
}

// rebound tells that a package name in an old declaration would now mean something else.
func (c *checker) rebound(o *Object) string {
	for name, path := range o.decl.packages {
		if c.s.objects[name] != nil || c.declared[name] || c.s.packagePath(name) != path {
			return "uses " + name + ", which meant package " + path + " when it was declared"
		}
	}
	return ""
}

func intersects(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}

// dropBroken takes carried declarations that have errors out of the cell, and tells whether there were any.
func (c *checker) dropBroken(ds Diagnostics) bool {
	dropped := false
	for _, te := range c.errs {
		for _, d := range c.a.file.Decls {
			if te.Pos < d.Pos() || te.Pos >= d.End() {
				continue
			}
			for _, name := range declNames(d) {
				i := slices.Index(c.carried, name)
				own := c.n == c.s.position(c.a.fset, te.Pos, c.n, c.src, "").Cell
				if i >= 0 && !own && len(c.ownMethods(name)) == 0 {
					c.carried = slices.Delete(c.carried, i, i+1)
					c.broken[name] = te.Msg
					if rest, ok := strings.CutPrefix(te.Msg, "use of package "); ok { // the cell needs the name for the package
						c.broken[name] = strings.TrimSuffix(rest, " not in selector") + " is a variable of another type now"
					}
					dropped = true
				}
			}
		}
	}
	return dropped
}

// ownMethods are the methods that the cell itself declares for a type of the session.
func (c *checker) ownMethods(name string) (own []*ast.FuncDecl) {
	for _, f := range c.methods[name] {
		if cellOf(c.a.fset.Position(f.Pos()).Filename, c.n) == c.n {
			own = append(own, f)
		}
	}
	return own
}

func declNames(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if r := receiver(d); r != "" {
			return []string{r}
		}
		return []string{d.Name.Name}
	case *ast.GenDecl:
		for _, sp := range d.Specs {
			switch sp := sp.(type) {
			case *ast.TypeSpec:
				names = append(names, sp.Name.Name)
			case *ast.ValueSpec:
				for _, id := range sp.Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// hoist finds the top-level variables of this cell that its functions, or carried ones, use, and tells whether the next round
// has to know more of them than this one did.
func (c *checker) hoist() bool {
	used := map[string]bool{}
	for _, d := range c.a.file.Decls {
		if d != ast.Decl(c.a.body) {
			identifiers(d, used)
		}
	}
	more := false
	for _, id := range topIdents(c.a.body) {
		obj := c.info.Defs[id]
		if obj == nil || !used[id.Name] || c.shadowed[id.Name] {
			continue
		}
		t := obj.Type()
		if b, ok := t.(*types.Basic); t == nil || ok && b.Kind() == types.Invalid {
			continue
		}
		if o := c.s.objects[id.Name]; o != nil && sameValue(o, obj) {
			continue
		}
		text := c.typeText(t)
		if c.hoisted[id.Name] != text {
			c.hoisted[id.Name] = text
			more = true
		}
	}
	return more
}

// typeText is a type as the text can say it.
func (c *checker) typeText(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == c.pkg || p.Path() == "main" {
			return ""
		}
		if c.aliases[p.Path()] == "" {
			c.aliases[p.Path()] = fmt.Sprintf("package__%d", len(c.aliases))
		}
		return c.aliases[p.Path()]
	})
}
