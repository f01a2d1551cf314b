package session

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// cell makes the result of the last round.
func (c *checker) cell() (*Cell, Diagnostics) {
	out := &Cell{
		Number: c.s.Number(c.n), Key: c.n, Source: c.src, Fset: c.a.fset, Info: c.info, Pkg: c.pkg, Body: c.a.body,
		Objects: maps.Clone(c.inserted), Locals: map[types.Object]*Object{}, New: map[*Object]bool{},
	}
	out.Serial, out.session = strconv.FormatInt(c.s.serial.Add(1), 10), c.s
	c.serial = out.Serial
	out.stmts, out.used = c.statements(), usedBy(c.a.body)
	fresh := map[string]*Object{} // declared or declared anew by this cell
	c.constObjects(out, fresh)
	c.typeObjects(out, fresh)
	c.funcObjects(out, fresh)
	c.varObjects(out, fresh)
	c.keptObjects(out, fresh)
	c.echoes(out, fresh)
	c.unnamed(out)
	out.Recovers = c.s.recovers || c.names["recover"]
	out.Inspects = c.s.inspects || c.names["Caller"] || c.names["Callers"] || c.names["Lshortfile"] || c.names["Llongfile"] || c.names["AddSource"]
	c.owned(out)
	c.last(out)
	if len(c.overflow) > 0 {
		return nil, c.overflow
	}
	for _, name := range slices.Sorted(maps.Keys(c.auto)) {
		out.Imported = append(out.Imported, c.auto[name])
	}
	broken := maps.Clone(c.broken)
	for _, name := range slices.Sorted(maps.Keys(broken)) {
		if c.s.objects[name].unfit {
			continue // that was said
		}
		out.Notes = append(out.Notes, fmt.Sprintf("%s (cell %d) no longer fits: %s", name, c.s.objects[name].Cell, broken[name]))
	}
	for _, name := range slices.Sorted(slices.Values(c.carried)) {
		if o := c.s.objects[name]; o != nil && o.unfit && fresh[name] != nil {
			out.Notes = append(out.Notes, fmt.Sprintf("%s (cell %d) fits again", name, o.Cell))
		}
	}
	made := c.makers(out, fresh)
	stale, old := c.staleVars(fresh), c.staleFuncs(c.changedNames(), fresh)
	old = slices.DeleteFunc(old, func(o *Object) bool { return slices.Contains(stale, o) })
	out.Notes = append(append(out.Notes, valuesNote(stale)...), funcsNote(old)...)
	out.Notes = append(out.Notes, c.lostMethods(out)...)
	out.Renewed, out.Suspects = c.formers(fresh)
	own := c.importNames()
	retained, packages, dots := c.retainedMethods(out), c.packages, c.dotImports()
	out.commit = func() {
		s := c.s
		for name, why := range broken {
			s.objects[name].unfit = true
			s.objects[name].Stale = fmt.Sprintf("no longer fits what it uses: %s; run cell %d again", why, s.objects[name].Cell)
		}
		for _, o := range stale {
			o.Stale = fmt.Sprintf("holds a value of a type that was declared anew since; run cell %d again", o.Cell)
		}
		for _, o := range old {
			o.Stale = fmt.Sprintf("has a function that uses %s, which was declared anew since; run cell %d again", c.uses[o], o.Cell)
		}
		for name := range own {
			delete(s.objects, name) // from now on it means the package
		}
		maps.Copy(s.objects, fresh)
		for name, m := range made {
			s.objects[name].madeWith(m)
		}
		s.former = out.Formers()
		maps.Copy(s.owners, out.owners)
		s.unnamed = append(s.unnamed, out.Unnamed...)
		s.recovers, s.inspects = out.Recovers, out.Inspects
		for _, o := range fresh {
			if t, ok := o.Obj.(*types.TypeName); ok {
				s.types[t] = o
			}
		}
		for _, m := range retained {
			m()
		}
		for name, path := range packages {
			if _, pre := s.predeclared[name]; !pre || s.predeclared[name] != path {
				s.imports[name] = path
			}
		}
		for _, path := range dots {
			if !slices.Contains(s.dots, path) {
				s.dots = append(s.dots, path)
			}
		}
		s.sources[c.n] = c.src
	}
	return out, nil
}

// Commit makes a checked cell part of the session. It is called once the cell's declarations are defined in the worker.
func (s *Session) Commit(c *Cell) { c.commit() }

// id is a symbol for name that no other definition has.
func (c *checker) id(name string) string { return name + "_" + c.serial }

// declare makes the object of a package-level declaration of this cell.
func (c *checker) declare(out *Cell, fresh map[string]*Object, id *ast.Ident, kind Kind, d *decl) *Object {
	obj := c.info.Defs[id]
	o := &Object{Name: id.Name, Kind: kind, Obj: obj, ID: c.id(id.Name), Cell: c.s.Number(d.cell), decl: d}
	if old := c.s.objects[id.Name]; old != nil && kind != Type && old.Kind == kind && (sameValue(old, obj) || old.sameSlot(obj)) {
		o.ID = old.ID
	} else {
		out.New[o] = true
	}
	out.Objects[obj] = o
	fresh[id.Name] = o
	return o
}

// sameSlot tells whether a function that did not fit for a while is what its callers call again.
func (o *Object) sameSlot(now types.Object) bool {
	return o.Kind == Func && o.unfit && !o.Lost && !o.Generic() && types.Identical(o.Obj.Type(), now.Type())
}

// source is the declaration's text as it stood in its cell.
func (c *checker) source(n ast.Node, keyword string) (cell int, text string) {
	from, to := c.a.fset.Position(n.Pos()), c.a.fset.Position(n.End())
	cell = cellOf(from.Filename, c.n)
	src := c.src
	if cell != c.n {
		src = c.s.sources[cell]
	}
	start, end := offset(src, from.Line, from.Column), offset(src, to.Line, to.Column)
	return cell, keyword + directive(cell, src, start) + src[start:max(start, end)]
}

func offset(src string, line, col int) int {
	off := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(src[off:], '\n')
		if i < 0 {
			return len(src)
		}
		off += i + 1
	}
	return min(off+max(col-1, 0), len(src))
}

// newDecl keeps the source of a declaration and what it uses.
func (c *checker) newDecl(n ast.Node, keyword string) *decl {
	d := &decl{packages: map[string]string{}, uses: map[string]bool{}}
	d.cell, d.text = c.source(n, keyword)
	c.usesOf(n, d)
	return d
}

func (c *checker) usesOf(n ast.Node, d *decl) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch obj := c.info.Uses[id].(type) {
		case nil:
		case *types.PkgName:
			d.packages[obj.Name()] = obj.Imported().Path()
		default:
			if c.inserted[obj] != nil || obj.Parent() == c.pkg.Scope() {
				d.uses[obj.Name()] = true
			}
		}
		return true
	})
}

func (c *checker) constObjects(out *Cell, fresh map[string]*Object) {
	for _, g := range c.consts {
		for _, sp := range g.Specs {
			for _, id := range sp.(*ast.ValueSpec).Names {
				if id.Name != "_" {
					d := c.newDecl(g, "")
					d.spec = c.constText(id.Name)
					c.declare(out, fresh, id, Const, d)
				}
			}
		}
	}
}

func (c *checker) typeObjects(out *Cell, fresh map[string]*Object) {
	for _, g := range c.a.file.Decls {
		g, ok := g.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, sp := range g.Specs {
			spec := sp.(*ast.TypeSpec)
			if spec.Name.Name == "_" {
				continue
			}
			d := c.newDecl(spec, "type ")
			d.spec, d.methods = normal(spec), map[string]*method{}
			o := c.declare(out, fresh, spec.Name, Type, d)
			unit := &TypeUnit{Object: o, Spec: spec}
			for _, f := range c.methods[spec.Name.Name] {
				if f.Name.Name != "_" {
					unit.Methods = append(unit.Methods, f)
				}
			}
			out.Types = append(out.Types, unit)
			for _, f := range unit.Methods {
				m := &method{name: f.Name.Name, sig: signature(f), src: normal(f)}
				m.cell, m.text = c.source(f, "")
				c.usesOf(f, d)
				if !o.Generic() && !whole(f) {
					m.ID = c.id("method_" + spec.Name.Name + "_" + f.Name.Name)
					out.Funcs = append(out.Funcs, &FuncUnit{Object: o, Decl: f, Slot: m.ID, Symbol: c.methodSymbol(f)})
				}
				d.methods[m.name] = m
			}
		}
	}
}

func (c *checker) funcObjects(out *Cell, fresh map[string]*Object) {
	for i, f := range c.funcs {
		symbol := c.id(f.Name.Name)
		switch f.Name.Name {
		case "_":
			continue
		case "init":
			symbol = fmt.Sprintf("%s_%d", symbol, i)
			out.Inits = append(out.Inits, &FuncUnit{Decl: f, Symbol: symbol})
			identifiers(f.Body, out.used) // it runs with the statements
			continue
		}
		d := c.newDecl(f, "")
		d.signature = map[string]bool{}
		identifiers(f.Type, d.signature)
		o := c.declare(out, fresh, f.Name, Func, d)
		unit := &FuncUnit{Object: o, Decl: f, Slot: o.ID, Symbol: symbol}
		out.Funcs = append(out.Funcs, unit)
		if f.Name.Name == "main" && d.cell == c.n {
			out.Main = unit
		}
	}
}

// methodSymbol names what runs a method after it, and tells a pointer receiver.
func (c *checker) methodSymbol(f *ast.FuncDecl) string {
	kind := "method_"
	if _, pointer := ast.Unparen(f.Recv.List[0].Type).(*ast.StarExpr); pointer {
		kind = "pointer_method_"
	}
	return c.id(kind + receiver(f) + "_" + f.Name.Name)
}

// retainedMethods makes units of the new bodies of methods whose types stay.
func (c *checker) retainedMethods(out *Cell) (commits []func()) {
	for _, name := range slices.Sorted(maps.Keys(c.retained)) {
		o := c.s.objects[name]
		out.Objects[o.Obj] = o
		if o.Generic() {
			continue
		}
		for _, f := range c.methods[name] {
			old := o.decl.methods[f.Name.Name]
			m := &method{name: old.name, sig: old.sig, src: normal(f), ID: old.ID}
			m.cell, m.text = c.source(f, "")
			out.Funcs = append(out.Funcs, &FuncUnit{Object: o, Decl: f, Slot: old.ID, Symbol: c.methodSymbol(f)})
			used := &decl{packages: map[string]string{}, uses: map[string]bool{}}
			c.usesOf(f, used)
			commits = append(commits, func() {
				o.decl.methods[m.name] = m
				maps.Copy(o.decl.uses, used.uses)
				maps.Copy(o.decl.packages, used.packages)
			})
		}
	}
	return commits
}

func (c *checker) varObjects(out *Cell, fresh map[string]*Object) {
	for _, id := range topIdents(c.a.body) {
		obj := c.info.Defs[id]
		if obj == nil {
			continue // assigned again by a later :=
		}
		top := types.NewVar(token.NoPos, c.pkg, id.Name, obj.Type())
		types.NewScope(nil, token.NoPos, token.NoPos, "").Insert(top) // or the first check that uses it would set its parent
		o := &Object{Name: id.Name, Kind: Var, Obj: top, ID: c.id(id.Name), Cell: c.s.Number(c.n)}
		if old := c.s.objects[id.Name]; old != nil && sameValue(old, obj) {
			o.ID, o.Obj = old.ID, old.Obj
		} else {
			out.New[o] = true
			if old != nil && old.Kind == Var && old.Stale == "" && c.alike(old.Obj.Type(), obj.Type(), map[[2]types.Type]bool{}) {
				out.Views = append(out.Views, View{old.ID, o}) // it is the same variable, as without the new methods
			}
		}
		out.Locals[obj] = o
		if top := c.atTop[id.Name]; top != nil {
			out.Objects[top] = o
		}
		out.Vars = append(out.Vars, o)
		fresh[id.Name] = o
	}
}

func (c *checker) dotImports() (paths []string) {
	for _, sp := range c.a.file.Imports {
		if sp.Name != nil && sp.Name.Name == "." {
			paths = append(paths, strings.Trim(sp.Path.Value, "`\""))
		}
	}
	return paths
}

// last finds the expression whose value is shown: the last statement, unless a semicolon ends it or it prints.
func (c *checker) last(out *Cell) {
	list := c.a.body.Body.List
	if len(list) == 0 {
		return
	}
	st, ok := list[len(list)-1].(*ast.ExprStmt)
	if !ok || c.semicolon() || c.prints(st.X) {
		return
	}
	tv := c.info.Types[st.X]
	if t, ok := tv.Type.(*types.Tuple); tv.Type == nil || tv.IsVoid() || tv.IsType() || tv.IsBuiltin() || ok && t.Len() == 0 {
		return
	}
	if t, ok := tv.Type.(*types.Basic); ok && tv.Value != nil && overflows(tv.Value, t) {
		c.overflow = append(c.overflow, c.s.position(c.a.fset, st.Pos(), c.n, c.src, fmt.Sprintf(
			"cannot use %s (%s constant %s) as %s value (overflows)", types.ExprString(st.X), t, tv.Value, types.Default(t))))
		return
	}
	if end := c.chunks[len(c.chunks)-1]; end.kind != stmtChunk {
		return // declarations after it: the value is not the last thing in the cell
	}
	out.Last = st.X
	out.Static = types.TypeString(types.Default(tv.Type), func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	})
}

// semicolon tells whether the cell ends in a written semicolon.
func (c *checker) semicolon() bool {
	toks, _ := scan(c.src)
	return len(toks) > 0 && toks[len(toks)-1].tok == token.SEMICOLON && toks[len(toks)-1].lit == ";"
}

// prints tells whether an expression is a call of fmt's printing functions, whose count and error nobody wants to see.
func (c *checker) prints(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := c.info.Uses[sel.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == "fmt" && (strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint"))
}

// Final tells whether no statement comes after number at.
func (c *Cell) Final(at int) bool { return at >= len(c.stmts)-1 }

// Unreached names the new variables that statements from number at on declare: a cell that ended there never made them.
func (c *Cell) Unreached(at int) (names []string) {
	fresh := map[string]bool{}
	for _, v := range c.Vars {
		if c.New[v] {
			fresh[v.Name] = true
		}
	}
	for i, st := range c.stmts {
		for _, name := range st.declares {
			if i >= at && fresh[name] {
				names = append(names, name)
			}
		}
	}
	return names
}

// StatementLine is the line of statement number at, or a line inside it when that is known better.
func (c *Cell) StatementLine(at, better int) int {
	if at < 0 || at >= len(c.stmts) {
		return 0
	}
	if st := c.stmts[at]; better < st.from || better > st.to {
		return st.from
	}
	return better
}

// StatementLines are the lines of statement number at.
func (c *Cell) StatementLines(at int) (from, to int) {
	if at < 0 || at >= len(c.stmts) {
		return 0, 0
	}
	return c.stmts[at].from, c.stmts[at].to
}

// statement is what is kept of a top-level statement after its syntax has been lowered.
type statement struct {
	from, to int // lines
	declares []string
}

func (c *checker) statements() (list []statement) {
	for _, st := range c.a.body.Body.List {
		s := statement{from: c.a.fset.Position(st.Pos()).Line, to: c.a.fset.Position(st.End()).Line}
		for _, id := range topIdents(&ast.FuncDecl{Body: &ast.BlockStmt{List: []ast.Stmt{st}}}) {
			s.declares = append(s.declares, id.Name)
		}
		list = append(list, s)
	}
	return list
}

// overflows tells an untyped constant that its default type cannot hold.
func overflows(v constant.Value, t *types.Basic) bool {
	switch t.Kind() {
	case types.UntypedInt:
		_, exact := constant.Int64Val(constant.ToInt(v))
		return !exact
	case types.UntypedFloat:
		f, _ := constant.Float64Val(v)
		return math.IsInf(f, 0)
	}
	return false
}
