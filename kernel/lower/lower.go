package lower

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
	Funcs    map[string]string // slot ID → the interpreted function that it holds from now on

	// Entry runs the statements: an interpreted function, or with EntryCompiled the plugin's. "" for none.
	Entry         string
	At            string // the name under which Source sees the slot that says which statement runs
	EntryCompiled bool

	Plan []Unit
}

// Package is one package to compile.
type Package struct{ Path, Source string }

// Unit is a line of the plan: what runs where, and why.
type Unit struct {
	Name string
	Tier Tier
	Why  string
}

const (
	placeholder = "joule.session/@/"
	codeName    = "code"
)

// Cell lowers a checked cell. With compile everything goes to the compiler, whatever the interpreter could do; why is the
// reason for the plan. It sets the home of new types and generic functions.
func Cell(c *session.Cell, compile bool, why string) (*Program, error) {
	l := &lowering{c: c, p: &Program{Number: c.Number, Slots: map[string]string{}, Funcs: map[string]string{}}}
	if err := l.shared(); err != nil {
		return nil, err
	}
	l.choose(compile, why)
	l.types()
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

	generic  []*session.FuncUnit // go with the types
	compile  []*session.FuncUnit
	interp   []*session.FuncUnit
	body     Tier
	hasBody  bool
	typesSrc string
	codeSrc  string
	tables   tables
}

// tables are what the plugin's main package shows to the worker.
type tables struct {
	slots   map[string]string // ID → &package.V_…: to be pointed at the slot
	methods map[string]string // ID → &package.V_…: is the slot
	funcs   map[string]string // ID → function that the slot holds from now on
	types   []string          // lines of the type table
	imports map[string]string // alias → path
}

// shared refuses what several packages could not share: an anonymous struct with unexported fields is a type of its own in
// each.
func (l *lowering) shared() error {
	for _, v := range l.c.Vars {
		if anonymousPrivate(v.Obj.Type()) {
			return fmt.Errorf("%s has a struct type without a name and with unexported fields, which no other cell could use: give the type a name", v.Name)
		}
	}
	for _, f := range l.c.Funcs {
		if f.Decl.Recv == nil && anonymousPrivate(f.Object.Obj.Type()) {
			return fmt.Errorf("the signature of %s has a struct type without a name and with unexported fields, which no other cell could use: give the type a name", f.Object.Name)
		}
	}
	return nil
}

func anonymousPrivate(t types.Type) bool {
	seen := map[types.Type]bool{}
	var in func(types.Type) bool
	in = func(t types.Type) bool {
		if seen[t] {
			return false
		}
		seen[t] = true
		switch t := types.Unalias(t).(type) {
		case *types.Pointer:
			return in(t.Elem())
		case *types.Slice:
			return in(t.Elem())
		case *types.Array:
			return in(t.Elem())
		case *types.Chan:
			return in(t.Elem())
		case *types.Map:
			return in(t.Key()) || in(t.Elem())
		case *types.Signature:
			for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
				for v := range tuple.Variables() {
					if in(v.Type()) {
						return true
					}
				}
			}
		case *types.Struct:
			for f := range t.Fields() {
				if !f.Exported() || in(f.Type()) {
					return true
				}
			}
		}
		return false
	}
	return in(t)
}

// choose puts each unit on its tier. What a plugin is built for anyway takes the whole cell with it.
func (l *lowering) choose(compile bool, why string) {
	c := l.c
	l.hasBody = len(c.Body.Body.List) > 0 || c.Main != nil || len(c.Inits) > 0
	reasons := map[*session.FuncUnit]string{}
	for _, u := range c.Funcs {
		if u.Decl.Recv == nil && u.Object.Generic() {
			l.generic = append(l.generic, u)
		}
	}
	bodyWhy := mustCompile(c, c.Body)
	for _, u := range c.Inits {
		if w := mustCompile(c, u.Decl); bodyWhy == "" && w != "" {
			bodyWhy = w
		}
	}
	if len(c.Types)+len(l.generic) > 0 && !compile {
		compile, why = true, "the cell declares types or generic functions, which are compiled"
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
	l.body = Interpret
	if bodyWhy != "" {
		l.body = Compile
	}
	if l.hasBody {
		l.plan("statements", l.body, bodyWhy)
	}
}

func (l *lowering) plan(name string, t Tier, why string) {
	l.p.Plan = append(l.p.Plan, Unit{Name: name, Tier: t, Why: why})
}

// types writes the package of types and generic functions.
func (l *lowering) types() {
	c := l.c
	if len(c.Types)+len(l.generic) == 0 {
		return
	}
	home := fmt.Sprintf("%scell%d", placeholder, c.Number)
	for _, t := range c.Types {
		t.Object.Home = home
	}
	for _, u := range l.generic {
		u.Object.Home = home
	}
	r := newRewriter(c, Compile, home)
	var decls []ast.Decl
	for _, t := range c.Types {
		d, methods := r.typeDecls(t)
		decls = append(decls, d...)
		for _, f := range methods {
			if t.Object.Generic() {
				decls = append(decls, r.genericMethod(f))
				continue
			}
			decls = append(decls, r.thinMethod(f, l.methodSlot(f))...)
		}
	}
	for _, u := range l.generic {
		f := r.function(u, u.Object.Name)
		decls = append(decls, f)
		if name := exportedName(u.Object.Name); name != u.Object.Name {
			decls = append(decls, r.forward(u, name))
		}
	}
	l.typesSrc = l.source(r, packageName(home), decls)
	l.typeTable(home, decls)
	for _, name := range slices.Sorted(maps.Keys(r.slots)) {
		l.table(&l.tables.slots, r.slots[name].ID, "&"+l.tables.alias(home)+"."+name)
	}
}

// forward makes an unexported generic function reachable: an exported one that calls it.
func (r *rewriter) forward(u *session.FuncUnit, name string) *ast.FuncDecl {
	sig := u.Object.Obj.Type().(*types.Signature)
	typ := r.funcType(sig)
	list := &ast.FieldList{}
	var args []ast.Expr
	for p := range sig.TypeParams().TypeParams() {
		list.List = append(list.List, &ast.Field{Names: []*ast.Ident{ast.NewIdent(p.Obj().Name())}, Type: r.typeExpr(p.Constraint())})
		args = append(args, ast.NewIdent(p.Obj().Name()))
	}
	typ.TypeParams = list
	call := &ast.CallExpr{Fun: &ast.IndexListExpr{X: ast.NewIdent(u.Object.Name), Indices: args}}
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

func (l *lowering) methodSlot(f *ast.FuncDecl) string {
	for _, u := range l.c.Funcs {
		if u.Decl == f {
			return u.Slot
		}
	}
	panic("lower: method " + f.Name.Name + " has no unit")
}

func (l *lowering) table(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

func (t *tables) alias(path string) string {
	for a, p := range t.imports {
		if p == path {
			return a
		}
	}
	if t.imports == nil {
		t.imports = map[string]string{}
	}
	a := fmt.Sprintf("p%d", len(t.imports))
	t.imports[a] = path
	return a
}

// typeTable lists for the interpreter what it may use of the package of types: its types and accessors, by their exported
// names. Generic ones it cannot use.
func (l *lowering) typeTable(home string, decls []ast.Decl) {
	alias := l.tables.alias(home)
	add := func(name, value string) {
		l.tables.types = append(l.tables.types, fmt.Sprintf("%q: reflect.ValueOf(%s),", name, value))
	}
	for _, t := range l.c.Types {
		if !t.Object.Generic() && !isConstraint(t.Object.Obj.Type()) {
			name := exportedName(t.Object.Name)
			add(name, fmt.Sprintf("(*%s.%s)(nil)", alias, name))
		}
	}
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Type.TypeParams == nil && token.IsExported(d.Name.Name) {
				add(d.Name.Name, alias+"."+d.Name.Name)
			}
		case *ast.GenDecl:
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok && d.Tok == token.VAR {
				id := strings.TrimPrefix(v.Names[0].Name, "V_")
				l.table(&l.tables.methods, id, "&"+alias+"."+v.Names[0].Name)
			}
		}
	}
}

// isConstraint tells an interface that no variable can have.
func isConstraint(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && !i.IsMethodSet()
}

// compiled writes the package of compiled functions and statements.
func (l *lowering) compiled() {
	entry := l.hasBody && l.body == Compile
	if len(l.compile) == 0 && !entry {
		return
	}
	path := placeholder + codeName
	r := newRewriter(l.c, Compile, path)
	alias := l.tables.alias(path)
	var decls []ast.Decl
	for i, u := range l.compile {
		symbol := fmt.Sprintf("Fn%d_%s", i, u.Decl.Name.Name)
		decls = append(decls, r.function(u, symbol))
		l.table(&l.tables.funcs, u.Slot, alias+"."+symbol)
	}
	if entry {
		decls = append(decls, l.entry(r, "Entry")...)
		l.p.Entry, l.p.EntryCompiled = "Entry", true
	}
	for _, name := range slices.Sorted(maps.Keys(r.slots)) {
		o := r.slots[name]
		decls = append(decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{
			Names: []*ast.Ident{ast.NewIdent(name)}, Type: &ast.StarExpr{X: r.typeExpr(o.Obj.Type())}}}})
		l.table(&l.tables.slots, o.ID, "&"+alias+"."+name)
	}
	if entry {
		decls = append(decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent("At")}, Type: ast.NewIdent("int")}}})
	}
	l.codeSrc = l.source(r, codeName, decls)
}

// interpreted writes the source for the interpreter.
func (l *lowering) interpreted() {
	entry := l.hasBody && l.body == Interpret
	fresh := l.interpretedSlots()
	if len(l.interp) > 0 || entry {
		r := newRewriter(l.c, Interpret, "")
		var decls []ast.Decl
		for _, u := range l.interp {
			decls = append(decls, r.function(u, u.Symbol))
			l.p.Funcs[u.Slot] = u.Symbol
		}
		if entry {
			l.p.Entry = "entry_" + l.c.Serial
			l.p.At = "At_" + l.c.Serial
			r.at = l.p.At
			decls = append(decls, l.entry(r, l.p.Entry)...)
		}
		for name, o := range r.slots {
			l.p.Slots[name] = o.ID
			if l.c.New[o] && l.tables.slots[o.ID] == "" {
				fresh[o.ID] = o
			}
		}
		l.p.Source = l.source(r, "main", decls)
	}
	l.alloc(fresh)
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
func (l *lowering) alloc(fresh map[string]*session.Object) {
	if len(fresh) == 0 {
		return
	}
	r := newRewriter(l.c, Interpret, "")
	var decls []ast.Decl
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		t := r.typeExpr(fresh[id].Obj.Type())
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

var lineDirective = regexp.MustCompile(`(?m)^//line (\S*):(\d+)$`)

// source prints a package. Compiled source names cells by their labels.
func (l *lowering) source(r *rewriter, name string, decls []ast.Decl) string {
	var body bytes.Buffer
	conf := printer.Config{Mode: printer.UseSpaces | printer.TabIndent | printer.SourcePos, Tabwidth: 8}
	for _, d := range decls {
		if err := conf.Fprint(&body, l.c.Fset, d); err != nil {
			panic(fmt.Sprintf("lower: %v", err))
		}
		body.WriteString("\n\n")
	}
	unit := UnitName(l.c.Serial)
	text := lineDirective.ReplaceAllStringFunc(body.String(), func(d string) string {
		m := lineDirective.FindStringSubmatch(d)
		line, _ := strconv.Atoi(m[2])
		file, line := l.position(m[1], line)
		switch {
		case r.tier == Interpret:
			return fmt.Sprintf("//line %s:%d", unit, EncodeLine(file, line))
		case file != generated:
			file = l.c.Label(file, Label)
		}
		return fmt.Sprintf("//line %s:%d", file, line)
	})
	var out strings.Builder
	if r.tier == Interpret {
		fmt.Fprintf(&out, "//line %s:1\n", unit)
	}
	fmt.Fprintf(&out, "package %s\n\n", name)
	for _, path := range slices.Sorted(maps.Keys(r.imports)) {
		if strings.Contains(text, r.imports[path]+".") { // some give way to functions of ours
			fmt.Fprintf(&out, "import %s %q\n", r.imports[path], path)
		}
	}
	out.WriteString("\n" + text)
	return out.String()
}

// The interpreter looks imports up by the name of the file that uses them, so all of a unit has one name, and the cell is
// part of the line number.

// UnitName is the file name of interpreted source.
func UnitName(serial string) string { return "unit_" + serial }

const linesPerCell = 1 << 20

// EncodeLine is the line number in interpreted source for a line of a cell.
func EncodeLine(file string, line int) int {
	var cell int
	if _, err := fmt.Sscanf(file, "cell[%d]", &cell); err != nil {
		return 1
	}
	return cell*linesPerCell + line
}

// DecodeLine takes a line number of interpreted source apart.
func DecodeLine(n int) (file string, line int) {
	if n < linesPerCell {
		return generated, n
	}
	return fmt.Sprintf("cell[%d]", n/linesPerCell), n % linesPerCell
}

// generated is the file name of source that no cell has.
const generated = "generated"

// position turns the printer's line of the assembled text into a line of a cell.
func (l *lowering) position(file string, line int) (string, int) {
	f := l.c.Fset.File(l.c.Body.Pos())
	if file == "" || line < 1 || line > f.LineCount() {
		return generated, 1
	}
	end := f.Base() + f.Size()
	if line < f.LineCount() {
		end = int(f.LineStart(line+1)) - 1
	}
	p := l.c.Fset.Position(token.Pos(end)) // the end: a directive stands at the beginning
	return p.Filename, p.Line
}

// finish gives the compiled packages their path, which tells their content, and writes the plugin's main package.
func (l *lowering) finish() {
	if l.typesSrc == "" && l.codeSrc == "" {
		return
	}
	main := l.main()
	sum := sha256.Sum256([]byte(l.typesSrc + "\x00" + l.codeSrc + "\x00" + main))
	l.p.Hash = hex.EncodeToString(sum[:10])
	final := func(s string) string { return strings.ReplaceAll(s, placeholder, "joule.session/"+l.p.Hash+"/") }
	if l.typesSrc != "" {
		home := fmt.Sprintf("%scell%d", placeholder, l.c.Number)
		l.p.Packages = append(l.p.Packages, Package{final(home), final(l.typesSrc)})
	}
	if l.codeSrc != "" {
		l.p.Packages = append(l.p.Packages, Package{final(placeholder + codeName), final(l.codeSrc)})
	}
	l.p.Main = final(main)
	l.p.Alloc, l.p.Source = final(l.p.Alloc), final(l.p.Source)
	for _, t := range l.c.Types {
		t.Object.Home = final(t.Object.Home)
	}
	for _, u := range l.generic {
		u.Object.Home = final(u.Object.Home)
	}
}

func (l *lowering) main() string {
	t := &l.tables
	entry := "nil, nil"
	if l.p.EntryCompiled {
		code := t.alias(placeholder + codeName)
		entry = code + ".Entry, &" + code + ".At"
	}
	var b strings.Builder
	write := func(name string, m map[string]string) {
		fmt.Fprintf(&b, "\nvar %s = map[string]any{\n", name)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "\t%q: %s,\n", k, m[k])
		}
		b.WriteString("}\n")
	}
	write("Slots", t.slots)
	write("Methods", t.methods)
	write("Funcs", t.funcs)
	fmt.Fprintf(&b, "\nvar Home = %q\n\nvar Types = map[string]reflect.Value{\n", l.home())
	for _, line := range t.types {
		b.WriteString("\t" + line + "\n")
	}
	b.WriteString("}\n")
	fmt.Fprintf(&b, "\nfunc Entry() (func(), *int) { return %s }\n\nfunc main() {}\n", entry)
	head := "package main\n\nimport \"reflect\"\n"
	for _, a := range slices.Sorted(maps.Keys(t.imports)) {
		name := a
		if !strings.Contains(b.String(), a+".") {
			name = "_"
		}
		head += fmt.Sprintf("import %s %q\n", name, t.imports[a])
	}
	return head + b.String()
}

func (l *lowering) home() string {
	if l.typesSrc == "" {
		return ""
	}
	return fmt.Sprintf("%scell%d", placeholder, l.c.Number)
}
