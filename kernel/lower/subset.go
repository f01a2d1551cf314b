package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"joule/kernel/session"
)

// mustCompile says why the interpreter cannot run n exactly; "" when it can. It errs on the side of the compiler: what is not
// known to be right in the interpreter is compiled. What the interpreter refuses by itself needs no rule here, because a unit
// that it refuses is compiled too.
func mustCompile(c *session.Cell, n ast.Node) string {
	s := &subset{info: c.Info, cell: c, apart: apart(c.Info, n), incomplete: map[types.Type]bool{}, hashed: map[types.Type]bool{}}
	ast.Inspect(n, s.look)
	if s.why == "" {
		s.cast(n)
	}
	return s.why
}

type subset struct {
	info  *types.Info
	cell  *session.Cell
	why   string
	stack []ast.Node
	apart map[ast.Stmt]bool

	incomplete map[types.Type]bool // see unallocatable
	hashed     map[types.Type]bool // see hashedApart
}

func (s *subset) because(why string) {
	if s.why == "" {
		s.why = why
	}
}

func (s *subset) look(n ast.Node) bool {
	if n == nil {
		s.stack = s.stack[:len(s.stack)-1]
		return true
	}
	s.stack = append(s.stack, n)
	switch n := n.(type) {
	case *ast.FuncDecl:
		s.heldWhileDeferred(n.Body)
	case *ast.FuncLit:
		s.heldWhileDeferred(n.Body)
	case *ast.DeferStmt:
		s.deferred(n)
	case *ast.TypeSpec:
		s.because("a type is declared inside a function")
	case *ast.BranchStmt:
		if n.Tok == token.GOTO {
			s.because("goto")
		}
	case *ast.LabeledStmt:
		if !labelled(n) {
			s.because("a label")
		}
	case *ast.TypeSwitchStmt:
		s.typeSwitch(n)
	case *ast.SelectStmt:
		if !selectable(s.info, n) {
			s.because("a select that receives or sends an interface or a type without a name")
		}
	case *ast.ForStmt:
		s.turns(n)
	case *ast.CaseClause:
		s.keyed(n.List...)
	case *ast.RangeStmt:
		s.ranges(n)
		s.turns(n)
	case *ast.CallExpr:
		s.call(n)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW && !interpretedChannel(s.info.Types[n.X].Type) {
			s.because("a receive of an interface or of a type without a name")
		}
	case *ast.SendStmt:
		if !interpretedChannel(s.info.Types[n.Chan].Type) {
			s.because("a send of an interface or of a type without a name")
		}
	case *ast.SelectorExpr:
		s.selector(n)
	case *ast.Ident:
		if _, ok := s.info.Instances[n]; ok && linkedInstance(s.info, n) == "" {
			s.because("a generic function or type")
		}
		if t, ok := s.info.Uses[n].(*types.TypeName); ok && types.IsInterface(t.Type()) && t.Pkg() != nil && t.Pkg().Path() == "main" {
			s.because("an interface type of the session")
		}
	case *ast.TypeAssertExpr:
		s.assertion(n)
	case *ast.IndexExpr:
		s.indexed(n.X, s.info.TypeOf(n))
	case *ast.SliceExpr:
		s.indexed(n.X, nil)
		for _, x := range []ast.Expr{n.Low, n.High, n.Max} {
			if x != nil && unsigned(s.info, x) {
				s.because("an unsigned bound of a slice")
			}
		}
	case *ast.StructType:
		if n.Fields.NumFields() > 0 {
			s.because("an anonymous struct type")
		}
	case *ast.InterfaceType:
		if n.Methods.NumFields() > 0 {
			s.because("an anonymous interface type")
		}
	case *ast.DeclStmt:
		s.askable(n)
	case *ast.AssignStmt:
		s.askable(n)
		s.returnedFunc(n)
		if len(n.Lhs) > 1 && len(n.Lhs) == len(n.Rhs) && n.Tok == token.ASSIGN {
			if !parallel(s.info, n) || !placed(s.stack, n) {
				s.because("a parallel assignment")
			}
		}
		s.several(n)
		s.operated(n)
		s.outerFunction(n)
	case *ast.SwitchStmt:
		s.switches(n)
	case *ast.BinaryExpr:
		s.binary(n)
	}
	if x, ok := n.(ast.Expr); ok {
		s.expr(x)
	}
	return true
}

func (s *subset) expr(x ast.Expr) {
	tv, ok := s.info.Types[x]
	if !ok || tv.Type == nil {
		return
	}
	if s.unallocatable(tv.Type) {
		s.because("what only C may allocate")
	}
	if s.hashedApart(tv.Type) {
		s.because("a map whose keys have strings beside numbers, gaps, or nothing")
	}
	if b, ok := tv.Type.Underlying().(*types.Basic); ok && (b.Info()&types.IsComplex != 0 || b.Kind() == types.UnsafePointer) {
		s.because("complex numbers or unsafe pointers")
	}
}

// unallocatable tells a type that is incomplete in C, or has a part that is.
func (s *subset) unallocatable(t types.Type) bool {
	known, ok := s.incomplete[t]
	if ok {
		return known
	}
	s.incomplete[t] = false // while it is being looked at
	found := false
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		found = incomplete(u) || s.unallocatable(u.Underlying())
	case *types.Array:
		found = s.unallocatable(u.Elem())
	case *types.Pointer:
		found = s.unallocatable(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			found = found || s.unallocatable(f.Type())
		}
	}
	s.incomplete[t] = found
	return found
}

// operated refuses x[f()] += g(): the interpreter needs g first.
func (s *subset) operated(n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN && n.Tok != token.DEFINE && calls(s.info, n.Lhs[0]) && calls(s.info, n.Rhs[0]) {
		s.because("an assignment with an operator, and calls on both sides")
	}
}

// several refuses several results that go into something else than variables: a map loses them.
func (s *subset) several(n *ast.AssignStmt) {
	if len(n.Lhs) < 2 || len(n.Rhs) != 1 {
		return
	}
	for _, x := range n.Lhs {
		if _, ok := ast.Unparen(x).(*ast.Ident); !ok {
			s.because("several results into something else than variables")
		}
	}
}

// outerFunction refuses to give a function to a variable of an outer function: when the function comes out of compiled code it
// does not arrive.
func (s *subset) outerFunction(n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN {
		return
	}
	var around ast.Node
	for _, x := range s.stack {
		if f, ok := x.(*ast.FuncLit); ok {
			around = f
		}
	}
	if around == nil {
		return
	}
	for _, x := range n.Lhs {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok {
			obj := s.info.Uses[id]
			if obj == nil || obj.Pos() >= around.Pos() && obj.Pos() < around.End() {
				continue
			}
		}
		if t := s.info.TypeOf(x); t != nil {
			if _, ok := t.Underlying().(*types.Signature); ok {
				s.because("a function for a variable of an outer function")
			}
		}
	}
}

// switches refuses a tag that is not of a basic type, and a default that is passed by fallthrough: the interpreter moves it to the end.
func (s *subset) switches(n *ast.SwitchStmt) {
	if n.Tag != nil {
		if _, ok := s.info.Types[n.Tag].Type.Underlying().(*types.Basic); !ok {
			s.because("a switch on a value that is not of a basic type")
		}
	}
	early, through := false, false
	for i, st := range n.Body.List {
		cc := st.(*ast.CaseClause)
		variable := func(x ast.Expr) bool { return s.info.Types[x].Value == nil }
		if n.Tag != nil && len(cc.List) > 1 && slices.ContainsFunc(cc.List, variable) {
			s.because("a case of several values that are no constants")
		}
		early = early || cc.List == nil && i < len(n.Body.List)-1
		if len(cc.Body) > 0 {
			b, ok := cc.Body[len(cc.Body)-1].(*ast.BranchStmt)
			through = through || ok && b.Tok == token.FALLTHROUGH
		}
	}
	if early && through {
		s.because("fallthrough in a switch with an early default")
	}
}

// deferred allows what is known to be right: a function literal without arguments, outside of loops, whose variables the
// interpreter would share.
func (s *subset) deferred(n *ast.DeferStmt) {
	for i := len(s.stack) - 2; i >= 0; i-- {
		switch s.stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			s.because("defer in a loop")
		case *ast.FuncLit, *ast.FuncDecl:
			i = 0
		}
	}
	if len(n.Call.Args) == 0 {
		if _, ok := n.Call.Fun.(*ast.FuncLit); ok {
			return
		}
	}
	if deferrable(s.info, n.Call) && placed(s.stack, n) {
		return
	}
	s.because("defer of a call whose function or arguments are evaluated now")
}

// heldWhileDeferred refuses a function that defers calls and makes functions which somebody may call meanwhile: the interpreter
// locks its frame for as long as what it deferred runs, and a function that was made there needs the frame when it returns.
func (s *subset) heldWhileDeferred(body *ast.BlockStmt) {
	defers := false
	used := map[*ast.FuncLit]bool{} // at once, or by nobody who would wait
	use := func(call *ast.CallExpr) {
		if f, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
			used[f] = true
		}
		if keepsNone(s.info, call) {
			for _, x := range call.Args {
				if f, ok := ast.Unparen(x).(*ast.FuncLit); ok {
					used[f] = true
				}
			}
		}
	}
	held := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			defers = true
		case *ast.CallExpr:
			use(n)
		case *ast.FuncLit:
			held = held || !used[n]
			return false
		}
		return true
	})
	if defers && held {
		s.because("a defer, and a function that may be called while it runs")
	}
}

// keepsNone tells a call of a function of the library that is done with the functions it was given when it returns.
func keepsNone(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := info.Uses[sel.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Signature().Recv() == nil && slices.Contains([]string{"bytes", "slices", "sort", "strings"}, f.Pkg().Path())
}

func (s *subset) ranges(n *ast.RangeStmt) {
	switch t := s.info.Types[n.X].Type.Underlying().(type) {
	case *types.Signature:
		if !separable(s.info, n, s.results()) {
			s.because("range over a function")
		}
	case *types.Array:
		s.because("range over an array")
	case *types.Pointer:
		s.because("range over a pointer to an array")
	case *types.Chan:
		if !interpretedChannel(t) {
			s.because("a receive of an interface or of a type without a name")
		}
	case *types.Basic, *types.Slice, *types.Map:
	default:
		_ = t
		s.because("range over a type parameter")
	}
	if kind, _ := sequence(s.info.TypeOf(n.X)); kind != "slice" && rangesChannels(s.info, n) {
		s.because("range over a map of channels")
	}
	for _, x := range []ast.Expr{n.Key, n.Value} {
		id, ok := x.(*ast.Ident)
		switch {
		case x == nil || ok && id.Name == "_":
		case !ok:
			s.because("range into something else than a variable")
		case n.Tok == token.ASSIGN:
			s.because("range into an existing variable")
		}
	}
}

// returnedFunc refuses to assign a function that a call returns inside a function literal: the interpreter loses it.
func (s *subset) returnedFunc(n *ast.AssignStmt) {
	inside := false
	for _, around := range s.stack {
		_, literal := around.(*ast.FuncLit)
		inside = inside || literal
	}
	if !inside || n.Tok != token.ASSIGN {
		return
	}
	for i, x := range n.Rhs {
		_, call := ast.Unparen(x).(*ast.CallExpr)
		if i >= len(n.Lhs) || !call || s.info.Types[n.Lhs[i]].Type == nil {
			continue
		}
		if _, ok := s.info.Types[n.Lhs[i]].Type.Underlying().(*types.Signature); ok {
			s.because("a function that a call returns, assigned in a closure")
		}
	}
}

// turns refuses a loop whose turns must be kept apart, where turns.go cannot do it.
func (s *subset) turns(loop ast.Stmt) {
	if s.apart[loop] && !separable(s.info, loop, s.results()) {
		s.because("a variable of a loop that is kept beyond its turn")
	}
}

// results are those of the function around.
func (s *subset) results() *ast.FieldList {
	for _, around := range slices.Backward(s.stack) {
		if f, ok := around.(*ast.FuncLit); ok {
			return f.Type.Results
		}
		if f, ok := around.(*ast.FuncDecl); ok {
			return f.Type.Results
		}
	}
	return nil
}

func (s *subset) call(n *ast.CallExpr) {
	tv := s.info.Types[n.Fun]
	if tv.IsBuiltin() {
		name := ""
		switch f := ast.Unparen(n.Fun).(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		switch name {
		case "min", "max":
			if s.info.Types[n].Value == nil && extreme(s.info, n) == "" {
				s.because("the builtin " + name)
			}
		case "recover", "clear", "complex", "real", "imag":
			s.because("the builtin " + name)
		case "append":
			s.appended(n)
		case "len", "cap":
			if t := s.info.Types[n.Args[0]].Type; t != nil {
				if _, ok := t.Underlying().(*types.Pointer); ok {
					s.because("the length behind a pointer")
				}
			}
		case "new":
			if len(n.Args) == 1 && !s.info.Types[n.Args[0]].IsType() {
				s.because("new of a value")
			}
		}
	}
	if len(n.Args) == 1 {
		if t, ok := s.info.Types[n.Args[0]].Type.(*types.Tuple); ok && t.Len() > 1 && !s.last(n) && !s.takenApart(n) {
			s.because("a call of several results as arguments")
		}
	}
}

// takenApart tells a call in a statement that resultsFirst rewrites.
func (s *subset) takenApart(n *ast.CallExpr) bool {
	st, ok := s.parent().(ast.Stmt)
	return ok && several(s.info, st) == n && placed(s.stack[:len(s.stack)-1], st)
}

// indexed refuses an index into what a call makes, unless bounds.go can check it, where a recover may see the fault.
func (s *subset) indexed(x ast.Expr, element types.Type) {
	b := &bounder{info: s.info}
	if kind, _ := sequence(s.info.Types[x].Type); kind != "" && s.cell.Recovers && !b.pure(x) && (element == nil || !assertable(element)) {
		s.because("an index into a result, and a recover to see what is out of range")
	}
}

// appended refuses several elements of which one may be where another goes, which the interpreter copies one after the other,
// and elements that take no room or are slices like the one they are appended to.
func (s *subset) appended(n *ast.CallExpr) {
	if t, ok := s.info.TypeOf(n).Underlying().(*types.Slice); ok {
		if types.Identical(t.Elem(), s.info.TypeOf(n)) {
			s.because("append to a slice of slices of its own type")
		}
		if _, parameter := t.Elem().(*types.TypeParam); !parameter && elementSize(t.Elem()) == 0 {
			s.because("append to a slice of what takes no room")
		}
	}
	if n.Ellipsis.IsValid() || len(n.Args) < 3 {
		return
	}
	for _, x := range n.Args[2:] {
		switch ast.Unparen(x).(type) {
		case *ast.IndexExpr, *ast.StarExpr, *ast.SelectorExpr:
			s.because("append of several elements that are parts of something")
		}
	}
}

// last allows the shown expression, which is given to a variadic function of ours.
func (s *subset) last(n *ast.CallExpr) bool { return s.cell.Last == ast.Expr(n) }

func (s *subset) selector(n *ast.SelectorExpr) {
	sel := s.info.Selections[n]
	if sel == nil {
		return
	}
	if sel.Kind() == types.MethodExpr && !bindable(s.info, n) {
		s.because("a method expression")
	}
	if sel.Kind() == types.MethodVal {
		if call, ok := s.parent().(*ast.CallExpr); !ok || call.Fun != ast.Expr(n) {
			if !bindable(s.info, n) || s.assigned(n) {
				s.because("a method value")
			}
		}
		if types.IsInterface(sel.Recv()) && sel.Recv().String() != "error" && len(sel.Index()) > 1 {
			s.because("a promoted method of an embedded interface")
		}
	}
}

// assigned tells what is assigned in a function literal, where the interpreter loses functions.
func (s *subset) assigned(n ast.Expr) bool {
	a, ok := s.parent().(*ast.AssignStmt)
	return ok && a.Tok == token.ASSIGN && slices.ContainsFunc(s.stack, func(n ast.Node) bool { _, literal := n.(*ast.FuncLit); return literal })
}

func (s *subset) parent() ast.Node {
	if len(s.stack) < 2 {
		return nil
	}
	return s.stack[len(s.stack)-2]
}

func (s *subset) binary(n *ast.BinaryExpr) {
	switch n.Op {
	case token.SHL, token.SHR:
		if s.info.Types[n].Value == nil {
			s.because("a shift")
		}
	case token.LAND, token.LOR:
		s.keyed(n.X, n.Y)
	case token.EQL, token.NEQ:
		s.nilCompared(n.X, n.Y)
		s.nilCompared(n.Y, n.X)
		for _, x := range []ast.Expr{n.X, n.Y} {
			switch s.info.Types[x].Type.Underlying().(type) {
			case *types.Struct, *types.Array:
				s.because("a comparison of structs or arrays")
			}
		}
	}
}

// keyed refuses expressions that the interpreter jumps to and that begin with a key: it jumps behind it.
func (s *subset) keyed(list ...ast.Expr) {
	for _, x := range list {
		ast.Inspect(x, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok && len(lit.Elts) > 0 {
				_, keys := lit.Elts[0].(*ast.KeyValueExpr)
				if _, fields := s.info.TypeOf(lit).Underlying().(*types.Struct); keys && !fields {
					s.because("a literal with keys in a condition")
				}
			}
			_, function := n.(*ast.FuncLit)
			return !function
		})
	}
}

// nilCompared refuses any(x) == nil: the interpreter asks x whether it is nil.
func (s *subset) nilCompared(x, y ast.Expr) {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if ok && s.info.Types[y].IsNil() && s.info.Types[call.Fun].IsType() && types.IsInterface(s.info.TypeOf(call.Fun)) {
		s.because("a conversion to an interface, compared with nil")
	}
}
