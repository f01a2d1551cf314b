package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ast/astutil"
)

// Each turn of a loop has variables of its own, and a closure that keeps one keeps that turn's. The interpreter gives a call of a
// function one frame, which all turns share. So a loop whose turns must be kept apart calls a function for each:
//
//	for i, x := range xs {                  for i, x := range xs {
//		if x < 0 {                              turn := func(i int, x float64) int {
//			break                                   if x < 0 {
//		}                                              return 1
//		fs = append(fs, func() { use(i) })          }
//	}                                              fs = append(fs, func() { use(i) })
//	                                               return 0
//	                                           }(i, x)
//	                                           if turn == 1 {
//	                                               break
//	                                           }
//	                                       }
//
// That function is in no trace: its body begins on a line of its own, by which the frame is known.

// What the function of a turn says of how it ended.
const (
	turnDone = iota
	turnBreak
	turnReturn
)

// apart finds the loops in n whose turns must be kept apart: those with a variable that a closure or a pointer keeps, and
// those that start goroutines, whose arguments are kept.
func apart(info *types.Info, n ast.Node) map[ast.Stmt]bool {
	found := map[ast.Stmt]bool{}
	shared := sharedVariables(info, n)
	var loops []ast.Stmt // around, within the function
	keep := func(id *ast.Ident, closure ast.Node) {
		v, ok := info.Uses[id].(*types.Var)
		if !ok {
			return
		}
		for _, loop := range loops {
			if inside(v, loop) && (closure == nil || !inside(v, closure)) {
				found[loop] = true
			}
		}
	}
	var walk func(n ast.Node) bool
	walk = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			loops = append(loops, n.(ast.Stmt))
			ast.Inspect(n, func(x ast.Node) bool { return x == ast.Node(n) || walk(x) })
			loops = loops[:len(loops)-1]
			return false
		case *ast.FuncLit:
			ast.Inspect(n.Body, func(x ast.Node) bool {
				if id, ok := x.(*ast.Ident); ok {
					keep(id, n)
				}
				return true
			})
			around := loops
			loops = nil
			ast.Inspect(n.Body, walk)
			loops = around
			return false
		case *ast.GoStmt:
			if len(loops) > 0 {
				found[loops[len(loops)-1]] = true
			}
		case ast.Expr:
			if id, written := addressed(info, n); id != nil && (written || shared[info.Uses[id]]) {
				keep(id, nil)
			}
		}
		return true
	}
	ast.Inspect(n, walk)
	return found
}

// sharedVariables are the variables in n that the interpreter does not make anew when their definition runs again: those of the
// heads of loops, and those of the definitions v, ok := m[k] and the like.
func sharedVariables(info *types.Info, n ast.Node) map[types.Object]bool {
	found := map[types.Object]bool{}
	add := func(x ast.Expr) {
		if id, ok := x.(*ast.Ident); ok && info.Defs[id] != nil {
			found[info.Defs[id]] = true
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			add(n.Key)
			add(n.Value)
		case *ast.ForStmt:
			if init, ok := n.Init.(*ast.AssignStmt); ok {
				for _, x := range init.Lhs {
					add(x)
				}
			}
		case *ast.AssignStmt:
			if len(n.Lhs) > len(n.Rhs) {
				if _, call := ast.Unparen(n.Rhs[0]).(*ast.CallExpr); !call {
					add(n.Lhs[0])
				}
			}
		}
		return true
	})
	return found
}

// addressed is the variable whose address, or the address of a part of which, an expression takes; nil for none. Without it being
// written a method does that to which a pointer is passed, and a slice of an array.
func addressed(info *types.Info, x ast.Expr) (id *ast.Ident, written bool) {
	switch x := x.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			id, _ = root(x.X).(*ast.Ident)
			return id, true
		}
	case *ast.SelectorExpr:
		sel := info.Selections[x]
		if sel == nil || sel.Kind() != types.MethodVal || !wantsPointer(sel) {
			return nil, false
		}
		if _, have := types.Unalias(sel.Recv()).(*types.Pointer); !have {
			id, _ = root(x.X).(*ast.Ident)
		}
	case *ast.SliceExpr:
		if t := info.TypeOf(x.X); t != nil {
			if _, array := t.Underlying().(*types.Array); array {
				id, _ = root(x.X).(*ast.Ident)
			}
		}
	}
	return id, false
}

// inside tells a variable that n declares.
func inside(v *types.Var, n ast.Node) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() }

// separable tells whether the body of a loop can become a function, in a function with such results.
func separable(info *types.Info, loop ast.Stmt, results *ast.FieldList) bool {
	body := bodyOf(loop)
	ok := true
	if f, is := loop.(*ast.ForStmt); is {
		for _, v := range turnVariables(info, f) {
			// A copy for each turn is Go's own only while the turn leaves it as it is.
			if _, basic := types.Unalias(info.Defs[v].Type()).(*types.Basic); !basic || changes(info, f, info.Defs[v]) {
				return false
			}
		}
		for _, n := range []ast.Node{f.Cond, f.Post} {
			if n != nil {
				ok = ok && !hasLiteral(n) && !addresses(info, n, f)
			}
		}
	} else if r := loop.(*ast.RangeStmt); r.Tok == token.ASSIGN {
		return false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.LabeledStmt, *ast.DeferStmt:
			ok = false
		case *ast.BranchStmt:
			ok = ok && n.Label == nil && n.Tok != token.GOTO
		case *ast.ReturnStmt:
			ok = ok && len(n.Results) == results.NumFields() || ok && len(n.Results) == 0
			for _, x := range n.Results {
				ok = ok && !isFunction(info.TypeOf(x))
			}
		case *ast.AssignStmt: // see outerFunction in subset.go
			for _, x := range n.Lhs {
				ok = ok && (n.Tok != token.ASSIGN || !isFunction(info.TypeOf(x)))
			}
		}
		return ok
	})
	if results != nil {
		for _, f := range results.List {
			ok = ok && !isFunction(info.TypeOf(f.Type))
		}
	}
	return ok
}

func isFunction(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// addresses tells whether n takes the address of a variable of a loop's clause.
func addresses(info *types.Info, n ast.Node, loop *ast.ForStmt) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok {
			if id, _ := addressed(info, x); id != nil && loop.Init != nil {
				v, is := info.Uses[id].(*types.Var)
				found = found || is && inside(v, loop.Init)
			}
		}
		return !found
	})
	return found
}

func hasLiteral(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		_, literal := n.(*ast.FuncLit)
		found = found || literal
		return !found
	})
	return found
}

// turnVariables are the variables that each turn of a loop has a copy of. Of a for clause these are the ones that something
// keeps: others stay the loop's.
func turnVariables(info *types.Info, loop ast.Stmt) (list []*ast.Ident) {
	add := func(x ast.Expr) {
		if id, ok := x.(*ast.Ident); ok && id.Name != "_" && info.Defs[id] != nil {
			list = append(list, id)
		}
	}
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		if loop.Tok == token.DEFINE {
			add(loop.Key)
			add(loop.Value)
		}
	case *ast.ForStmt:
		init, ok := loop.Init.(*ast.AssignStmt)
		if !ok || init.Tok != token.DEFINE {
			return nil
		}
		for _, x := range init.Lhs {
			if id, ok := x.(*ast.Ident); ok && outlives(info, loop.Body, info.Defs[id]) {
				add(id)
			}
		}
	}
	return list
}

// outlives tells whether something in a body may keep a variable longer than its turn: a closure, a pointer or a goroutine's call.
func outlives(info *types.Info, body ast.Node, v types.Object) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			found = found || mentionsObject(info, n, v)
		case ast.Expr:
			id, _ := addressed(info, n)
			found = found || id != nil && info.Uses[id] == v
		}
		return !found && v != nil
	})
	return found
}

func mentionsObject(info *types.Info, n ast.Node, v types.Object) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && info.Uses[id] == v
		return !found
	})
	return found
}

// changes tells whether the body of a loop assigns to a variable of its clause, or takes its address.
func changes(info *types.Info, loop *ast.ForStmt, v types.Object) (found bool) {
	is := func(x ast.Expr) bool {
		id, ok := root(x).(*ast.Ident)
		return ok && info.Uses[id] == v
	}
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || slices.ContainsFunc(n.Lhs, is)
		case *ast.IncDecStmt:
			found = found || is(n.X)
		case *ast.RangeStmt:
			found = found || n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && is(n.X)
		}
		return !found
	})
	return found
}

func bodyOf(loop ast.Stmt) *ast.BlockStmt {
	if f, ok := loop.(*ast.ForStmt); ok {
		return f.Body
	}
	return loop.(*ast.RangeStmt).Body
}

// separateTurns keeps the turns of the loops in n apart, where they must be, and makes functions of the bodies of ranges over
// functions. results are those of the function that n is in.
func (r *rewriter) separateTurns(n ast.Stmt, results *ast.FieldList) ast.Stmt {
	s := &turner{r: r, need: apart(r.cell.Info, n)}
	b := &ast.BlockStmt{List: []ast.Stmt{n}}
	s.within(b, results)
	return b.List[0]
}

type turner struct {
	r    *rewriter
	need map[ast.Stmt]bool
}

// within rewrites the loops of one function, the innermost first.
func (s *turner) within(n ast.Node, results *ast.FieldList) {
	var loops []ast.Stmt
	ast.Inspect(n, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.FuncLit:
			if ast.Node(x) != n {
				s.within(x.Body, x.Type.Results)
				return false
			}
		case *ast.ForStmt, *ast.RangeStmt:
			over, is := x.(*ast.RangeStmt)
			if s.need[x.(ast.Stmt)] || is && overFunction(s.r.cell.Info, over) {
				loops = append(loops, x.(ast.Stmt))
			}
		}
		return true
	})
	for _, loop := range slices.Backward(loops) {
		if over, ok := loop.(*ast.RangeStmt); ok && overFunction(s.r.cell.Info, over) {
			replaced := s.call(over, results)
			astutil.Apply(n, nil, func(c *astutil.Cursor) bool {
				if c.Node() == ast.Node(over) {
					c.Replace(replaced)
				}
				return true
			})
			continue
		}
		s.separate(loop, results)
	}
}

// overFunction tells a range over a function.
func overFunction(info *types.Info, n *ast.RangeStmt) bool {
	return isFunction(info.TypeOf(n.X))
}

// call is a range over a function: the call of that function with the body as its argument. The states are the runtime's own,
// see package cell.
//
//	for x := range f {             { state := 1; turn := 0
//		if x < 0 {                   f(func(x int) bool {
//			break                        if state != 1 { cell.RangeFault(state) }; state = 2
//		}                                if x < 0 { state = 0; return false }
//		…                                …
//	}                                    state = 1; return true })
//	                               if state == 2 { cell.RangeFault(4) }
//	                               state = 3 }
func (s *turner) call(loop *ast.RangeStmt, results *ast.FieldList) ast.Stmt {
	r, info, pos, end := s.r, s.r.cell.Info, loop.For, loop.Body.Rbrace
	state, turn := r.temp("state"), r.temp("turn")
	at := func(pos token.Pos, id *ast.Ident) *ast.Ident { return &ast.Ident{NamePos: pos, Name: id.Name} }
	set := func(pos token.Pos, id *ast.Ident, value int) ast.Stmt {
		return &ast.AssignStmt{Lhs: []ast.Expr{at(pos, id)}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{intLiteral(pos, value)}}
	}
	when := func(pos token.Pos, id *ast.Ident, op token.Token, value int, then ast.Stmt) ast.Stmt {
		return &ast.IfStmt{If: pos, Cond: &ast.BinaryExpr{X: at(pos, id), OpPos: pos, Op: op, Y: intLiteral(pos, value)},
			Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{then}, Rbrace: pos}}
	}
	fault := func(pos token.Pos, state ast.Expr) ast.Stmt {
		return &ast.ExprStmt{X: &ast.CallExpr{Fun: r.runtime("RangeFault"), Lparen: pos, Args: []ast.Expr{state}, Rparen: pos}}
	}
	e := r.ender(results)
	e.end = func(pos token.Pos, how int) []ast.Stmt {
		going := &ast.ReturnStmt{Return: pos, Results: []ast.Expr{&ast.Ident{NamePos: pos, Name: strconv.FormatBool(how == turnDone)}}}
		switch how {
		case turnDone:
			return []ast.Stmt{set(pos, state, 1), going}
		case turnBreak:
			return []ast.Stmt{set(pos, state, 0), going}
		}
		return []ast.Stmt{set(pos, turn, how), set(pos, state, 0), going}
	}
	head := []ast.Stmt{when(pos, state, token.NEQ, 1, fault(pos, at(pos, state))), set(pos, state, 2)}
	body := &ast.BlockStmt{Lbrace: loop.Body.Lbrace, Rbrace: end}
	body.List = append(append(head, e.list(loop.Body.List)...), e.end(end, turnDone)...)
	typ := &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("bool")}}}}
	yield := info.TypeOf(loop.X).Underlying().(*types.Signature).Params().At(0).Type().Underlying().(*types.Signature)
	for i, x := range []ast.Expr{loop.Key, loop.Value} {
		if i >= yield.Params().Len() {
			break
		}
		name := "_"
		if id, ok := x.(*ast.Ident); ok {
			name = id.Name
		}
		typ.Params.List = append(typ.Params.List, &ast.Field{Names: []*ast.Ident{{NamePos: pos, Name: name}}, Type: r.typeExpr(yield.Params().At(i).Type())})
	}
	out := &ast.BlockStmt{Lbrace: pos, Rbrace: end, List: []ast.Stmt{define(at(pos, state), intLiteral(pos, 1)), define(at(pos, turn), intLiteral(pos, 0))}}
	if e.returns {
		out.List = append(out.List, e.places()...)
	}
	out.List = append(out.List,
		&ast.ExprStmt{X: &ast.CallExpr{Fun: loop.X, Lparen: pos, Args: []ast.Expr{&ast.FuncLit{Type: typ, Body: body}}, Rparen: end}},
		when(end, state, token.EQL, 2, fault(end, intLiteral(end, 4))), set(end, state, 3))
	if e.returns {
		out.List = append(out.List, when(end, turn, token.EQL, turnReturn, e.back(end)))
	}
	return out
}

// separate makes a function of the body of a loop.
func (s *turner) separate(loop ast.Stmt, results *ast.FieldList) {
	r, info := s.r, s.r.cell.Info
	body := bodyOf(loop)
	pos := loop.Pos()
	r.noteLiterals(body)
	e := r.ender(results)
	inner := &ast.BlockStmt{Lbrace: r.turnPos(), List: e.list(body.List), Rbrace: body.Rbrace}
	typ := &ast.FuncType{Params: &ast.FieldList{}}
	call := &ast.CallExpr{Lparen: body.Rbrace, Rparen: body.Rbrace}
	for _, id := range turnVariables(info, loop) {
		typ.Params.List = append(typ.Params.List, &ast.Field{
			Names: []*ast.Ident{{NamePos: pos, Name: id.Name}}, Type: r.typeExpr(info.Defs[id].Type())})
		call.Args = append(call.Args, &ast.Ident{NamePos: body.Rbrace, Name: id.Name})
	}
	call.Fun = &ast.FuncLit{Type: typ, Body: inner}
	if !e.breaks && !e.returns {
		body.List = []ast.Stmt{&ast.ExprStmt{X: call}}
		e.plain(inner)
		return
	}
	typ.Results = &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("int")}}}
	inner.List = append(inner.List, ends(body.Rbrace, turnDone))
	turn := r.temp("turn")
	turn.NamePos = pos
	var list []ast.Stmt
	if e.returns {
		list = append(list, e.places()...)
	}
	list = append(list, &ast.AssignStmt{Lhs: []ast.Expr{turn}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{call}})
	when := func(how int, then ast.Stmt) {
		list = append(list, &ast.IfStmt{If: body.Rbrace,
			Cond: &ast.BinaryExpr{X: ast.NewIdent(turn.Name), Op: token.EQL, Y: intLiteral(body.Rbrace, how)},
			Body: &ast.BlockStmt{Lbrace: body.Rbrace, List: []ast.Stmt{then}, Rbrace: body.Rbrace}})
	}
	if e.breaks {
		when(turnBreak, &ast.BranchStmt{TokPos: body.Rbrace, Tok: token.BREAK})
	}
	if e.returns {
		when(turnReturn, e.back(body.Rbrace))
	}
	body.List = list
}

// noteLiterals counts the functions of turns around the function literals of a body, which are named after what is around.
func (r *rewriter) noteLiterals(body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncLit); ok && f.Body.Lbrace != r.turn {
			if r.turns == nil {
				r.turns = map[int]int{}
			}
			p := r.cell.Fset.Position(f.Body.Lbrace)
			r.turns[EncodeLine(p.Filename, p.Line)]++
		}
		return true
	})
}

func ends(pos token.Pos, how int) *ast.ReturnStmt {
	return &ast.ReturnStmt{Return: pos, Results: []ast.Expr{intLiteral(pos, how)}}
}

// An ender replaces the ways out of a loop's body by returns.
type ender struct {
	results         []*ast.Ident // where the results of a return are left
	types           []ast.Expr
	names           []*ast.Ident // of the results, where they have names
	breaks, returns bool
	end             func(pos token.Pos, how int) []ast.Stmt
}

// ender is one for a body in a function with such results.
func (r *rewriter) ender(results *ast.FieldList) *ender {
	e := &ender{end: func(pos token.Pos, how int) []ast.Stmt { return []ast.Stmt{ends(pos, how)} }}
	if results.NumFields() == 0 {
		return e
	}
	for _, f := range results.List {
		e.names = append(e.names, f.Names...)
		for range max(1, len(f.Names)) {
			e.results = append(e.results, r.temp("result"))
			e.types = append(e.types, r.typeExpr(r.cell.Info.TypeOf(f.Type)))
		}
	}
	return e
}

// places declares the variables that results are left in.
func (e *ender) places() (list []ast.Stmt) {
	for i, v := range e.results {
		list = append(list, &ast.DeclStmt{Decl: variable(ast.NewIdent(v.Name), e.types[i])})
	}
	return list
}

// back returns what was left.
func (e *ender) back(pos token.Pos) ast.Stmt {
	back := &ast.ReturnStmt{Return: pos}
	for _, v := range e.results {
		back.Results = append(back.Results, ast.NewIdent(v.Name))
	}
	return back
}

func (e *ender) list(in []ast.Stmt) (out []ast.Stmt) {
	for _, st := range in {
		out = append(out, e.stmt(st, true, true)...)
	}
	return out
}

// stmt replaces the ways out in a statement. A break and a continue belong to the loop, or to something inside it.
func (e *ender) stmt(st ast.Stmt, ownBreak, ownContinue bool) []ast.Stmt {
	lists := func(list *[]ast.Stmt, ownBreak, ownContinue bool) {
		var out []ast.Stmt
		for _, st := range *list {
			out = append(out, e.stmt(st, ownBreak, ownContinue)...)
		}
		*list = out
	}
	switch st := st.(type) {
	case *ast.BranchStmt:
		switch {
		case st.Tok == token.BREAK && ownBreak:
			e.breaks = true
			return e.end(st.TokPos, turnBreak)
		case st.Tok == token.CONTINUE && ownContinue:
			return e.end(st.TokPos, turnDone)
		}
	case *ast.ReturnStmt:
		e.returns = true
		var list []ast.Stmt
		for i, v := range e.results {
			var x ast.Expr
			switch {
			case len(st.Results) > 0:
				x = st.Results[i]
			case e.names[i].Name == "_": // which is zero, as what it would be given to
				continue
			default:
				x = &ast.Ident{NamePos: st.Return, Name: e.names[i].Name}
			}
			list = append(list, &ast.AssignStmt{
				Lhs: []ast.Expr{&ast.Ident{NamePos: st.Return, Name: v.Name}}, TokPos: st.Return, Tok: token.ASSIGN, Rhs: []ast.Expr{x}})
		}
		return append(list, e.end(st.Return, turnReturn)...)
	case *ast.BlockStmt:
		lists(&st.List, ownBreak, ownContinue)
	case *ast.IfStmt:
		lists(&st.Body.List, ownBreak, ownContinue)
		if st.Else != nil {
			st.Else = e.stmt(st.Else, ownBreak, ownContinue)[0] // a block or an if, which stay what they are
		}
	case *ast.CaseClause:
		lists(&st.Body, ownBreak, ownContinue)
	case *ast.CommClause:
		lists(&st.Body, ownBreak, ownContinue)
	case *ast.SwitchStmt:
		lists(&st.Body.List, false, ownContinue)
	case *ast.TypeSwitchStmt:
		lists(&st.Body.List, false, ownContinue)
	case *ast.SelectStmt:
		lists(&st.Body.List, false, ownContinue)
	case *ast.ForStmt:
		lists(&st.Body.List, false, false)
	case *ast.RangeStmt:
		lists(&st.Body.List, false, false)
	}
	return []ast.Stmt{st}
}

// plain makes returns without a result of those that say that a turn is done, which is all there is to say.
func (e *ender) plain(b *ast.BlockStmt) {
	ast.Inspect(b, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			n.Results = nil
		}
		return true
	})
}

// turnFile is the file in which functions of turns begin.
const turnFile = "turn"

// turnPos is a place in it.
func (r *rewriter) turnPos() token.Pos {
	if !r.turn.IsValid() {
		r.turn = r.cell.Fset.AddFile(turnFile, -1, 1).Pos(0)
	}
	return r.turn
}

// IsTurn tells the function of a turn by the place where it begins, as DecodeLine has it.
func IsTurn(file string, line int) bool { return file == generated && line == turnLine }
