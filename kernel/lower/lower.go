package lower

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"joule/kernel/session"
)

// A Program is a lowered cell: what to build, what to give to the interpreter, and how both meet the slots.
type Program struct {
	Number int

	// Packages are compiled together into one plugin, whose package main is Main. Empty when the cell compiles nothing.
	Packages []Package
	Main     string
	Hash     string // of all compiled source: the same program twice is the same plugin

	// Alloc is interpreted first: functions that make the slots in AllocIDs. Then Source.
	Alloc    string
	AllocIDs []string
	Source   string
	Slots    map[string]string // slot names in Source → IDs
	Views    map[string]string // slot ID → the slot whose memory it looks at with another type
	Funcs    map[string]string // slot ID → the interpreted function that it holds from now on

	Hot      map[string]string // slot ID → the slot that an interpreted function looks at for a compiled version of itself
	Calls    map[string][]Call // of the interpreted functions, by symbol
	Literals map[int][]Call    // of the function literals that begin on such a line
	Turns    map[int]int       // of function literals that begin on such a line: how many functions of turns are around

	// Entry runs the statements: an interpreted function, or with EntryCompiled the plugin's. "" for none.
	Entry         string
	At            string // the name under which Source sees the slot that says which statement runs
	EntryCompiled bool

	Plan []Unit
}

// Call is a place where a function calls another by name. The interpreter does not know from which line of a function it called
// the next one; the name tells.
type Call struct {
	Name     string // its last part: of a method, without the type
	Line     int
	Indirect bool // the callee is a variable or a package's, which may call a function of any name
}

// Package is one package to compile.
type Package struct {
	Path, Source string
	File         string // "source.go" unless said
}

// Unit is a line of the plan: what runs where, and why.
type Unit struct {
	Name string
	Tier Tier
	Why  string
}

const (
	placeholder = "joule.session/@/"
	codeName    = "code"

	// ClauseName is what the packages of cells call themselves. Their types and functions are shown as those of package main,
	// which is no name that another package can import.
	ClauseName = "main__of__cells"

	entryName = "Entry__" // of the compiled statements
	atName    = "At__"    // of the variable that says which of them runs
)

// A How says what of a cell is compiled although the interpreter could run it, and why. The zero value compiles nothing.
type How struct {
	Compile bool
	Why     string
	Only    []*ast.FuncDecl // with Compile: these units, c.Body for the statements; nil for all
}

// Cell lowers a checked cell. It sets the home of new types and generic functions.
func Cell(c *session.Cell, how How) (*Program, error) {
	l := &lowering{c: c, p: &Program{Number: c.Number, Slots: map[string]string{}, Funcs: map[string]string{}}}
	if err := l.ofC(); err != nil {
		return nil, err
	}
	l.unshadow()
	l.choose(how)
	l.compiled()
	l.interpreted()
	l.finish()
	return l.p, nil
}

// Label names a cell in compiled source by what it says, so that a cell that runs again is the same program. Frames of panics
// carry it: the caller knows which cell it was.
func Label(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "cell#" + hex.EncodeToString(sum[:6])
}

type lowering struct {
	c *session.Cell
	p *Program

	generic []*session.FuncUnit // go with the types
	compile []*session.FuncUnit
	interp  []*session.FuncUnit
	body    Tier
	hasBody bool
	path    string // of the compiled package, before it has its hash
	src     string // its source; "" when the cell compiles nothing
	tables  tables
}

// declares tells whether the cell's package is the home of types or generic functions.
func (l *lowering) declares() bool { return len(l.c.Types)+len(l.c.Unnamed)+len(l.generic) > 0 }

// choose puts each unit on its tier, for its own reasons. Also in a cell that declares types, for which a plugin is built: when
// the rest of it changes, that plugin is there already. But what loops or calls itself goes with the plugin, because nothing can
// be exchanged while it runs; methods and functions that do not, and are called often, are compiled when they keep the
// interpreter busy.
func (l *lowering) choose(how How) {
	c := l.c
	compile, why := how.Compile && how.Only == nil, how.Why
	only := func(d *ast.FuncDecl) bool { return slices.Contains(how.Only, d) }
	l.hasBody = len(c.Body.Body.List) > 0 || c.Main != nil || len(c.Inits) > 0
	reasons := map[*session.FuncUnit]string{}
	for _, u := range c.Funcs {
		if u.Decl.Recv == nil && u.Object.Generic() {
			l.generic = append(l.generic, u)
		}
	}
	recursive := l.recursive()
	bodyWhy := mustCompile(c, c.Body)
	for _, u := range c.Inits {
		if w := mustCompile(c, u.Decl); bodyWhy == "" && w != "" {
			bodyWhy = w
		}
		if only(u.Decl) {
			bodyWhy = how.Why
		}
	}
	if only(c.Body) {
		bodyWhy = how.Why
	}
	switch {
	case compile:
	case c.Inspects:
		compile, why = true, "something in the session looks at its callers"
	case l.inspects() != "":
		compile, why = true, l.inspects()
	}
	for _, t := range c.Types {
		l.plan("type "+t.Object.Name, Compile, "types are compiled")
	}
	for _, u := range c.Funcs {
		if slices.Contains(l.generic, u) {
			l.plan("func "+u.Object.Name, Compile, "a generic function")
			continue
		}
		if reasons[u] = mustCompile(c, u.Decl); compile {
			reasons[u] = why
		} else if only(u.Decl) {
			reasons[u] = how.Why
		}
		switch {
		case reasons[u] != "" || !l.declares():
		case loops(c.Info, u.Decl):
			reasons[u] = loopsBeside
		case recursive[u]:
			reasons[u] = "recursion, in a cell whose types are compiled anyway"
		}
		name := "func " + u.Decl.Name.Name
		if u.Decl.Recv != nil {
			name = "func " + u.Object.Name + "." + u.Decl.Name.Name
		}
		if reasons[u] != "" {
			l.compile = append(l.compile, u)
			l.plan(name, Compile, reasons[u])
		} else {
			l.interp = append(l.interp, u)
			l.plan(name, Interpret, "")
		}
	}
	if compile {
		bodyWhy = why
	}
	if bodyWhy == "" && l.declares() && loops(c.Info, c.Body) {
		bodyWhy = loopsBeside
	}
	l.body = Interpret
	if bodyWhy != "" {
		l.body = Compile
	}
	if l.hasBody {
		l.plan("statements", l.body, bodyWhy)
	}
}

// loopsBeside is why units that the interpreter could run are compiled.
const loopsBeside = "a loop, in a cell whose types are compiled anyway"

// loops tells whether something loops, other than in a function literal, and not just over a few things that are known.
func loops(info *types.Info, n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			found = true
		case *ast.RangeStmt:
			found = found || !few(info, n.X)
		}
		return !found
	})
	return found
}

// recursive are the functions and methods of the cell that may call themselves, directly or through others of the cell.
func (l *lowering) recursive() map[*session.FuncUnit]bool {
	units := map[types.Object]*session.FuncUnit{}
	for _, u := range l.c.Funcs {
		if obj := l.c.Info.Defs[u.Decl.Name]; obj != nil {
			units[obj] = u
		}
	}
	found := map[*session.FuncUnit]bool{}
	for _, u := range l.c.Funcs {
		seen := map[*session.FuncUnit]bool{}
		var visit func(v *session.FuncUnit)
		visit = func(v *session.FuncUnit) {
			ast.Inspect(v.Decl.Body, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				if w := units[l.c.Info.Uses[id]]; w != nil && !seen[w] {
					seen[w] = true
					visit(w)
				}
				return true
			})
		}
		visit(u)
		found[u] = seen[u]
	}
	return found
}

// few tells what can be ranged over in no time: a literal, an array, a constant.
func few(info *types.Info, x ast.Expr) bool {
	const limit = 100
	if _, literal := ast.Unparen(x).(*ast.CompositeLit); literal {
		return true
	}
	tv := info.Types[x]
	if tv.Value != nil && tv.Value.Kind() == constant.Int {
		n, exact := constant.Int64Val(tv.Value)
		return exact && n <= limit
	}
	kind, n := sequence(tv.Type)
	return kind == "array" && n <= limit
}

// inspects says why some unit of the cell may see how another is run; "" when none can.
func (l *lowering) inspects() string {
	for _, obj := range l.c.Info.Uses {
		if p, ok := obj.(*types.PkgName); ok && p.Imported().Path() == "unsafe" {
			return "the cell looks at memory with unsafe"
		}
	}
	for _, obj := range l.c.Info.Uses {
		f, ok := obj.(*types.Func)
		if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
			continue
		}
		if seen, ok := inspecting[f.Pkg().Path()]; ok && !slices.Contains(seen.not, f.Name()) && (seen.only == nil || slices.Contains(seen.only, f.Name())) {
			return "the cell looks at how it runs with " + f.Pkg().Name() + "." + f.Name()
		}
	}
	return ""
}

// inspecting are functions that see frames, allocations or the collector, where interpreted code has its own.
var inspecting = map[string]struct{ only, not []string }{
	"runtime":       {not: []string{"GC", "GOMAXPROCS", "Gosched", "Goexit", "NumCPU", "NumGoroutine", "NumCgoCall", "Version", "GOROOT", "LockOSThread", "UnlockOSThread"}},
	"runtime/debug": {only: []string{"Stack", "PrintStack"}},
	"testing":       {only: []string{"AllocsPerRun", "Benchmark"}},
	"weak":          {},
}

func (l *lowering) plan(name string, t Tier, why string) {
	l.p.Plan = append(l.p.Plan, Unit{Name: name, Tier: t, Why: why})
}

// types writes the types and the generic functions, and lists them for the interpreter.
func (l *lowering) types(r *rewriter) (decls []ast.Decl) {
	c := l.c
	for _, t := range c.Types {
		t.Object.Home = l.path
	}
	for _, o := range c.Unnamed {
		o.Home = l.path
	}
	for _, u := range l.generic {
		u.Object.Home = l.path
	}
	for _, o := range c.Unnamed {
		decls = append(decls, r.unnamedDecls(o)...)
	}
	for _, t := range c.Types {
		d, methods := r.typeDecls(t)
		decls = append(decls, d...)
		for _, f := range methods {
			if slot := l.methodSlot(f); slot != "" {
				decls = append(decls, r.thinMethod(f, slot)...)
			} else {
				decls = append(decls, r.wholeMethod(f))
			}
		}
	}
	for _, u := range l.generic {
		f := r.function(u, u.Object.Name)
		decls = append(decls, f)
		if name := exportedName(u.Object.Name); name != u.Object.Name {
			decls = append(decls, r.forward(u, name))
		}
	}
	l.typeTable(decls)
	return append(decls, l.itabs(r)...)
}

// forward makes an unexported generic function reachable: an exported one that calls it.
func (r *rewriter) forward(u *session.FuncUnit, name string) *ast.FuncDecl {
	sig := u.Object.Obj.Type().(*types.Signature)
	typ := r.funcType(sig)
	typ.TypeParams = r.typeParamList(sig.TypeParams())
	call := &ast.CallExpr{Fun: instantiated(u.Object.Name, typ.TypeParams)}
	for i, p := range typ.Params.List {
		id := ast.NewIdent(fmt.Sprintf("p%d__", i))
		p.Names = []*ast.Ident{id}
		call.Args = append(call.Args, id)
	}
	if sig.Variadic() {
		call.Ellipsis = 1
	}
	var body ast.Stmt = &ast.ExprStmt{X: call}
	if sig.Results().Len() > 0 {
		body = &ast.ReturnStmt{Results: []ast.Expr{call}}
	}
	return &ast.FuncDecl{Name: ast.NewIdent(name), Type: typ, Body: &ast.BlockStmt{List: []ast.Stmt{body}}}
}

// methodSlot is the slot behind a thin method; "" for a method that keeps its body.
func (l *lowering) methodSlot(f *ast.FuncDecl) string {
	for _, u := range l.c.Funcs {
		if u.Decl == f {
			return u.Slot
		}
	}
	return ""
}

// compiled writes the package of what is compiled: types, functions and statements. They share one package, as in the source,
// so that within a cell there is nothing that Go would keep apart.
func (l *lowering) compiled() {
	entry := l.hasBody && l.body == Compile
	if !l.declares() && len(l.compile) == 0 && !entry {
		return
	}
	l.path = placeholder + codeName
	if l.declares() {
		l.path = fmt.Sprintf("%scell%d", placeholder, l.c.Number)
	}
	r := newRewriter(l.c, Compile, l.path)
	alias := l.tables.alias(l.path)
	decls := l.types(r)
	for i, u := range l.compile {
		symbol := fmt.Sprintf("Fn%d_%s", i, u.Decl.Name.Name)
		if u.Decl.Recv != nil {
			kind := "Fm"
			if _, pointer := ast.Unparen(u.Decl.Recv.List[0].Type).(*ast.StarExpr); pointer {
				kind = "Fp"
			}
			symbol = fmt.Sprintf("%s%d_%s__%s", kind, i, u.Object.Name, u.Decl.Name.Name)
		}
		decls = append(decls, r.function(u, symbol))
		l.table(&l.tables.funcs, u.Slot, alias+"."+symbol)
	}
	if entry {
		decls = append(decls, l.entry(r, entryName)...)
		l.p.Entry, l.p.EntryCompiled = entryName, true
	}
	for _, v := range l.c.Views {
		r.slot(v.Object)
		l.table(&l.p.Views, v.ID, v.From)
	}
	for _, name := range slices.Sorted(maps.Keys(r.slots)) {
		o := r.slots[name]
		decls = append(decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{
			Names: []*ast.Ident{ast.NewIdent(name)}, Type: &ast.StarExpr{X: r.typeExpr(o.Obj.Type())}}}})
		l.table(&l.tables.slots, o.ID, "&"+alias+"."+name)
	}
	decls = append(decls, r.embeddedAliases()...)
	if entry {
		// An int, without its name: the cell may have a type of that name.
		decls = append(decls, variable(ast.NewIdent(atName), nil, intLiteral(token.NoPos, 0)))
	}
	l.src = l.source(r, ClauseName, decls)
}

// called notes the calls of an interpreted function. Whoever keeps them keeps them for long: a function without any leaves nothing.
func (l *lowering) called(symbol string, body *ast.BlockStmt) {
	if calls := l.calls(body); len(calls) > 0 {
		l.p.Calls[symbol] = calls
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncLit); ok {
			if calls := l.calls(f.Body); len(calls) > 0 {
				at := l.c.Fset.Position(f.Pos())
				key := EncodeLine(at.Filename, at.Line)
				l.p.Literals[key] = append(l.p.Literals[key], calls...)
			}
		}
		return true
	})
}

// interpreted writes the source for the interpreter.
func (l *lowering) interpreted() {
	entry := l.hasBody && l.body == Interpret
	fresh := l.interpretedSlots()
	if len(l.interp) > 0 || entry {
		r := newRewriter(l.c, Interpret, "")
		var decls []ast.Decl
		l.p.Calls, l.p.Literals = map[string][]Call{}, map[int][]Call{}
		for _, u := range l.interp {
			l.called(u.Symbol, u.Decl.Body)
			f := r.function(u, u.Symbol)
			if u.Decl.Recv == nil {
				decls = append(decls, l.lookHot(r, u, f))
			}
			decls = append(decls, f)
			l.p.Funcs[u.Slot] = u.Symbol
		}
		if entry {
			l.p.Entry = "entry_" + l.c.Serial
			l.p.At = "At_" + l.c.Serial
			r.at = l.p.At
			l.called(l.p.Entry, l.c.Body.Body)
			decls = append(decls, l.entry(r, l.p.Entry)...)
		}
		l.p.Turns = r.turns
		for name, o := range r.slots {
			l.p.Slots[name] = o.ID
			if l.c.New[o] && l.tables.slots[o.ID] == "" {
				fresh[o.ID] = o
			}
		}
		l.p.Source = l.source(r, "main", append(r.unitVars(), decls...))
	}
	types := map[string]types.Type{}
	for id, o := range fresh {
		types[id] = o.Obj.Type()
	}
	for _, u := range l.interp {
		if id := l.p.Hot[u.Slot]; id != "" {
			types[id] = u.Object.Obj.Type()
		}
	}
	l.alloc(types)
}

// interpretedSlots are the new variables and functions that no compiled package brings along.
func (l *lowering) interpretedSlots() map[string]*session.Object {
	fresh := map[string]*session.Object{}
	for o := range l.c.New {
		if (o.Kind == session.Var || o.Kind == session.Func && !o.Generic()) && l.tables.slots[o.ID] == "" && l.tables.funcs[o.ID] == "" {
			fresh[o.ID] = o
		}
	}
	return fresh
}

// alloc writes the functions that make new slots.
func (l *lowering) alloc(fresh map[string]types.Type) {
	if len(fresh) == 0 {
		return
	}
	r := newRewriter(l.c, Interpret, "")
	r.unit = "slots_" + l.c.Serial
	var decls []ast.Decl
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		t := r.typeExpr(fresh[id])
		decls = append(decls, &ast.FuncDecl{
			Name: ast.NewIdent("alloc_" + id),
			Type: &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: &ast.StarExpr{X: t}}}}},
			// Not new(T): the interpreter takes the star of new(*T) for a dereference.
			Body: &ast.BlockStmt{List: []ast.Stmt{
				&ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent("v")}, Type: t}}}},
				&ast.ReturnStmt{Results: []ast.Expr{&ast.UnaryExpr{Op: token.AND, X: ast.NewIdent("v")}}},
			}},
		})
		l.p.AllocIDs = append(l.p.AllocIDs, id)
	}
	l.p.Alloc = l.source(r, "main", decls)
}

// The interpreter looks imports up by the name of the file that uses them, so all of a unit has one name, and the cell is
// part of the line number.
