package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/ast/astutil"

	"joule/kernel/session"
)

// Tier is where a unit runs.
type Tier int

// The tiers.
const (
	Interpret Tier = 1
	Compile   Tier = 2
)

// runtimePath is the package that lowered source calls: the cell record.
const runtimePath = "joule/kernel/cell"

// A rewriter turns checked syntax into the syntax of one package of lowered source. It changes the syntax in place, so a unit
// is rewritten once.
type rewriter struct {
	cell               *session.Cell
	tier               Tier
	path               string            // the import path of the package being written
	imports            map[string]string // import path → alias
	slots              map[string]*session.Object
	temps              int
	turn               token.Pos   // where functions of turns begin
	turns              map[int]int // see Program
	unit               string      // the file name of interpreted source; "" for UnitName
	usesStop, usesLine bool        // the unit needs its variables for the stop flag, for the line
	at                 string      // of interpreted statements: the slot that says which one runs

	notes       map[ast.Stmt]bool // notes of lines that are there already
	addressable map[*ast.SelectorExpr]bool
	literals    map[ast.Expr]*ast.FuncLit // struct literals that became function calls
	inAlias     bool                      // a type's alias is being declared, whose constraints may not mention an alias that is not declared yet
	started     map[*ast.GoStmt]*types.Signature
	spreads     map[*ast.GoStmt]int // how many results the only argument has
	ranged      map[*ast.RangeStmt]types.Type
	receives    map[*ast.UnaryExpr]receive
	sends       map[*ast.SendStmt]types.Type
	stdin       map[*ast.SelectorExpr]bool // os.Stdin as a reader
	selected    map[ast.Node]bool          // operations that belong to a select
	embeds      map[*ast.Ident]bool        // names of embedded types
	aliases     map[string]*session.Object // embedded types of other packages, which need their own name here

	inFunction func() map[*types.Var]bool // first fields of structs that functions declare
	unsafe     func() bool                // whether the cell has an unsafe pointer
	targets    map[types.Object]bool      // labels that are jumped to
	keeps      map[ast.Stmt][]*kept       // by loop
	stores     map[ast.Stmt][]*kept       // by the statement that assigns to them
	kept       map[*ast.Ident]*kept
}

func newRewriter(c *session.Cell, tier Tier, path string) *rewriter {
	return &rewriter{
		cell: c, tier: tier, path: path, imports: map[string]string{}, slots: map[string]*session.Object{},
		notes: map[ast.Stmt]bool{}, addressable: map[*ast.SelectorExpr]bool{}, literals: map[ast.Expr]*ast.FuncLit{},
		started: map[*ast.GoStmt]*types.Signature{}, spreads: map[*ast.GoStmt]int{}, ranged: map[*ast.RangeStmt]types.Type{},
		receives: map[*ast.UnaryExpr]receive{}, sends: map[*ast.SendStmt]types.Type{}, selected: map[ast.Node]bool{}, embeds: map[*ast.Ident]bool{}, aliases: map[string]*session.Object{},
		stdin: map[*ast.SelectorExpr]bool{}, targets: map[types.Object]bool{}, keeps: map[ast.Stmt][]*kept{}, stores: map[ast.Stmt][]*kept{},
		kept: map[*ast.Ident]*kept{}, inFunction: sync.OnceValue(func() map[*types.Var]bool { return localFields(c) }),
		unsafe: sync.OnceValue(func() bool { return usesUnsafe(c) }),
	}
}

// alias is the name under which a package is imported. It cannot clash with a name of the cell.
func (r *rewriter) alias(path, name string) string {
	if r.imports[path] == "" {
		r.imports[path] = fmt.Sprintf("%s__%d", name, len(r.imports))
	}
	return r.imports[path]
}

func (r *rewriter) runtime(name string) ast.Expr {
	return &ast.SelectorExpr{X: ast.NewIdent(r.alias(runtimePath, "cell")), Sel: ast.NewIdent(name)}
}

// object is the session's object behind a types.Object, or nil.
func (r *rewriter) object(obj types.Object) *session.Object { return r.cell.Object(obj) }

// slot refers to the pointer behind a variable or function.
func (r *rewriter) slot(o *session.Object) ast.Expr {
	name := slotName(o.ID)
	r.slots[name] = o
	if r.tier == Interpret {
		return &ast.SelectorExpr{X: ast.NewIdent(r.alias(slotsPath, "slots")), Sel: ast.NewIdent(name)}
	}
	return ast.NewIdent(name)
}

// slotAt is the variable or function itself, in the place of its name: what has no position would be taken for part of the
// line before.
func (r *rewriter) slotAt(pos token.Pos, o *session.Object) ast.Expr {
	slot := r.slot(o)
	switch x := slot.(type) {
	case *ast.Ident:
		x.NamePos = pos
	case *ast.SelectorExpr:
		x.X.(*ast.Ident).NamePos, x.Sel.NamePos = pos, pos
	}
	return &ast.ParenExpr{Lparen: pos, X: &ast.StarExpr{Star: pos, X: slot}}
}

// slotsPath is the package through which interpreted source reaches its slots; the interpreter makes one per unit.
const slotsPath = "joule.session/slots"

func slotName(id string) string { return "V_" + id }

func deref(x ast.Expr) ast.Expr { return &ast.ParenExpr{X: &ast.StarExpr{X: x}} }

// address is &x, or p for x = *p.
func address(x ast.Expr) ast.Expr {
	if p, ok := x.(*ast.ParenExpr); ok {
		if s, ok := p.X.(*ast.StarExpr); ok {
			return s.X
		}
	}
	return &ast.UnaryExpr{Op: token.AND, X: x}
}

// typeRef refers to a session type.
func (r *rewriter) typeRef(o *session.Object) ast.Expr {
	if o.Home == r.path {
		return ast.NewIdent(o.Name)
	}
	return &ast.SelectorExpr{X: ast.NewIdent(r.homeAlias(o)), Sel: ast.NewIdent(exportedName(o.Name))}
}

func (r *rewriter) homeAlias(o *session.Object) string { return r.alias(o.Home, packageName(o.Home)) }

// packageName is the last element of an import path that we made.
func packageName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// ownName is the alias by which source that we write refers to a type of its own package: no variable can shadow it.
func ownName(name string) string { return "X_" + name }

// exportedName is how other packages call a name of a home package.
func exportedName(name string) string {
	if token.IsExported(name) {
		return name
	}
	return "X_" + name
}

func (r *rewriter) temp(prefix string) *ast.Ident {
	r.temps++
	return ast.NewIdent(fmt.Sprintf("%s__%d", prefix, r.temps))
}

// rewrite lowers n in place and returns it, or what replaces it.
func (r *rewriter) rewrite(n ast.Node) ast.Node {
	if r.tier == Interpret {
		if f, ok := n.(*ast.FuncDecl); ok && f.Body != nil {
			f.Body = r.simpler(f.Body, f.Type.Results).(*ast.BlockStmt)
			r.bounded(f.Body)
		}
		n = r.plain(n)
	} else {
		r.casts(n)
	}
	r.keep(n)
	return astutil.Apply(n, r.before, r.after)
}

// simpler makes statements that the interpreter runs out of those that it does not. results are those of the function around.
func (r *rewriter) simpler(st ast.Stmt, results *ast.FieldList) ast.Stmt {
	st = r.typeSwitches(r.unlabel(r.selects(st)))
	return r.separateTurns(st, results)
}

func (r *rewriter) before(c *astutil.Cursor) bool {
	r.noteBlocking(c.Node())
	switch n := c.Node().(type) {
	case *ast.StructType:
		r.noteEmbedded(n)
	case *ast.SelectorExpr:
		r.addressable[n] = r.cell.Info.Types[n.X].Addressable()
	case *ast.CallExpr:
		if x := r.offset(n); x != nil {
			c.Replace(x)
			return false
		}
		r.noteStdin(n)
		r.printedInterfaces(n)
		r.room(n)
	case *ast.GoStmt:
		r.started[n], _ = r.cell.Info.Types[n.Call.Fun].Type.(*types.Signature)
		if len(n.Call.Args) == 1 {
			if t, ok := r.cell.Info.Types[n.Call.Args[0]].Type.(*types.Tuple); ok {
				r.spreads[n] = t.Len()
			}
		}
	case *ast.BlockStmt:
		r.askRoom(&n.List)
		r.markLines(&n.List)
	case *ast.CaseClause:
		r.askRoom(&n.Body)
		r.markLines(&n.Body)
	case *ast.CommClause:
		r.askRoom(&n.Body)
		r.markLines(&n.Body)
	case *ast.TypeAssertExpr:
		r.adopt(n)
	case *ast.TypeSwitchStmt:
		r.adoptSwitch(n)
	case *ast.RangeStmt:
		r.ranged[n] = r.cell.Info.Types[n.X].Type
	}
	return true
}

func (r *rewriter) after(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.Ident:
		r.ident(c, n)
	case *ast.SelectorExpr:
		r.selector(c, n)
	case *ast.CompositeLit:
		r.literal(c, n)
	case *ast.UnaryExpr:
		switch n.Op {
		case token.AND:
			r.addressOf(c, n)
		case token.ARROW:
			r.receiveExpr(c, n)
		}
	case *ast.AssignStmt:
		for i, x := range n.Lhs {
			n.Lhs[i] = ast.Unparen(x) // the interpreter loses (*p) = T{…}, and not *p = T{…}
		}
		r.store(c, n)
	case *ast.IncDecStmt:
		r.store(c, n)
	case *ast.LabeledStmt:
		r.keepers(c, n)
	case *ast.SendStmt:
		r.sendStmt(c, n)
	case *ast.SelectStmt:
		r.selectStmt(n)
	case *ast.CallExpr:
		r.ownCall(c, n)
		r.recovered(c, n)
	case *ast.BranchStmt:
		r.gotoStmt(c, n)
	case *ast.GoStmt:
		c.Replace(r.goStmt(n))
	case *ast.StructType:
		r.structNode(c, n)
	case *ast.InterfaceType:
		for _, f := range n.Methods.List {
			for _, id := range f.Names {
				id.Name = exportedName(id.Name) // as methodName has it
			}
		}
	case *ast.FuncLit:
		r.check(n.Body)
	case *ast.ForStmt:
		r.check(n.Body)
		r.keepers(c, n)
	case *ast.RangeStmt:
		r.check(n.Body)
		if ks := r.stores[n]; len(ks) > 0 {
			n.Body.List = slices.Insert[[]ast.Stmt, ast.Stmt](n.Body.List, 0, storing(n.Pos(), ks))
		}
		r.keepers(c, n)
		r.rangeChannel(c, n)
		if r.tier == Interpret {
			if f := r.countingLoop(n); f != nil {
				c.Replace(f)
			}
		}
	}
	return true
}

// offset is the value of unsafe.Offsetof, whose operand an accessor would take the place of; nil for any other call.
func (r *rewriter) offset(n *ast.CallExpr) ast.Expr {
	sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Offsetof" {
		return nil
	}
	tv := r.cell.Info.Types[n]
	if p, ok := r.cell.Info.Uses[sel.Sel].(*types.Builtin); !ok || p.Pkg() == nil || tv.Value == nil {
		return nil
	}
	value := r.valueExpr(tv.Value, tv.Type)
	if root, ok := rootOf(n.Args[0]).(*ast.Ident); ok && r.tier == Compile && r.object(r.cell.Info.Uses[root]) == nil {
		// To the compiler a variable of which nothing but an offset is asked is used.
		size := &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent(r.alias("unsafe", "unsafe")), Sel: ast.NewIdent("Sizeof")}, Args: []ast.Expr{root}}
		value = &ast.BinaryExpr{X: value, Op: token.ADD, Y: &ast.BinaryExpr{X: intLiteral(n.Pos(), 0), Op: token.MUL, Y: size}}
	}
	return &ast.ParenExpr{X: value}
}

// rootOf is what an operand begins with.
func rootOf(x ast.Expr) ast.Expr {
	for {
		y := root(x)
		star, ok := y.(*ast.StarExpr)
		if !ok {
			return y
		}
		x = star.X
	}
}

// check puts the order to stop at the head of a body.
func (r *rewriter) check(b *ast.BlockStmt) {
	b.List = append([]ast.Stmt{r.stopCheck(b.Lbrace)}, b.List...)
}

// stopCheck is `if stopping { Check() }`.
func (r *rewriter) stopCheck(pos token.Pos) ast.Stmt {
	var cond ast.Expr
	if r.tier == Interpret {
		cond = &ast.StarExpr{X: ast.NewIdent(r.stopVar())}
	} else {
		cond = &ast.CallExpr{Fun: r.runtime("Stopping")}
	}
	call := &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Check")}}
	return &ast.IfStmt{If: pos, Cond: cond, Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{call}, Rbrace: pos}}
}

func (r *rewriter) ident(c *astutil.Cursor, id *ast.Ident) {
	if s, ok := c.Parent().(*ast.SelectorExpr); ok && c.Name() == "Sel" && s.Sel == id {
		return
	}
	if r.keptIdent(c, id) {
		return
	}
	obj := r.cell.Info.Uses[id]
	if b, ok := obj.(*types.Builtin); ok && b.Name() == "panic" && r.tier == Interpret {
		c.Replace(r.runtime("Panic")) // the interpreter's own panics with a reflected value
		return
	}
	if b, ok := obj.(*types.Builtin); ok && (b.Name() == "print" || b.Name() == "println") {
		c.Replace(r.runtime("Builtin" + b.Name())) // the runtime's own would wait for a pipe while it holds the scheduler
		return
	}
	if obj == nil {
		obj = r.cell.Info.Defs[id]
		if r.cell.Locals[obj] == nil {
			return // the name of a declaration
		}
	}
	if name, ok := obj.(*types.PkgName); ok {
		c.Replace(&ast.Ident{NamePos: id.NamePos, Name: r.alias(name.Imported().Path(), name.Imported().Name())})
		return
	}
	o := r.object(obj)
	if o == nil {
		if p := obj.Pkg(); p != nil && p.Path() != "main" && obj.Parent() == p.Scope() { // by a dot import
			c.Replace(&ast.SelectorExpr{X: ast.NewIdent(r.alias(p.Path(), p.Name())), Sel: ast.NewIdent(id.Name)})
		}
		return
	}
	switch o.Kind {
	case session.Var:
		c.Replace(r.slotAt(id.NamePos, o))
	case session.Type:
		if r.embeds[id] {
			if x := r.embeddedName(o); x != nil {
				c.Replace(x)
				return
			}
		}
		c.Replace(r.typeRef(o))
	case session.Const:
		c.Replace(r.constant(obj.(*types.Const)))
	case session.Func:
		// A function calls itself through its slot too: when it is compiled while it runs, its next call is the compiled one.
		if o.Generic() {
			c.Replace(r.typeRef(o))
		} else {
			c.Replace(r.slotAt(id.NamePos, o))
		}
	}
}
