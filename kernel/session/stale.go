package session

import (
	"fmt"
	"go/ast"
	"go/token"
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

// A making is what the statements of a cell make the functions with that they give to a variable.
type making struct {
	with  map[string]bool // session names
	whole bool            // what the variable had before is gone
}

// makers are, for the variables of the session to which the statements may give functions, the session names that these are made
// with: what literals in the statement use, functions that it calls or takes as values, and variables that have functions.
func (c *checker) makers(out *Cell, fresh map[string]*Object) map[string]*making {
	made := map[string]*making{}
	variable := func(id *ast.Ident) *Object {
		for _, obj := range []types.Object{c.info.Defs[id], c.info.Uses[id]} {
			if o := out.Object(obj); obj != nil && o != nil && o.Kind == Var {
				return o
			}
		}
		return nil
	}
	add := func(o *Object, whole bool, from []ast.Expr) {
		m := made[o.Name]
		if m == nil || whole {
			m = &making{with: map[string]bool{}, whole: whole}
			made[o.Name] = m
		}
		for _, x := range from {
			c.makesWith(x, out, m.with)
		}
		delete(m.with, o.Name)
	}
	assign := func(to ast.Expr, from []ast.Expr, top bool) {
		id := leftmost(to)
		if id == nil {
			return
		}
		o := variable(id)
		if o == nil {
			return
		}
		gets := functional(o.Obj.Type())
		_, whole := to.(*ast.Ident)
		for _, x := range from { // behind an interface there may be a function
			gets = gets || opaque(o.Obj.Type(), func(*types.Interface) bool { return true }, false) && c.hasFunction(x)
		}
		if !gets && !whole {
			return
		}
		if !gets {
			from = nil
		}
		add(o, top && whole, from)
	}
	statement := func(to, from []ast.Expr, top bool) {
		for i, l := range to {
			if len(to) == len(from) {
				assign(l, from[i:i+1], top)
			} else if len(from) > 0 {
				assign(l, from, top)
			}
		}
	}
	in := func(n ast.Node, top bool) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for _, o := range c.keepers(n, out, fresh) {
				add(o, false, n.Args)
			}
		case *ast.AssignStmt:
			statement(n.Lhs, n.Rhs, top && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) && !slices.ContainsFunc(n.Rhs, c.keeps(n.Lhs)))
		case *ast.ValueSpec:
			var to []ast.Expr
			for _, id := range n.Names {
				to = append(to, id)
			}
			statement(to, n.Values, false) // what it declares is new anyway
		}
		return true
	}
	for _, st := range c.a.body.Body.List {
		ast.Inspect(st, func(n ast.Node) bool { return in(n, n == ast.Node(st)) })
	}
	return made
}

// hasFunction tells whether the value of an expression is or has a function, as far as the expression tells.
func (c *checker) hasFunction(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.FuncLit:
		return true
	case *ast.CompositeLit:
		return slices.ContainsFunc(x.Elts, c.hasFunction)
	case *ast.KeyValueExpr:
		return c.hasFunction(x.Value)
	case *ast.UnaryExpr:
		return c.hasFunction(x.X)
	case *ast.CallExpr:
		if tv := c.info.Types[x.Fun]; tv.IsType() || tv.IsBuiltin() {
			return slices.ContainsFunc(x.Args, c.hasFunction)
		}
	}
	t := c.info.TypeOf(x)
	return t != nil && functional(t)
}

// keepers are the variables of the session that may keep a function which is an argument of a call: the receiver of the method, what
// the call has the address of, and what functions of the session have to do with.
func (c *checker) keepers(call *ast.CallExpr, out *Cell, fresh map[string]*Object) (list []*Object) {
	if tv := c.info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() || !slices.ContainsFunc(call.Args, c.hasFunction) {
		return nil
	}
	add := func(o *Object) {
		if o != nil && o.Kind == Var && functional(o.Obj.Type()) && !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	of := func(x ast.Expr) *Object {
		if id := leftmost(x); id != nil && c.info.Uses[id] != nil {
			return out.Object(c.info.Uses[id])
		}
		return nil
	}
	seen := map[string]bool{}
	var through func(o *Object)
	through = func(o *Object) {
		if o == nil || o.decl == nil || seen[o.Name] {
			return
		}
		seen[o.Name] = true
		for name := range o.decl.uses {
			used := fresh[name]
			if used == nil {
				used = c.s.objects[name]
			}
			add(used)
			through(used)
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && c.info.Selections[sel] != nil {
		add(of(sel.X))
		if t := named(c.info.Selections[sel].Recv()); t != nil { // what its methods have to do with
			through(out.Object(t.Obj()))
		}
	} else {
		through(of(call.Fun))
	}
	for _, x := range call.Args {
		if u, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && u.Op == token.AND {
			add(of(u.X))
		} else if t := c.info.TypeOf(x); t != nil {
			if _, pointer := t.Underlying().(*types.Pointer); pointer {
				add(of(x))
			}
		}
	}
	return list
}

// keeps tells whether an expression has one of the variables in it that it is assigned to, as in f = append(f, x).
func (c *checker) keeps(to []ast.Expr) func(ast.Expr) bool {
	return func(from ast.Expr) (found bool) {
		ast.Inspect(from, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok {
				found = found || slices.ContainsFunc(to, func(l ast.Expr) bool {
					l2, ok := l.(*ast.Ident)
					return ok && c.info.Uses[id] != nil && (c.info.Uses[id] == c.info.Uses[l2] || c.info.Uses[id] == c.info.Defs[l2])
				})
			}
			return !found
		})
		return found
	}
}

// makesWith adds the session names that functions which an expression makes use.
func (c *checker) makesWith(n ast.Expr, out *Cell, with map[string]bool) {
	literals := 0
	var ends []ast.Node
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			if _, ok := ends[len(ends)-1].(*ast.FuncLit); ok {
				literals--
			}
			ends = ends[:len(ends)-1]
			return true
		}
		ends = append(ends, n)
		switch n := n.(type) {
		case *ast.FuncLit:
			literals++
		case *ast.Ident:
			obj := c.info.Uses[n]
			if obj == nil {
				break
			}
			o := out.Object(obj)
			if o != nil && (literals > 0 || o.Kind == Func || o.Kind == Var && functional(o.Obj.Type())) && o.Name == obj.Name() {
				with[o.Name] = true
			}
		}
		return true
	})
}

// leftmost is the variable that an assignment changes: x of x[i].f.
func leftmost(x ast.Expr) *ast.Ident {
	for {
		switch y := x.(type) {
		case *ast.Ident:
			return y
		case *ast.ParenExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		default:
			return nil
		}
	}
}

// madeWith notes what functions that are given to a variable use.
func (o *Object) madeWith(m *making) {
	if o.with == nil || m.whole {
		o.with = map[string]bool{}
	}
	maps.Copy(o.with, m.with)
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
