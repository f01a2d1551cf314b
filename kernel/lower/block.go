package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"runtime"

	"golang.org/x/tools/go/ast/astutil"
)

// Channel operations and the blocking methods of sync become calls of package cell, which listen to an interrupt. The compiler
// gets generic functions; the interpreter gets reflected ones, for elements whose type it can assert (subset.go).

// note remembers, before a node's children change, what receives and ranges have to know.
func (r *rewriter) noteBlocking(n ast.Node) {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			tv := r.cell.Info.Types[n]
			elem := r.element(n.X)
			rec := receive{elem: elem}
			if t, two := tv.Type.(*types.Tuple); two {
				rec.two = true
				if ok := t.At(1).Type(); !types.Identical(types.Default(ok), types.Typ[types.Bool]) {
					rec.ok = ok
				}
			}
			r.receives[n] = rec
		}
	case *ast.SendStmt:
		r.sends[n] = r.element(n.Chan)
	case *ast.CommClause:
		switch c := n.Comm.(type) { // the operation itself stays: it is the select's
		case *ast.SendStmt:
			r.selected[c] = true
		case *ast.ExprStmt:
			r.selected[ast.Unparen(c.X)] = true
		case *ast.AssignStmt:
			r.selected[ast.Unparen(c.Rhs[0])] = true
		}
	}
}

type receive struct {
	elem types.Type
	two  bool       // v, ok :=
	ok   types.Type // of ok where that is another than bool
}

func (r *rewriter) element(x ast.Expr) types.Type {
	return channel(r.cell.Info.Types[x].Type)
}

// channel is the element type of a channel; nil for a type parameter, whose operations stay as they are.
func channel(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if c, ok := t.Underlying().(*types.Chan); ok {
		return c.Elem()
	}
	return nil
}

// receiveExpr is <-c.
func (r *rewriter) receiveExpr(c *astutil.Cursor, n *ast.UnaryExpr) {
	rec := r.receives[n]
	if rec.elem == nil || r.selected[n] {
		return
	}
	if r.tier == Compile && rec.ok == nil {
		name := "Receive"
		if rec.two {
			name = "Receive2"
		}
		c.Replace(&ast.CallExpr{Fun: r.runtime(name), Args: []ast.Expr{n.X}, Lparen: n.OpPos})
		return
	}
	t := r.typeExpr(rec.elem)
	v, ok := ast.NewIdent("v"), ast.NewIdent("ok")
	results := []*ast.Field{{Type: t}}
	values := []ast.Expr{r.received(v, rec.elem)}
	param, receive := ast.Expr(ast.NewIdent("any")), "ReceiveAny"
	first := []ast.Stmt{}
	if r.tier == Interpret && target(rec.elem) == "AsError" {
		e := ast.NewIdent("e")
		first = append(first, &ast.AssignStmt{Lhs: []ast.Expr{e, ast.NewIdent("_")}, Tok: token.DEFINE, Rhs: values})
		values = []ast.Expr{e}
	}
	if r.tier == Compile {
		values[0], receive = v, "Receive2"
		param = &ast.ChanType{Dir: ast.RECV, Value: &ast.ParenExpr{X: t}}
	}
	var second ast.Expr = ast.NewIdent("_")
	switch {
	case rec.ok != nil:
		t := r.typeExpr(rec.ok)
		results, values, second = append(results, &ast.Field{Type: t}), append(values, conversion(t, ok)), ok
	case rec.two:
		results, values, second = append(results, &ast.Field{Type: ast.NewIdent("bool")}), append(values, ok), ok
	}
	call := &ast.CallExpr{Fun: r.runtime(receive), Args: []ast.Expr{ast.NewIdent("c")}}
	f := &ast.FuncLit{
		Type: &ast.FuncType{
			Params:  &ast.FieldList{List: []*ast.Field{{Names: []*ast.Ident{ast.NewIdent("c")}, Type: param}}},
			Results: &ast.FieldList{List: results},
		},
		Body: &ast.BlockStmt{List: append(append([]ast.Stmt{
			&ast.AssignStmt{Lhs: []ast.Expr{v, second}, Tok: token.DEFINE, Rhs: []ast.Expr{call}}}, first...),
			&ast.ReturnStmt{Results: values})},
	}
	c.Replace(&ast.CallExpr{Fun: f, Args: []ast.Expr{n.X}})
}

// received is what came out of a channel of such elements, given as any.
func (r *rewriter) received(v *ast.Ident, elem types.Type) ast.Expr {
	if emptyStruct(elem) {
		return &ast.CompositeLit{Type: r.typeExpr(elem)}
	}
	return r.asked(ast.NewIdent(v.Name), elem)
}

// sendStmt is c <- v.
func (r *rewriter) sendStmt(c *astutil.Cursor, n *ast.SendStmt) {
	elem := r.sends[n]
	if elem == nil || r.selected[n] {
		return
	}
	t := r.typeExpr(elem)
	call := &ast.CallExpr{Fun: &ast.IndexExpr{X: r.runtime("Send"), Index: t}, Args: []ast.Expr{n.Chan, n.Value}}
	if r.tier == Interpret {
		value := conversion(t, n.Value)
		call = &ast.CallExpr{Fun: r.runtime("SendAny"), Args: []ast.Expr{n.Chan, value}}
	}
	c.Replace(&ast.ExprStmt{X: call})
}

// selectStmt gives a select without default a case for the order to stop.
func (r *rewriter) selectStmt(n *ast.SelectStmt) {
	for _, c := range n.Body.List {
		if c.(*ast.CommClause).Comm == nil {
			return
		}
	}
	n.Body.List = append(n.Body.List, &ast.CommClause{
		Case: n.Body.Rbrace,
		Comm: &ast.ExprStmt{X: &ast.UnaryExpr{Op: token.ARROW, OpPos: n.Body.Rbrace, X: &ast.CallExpr{Fun: r.runtime("Done")}}},
		Body: []ast.Stmt{
			&ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("Check")}},
			// Never reached. A function may end in this select, so each of its cases must end in a terminating statement.
			&ast.ExprStmt{X: &ast.CallExpr{Fun: ast.NewIdent("panic"), Args: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: `"stopped"`}}}},
		},
	})
}

// rangeChannel is range over a channel.
func (r *rewriter) rangeChannel(c *astutil.Cursor, n *ast.RangeStmt) {
	elem := channel(r.ranged[n])
	if elem == nil {
		return
	}
	if r.tier == Compile {
		n.X = &ast.CallExpr{Fun: r.runtime("Each"), Args: []ast.Expr{n.X}}
		return
	}
	ch, v, ok := r.temp("c"), r.temp("v"), r.temp("ok")
	head := []ast.Stmt{
		&ast.AssignStmt{
			Lhs: []ast.Expr{v, ok}, Tok: token.DEFINE, Rhs: []ast.Expr{&ast.CallExpr{Fun: r.runtime("ReceiveAny"), Args: []ast.Expr{ch}}},
		},
		&ast.IfStmt{
			Cond: &ast.UnaryExpr{Op: token.NOT, X: ok}, Body: &ast.BlockStmt{List: []ast.Stmt{&ast.BranchStmt{Tok: token.BREAK}}},
		},
	}
	if id, isName := n.Key.(*ast.Ident); n.Key != nil && (!isName || id.Name != "_") {
		give := &ast.AssignStmt{Lhs: []ast.Expr{n.Key}, Tok: n.Tok, Rhs: []ast.Expr{r.received(v, elem)}}
		if target(elem) == "AsError" {
			give.Lhs = append(give.Lhs, ast.NewIdent("_"))
		}
		head = append(head, give)
	} else {
		head = append(head, &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{v}})
	}
	n.Body.List = append(head, n.Body.List...)
	c.Replace(&ast.ForStmt{For: n.For, Init: define(ch, n.X), Cond: ast.NewIdent("true"), Body: n.Body})
}

// ownMethods are methods that wait, that call back on a goroutine which is nobody's, or that end the process, and what does the
// same for a cell in their place.
var ownMethods = map[string]string{
	"(*sync.Mutex).Lock":     "Lock",
	"(*sync.RWMutex).Lock":   "LockWriter",
	"(*sync.RWMutex).RLock":  "LockReader",
	"(*sync.WaitGroup).Wait": "Wait",
	"(*sync.WaitGroup).Go":   "GoGroup",
	"(*sync.Cond).Wait":      "WaitCond",
	"(*log.Logger).Fatal":    "LoggerFatal",
	"(*log.Logger).Fatalf":   "LoggerFatalf",
	"(*log.Logger).Fatalln":  "LoggerFatalln",
}

// recovered is a call of recover: what interpreted code panicked with is given Go's form.
func (r *rewriter) recovered(c *astutil.Cursor, n *ast.CallExpr) {
	if _, deferred := c.Parent().(*ast.DeferStmt); deferred {
		return // defer recover() is a call of recover that must stay what it is
	}
	id, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok {
		return
	}
	if b, ok := r.cell.Info.Uses[id].(*types.Builtin); ok && b.Name() == "recover" {
		c.Replace(&ast.CallExpr{Fun: r.runtime("Recovered"), Lparen: n.Lparen, Args: []ast.Expr{n}})
	}
}

// ownCall is a call of such a method on a variable or a pointer. Promoted methods stay as they are.
func (r *rewriter) ownCall(c *astutil.Cursor, n *ast.CallExpr) {
	s, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	sel := r.cell.Info.Selections[s]
	if sel == nil || sel.Kind() != types.MethodVal || len(sel.Index()) != 1 {
		return
	}
	if name := ownMethods[sel.Obj().(*types.Func).FullName()]; name != "" {
		args := append([]ast.Expr{r.receiver(s)}, n.Args...)
		c.Replace(&ast.CallExpr{Fun: r.runtime(name), Lparen: n.Lparen, Args: args, Ellipsis: n.Ellipsis})
	}
}

// gotoStmt checks the order to stop before it jumps: a loop may be made of it.
func (r *rewriter) gotoStmt(c *astutil.Cursor, n *ast.BranchStmt) {
	if n.Tok == token.GOTO {
		b := &ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{n}, Rbrace: n.Pos()}
		r.check(b)
		c.Replace(b)
	}
}

// roomy is how many elements a slice may have without a question.
const roomy = 1 << 16

// room asks, before a slice is made whose size is not known to be small, whether there is room for it: the runtime would end the
// process.
func (r *rewriter) room(n *ast.CallExpr) {
	id, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok || len(n.Args) < 2 {
		return
	}
	if b, ok := r.cell.Info.Uses[id].(*types.Builtin); !ok || b.Name() != "make" {
		return
	}
	slice, ok := r.cell.Info.Types[n].Type.Underlying().(*types.Slice)
	last := len(n.Args) - 1 // the capacity, where there is one
	size := r.cell.Info.Types[n.Args[last]]
	if !ok {
		return
	}
	if size.Type == nil { // a constant that was worked out already
		size = types.TypeAndValue{Type: types.Typ[types.UntypedInt]}
	}
	if v := size.Value; v != nil {
		if count, exact := constant.Int64Val(constant.ToInt(v)); exact && count <= roomy {
			return
		}
	}
	each := elementSize(slice.Elem())
	basic, ok := types.Default(size.Type).Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 || each == 0 {
		return
	}
	number := n.Args[last]
	if basic.Kind() != types.Int || types.Default(size.Type) != types.Type(basic) {
		number = conversion(ast.NewIdent("int"), number) // negative for what no int holds, which is as far out of range
	}
	name := "Room"
	if last == 2 {
		name = "RoomCap"
	}
	n.Args[last] = &ast.CallExpr{Fun: r.runtime(name), Lparen: n.Args[last].Pos(), Args: []ast.Expr{number, intLiteral(n.Lparen, int(each))}}
}

// elementSize is the size of a type; 0 when it depends on a type parameter.
func elementSize(t types.Type) (size int64) {
	defer func() {
		if recover() != nil { // the sizes of a type parameter are nobody's
			size = 0
		}
	}()
	return types.SizesFor("gc", runtime.GOARCH).Sizeof(t)
}

// interpretedChannel tells whether the interpreter can assert the elements of a channel.
func interpretedChannel(c types.Type) bool {
	switch t := types.Unalias(channel(c)).(type) {
	case *types.Basic:
		return true
	case *types.Named:
		return !types.IsInterface(t) && t.TypeArgs().Len() == 0 || target(t) == "AsError"
	}
	return emptyStruct(channel(c))
}
