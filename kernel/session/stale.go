package session

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A variable is stale when what it holds was made with something that has been declared anew since: its type mentions a type, or it
// is or has a function that was made by a statement which uses what is declared anew. Such functions keep what they were made with.
//
// Behind interfaces there may be anything. The worker looks there for values of types that are declared anew, and says which
// variables have some. They stay as they are: most of what such a variable has may be as good as ever. But from then on no value of
// an old type answers a question for the new one with no: the assertion or type switch fails and says why.

// renewed are the types of the session that this cell declares anew.
func (c *checker) renewed() map[*types.TypeName]bool {
	old := map[*types.TypeName]bool{}
	for name := range c.specs {
		if o := c.s.objects[name]; o != nil && o.Kind == Type {
			old[o.Obj.(*types.TypeName)] = true
		}
	}
	return old
}

// staleVars are the variables that hold values of types which this cell declares anew.
func (c *checker) staleVars(fresh map[string]*Object) (stale []*Object) {
	old := c.renewed()
	if len(old) == 0 {
		return nil
	}
	for _, o := range c.s.Objects() {
		if o.Kind == Var && o.Stale == "" && fresh[o.Name] == nil && mentions(o.Obj.Type(), old) {
			stale = append(stale, o)
		}
	}
	return stale
}

// lostMethods says which methods the types do not have any more that the cell itself declares anew.
func (c *checker) lostMethods(out *Cell) (notes []string) {
	for _, t := range out.Types {
		o := c.s.objects[t.Object.Name]
		if o == nil || o.Kind != Type || o.Stale != "" || slices.Contains(c.carried, o.Name) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(o.decl.methods)) {
			if t.Object.decl.methods[name] == nil {
				notes = append(notes, fmt.Sprintf("%s has no longer the method %s of cell %d: declare it again to have it", o.Name, name, c.s.Number(o.decl.methods[name].cell)))
			}
		}
	}
	return notes
}

// A Former is a type as it was before it was declared anew.
type Former struct {
	*Object
	Now int // the cell that declared it anew
}

// A Suspect is a variable that may hold a value of a former type, behind an interface.
type Suspect struct {
	*Object

	// Direct says that the interface is part of the variable's type, and that the old type implements it. Behind other suspects
	// there are types of libraries, which may hold anything.
	Direct bool
}

// formers are the types that the cell declares anew, as they were, and the variables whose types do not tell whether they hold
// values of these.
func (c *checker) formers(fresh map[string]*Object) (renewed []Former, list []Suspect) {
	var old []types.Type
	for _, name := range slices.Sorted(maps.Keys(c.specs)) {
		o := c.s.objects[name]
		if o == nil || o.Kind != Type || o.Home == "" || o.Stale != "" || types.IsInterface(o.Obj.Type()) {
			continue
		}
		if t := o.Obj.(*types.TypeName); !t.IsAlias() {
			renewed, old = append(renewed, Former{o, c.s.Number(c.n)}), append(old, t.Type())
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	stale := c.staleVars(fresh)
	anything := func(*types.Interface) bool { return true }
	implemented := func(i *types.Interface) bool {
		return slices.ContainsFunc(old, func(t types.Type) bool { return fits(t, i) })
	}
	for _, o := range c.s.Objects() {
		if o.Kind == Var && o.Stale == "" && (fresh[o.Name] == nil || c.kept[o.Name].old == o) && !slices.Contains(stale, o) && opaque(o.Obj.Type(), anything, true) {
			list = append(list, Suspect{o, opaque(o.Obj.Type(), implemented, false)})
		}
	}
	return renewed, list
}

// Formers are the former types that there will be once the cell is part of the session. A type that is declared as it was before the
// last time may be the one that it was then.
func (c *Cell) Formers() (list []Former) {
	for _, f := range slices.Concat(c.session.former, c.Renewed) {
		if !slices.ContainsFunc(c.Types, func(t *TypeUnit) bool { return t.Object.Home == f.Home && t.Object.Name == f.Name }) {
			list = append(list, f)
		}
	}
	return list
}

// HasFormer tells whether a type is made with one of the session that was another before.
func (c *Cell) HasFormer(t types.Type) bool {
	if len(c.session.former)+len(c.Renewed) == 0 {
		return false
	}
	names := map[*types.TypeName]bool{}
	for _, f := range slices.Concat(c.session.former, c.Renewed) {
		if o := c.session.objects[f.Name]; o != nil && o.Kind == Type {
			names[o.Obj.(*types.TypeName)] = true
		}
		if o, ok := c.Pkg.Scope().Lookup(f.Name).(*types.TypeName); ok {
			names[o] = true
		}
	}
	return mentions(t, names)
}

// SayHeld adds to the notes which of the suspects have values of the old types, which may have some because there is too much to look
// at, and which because nobody could look.
func (c *Cell) SayHeld(has, may, unseen []*Object) {
	c.Notes = append(c.Notes, note(has, "still has values of the old type in it", "still have values of the old type in them")...)
	c.Notes = append(c.Notes, note(may, "may still have values of the old type in it", "may still have values of the old type in them")...)
	c.Notes = append(c.Notes, note(unseen, "may still have values of the old type in it, which nobody can see while goroutines run",
		"may still have values of the old type in them, which nobody can see while goroutines run")...)
}

// fits tells whether values of t, or pointers to them, may be behind an interface.
func fits(t types.Type, i *types.Interface) bool {
	if n, ok := t.(interface{ TypeParams() *types.TypeParamList }); ok && n.TypeParams().Len() > 0 || types.IsInterface(t) {
		return true // it takes an instance to know
	}
	return types.Implements(t, i) || types.Implements(types.NewPointer(t), i)
}

// changedNames are those of changedTypes and changedValues.
func (c *checker) changedNames() map[string]bool {
	changed := c.changedTypes()
	maps.Copy(changed, c.changedValues())
	return changed
}

// staleFuncs are the variables that are or have functions which use something that changed, directly or through another such
// variable, or through a function of the session that is made anew for this reason.
func (c *checker) staleFuncs(changed map[string]bool, fresh map[string]*Object) (stale []*Object) {
	if c.again {
		return nil
	}
	all := maps.Clone(changed)
	for _, name := range c.carried {
		all[name] = true
	}
	if len(all) == 0 {
		return nil
	}
	for again := true; again; {
		again = false
		for name, o := range c.s.objects {
			if o.Kind == Var && o.Stale == "" && len(o.with) > 0 && fresh[name] == nil && !slices.Contains(stale, o) && intersects(o.with, all) {
				stale, all[name], again = append(stale, o), true, true
				c.because(o, all)
			}
		}
	}
	slices.SortFunc(stale, func(a, b *Object) int { return strings.Compare(a.Name, b.Name) })
	return stale
}

// because notes what a stale function uses that changed: what the cell declares itself, if that is among it.
func (c *checker) because(o *Object, all map[string]bool) {
	if c.uses == nil {
		c.uses = map[*Object]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(o.with)) {
		if all[name] && (c.uses[o] == "" || c.declared[name] && !c.declared[c.uses[o]]) {
			c.uses[o] = name
		}
	}
}

// declares tells whether the cell declares a name, at package level or as a variable of its statements.
func (c *checker) declares(name string) bool {
	return c.declared[name] || slices.ContainsFunc(topIdents(c.a.body), func(id *ast.Ident) bool { return id.Name == name && c.info.Defs[id] != nil })
}

// valuesNote says in one line which variables hold values of an old type, and which cells make them anew.
func valuesNote(stale []*Object) []string {
	return note(stale, "still holds a value of the old type", "still hold values of the old type")
}

// funcsNote says it of functions.
func funcsNote(stale []*Object) []string {
	return note(stale, "still uses what is declared anew", "still use what is declared anew")
}

func note(stale []*Object, one, many string) []string {
	if len(stale) == 0 {
		return nil
	}
	var names, cells []string
	for _, o := range stale {
		names = append(names, o.Name)
		if n := strconv.Itoa(o.Cell); !slices.Contains(cells, n) {
			cells = append(cells, n)
		}
	}
	word := "cell"
	if len(names) > 1 {
		one = many
	}
	if len(cells) > 1 {
		word = "cells"
	}
	return []string{fmt.Sprintf("%s %s: run %s %s again", strings.Join(names, ", "), one, word, strings.Join(cells, ", "))}
}
