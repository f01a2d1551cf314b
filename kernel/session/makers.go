package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

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
