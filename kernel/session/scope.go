package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// populate puts what the text may refer to into the package scope, where go/types finds it as if declared here.
func (c *checker) populate() (ds Diagnostics) {
	scope := c.pkg.Scope()
	own := c.importNames()
	c.shadowed = c.shadowedPackages()
	c.auto = c.autoImports()
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		if c.declared[name] || own[name] {
			continue
		}
		o := c.s.objects[name]
		path := c.s.packagePath(name)
		if c.auto[name] != "" {
			path = c.auto[name]
		}
		needed, shadowed := c.shadowed[name]
		switch {
		case shadowed && needed:
		case o != nil:
			c.inserted[o.Obj] = o
			scope.Insert(o.Obj)
			continue
		case shadowed:
			continue
		}
		if path != "" {
			p, err := c.s.cat.Import(path)
			if err != nil {
				ds = append(ds, at(c.n, c.src, 0, err.Error()))
				continue
			}
			scope.Insert(types.NewPkgName(token.NoPos, c.pkg, name, p))
			c.packages[name] = path
		} else if obj := c.dotted(name); obj != nil {
			scope.Insert(obj)
		} else if name == "ctx" {
			if p, err := c.s.cat.Import("context"); err == nil {
				scope.Insert(types.NewVar(token.NoPos, c.pkg, "ctx", p.Scope().Lookup("Context").Type()))
			}
		}
	}
	return ds
}

// dotted finds a name in the packages that earlier cells imported with a dot, the latest first. The cell's own such imports bind
// their names by themselves.
func (c *checker) dotted(name string) types.Object {
	if !token.IsExported(name) {
		return nil
	}
	own := c.dotImports()
	for _, path := range slices.Backward(c.s.dots) {
		if slices.Contains(own, path) {
			return nil
		}
		if p, err := c.s.cat.Import(path); err == nil && p.Scope().Lookup(name) != nil {
			return p.Scope().Lookup(name)
		}
	}
	return nil
}

// importNames are the names that the cell's own imports bind.
func (c *checker) importNames() map[string]bool {
	names := map[string]bool{}
	for _, sp := range c.a.file.Imports {
		path := strings.Trim(sp.Path.Value, "`\"")
		switch {
		case sp.Name != nil:
			names[sp.Name.Name] = true
			c.packages[sp.Name.Name] = path
		default:
			if p, err := c.s.cat.Import(path); err == nil {
				names[p.Name()] = true
				c.packages[p.Name()] = path
			}
		}
	}
	delete(c.packages, "_")
	delete(c.packages, ".")
	return names
}

// shadowedPackages are package names that the statements declare as variables: `data := data.TwoMoons(…)` means the package
// on the right, also when the cell runs again and the variable exists. Where nothing in the text asks the package for anything
// the name is false: it means the variable everywhere, in functions too.
func (c *checker) shadowedPackages() map[string]bool {
	names := map[string]bool{}
	for _, id := range topIdents(c.a.body) {
		if c.s.packagePath(id.Name) != "" {
			names[id.Name] = false
		}
	}
	if len(names) == 0 {
		return nil
	}
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		if needed, shadowed := names[id.Name]; shadowed && !needed {
			p, err := c.s.cat.Import(c.s.packagePath(id.Name))
			names[id.Name] = err != nil || p.Scope().Lookup(sel.Sel.Name) != nil
		}
		return true
	})
	return names
}

// topIdents are the identifiers that top-level statements declare, := and var, whether or not they are new.
func topIdents(body *ast.FuncDecl) (ids []*ast.Ident) {
	for _, st := range body.Body.List {
		for l, ok := st.(*ast.LabeledStmt); ok; l, ok = st.(*ast.LabeledStmt) {
			st = l.Stmt
		}
		switch st := st.(type) {
		case *ast.AssignStmt:
			if st.Tok == token.DEFINE {
				for _, l := range st.Lhs {
					if id, ok := l.(*ast.Ident); ok && id.Name != "_" {
						ids = append(ids, id)
					}
				}
			}
		case *ast.DeclStmt:
			if d := st.Decl.(*ast.GenDecl); d.Tok == token.VAR {
				for _, sp := range d.Specs {
					for _, id := range sp.(*ast.ValueSpec).Names {
						if id.Name != "_" {
							ids = append(ids, id)
						}
					}
				}
			}
		}
	}
	return ids
}

func (c *checker) topLevel() map[token.Pos]bool {
	top := map[token.Pos]bool{}
	for _, id := range topIdents(c.a.body) {
		top[id.Pos()] = true
	}
	return top
}

// tolerated are Go errors that a notebook does not have: unused imports, unused top-level variables, and a value as the last
// statement.
func (c *checker) tolerated(te types.Error, top map[token.Pos]bool) bool {
	switch {
	case strings.Contains(te.Msg, "imported and not used"), strings.Contains(te.Msg, "imported as ") && strings.HasSuffix(te.Msg, "not used"):
		return true
	case strings.HasPrefix(te.Msg, "declared and not used"):
		return top[te.Pos]
	case strings.Contains(te.Msg, "is not used"):
		list := c.a.body.Body.List
		if len(list) == 0 {
			return false
		}
		last, ok := list[len(list)-1].(*ast.ExprStmt)
		return ok && last.Pos() <= te.Pos && te.Pos < last.End() && c.inStatements(te.Pos)
	}
	return false
}

// stale reports uses of objects that hold values of a type that is no more, or that went with the worker.
func (c *checker) stale() (ds Diagnostics) {
	values, funcs := c.staleVars(nil), c.staleFuncs(c.changedNames(), nil)
	for id, obj := range c.info.Uses {
		if o := c.inserted[obj]; o != nil {
			d := c.s.position(c.a.fset, id.Pos(), c.n, c.src, o.Name+" "+o.Stale)
			// What the cell declares is only there once it has run, and so is what running the other cell again would make.
			if slices.Contains(values, o) && d.Cell != c.n {
				d.Message = o.Name + " still holds a value of the old type"
			} else if slices.Contains(values, o) {
				d.Message = fmt.Sprintf("%s holds a value of a type that this cell declares anew or gives methods: leave that to a cell of its own, "+
					"then run cell %d again", o.Name, o.Cell)
			} else if slices.Contains(funcs, o) && d.Cell != c.n {
				d.Message = o.Name + " still uses " + c.uses[o] + " as it was"
			} else if slices.Contains(funcs, o) {
				d.Message = fmt.Sprintf("%s has a function that uses %s, which this cell declares anew: leave that to a cell of its own, "+
					"then run cell %d again", o.Name, c.uses[o], o.Cell)
			} else if o.Stale == "" && c.broken[o.Name] != "" && d.Cell != c.n {
				d.Message = o.Name + " no longer fits" // and so does what calls it not
			} else if o.Stale == "" {
				continue
			}
			c.unfit = c.unfit || o.unfit
			ds = append(ds, d)
			c.errs = append(c.errs, types.Error{Fset: c.a.fset, Pos: id.Pos(), Msg: d.Message})
		}
		if obj.Name() == "ctx" && obj.Parent() == c.pkg.Scope() && c.inserted[obj] == nil && c.hoisted["ctx"] == "" && !c.inBody(id) {
			if _, isVar := obj.(*types.Var); isVar {
				ds = append(ds, c.s.position(c.a.fset, id.Pos(), c.n, c.src, ctxInFunction))
			}
		}
	}
	slices.SortFunc(ds, func(a, b Diagnostic) int { return (a.Line-b.Line)*1000 + a.Col - b.Col })
	return ds
}

func (c *checker) inBody(id *ast.Ident) bool {
	return c.a.body.Pos() <= id.Pos() && id.Pos() < c.a.body.End()
}

const ctxInFunction = "ctx belongs to the running cell: inside a function make it a parameter, ctx context.Context"

// preferStale leaves out type errors in lines that use something stale: they follow from it and only confuse, as in "cannot
// use a T as a T".
func preferStale(stale, ds Diagnostics) Diagnostics {
	if len(stale) == 0 {
		return ds
	}
	line := map[[2]int]bool{}
	for _, d := range stale {
		line[[2]int{d.Cell, d.Line}] = true
	}
	return append(stale, slices.DeleteFunc(ds, func(d Diagnostic) bool { return line[[2]int{d.Cell, d.Line}] })...)
}

// refused is what go/types accepts and a notebook cannot have: a function without a body, which only assembly could give one, and
// what needs files around it.
func (c *checker) refused() (ds Diagnostics) {
	ds = c.refusedComments()
	for _, sp := range c.a.file.Imports {
		if sp.Path.Value == `"C"` || sp.Path.Value == "`C`" {
			ds = append(ds, c.s.position(c.a.fset, sp.Pos(), c.n, c.src, cgoWhy))
		}
	}
	for _, d := range c.a.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body == nil {
			ds = append(ds, c.s.position(c.a.fset, f.Name.Pos(), c.n, c.src, "missing function body"))
		}
	}
	return ds
}

// ending refuses calls that end the process without asking the cell.
func (c *checker) ending() (ds Diagnostics) {
	const why = "testing.Main ends the process, which here holds the session: %%test runs a cell's tests"
	for id, obj := range c.info.Uses {
		if f, ok := obj.(*types.Func); ok && f.FullName() == "testing.Main" {
			ds = append(ds, c.s.position(c.a.fset, id.Pos(), c.n, c.src, why))
		}
	}
	return ds
}

// coverNames puts brackets round the right side of `type B A` for the time of the check where A is a type of the session:
// go/types follows a bare name to look for cycles, and expects it to be declared in the text.
func (c *checker) coverNames() (undo func()) {
	var list []*ast.TypeSpec
	for _, ts := range c.typeSpecs() {
		if id, ok := ts.Type.(*ast.Ident); ok && c.inserted[c.pkg.Scope().Lookup(id.Name)] != nil {
			ts.Type = &ast.ParenExpr{Lparen: id.Pos(), X: id, Rparen: id.End()}
			list = append(list, ts)
		}
	}
	return func() {
		for _, ts := range list {
			ts.Type = ts.Type.(*ast.ParenExpr).X
		}
	}
}

// typeSpecs are the types that the text declares at package level.
func (c *checker) typeSpecs() (list []*ast.TypeSpec) {
	for _, d := range c.a.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, sp := range g.Specs {
				list = append(list, sp.(*ast.TypeSpec))
			}
		}
	}
	return list
}
