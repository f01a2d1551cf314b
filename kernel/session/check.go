package session

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A Cell is a checked cell: everything that lowering needs, and what Commit will make part of the session.
type Cell struct {
	Number int // that the person knows
	Key    int // its own: see Session.Number
	Source string
	Fset   *token.FileSet
	Info   *types.Info
	Pkg    *types.Package

	Types []*TypeUnit // new types, in source order; they share one compiled package
	Funcs []*FuncUnit // functions and method bodies to define
	Inits []*FuncUnit // func init: called before the statements
	Main  *FuncUnit   // func main: called after the statements; nil for none
	Body  *ast.FuncDecl

	// Objects resolves an identifier's types.Object to the session's object: those used, those declared here, and the
	// top-level variables of the statements.
	Objects map[types.Object]*Object
	// Locals are the objects of top-level variables in Body.
	Locals map[types.Object]*Object
	Vars   []*Object // top-level variables in order of declaration
	New    map[*Object]bool

	Last   ast.Expr // the last expression, if its value is to be shown
	Static string   // its static type
	Notes  []string // what the person should know: functions that no longer fit, values that became stale

	// Serial is unique to this check.
	Serial string

	session *Session
	stmts   []statement
	used    map[string]bool // identifiers in the statements
	commit  func()
}

// Object is the session's object behind what the type checker found, or nil.
func (c *Cell) Object(obj types.Object) *Object {
	if o := c.Objects[obj]; o != nil {
		return o
	}
	if o := c.Locals[obj]; o != nil {
		return o
	}
	if t, ok := obj.(*types.TypeName); ok {
		return c.session.types[t] // of a variable whose type the cell does not name
	}
	return nil
}

// Label is what label makes of the source of the cell that a position names, as in "cell[3]".
func (c *Cell) Label(file string, label func(source string) string) string {
	n := cellOf(file, c.Key)
	if n == c.Key {
		return label(c.Source)
	}
	return label(c.session.sources[n])
}

// A TypeUnit is a new type with its methods.
type TypeUnit struct {
	Object  *Object
	Spec    *ast.TypeSpec
	Methods []*ast.FuncDecl
}

// A FuncUnit is a function or the body of a method.
type FuncUnit struct {
	Object *Object       // the function; for a method the type
	Decl   *ast.FuncDecl // of a method: with its receiver
	Slot   string        // the slot that calls go through: Object.ID of a function
	Symbol string        // the name of this definition
}

// Check type-checks a cell against the session. It changes nothing: with diagnostics the session is as it was, and without
// the caller commits the Cell once it has been defined.
func (s *Session) Check(n int, src string) (*Cell, Diagnostics) {
	chunks, open, err := split(src)
	if err != nil {
		var se *syntaxError
		errors.As(err, &se)
		return nil, Diagnostics{at(n, src, se.off, se.msg)}
	}
	if open > 0 {
		return nil, Diagnostics{at(n, src, len(strings.TrimRight(src, " \t\r\n")), "syntax error: the cell ends inside an open bracket")}
	}
	c := &checker{s: s, n: s.key(n, src), src: src, chunks: chunks, hoisted: map[string]string{}, aliases: map[string]string{}, keyed: map[string][]string{}, broken: map[string]string{}, own: map[string]map[string]bool{}}
	// The first round finds the types of top-level variables and of functions; when others depend on what changed, the next
	// checks those along with the cell. A dependent that no longer fits becomes stale and is left out of the round after.
	for {
		ds, again := c.round()
		if again {
			continue
		}
		if len(ds) > 0 {
			for i := range ds {
				ds[i].Cell = s.Number(ds[i].Cell)
			}
			return nil, ds
		}
		return c.cell()
	}
}

// checker checks one cell, in rounds.
type checker struct {
	s      *Session
	n      int
	src    string
	chunks []chunk
	rounds int

	carried []string                   // session names whose declarations are checked along
	hoisted map[string]string          // top-level variables that functions use: their types as text, to declare them at package level
	aliases map[string]string          // import path → the name by which the texts in hoisted refer to it
	broken  map[string]string          // carried names that no longer fit: why
	own     map[string]map[string]bool // type → methods that the cell declares, of types brought along

	a        *assembled
	pkg      *types.Package
	info     *types.Info
	inserted map[types.Object]*Object
	declared map[string]bool            // package-level names that the cell itself declares
	retained map[string]map[string]bool // type → methods whose bodies alone are new
	specs    map[string]*ast.TypeSpec
	methods  map[string][]*ast.FuncDecl
	funcs    []*ast.FuncDecl
	consts   []*ast.GenDecl
	names    map[string]bool // every identifier in the text
	packages map[string]string
	auto     map[string]string // packages that the text uses without import: name → path
	errs     []types.Error
	keyed    map[string][]string     // position of a struct literal → the names of its fields
	atTop    map[string]types.Object // hoisted names as package-level objects
}

const maxRounds = 8

// round assembles and checks once. again asks for another round with what this one found.
func (c *checker) round() (ds Diagnostics, again bool) {
	c.rounds++
	s := c.s
	var texts []string
	for _, name := range c.carried {
		texts = append(texts, s.texts(name, c.own[name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.hoisted)) {
		texts = append(texts, "var "+name+" "+c.hoisted[name])
	}
	a, err := assemble(c.n, c.src, c.chunks, texts, c.aliases)
	if err != nil {
		return s.syntax(c.n, c.src, err), false
	}
	c.a = a
	c.addKeys()
	if c.sort() {
		return nil, true
	}
	if c.carryDependents(c.changedTypes()) && c.rounds < maxRounds {
		return nil, true
	}
	ds = c.check()
	if len(ds) > 0 {
		if c.needKeys() && c.rounds < maxRounds {
			return nil, true
		}
		if c.dropBroken(ds) && c.rounds < maxRounds {
			return nil, true
		}
		if !c.hoist() || c.rounds >= maxRounds {
			return ds, false
		}
		return nil, true
	}
	if (c.hoist() || c.carryDependents(c.changedValues())) && c.rounds < maxRounds {
		return nil, true
	}
	return nil, false
}

// texts are the declaration of a session name and of its methods.
//
// Those in own are left out: the cell declares them itself.
func (s *Session) texts(name string, own map[string]bool) []string {
	o := s.objects[name]
	if o == nil || o.decl == nil {
		return nil
	}
	texts := []string{o.decl.text}
	for _, m := range slices.Sorted(maps.Keys(o.decl.methods)) {
		if !own[m] {
			texts = append(texts, o.decl.methods[m].text)
		}
	}
	return texts
}

// sort puts the declarations of the assembled file in their places, and turns methods of types that stay as they are into
// functions: go/types must not see the type a second time, or its values would no longer fit.
//
// It asks for another round when a method of the cell makes an earlier cell's type a new one, which then belongs to the text.
func (c *checker) sort() (again bool) {
	c.declared, c.specs, c.methods = map[string]bool{}, map[string]*ast.TypeSpec{}, map[string][]*ast.FuncDecl{}
	c.retained, c.packages, c.names = map[string]map[string]bool{}, map[string]string{}, map[string]bool{}
	c.funcs, c.consts = nil, nil
	identifiers(c.a.file, c.names)
	for _, d := range c.a.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch {
			case d == c.a.body:
			case d.Recv != nil:
				c.methods[receiver(d)] = append(c.methods[receiver(d)], d)
			default:
				c.funcs = append(c.funcs, d)
				if d.Name.Name != "init" && d.Name.Name != "_" {
					c.declared[d.Name.Name] = true
				}
			}
		case *ast.GenDecl:
			switch d.Tok {
			case token.TYPE:
				for _, sp := range d.Specs {
					ts := sp.(*ast.TypeSpec)
					c.specs[ts.Name.Name] = ts
					c.declared[ts.Name.Name] = true
				}
			case token.VAR:
				c.declared[d.Specs[0].(*ast.ValueSpec).Names[0].Name] = true
			case token.CONST:
				c.consts = append(c.consts, d)
				for _, sp := range d.Specs {
					for _, id := range sp.(*ast.ValueSpec).Names {
						c.declared[id.Name] = true
					}
				}
			}
		}
	}
	return c.retain()
}

// retain finds the types whose layout and method set stay as they are.
func (c *checker) retain() (again bool) {
	// A method of an earlier cell's type brings the type with it.
	for _, name := range slices.Sorted(maps.Keys(c.methods)) {
		if c.specs[name] != nil {
			continue
		}
		o := c.s.objects[name]
		if o == nil || o.Kind != Type || o.Stale != "" {
			continue // the type checker says what is wrong
		}
		if !c.sameMethods(o, name) || o.Generic() {
			if !slices.Contains(c.carried, name) {
				c.carried = append(c.carried, name)
				again = true
				for _, m := range c.methods[name] {
					if c.own[name] == nil {
						c.own[name] = map[string]bool{}
					}
					c.own[name][m.Name.Name] = true
				}
			}
		} else {
			c.retained[name] = map[string]bool{}
		}
	}
	for name, spec := range c.specs {
		o := c.s.objects[name]
		if o == nil || o.Kind != Type || o.Stale != "" || o.decl == nil || slices.Contains(c.carried, name) {
			continue
		}
		if normal(spec) == o.decl.spec && c.sameMethods(o, name) && (!o.Generic() || c.sameBodies(o, name)) {
			c.retained[name] = map[string]bool{}
		}
	}
	for dropped := true; dropped; { // a type that uses a changed one is changed
		dropped = false
		for name := range c.retained {
			for used := range c.s.objects[name].decl.uses {
				if c.declared[used] && c.retained[used] == nil && used != name && !c.unchangedConst(used) {
					delete(c.retained, name)
					dropped = true
					break
				}
			}
		}
	}
	c.remove()
	return again
}

// sameMethods tells whether the methods in this text add nothing to the method set of o.
func (c *checker) sameMethods(o *Object, name string) bool {
	for _, m := range c.methods[name] {
		old := o.decl.methods[m.Name.Name]
		if old == nil || old.sig != signature(m) {
			return false
		}
	}
	return true
}

func (c *checker) sameBodies(o *Object, name string) bool {
	for _, m := range c.methods[name] {
		if old := o.decl.methods[m.Name.Name]; old == nil || old.src != normal(m) {
			return false
		}
	}
	return true
}

// signature is a method without its body, in normal form.
func signature(f *ast.FuncDecl) string {
	g := *f
	g.Body = nil
	return normal(&g)
}

func (c *checker) unchangedConst(name string) bool {
	o := c.s.objects[name]
	return o != nil && o.Kind == Const && o.decl != nil && c.constText(name) == o.decl.spec
}

// constText is the declaration of a constant in normal form, with its place in the group, which decides iota.
func (c *checker) constText(name string) string {
	for _, d := range c.consts {
		for i, sp := range d.Specs {
			for j, id := range sp.(*ast.ValueSpec).Names {
				if id.Name == name {
					return fmt.Sprintf("%d.%d %s", i, j, normal(d))
				}
			}
		}
	}
	return ""
}

// remove takes retained types out of the file and makes functions of their methods.
func (c *checker) remove() {
	var decls []ast.Decl
	for _, d := range c.a.file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.TYPE {
				d.Specs = slices.DeleteFunc(d.Specs, func(sp ast.Spec) bool { return c.retained[sp.(*ast.TypeSpec).Name.Name] != nil })
				if len(d.Specs) == 0 {
					continue
				}
			}
		case *ast.FuncDecl:
			if name := receiver(d); name != "" && c.retained[name] != nil {
				if c.s.objects[name].Generic() {
					continue // its bodies are as they were
				}
				c.retained[name][d.Name.Name] = true
			}
		}
		decls = append(decls, d)
	}
	c.a.file.Decls = decls
	for name := range c.retained {
		delete(c.specs, name)
		delete(c.declared, name)
	}
}

// check runs go/types over the assembled file.
func (c *checker) check() (ds Diagnostics) {
	c.pkg = types.NewPackage("main", "main")
	c.inserted, c.atTop, c.errs = map[types.Object]*Object{}, map[string]types.Object{}, nil
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
	}
	if ds := c.populate(); len(ds) > 0 {
		return ds
	}
	undo := c.functionForm()
	defer undo()
	top := c.topLevel()
	conf := types.Config{GoVersion: "go1.26", Importer: c.s.cat, Error: func(err error) {
		te := err.(types.Error)
		if c.tolerated(te, top) {
			return
		}
		c.errs = append(c.errs, te)
		ds = append(ds, c.s.position(c.a.fset, te.Pos, c.n, c.src, c.didYouMean(te.Msg)))
	}}
	types.NewChecker(&conf, c.a.fset, c.pkg, c.info).Files([]*ast.File{c.a.file})
	for name := range c.hoisted {
		c.atTop[name] = c.pkg.Scope().Lookup(name)
	}
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		if a.Cell != b.Cell {
			return b.Cell - a.Cell // the cell at hand first
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	if len(ds) == 0 {
		ds = c.stale()
	}
	return ds
}

// populate puts what the text may refer to into the package scope, where go/types finds it as if declared here.
func (c *checker) populate() (ds Diagnostics) {
	scope := c.pkg.Scope()
	own := c.importNames()
	shadowed := c.shadowedPackages()
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
		switch {
		case shadowed[name] && path != "":
		case o != nil:
			c.inserted[o.Obj] = o
			scope.Insert(o.Obj)
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
		} else if name == "ctx" {
			if p, err := c.s.cat.Import("context"); err == nil {
				scope.Insert(types.NewVar(token.NoPos, c.pkg, "ctx", p.Scope().Lookup("Context").Type()))
			}
		}
	}
	return ds
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
// on the right, also when the cell runs again and the variable exists.
func (c *checker) shadowedPackages() map[string]bool {
	names := map[string]bool{}
	for _, id := range topIdents(c.a.body) {
		if c.s.packagePath(id.Name) != "" {
			names[id.Name] = true
		}
	}
	return names
}

// functionForm makes functions of the methods of retained types for the time of the check.
func (c *checker) functionForm() (undo func()) {
	type saved struct {
		f    *ast.FuncDecl
		recv *ast.FieldList
		name *ast.Ident
		typ  *ast.FuncType
	}
	var list []saved
	for name := range c.retained {
		if c.s.objects[name].Generic() {
			continue
		}
		for _, f := range c.methods[name] {
			list = append(list, saved{f, f.Recv, f.Name, f.Type})
			params := *f.Type.Params
			params.List = append(slices.Clone(f.Recv.List), params.List...)
			typ := *f.Type
			typ.Params = &params
			f.Name, f.Type, f.Recv = ast.NewIdent("method_"+name+"_"+f.Name.Name), &typ, nil
		}
	}
	return func() {
		for _, x := range list {
			x.f.Recv, x.f.Name, x.f.Type = x.recv, x.name, x.typ
		}
	}
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
		return ok && last.Pos() <= te.Pos && te.Pos < last.End()
	}
	return false
}

// stale reports uses of objects that hold values of a type that is no more, or that went with the worker.
func (c *checker) stale() (ds Diagnostics) {
	for id, obj := range c.info.Uses {
		if o := c.inserted[obj]; o != nil && o.Stale != "" {
			ds = append(ds, c.s.position(c.a.fset, id.Pos(), c.n, c.src, o.Name+" "+o.Stale))
		}
		if obj.Name() == "ctx" && obj.Parent() == c.pkg.Scope() && c.inserted[obj] == nil && c.hoisted["ctx"] == "" && !c.inBody(id) {
			if _, isVar := obj.(*types.Var); isVar {
				ds = append(ds, c.s.position(c.a.fset, id.Pos(), c.n, c.src, "ctx belongs to the running cell: inside a function make it a parameter, ctx context.Context"))
			}
		}
	}
	slices.SortFunc(ds, func(a, b Diagnostic) int { return (a.Line-b.Line)*1000 + a.Col - b.Col })
	return ds
}

func (c *checker) inBody(id *ast.Ident) bool {
	return c.a.body.Pos() <= id.Pos() && id.Pos() < c.a.body.End()
}
