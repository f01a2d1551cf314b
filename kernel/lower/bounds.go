package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// The interpreter says that an index is out of range, and not which one. So indexes are checked before they are used, by
// statements in front of the one that uses them,
//
//	if i < 0 || i >= len(xs) { cell.IndexFault(i, len(xs)) }
//
// which cost half of what the index costs itself. What is repeated so must not call anything; after a call, in the condition of
// a loop and where only a part of a condition is evaluated, the check is part of the index: xs[cell.At(i, len(xs))]. The faults
// are made by the runtime, so that they are Go's own.

// bounded puts checks into the body of a function.
func (r *rewriter) bounded(body *ast.BlockStmt) {
	b := &bounder{r: r, info: r.cell.Info}
	body.List = b.list(body.List)
}

// boundedStmt puts checks into a statement and returns those that come before it.
func (r *rewriter) boundedStmt(st ast.Stmt) []ast.Stmt {
	b := &bounder{r: r, info: r.cell.Info}
	list := b.list([]ast.Stmt{st})
	if list[len(list)-1] != st { // it became an assignment of what it calculates first
		return list
	}
	return list[:len(list)-1]
}

// A bounder walks the expressions of a statement in the order of their evaluation.
type bounder struct {
	r      *rewriter
	info   *types.Info
	checks []ast.Stmt
	pos    token.Pos // of the statement
	inside bool      // checks must be part of the index: what is evaluated is evaluated again, or later
	called bool      // something was called, which may have changed what a check would look at
}

func (b *bounder) list(in []ast.Stmt) (out []ast.Stmt) {
	for _, st := range in {
		sub := &bounder{r: b.r, info: b.info, pos: st.Pos()}
		last := sub.stmt(st)
		out = append(append(out, sub.checks...), last)
	}
	return out
}

// stmt walks a statement. It returns the statement or what stands for it after the checks.
func (b *bounder) stmt(st ast.Stmt) ast.Stmt {
	switch st := st.(type) {
	case *ast.ExprStmt:
		b.expr(&st.X)
	case *ast.SendStmt:
		b.expr(&st.Chan)
		b.expr(&st.Value)
	case *ast.IncDecStmt:
		b.place(&st.X)
	case *ast.AssignStmt:
		return b.assign(st)
	case *ast.GoStmt:
		b.call(st.Call)
	case *ast.DeferStmt:
		b.call(st.Call)
	case *ast.ReturnStmt:
		b.exprs(st.Results)
	case *ast.DeclStmt:
		if g, ok := st.Decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			inside := b.inside
			for i, spec := range g.Specs {
				b.inside = inside || i > 0 // the specs before declare what the others use
				b.exprs(spec.(*ast.ValueSpec).Values)
			}
			b.inside = inside
		}
	case *ast.BlockStmt:
		st.List = b.list(st.List)
	case *ast.IfStmt:
		b.ifStmt(st)
	case *ast.ForStmt:
		if st.Init != nil {
			st.Init = b.part(st.Init, true)
		}
		if st.Cond != nil {
			b.again(&st.Cond)
		}
		if st.Post != nil {
			st.Post = b.part(st.Post, true)
		}
		st.Body.List = b.list(st.Body.List)
	case *ast.RangeStmt:
		b.expr(&st.X)
		st.Body.List = b.list(st.Body.List)
	case *ast.SwitchStmt:
		if st.Init != nil {
			st.Init = b.part(st.Init, true)
			b.inside = true
		}
		if st.Tag != nil {
			b.expr(&st.Tag)
		}
		for _, c := range st.Body.List {
			cc := c.(*ast.CaseClause)
			for i := range cc.List {
				b.again(&cc.List[i])
			}
			cc.Body = b.list(cc.Body)
		}
	}
	return st
}

// part walks a statement in the head of another one. Where its checks cannot come first they are part of the indexes.
func (b *bounder) part(st ast.Stmt, inside bool) ast.Stmt {
	sub := &bounder{r: b.r, info: b.info, pos: st.Pos(), inside: b.inside || inside}
	if a, ok := st.(*ast.AssignStmt); ok { // no block may stand here
		sub.exprs(a.Rhs)
		sub.places(a.Lhs)
		return st
	}
	return sub.stmt(st)
}

// again walks an expression that is evaluated some time, or several times.
func (b *bounder) again(x *ast.Expr) {
	sub := &bounder{r: b.r, info: b.info, pos: b.pos, inside: true}
	sub.expr(x)
}

func (b *bounder) ifStmt(st *ast.IfStmt) {
	if st.Init != nil {
		st.Init = b.part(st.Init, true)
		b.again(&st.Cond)
	} else {
		b.expr(&st.Cond)
	}
	st.Body.List = b.list(st.Body.List)
	switch e := st.Else.(type) {
	case *ast.BlockStmt:
		e.List = b.list(e.List)
	case *ast.IfStmt:
		sub := &bounder{r: b.r, info: b.info, pos: e.Pos(), inside: true}
		sub.ifStmt(e)
	}
}

// assign checks the indexes of what is assigned to after the values, as Go does. A value that calls something comes first.
func (b *bounder) assign(st *ast.AssignStmt) ast.Stmt {
	b.exprs(st.Rhs)
	ix, ok := ast.Unparen(st.Lhs[0]).(*ast.IndexExpr)
	if ok && len(st.Rhs) == 1 {
		basic, _ := b.info.TypeOf(st.Rhs[0]).(*types.Basic)
		ok = basic == nil || basic.Info()&types.IsUntyped == 0
	}
	if !ok || len(st.Lhs) > 1 || st.Tok != token.ASSIGN || !b.called || b.inside || b.isMap(ix) || !b.pure(ix) {
		b.places(st.Lhs)
		return st
	}
	v := b.r.temp("v")
	first := &ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: st.TokPos, Tok: token.DEFINE, Rhs: st.Rhs}
	b.checks = append(b.checks, first)
	b.called = false
	b.places(st.Lhs)
	// A block of its own would hide nothing: the name is new. The value keeps the type it has on the right.
	st.Rhs = []ast.Expr{v}
	b.info.Types[v] = b.info.Types[first.Rhs[0]]
	return st
}

func (b *bounder) isMap(ix *ast.IndexExpr) bool {
	t := b.info.TypeOf(ix.X)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

func (b *bounder) exprs(list []ast.Expr) {
	for i := range list {
		b.expr(&list[i])
	}
}

func (b *bounder) places(list []ast.Expr) {
	for i := range list {
		b.place(&list[i])
	}
}

// expr walks an expression whose value is wanted.
func (b *bounder) expr(px *ast.Expr) { b.walk(px, false) }

// place walks an expression that stands for something: what is assigned to, what an address is taken of, what has parts.
func (b *bounder) place(px *ast.Expr) { b.walk(px, true) }

func (b *bounder) walk(px *ast.Expr, place bool) {
	switch x := (*px).(type) {
	case *ast.ParenExpr:
		b.walk(&x.X, place)
	case *ast.SelectorExpr:
		b.place(&x.X)
	case *ast.StarExpr:
		b.expr(&x.X)
	case *ast.UnaryExpr:
		b.walk(&x.X, x.Op == token.AND)
		b.called = b.called || x.Op == token.ARROW
	case *ast.TypeAssertExpr:
		b.expr(&x.X)
	case *ast.KeyValueExpr:
		if id, ok := x.Key.(*ast.Ident); !ok || b.info.Uses[id] != nil {
			b.expr(&x.Key)
		}
		b.expr(&x.Value)
	case *ast.CompositeLit:
		b.exprs(x.Elts)
	case *ast.BinaryExpr:
		b.expr(&x.X)
		if x.Op == token.LAND || x.Op == token.LOR {
			b.second(x)
		} else {
			b.expr(&x.Y)
		}
	case *ast.CallExpr:
		b.call(x)
	case *ast.FuncLit:
		x.Body.List = b.list(x.Body.List)
	case *ast.IndexExpr:
		if tv := b.info.Types[x.X]; !tv.IsValue() { // a type or a generic function
			return
		}
		b.place(&x.X)
		b.expr(&x.Index)
		b.index(px, x, place)
	case *ast.SliceExpr:
		b.place(&x.X)
		for _, p := range []*ast.Expr{&x.Low, &x.High, &x.Max} {
			if *p != nil {
				b.expr(p)
			}
		}
		b.slice(x)
	}
}

func (b *bounder) call(x *ast.CallExpr) {
	tv := b.info.Types[x.Fun]
	if !tv.IsType() && !tv.IsBuiltin() {
		b.expr(&x.Fun)
	}
	for i := range x.Args {
		if !b.info.Types[x.Args[i]].IsType() {
			b.expr(&x.Args[i])
		}
	}
	b.called = b.called || !tv.IsType() && !tv.IsBuiltin()
}

// second walks the second operand of && and ||: its checks apply where the first lets it be evaluated.
func (b *bounder) second(x *ast.BinaryExpr) {
	sub := &bounder{r: b.r, info: b.info, pos: b.pos, inside: b.inside || b.called || !b.pure(x.X)}
	sub.expr(&x.Y)
	b.called = b.called || sub.called
	if len(sub.checks) == 0 {
		return
	}
	cond := b.clone(x.X)
	if x.Op == token.LOR {
		cond = &ast.UnaryExpr{OpPos: b.pos, Op: token.NOT, X: &ast.ParenExpr{X: cond}}
	}
	b.checks = append(b.checks, &ast.IfStmt{If: b.pos, Cond: cond, Body: &ast.BlockStmt{Lbrace: b.pos, List: sub.checks, Rbrace: b.pos}})
}

// index checks x[i].
func (b *bounder) index(px *ast.Expr, x *ast.IndexExpr, place bool) {
	kind, size := sequence(b.info.TypeOf(x.X))
	if kind == "" || size >= 0 && b.info.Types[x.Index].Value != nil {
		return // a map; a constant index into an array, which the type checker knows
	}
	if !b.pure(x.X) {
		_, array := b.info.TypeOf(x.X).Underlying().(*types.Array)
		switch {
		case array && unsigned(b.info, x.Index): // its type says how long it is
			x.Index = b.calls("AtUnsigned", conversion(ast.NewIdent("uint64"), x.Index), b.length("len", x.X, size))
		case array:
			x.Index = b.calls("At", b.integer(x.Index), b.length("len", x.X, size))
		case !place:
			b.element(px, x, kind)
		}
		return
	}
	if unsigned(b.info, x.Index) {
		n := b.length("len", x.X, size)
		if b.inside || b.called || !b.pure(x.Index) {
			x.Index = b.calls("AtUnsigned", conversion(ast.NewIdent("uint64"), x.Index), n)
			return
		}
		i := func() ast.Expr { return conversion(ast.NewIdent("uint64"), b.clone(x.Index)) }
		b.check(&ast.BinaryExpr{X: i(), Op: token.GEQ, OpPos: b.pos, Y: conversion(ast.NewIdent("uint64"), n)}, b.calls("IndexFaultUnsigned", i(), n))
		return
	}
	if b.inside || b.called || !b.pure(x.Index) {
		x.Index = b.calls("At", b.integer(x.Index), b.length("len", x.X, size))
		return
	}
	cond := or(b.negative(x.Index), &ast.BinaryExpr{X: b.integer(b.clone(x.Index)), Op: token.GEQ, OpPos: b.pos, Y: b.length("len", x.X, size)})
	b.check(cond, b.calls("IndexFault", b.integer(b.clone(x.Index)), b.length("len", x.X, size)))
}

// unsigned tells what an int may not be able to hold.
func unsigned(info *types.Info, x ast.Expr) bool {
	if tv := info.Types[x]; tv.Value == nil && tv.Type != nil {
		if basic, ok := tv.Type.Underlying().(*types.Basic); ok {
			return basic.Kind() == types.Uint || basic.Kind() == types.Uint64 || basic.Kind() == types.Uintptr
		}
	}
	return false
}

// element takes an element of something that a call makes: it can be looked at once only.
func (b *bounder) element(px *ast.Expr, x *ast.IndexExpr, kind string) {
	t := b.info.TypeOf(x)
	if kind != "slice" && kind != "string" || !assertable(t) || !b.info.Types[x].IsValue() {
		return
	}
	*px = &ast.TypeAssertExpr{X: b.calls("Element", x.X, b.integer(x.Index)), Type: b.r.typeExpr(t)}
}

// assertable tells a type that the interpreter can assert: one with a name, which is no interface.
func assertable(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return true
	case *types.Named:
		return !types.IsInterface(t) && t.TypeArgs().Len() == 0
	}
	return false
}

// slice checks x[low:high:max]. One of the bounds may be the result of a call: then the check is a part of that bound.
func (b *bounder) slice(x *ast.SliceExpr) {
	kind, size := sequence(b.info.TypeOf(x.X))
	if kind == "" || !b.pure(x.X) {
		return
	}
	bounds := []struct {
		name string
		x    *ast.Expr
	}{{"l", &x.Low}, {"h", &x.High}, {"m", &x.Max}}
	given, which := "", ""
	var once *ast.Expr // the bound that can be evaluated once only
	for _, p := range bounds {
		if *p.x == nil {
			continue
		}
		given += p.name
		if b.pure(*p.x) {
			continue
		}
		if once != nil {
			return
		}
		once, which = p.x, p.name
	}
	if given == "" {
		return
	}
	limit := "len"
	if kind == "slice" {
		limit = "cap"
	}
	args := []ast.Expr{b.text(kind), b.text(given), b.length("len", x.X, size), b.length(limit, x.X, size)}
	for _, p := range bounds {
		switch {
		case *p.x == nil:
			args = append(args, intLiteral(b.pos, 0))
		case p.x == once:
			args = append(args, b.integer(*p.x))
		default:
			args = append(args, b.integer(b.clone(*p.x)))
		}
	}
	switch {
	case once != nil:
		*once = b.calls("SliceAt", append([]ast.Expr{b.text(which)}, args...)...)
	case b.inside || b.called:
		// Any of the bounds can carry the check. One that is not given is 0.
		x.Low = b.calls("SliceAt", append([]ast.Expr{b.text("l")}, args...)...)
	default:
		b.check(b.outOfBounds(x, kind, size, limit), b.calls("SliceFault", args...))
	}
}

// outOfBounds is the condition under which x panics.
func (b *bounder) outOfBounds(x *ast.SliceExpr, kind string, size int64, limit string) (cond ast.Expr) {
	upper := b.length(limit, x.X, size)
	if x.High == nil && x.Max == nil {
		upper = b.length("len", x.X, size)
	}
	for _, bound := range []ast.Expr{x.Max, x.High, x.Low} {
		if bound == nil {
			continue
		}
		above := or(b.negative(bound), &ast.BinaryExpr{X: b.integer(b.clone(bound)), Op: token.GTR, OpPos: b.pos, Y: upper})
		cond = or(cond, above)
		upper = b.integer(b.clone(bound))
	}
	return cond
}

func (b *bounder) text(s string) ast.Expr {
	return &ast.BasicLit{ValuePos: b.pos, Kind: token.STRING, Value: strconv.Quote(s)}
}

// sequence tells what is indexed: a slice, a string, or an array and its size; "" for a map.
func sequence(t types.Type) (kind string, size int64) {
	if t == nil {
		return "", -1
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return "slice", -1
	case *types.Array:
		return "array", u.Len()
	case *types.Pointer:
		if a, ok := u.Elem().Underlying().(*types.Array); ok {
			return "array", a.Len()
		}
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return "string", -1
		}
	}
	return "", -1
}

func (b *bounder) check(cond, fault ast.Expr) {
	body := &ast.BlockStmt{Lbrace: b.pos, List: []ast.Stmt{&ast.ExprStmt{X: fault}}, Rbrace: b.pos}
	b.checks = append(b.checks, &ast.IfStmt{If: b.pos, Cond: cond, Body: body})
}

func (b *bounder) calls(name string, args ...ast.Expr) ast.Expr {
	sel := b.r.runtime(name).(*ast.SelectorExpr)
	sel.X.(*ast.Ident).NamePos = b.pos
	return &ast.CallExpr{Fun: sel, Lparen: b.pos, Args: args, Rparen: b.pos}
}

// length is len(x) or cap(x), or the size of an array.
func (b *bounder) length(name string, x ast.Expr, size int64) ast.Expr {
	if size >= 0 {
		return &ast.BasicLit{ValuePos: b.pos, Kind: token.INT, Value: strconv.FormatInt(size, 10)}
	}
	return &ast.CallExpr{Fun: &ast.Ident{NamePos: b.pos, Name: name}, Args: []ast.Expr{b.clone(x)}}
}

// integer is x as an int.
func (b *bounder) integer(x ast.Expr) ast.Expr {
	t := b.info.TypeOf(x)
	if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.Int || b.info.Types[x].Value != nil {
		return x
	}
	return &ast.CallExpr{Fun: &ast.Ident{NamePos: b.pos, Name: "int"}, Args: []ast.Expr{x}}
}

// negative is x < 0; nil where it cannot be.
func (b *bounder) negative(x ast.Expr) ast.Expr {
	if b.info.Types[x].Value != nil {
		return nil
	}
	return &ast.BinaryExpr{X: b.integer(b.clone(x)), Op: token.LSS, OpPos: b.pos, Y: intLiteral(b.pos, 0)}
}

func or(x, y ast.Expr) ast.Expr {
	if x == nil {
		return y
	}
	return &ast.BinaryExpr{X: x, Op: token.LOR, Y: y}
}

// pure tells an expression that may be evaluated again: it calls nothing and changes nothing.
func (b *bounder) pure(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident, *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return b.pure(x.X)
	case *ast.StarExpr:
		return b.pure(x.X)
	case *ast.SelectorExpr:
		if sel := b.info.Selections[x]; sel != nil && sel.Kind() != types.FieldVal {
			return false
		}
		return b.pure(x.X)
	case *ast.UnaryExpr:
		return x.Op != token.ARROW && x.Op != token.AND && b.pure(x.X)
	case *ast.BinaryExpr:
		return b.pure(x.X) && b.pure(x.Y)
	case *ast.IndexExpr:
		return b.info.Types[x.X].IsValue() && b.pure(x.X) && b.pure(x.Index)
	case *ast.CallExpr:
		tv := b.info.Types[x.Fun]
		id, ok := ast.Unparen(x.Fun).(*ast.Ident)
		if len(x.Args) != 1 || !ok || !(tv.IsType() || tv.IsBuiltin() && (id.Name == "len" || id.Name == "cap")) {
			return false
		}
		return b.pure(x.Args[0])
	}
	return false
}

// clone copies a pure expression with what is known of it.
func (b *bounder) clone(x ast.Expr) ast.Expr {
	var y ast.Expr
	switch x := x.(type) {
	case *ast.Ident:
		id := *x
		if obj := b.info.Uses[x]; obj != nil {
			b.info.Uses[&id] = obj
		}
		y = &id
	case *ast.BasicLit:
		c := *x
		y = &c
	case *ast.ParenExpr:
		c := *x
		c.X = b.clone(x.X)
		y = &c
	case *ast.StarExpr:
		c := *x
		c.X = b.clone(x.X)
		y = &c
	case *ast.SelectorExpr:
		c := *x
		c.X, c.Sel = b.clone(x.X), b.clone(x.Sel).(*ast.Ident)
		if sel := b.info.Selections[x]; sel != nil {
			b.info.Selections[&c] = sel
		}
		y = &c
	case *ast.UnaryExpr:
		c := *x
		c.X = b.clone(x.X)
		y = &c
	case *ast.BinaryExpr:
		c := *x
		c.X, c.Y = b.clone(x.X), b.clone(x.Y)
		y = &c
	case *ast.IndexExpr:
		c := *x
		c.X, c.Index = b.clone(x.X), b.clone(x.Index)
		y = &c
	case *ast.CallExpr: // of one argument: pure
		c := *x
		c.Fun, c.Args = b.clone(x.Fun), []ast.Expr{b.clone(x.Args[0])}
		y = &c
	default:
		return x
	}
	if tv, ok := b.info.Types[x]; ok {
		b.info.Types[y] = tv
	}
	return y
}
