package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"

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
	usesStop, usesLine bool   // the function being written needs the locals for the stop flag, for the line
	at                 string // of interpreted statements: the slot that says which one runs

	addressable map[*ast.SelectorExpr]bool
	literals    map[ast.Expr]*ast.FuncLit // struct literals that became function calls
	started     map[*ast.GoStmt]*types.Signature
	ranged      map[*ast.RangeStmt]types.Type
	receives    map[*ast.UnaryExpr]receive
	sends       map[*ast.SendStmt]types.Type
	selected    map[ast.Node]bool // operations that belong to a select
}

func newRewriter(c *session.Cell, tier Tier, path string) *rewriter {
	return &rewriter{
		cell: c, tier: tier, path: path, imports: map[string]string{}, slots: map[string]*session.Object{},
		addressable: map[*ast.SelectorExpr]bool{}, literals: map[ast.Expr]*ast.FuncLit{},
		started: map[*ast.GoStmt]*types.Signature{}, ranged: map[*ast.RangeStmt]types.Type{},
		receives: map[*ast.UnaryExpr]receive{}, sends: map[*ast.SendStmt]types.Type{}, selected: map[ast.Node]bool{},
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
	return astutil.Apply(n, r.before, r.after)
}

func (r *rewriter) before(c *astutil.Cursor) bool {
	r.noteBlocking(c.Node())
	switch n := c.Node().(type) {
	case *ast.SelectorExpr:
		r.addressable[n] = r.cell.Info.Types[n.X].Addressable()
	case *ast.GoStmt:
		r.started[n], _ = r.cell.Info.Types[n.Call.Fun].Type.(*types.Signature)
	case *ast.BlockStmt:
		r.markLines(&n.List)
	case *ast.CaseClause:
		r.markLines(&n.Body)
	case *ast.CommClause:
		r.markLines(&n.Body)
	case *ast.TypeAssertExpr:
		r.adopt(n)
	case *ast.TypeSwitchStmt:
		r.adoptSwitch(n)
	case *ast.RangeStmt:
		r.ranged[n] = r.cell.Info.Types[n.X].Type
		if r.tier == Interpret {
			r.ownLoopVariables(n)
		}
	case *ast.ForStmt:
		if r.tier == Interpret {
			r.ownForVariables(n)
		}
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
	case *ast.SendStmt:
		r.sendStmt(c, n)
	case *ast.SelectStmt:
		r.selectStmt(n)
	case *ast.CallExpr:
		r.blockingCall(c, n)
	case *ast.GoStmt:
		c.Replace(r.goStmt(n))
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
	case *ast.RangeStmt:
		r.check(n.Body)
		r.rangeChannel(c, n)
		if r.tier == Interpret {
			if f := r.countingLoop(n); f != nil {
				c.Replace(f)
			}
		}
	}
	return true
}

// check puts the order to stop at the head of a body: `if stopping { Check() }`.
func (r *rewriter) check(b *ast.BlockStmt) {
	var cond ast.Expr
	if r.tier == Interpret {
		cond = &ast.StarExpr{X: ast.NewIdent(stopName)} // a local: through the package it would cost three times the loop
		r.usesStop = true
	} else {
		cond = &ast.CallExpr{Fun: r.runtime("Stopping")}
	}
	call := &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Check")}}
	b.List = append([]ast.Stmt{&ast.IfStmt{If: b.Lbrace, Cond: cond, Body: &ast.BlockStmt{Lbrace: b.Lbrace, List: []ast.Stmt{call}, Rbrace: b.Lbrace}}}, b.List...)
}

func (r *rewriter) ident(c *astutil.Cursor, id *ast.Ident) {
	if s, ok := c.Parent().(*ast.SelectorExpr); ok && c.Name() == "Sel" && s.Sel == id {
		return
	}
	obj := r.cell.Info.Uses[id]
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
		c.Replace(deref(r.slot(o)))
	case session.Type:
		c.Replace(r.typeRef(o))
	case session.Const:
		c.Replace(r.constant(obj.(*types.Const)))
	case session.Func:
		// A function calls itself through its slot too: when it is compiled while it runs, its next call is the compiled one.
		if o.Generic() {
			c.Replace(r.typeRef(o))
		} else {
			c.Replace(deref(r.slot(o)))
		}
	}
}

// constant writes a constant's value so that it keeps its kind: 2.0 stays a float and 'a' a rune.
func (r *rewriter) constant(k *types.Const) ast.Expr {
	x := literalOf(k.Val(), k.Type())
	if b, ok := k.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return &ast.ParenExpr{X: x}
	}
	return &ast.CallExpr{Fun: &ast.ParenExpr{X: r.typeExpr(k.Type())}, Args: []ast.Expr{x}}
}

func literalOf(v constant.Value, t types.Type) ast.Expr {
	basic, _ := t.Underlying().(*types.Basic)
	switch v.Kind() {
	case constant.Bool:
		return ast.NewIdent(v.String())
	case constant.String:
		return &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(constant.StringVal(v))}
	case constant.Int:
		if basic != nil && basic.Kind() == types.UntypedRune {
			if n, ok := constant.Int64Val(v); ok && n >= 0 && n <= 0x10ffff && (n < 0xd800 || n > 0xdfff) {
				return &ast.BasicLit{Kind: token.CHAR, Value: strconv.QuoteRune(rune(n))}
			}
		}
		if basic != nil && basic.Kind() == types.UntypedFloat {
			return &ast.BasicLit{Kind: token.FLOAT, Value: v.ExactString() + ".0"}
		}
		return &ast.BasicLit{Kind: token.INT, Value: v.ExactString()}
	case constant.Float:
		num, den := constant.Num(v).ExactString(), constant.Denom(v).ExactString()
		return &ast.BasicLit{Kind: token.FLOAT, Value: "(" + num + ".0/" + den + ".0)"}
	case constant.Complex:
		re, im := literalOf(constant.Real(v), types.Typ[types.UntypedFloat]), literalOf(constant.Imag(v), types.Typ[types.UntypedFloat])
		return &ast.CallExpr{Fun: ast.NewIdent("complex"), Args: []ast.Expr{re, im}}
	}
	panic("lower: constant " + v.String() + " has no literal")
}

// selector reaches unexported fields of session types through accessors, calls unexported methods by their exported name, and
// puts our own printing and exiting functions in the place of those that would bypass the cell.
func (r *rewriter) selector(c *astutil.Cursor, n *ast.SelectorExpr) {
	sel := r.cell.Info.Selections[n]
	if sel == nil {
		if f, ok := r.cell.Info.Uses[n.Sel].(*types.Func); ok && f.Pkg() != nil {
			if name := r.replaced(f); name != "" {
				c.Replace(r.runtime(name))
			}
		}
		return
	}
	if f, ok := sel.Obj().(*types.Func); ok {
		n.Sel = &ast.Ident{NamePos: n.Sel.NamePos, Name: methodName(f)}
		return
	}
	x, t, addressable := n.X, sel.Recv(), r.addressable[n]
	changed := false
	for _, i := range sel.Index() {
		pointer := false
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t, pointer = p.Elem(), true
		}
		st := t.Underlying().(*types.Struct)
		f := st.Field(i)
		owner := r.owner(t)
		switch {
		case f.Exported() || owner == nil:
			x = &ast.SelectorExpr{X: x, Sel: &ast.Ident{NamePos: n.Sel.NamePos, Name: f.Name()}}
		case pointer:
			x = deref(r.accessor("XF", owner, f, x))
			changed = true
		case addressable:
			x = deref(r.accessor("XF", owner, f, address(x)))
			changed = true
		default:
			x = r.accessor("XG", owner, f, x)
			changed = true
		}
		addressable = pointer || addressable
		t = f.Type()
	}
	if changed {
		c.Replace(x)
	}
}

// owner is the session type that t is an instance of, if its fields are those of another package.
func (r *rewriter) owner(t types.Type) *session.Object {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	o := r.object(named.Origin().Obj())
	if o == nil || o.Home == r.path {
		return nil
	}
	return o
}

func (r *rewriter) accessor(kind string, o *session.Object, f *types.Var, x ast.Expr) ast.Expr {
	name := fmt.Sprintf("%s_%s_%s", kind, o.Name, f.Name())
	return &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent(r.homeAlias(o)), Sel: ast.NewIdent(name)}, Args: []ast.Expr{x}}
}

// replaced names our own version of a function of the standard library. The interpreter already prints to the cell.
func (r *rewriter) replaced(f *types.Func) string {
	switch f.FullName() {
	case "os.Exit":
		return "Exit"
	case "log.Fatal", "log.Fatalf", "log.Fatalln":
		return "Log" + f.Name()
	case "fmt.Print", "fmt.Printf", "fmt.Println", "time.Sleep":
		return f.Name()
	}
	return ""
}

// literal makes a function call of a struct literal that sets unexported fields of another package's type.
func (r *rewriter) literal(c *astutil.Cursor, n *ast.CompositeLit) {
	t := r.cell.Info.Types[n].Type
	if t == nil {
		return
	}
	pointer := false
	if p, ok := types.Unalias(t).(*types.Pointer); ok && n.Type == nil {
		t, pointer = p.Elem(), true
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	owner := r.owner(t)
	if owner == nil || !unexported(st, n) {
		return
	}
	v := r.temp("v")
	body := []ast.Stmt{&ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{v}, Type: r.typeExpr(t)}}}}}
	for i, x := range n.Elts {
		f := st.Field(min(i, st.NumFields()-1))
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			x = kv.Value
			for g := range st.Fields() {
				if g.Name() == kv.Key.(*ast.Ident).Name {
					f = g
				}
			}
		}
		var field ast.Expr = &ast.SelectorExpr{X: v, Sel: ast.NewIdent(f.Name())}
		if !f.Exported() {
			field = deref(r.accessor("XF", owner, f, &ast.UnaryExpr{Op: token.AND, X: v}))
		}
		body = append(body, &ast.AssignStmt{Lhs: []ast.Expr{field}, Tok: token.ASSIGN, Rhs: []ast.Expr{x}})
	}
	var result, value ast.Expr = r.typeExpr(t), v
	if pointer {
		result, value = &ast.StarExpr{X: result}, &ast.UnaryExpr{Op: token.AND, X: v}
	}
	body = append(body, &ast.ReturnStmt{Results: []ast.Expr{value}})
	f := &ast.FuncLit{
		Type: &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: result}}}},
		Body: &ast.BlockStmt{List: body},
	}
	call := &ast.CallExpr{Fun: f}
	r.literals[call] = f
	c.Replace(call)
}

func unexported(st *types.Struct, n *ast.CompositeLit) bool {
	for i, x := range n.Elts {
		name := st.Field(min(i, st.NumFields()-1)).Name()
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			name = kv.Key.(*ast.Ident).Name
		}
		if !token.IsExported(name) {
			return true
		}
	}
	return false
}

// addressOf simplifies &*p, and takes the address inside the function that a literal became.
func (r *rewriter) addressOf(c *astutil.Cursor, n *ast.UnaryExpr) {
	x := n.X
	for p, ok := x.(*ast.ParenExpr); ok && r.literals[p.X] != nil; p, ok = x.(*ast.ParenExpr) {
		x = p.X
	}
	if f := r.literals[x]; f != nil {
		f.Type.Results.List[0].Type = &ast.StarExpr{X: f.Type.Results.List[0].Type}
		ret := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
		ret.Results[0] = &ast.UnaryExpr{Op: token.AND, X: ret.Results[0]}
		c.Replace(x)
		return
	}
	if y := address(x); y != x {
		if _, same := y.(*ast.UnaryExpr); !same {
			c.Replace(y)
		}
	}
}

// goStmt starts a goroutine that belongs to the cell and whose panic is the cell's. The function and its arguments are
// evaluated now, as in Go.
func (r *rewriter) goStmt(n *ast.GoStmt) ast.Stmt {
	call := n.Call
	if f, ok := call.Fun.(*ast.FuncLit); ok && len(call.Args) == 0 && f.Type.Results == nil {
		return &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Go"), Args: []ast.Expr{f}}}
	}
	block := &ast.BlockStmt{Lbrace: n.Go}
	sig := r.started[n]
	inner := &ast.CallExpr{Fun: call.Fun, Ellipsis: call.Ellipsis}
	if sig != nil {
		if _, literal := call.Fun.(*ast.FuncLit); !literal {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && r.cell.Info.Selections[s] != nil {
				// A method value would be a detour: bind the receiver instead.
				v := r.temp("recv")
				block.List = append(block.List, define(v, r.receiver(s)))
				inner.Fun = &ast.SelectorExpr{X: v, Sel: s.Sel}
			} else if !ok {
				v := r.temp("f")
				block.List = append(block.List, define(v, call.Fun))
				inner.Fun = v
			}
		}
	}
	for i, x := range call.Args {
		v := r.temp("arg")
		block.List = append(block.List, r.argument(v, x, sig, i, call.Ellipsis.IsValid()))
		inner.Args = append(inner.Args, v)
	}
	f := &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: inner}}}}
	block.List = append(block.List, &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Go"), Args: []ast.Expr{f}}})
	return block
}

// receiver is what a method call binds: the address when the method has a pointer receiver.
func (r *rewriter) receiver(s *ast.SelectorExpr) ast.Expr {
	sel := r.cell.Info.Selections[s]
	f, _ := sel.Obj().(*types.Func)
	if f == nil {
		return s.X
	}
	_, pointer := f.Type().(*types.Signature).Recv().Type().(*types.Pointer)
	_, have := sel.Recv().Underlying().(*types.Pointer)
	if pointer && !have && len(sel.Index()) == 1 {
		return address(s.X)
	}
	return s.X
}

func (r *rewriter) argument(v *ast.Ident, x ast.Expr, sig *types.Signature, i int, spread bool) ast.Stmt {
	if sig == nil {
		return define(v, x)
	}
	params := sig.Params()
	var t types.Type
	switch {
	case sig.Variadic() && i >= params.Len()-1 && !spread:
		t = params.At(params.Len() - 1).Type().Underlying().(*types.Slice).Elem()
	case i < params.Len():
		t = params.At(i).Type()
	default:
		return define(v, x)
	}
	return &ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{v}, Type: r.typeExpr(t), Values: []ast.Expr{x}}}}}
}

func define(v *ast.Ident, x ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{v}, Tok: token.DEFINE, Rhs: []ast.Expr{x}}
}
