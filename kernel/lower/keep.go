package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/astutil"

	"joule/kernel/session"
)

// A compiled loop that counts or sums in session variables would wait for memory: each step loads what the step before has stored,
// which takes three times as long as a float addition. So a loop keeps copies:
//
//	{
//		p, k := V_s, *V_s
//		for … {
//			k = 0.5*k + x
//			*p = k
//		}
//	}
//
// It reads the copy and writes both. The variable is right at all times, so nothing has to be done where the loop is left: by a
// break, a return, a goto, a panic, or the order to stop. The copy is right as long as only the loop itself writes to the variable.
// So a loop keeps nothing that calls what it does not know, starts or meets goroutines, or writes through a pointer, and in others
// what an address is taken of is not kept.
//
// What is kept are numbers, strings, slices and pointers that the loop assigns to, and of what it only reads the strings and slices,
// so that the compiler sees how long they are. What another goroutine writes without being synchronised with the loop need not be
// seen by it, says Go's memory model; yet people stop loops by such a variable, which is a bool or a number that is only read: these
// are read anew at each step.
//
// The pointer alone is a copy too: a slot is found by two loads. Every loop keeps those of all that it uses.

// kept is a variable or function of the session that a loop has at hand.
type kept struct {
	object  *session.Object
	pointer string
	bound   bool   // to the pointer by an outer loop
	copy    string // "" for the pointer alone
}

// keep finds out what the loops of a function or statement of compiled code keep.
func (r *rewriter) keep(n ast.Node) {
	if r.tier != Compile || r.unsafe() {
		return
	}
	r.noteTargets(n)
	jumped := map[ast.Stmt]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt: // nothing may jump into the block that the loop would be in
			jumped[n.Stmt] = r.targets[r.cell.Info.Defs[n.Label]]
		case *ast.ForStmt:
			if !jumped[n] {
				r.keepIn(n)
			}
		case *ast.RangeStmt:
			if !jumped[n] {
				r.keepIn(n)
			}
		}
		return true
	})
}

// usesUnsafe tells whether a cell can reach a variable by other ways than Go's.
func usesUnsafe(c *session.Cell) bool {
	for _, obj := range c.Info.Uses {
		if p, ok := obj.(*types.PkgName); ok && p.Imported() == types.Unsafe {
			return true
		}
	}
	return false
}

// noteTargets finds the labels that are jumped to.
func (r *rewriter) noteTargets(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
			r.targets[r.cell.Info.Uses[b.Label]] = true
		}
		return true
	})
}

// keepIn decides what a loop keeps, after the loops around it.
func (r *rewriter) keepIn(loop ast.Stmt) {
	s := &survey{r: r, assigned: map[*session.Object]bool{}, barred: map[*session.Object]bool{}, stores: map[ast.Stmt][]*session.Object{}}
	parts := loopParts(loop)
	for _, n := range parts {
		s.inspect(n, loop)
	}
	if f, ok := loop.(*ast.RangeStmt); ok {
		s.rangeStmt(f)
	}
	keeps := map[*session.Object]*kept{}
	for _, n := range parts { // in the order of the source: the same cell is the same program
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				r.keepIdent(loop, s, keeps, id)
			}
			_, other := n.(*ast.FuncLit)
			return !other
		})
	}
	for st, objects := range s.stores {
		for _, o := range objects {
			if k := keeps[o]; k != nil && k.copy != "" {
				r.stores[st] = append(r.stores[st], k)
			}
		}
	}
}

// keepIdent notes what an identifier in a loop stands for.
func (r *rewriter) keepIdent(loop ast.Stmt, s *survey, keeps map[*session.Object]*kept, id *ast.Ident) {
	o, outer := r.object(r.cell.Info.Uses[id]), r.kept[id]
	if o == nil || o.Kind != session.Var && (o.Kind != session.Func || o.Generic()) || outer != nil && outer.copy != "" {
		return
	}
	k, copies := keeps[o], s.copies(o)
	if k == nil {
		switch {
		case outer == nil:
			k = &kept{object: o, pointer: r.temp("p").Name}
		case copies:
			k = &kept{object: o, pointer: outer.pointer, bound: true}
		default:
			return
		}
		if copies {
			k.copy = r.temp("k").Name
		}
		keeps[o] = k
		r.keeps[loop] = append(r.keeps[loop], k)
	}
	r.kept[id] = k
}

// loopParts are what runs again and again. The expression that is ranged over is among them: it comes after the copies are made.
// So does what declares the variables of the loop.
func loopParts(loop ast.Stmt) (parts []ast.Node) {
	switch f := loop.(type) {
	case *ast.ForStmt:
		if f.Init != nil && !ownInit(f) {
			parts = append(parts, f.Init)
		}
		if f.Cond != nil {
			parts = append(parts, f.Cond)
		}
		if f.Post != nil {
			parts = append(parts, f.Post)
		}
		return append(parts, f.Body)
	case *ast.RangeStmt:
		for _, x := range []ast.Expr{f.Key, f.Value} {
			if x != nil && f.Tok == token.ASSIGN {
				parts = append(parts, x)
			}
		}
		return append(parts, f.X, f.Body)
	}
	return nil
}

// ownInit tells a loop whose first statement declares nothing: it can come before the loop.
func ownInit(f *ast.ForStmt) bool {
	a, ok := f.Init.(*ast.AssignStmt)
	return f.Init != nil && (!ok || a.Tok != token.DEFINE)
}

// A survey is what there is in a loop.
type survey struct {
	r        *rewriter
	blocked  bool // something else may write to variables
	assigned map[*session.Object]bool
	barred   map[*session.Object]bool
	stores   map[ast.Stmt][]*session.Object // what is written to memory too
}

// copies tells whether the loop has a copy of a variable.
func (s *survey) copies(o *session.Object) bool {
	if s.blocked || s.barred[o] || o.Kind != session.Var {
		return false
	}
	switch t := o.Obj.Type().Underlying().(type) {
	case *types.Slice:
		return true
	case *types.Pointer:
		return s.assigned[o]
	case *types.Basic:
		return t.Info()&types.IsString != 0 || t.Info()&types.IsNumeric != 0 && s.assigned[o]
	}
	return false
}

// inspect looks through a part of a loop.
func (s *survey) inspect(n ast.Node, parent ast.Node) {
	stack := []ast.Node{parent}
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		s.node(n, stack[len(stack)-1])
		stack = append(stack, n)
		return true
	})
}

func (s *survey) node(n, parent ast.Node) {
	switch n := n.(type) {
	case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt:
		s.blocked = true
	case *ast.CallExpr:
		s.blocked = s.blocked || !s.r.knownCall(n)
	case *ast.UnaryExpr:
		s.blocked = s.blocked || n.Op == token.ARROW
		if n.Op == token.AND {
			s.bar(n.X)
		}
	case *ast.SelectorExpr:
		if sel := s.r.cell.Info.Selections[n]; sel != nil && sel.Kind() == types.MethodVal {
			s.bar(n.X) // it may have the address
		}
	case *ast.RangeStmt:
		s.rangeStmt(n)
	case *ast.IncDecStmt:
		s.assign(n, []ast.Expr{n.X}, nil, parent)
	case *ast.AssignStmt:
		s.assign(n, n.Lhs, n.Rhs, parent)
	}
}

// variable is the session variable that an expression is; nil when it is something else.
func (s *survey) variable(x ast.Expr) *session.Object {
	if id, ok := ast.Unparen(x).(*ast.Ident); ok {
		if o := s.r.object(s.r.cell.Info.Uses[id]); o != nil && o.Kind == session.Var {
			return o
		}
	}
	return nil
}

func (s *survey) bar(x ast.Expr) {
	if o := s.variable(x); o != nil {
		s.barred[o] = true
	}
}

// assign looks at what is assigned to. In the head of a statement there is room for one statement only: what is assigned is
// written there twice.
func (s *survey) assign(st ast.Stmt, lhs, rhs []ast.Expr, parent ast.Node) {
	names := s.names(lhs)
	switch parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause:
	case *ast.ForStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt:
		b := &bounder{r: s.r, info: s.r.cell.Info}
		if names = names && (rhs == nil || len(rhs) == len(lhs)); names {
			names = !slices.ContainsFunc(rhs, func(x ast.Expr) bool { return !b.pure(x) })
		}
	default:
		names = false
	}
	if a, ok := st.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
		names = false
	}
	for _, x := range lhs {
		s.place(st, x, names)
	}
}

// names tells whether all that is assigned to are variables by their names. An element between them may be out of range after some
// of them have their values.
func (s *survey) names(lhs []ast.Expr) bool {
	return !slices.ContainsFunc(lhs, func(x ast.Expr) bool {
		_, ok := ast.Unparen(x).(*ast.Ident)
		return !ok && len(lhs) > 1
	})
}

// place notes something that a statement assigns to, and whether a copy can follow it.
func (s *survey) place(st ast.Stmt, x ast.Expr, follows bool) {
	if _, ok := ast.Unparen(x).(*ast.StarExpr); ok {
		s.blocked = true
	}
	o := s.variable(x)
	switch {
	case o == nil:
	case !follows:
		s.barred[o] = true
	default:
		s.assigned[o] = true
		s.stores[st] = append(s.stores[st], o)
	}
}

func (s *survey) rangeStmt(f *ast.RangeStmt) {
	switch s.r.cell.Info.Types[f.X].Type.Underlying().(type) {
	case *types.Chan, *types.Signature, *types.Interface:
		s.blocked = true
	}
	if f.Tok != token.ASSIGN || s.stores[f] != nil {
		return
	}
	var lhs []ast.Expr
	for _, x := range []ast.Expr{f.Key, f.Value} {
		if x != nil {
			lhs = append(lhs, x)
		}
	}
	for _, x := range lhs {
		s.place(f, x, s.names(lhs))
	}
}

// knownCall tells a call that reaches no variable of the session: of a builtin, a conversion, or a function of a package of pure
// functions that is given plain values.
func (r *rewriter) knownCall(n *ast.CallExpr) bool {
	tv := r.cell.Info.Types[n.Fun]
	if tv.IsType() {
		return true
	}
	if tv.IsBuiltin() {
		id, ok := ast.Unparen(n.Fun).(*ast.Ident)
		return !ok || id.Name != "close" // which others wait for
	}
	sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := r.cell.Info.Uses[sel.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil || !slices.Contains(knownPackages, f.Pkg().Path()) {
		return false
	}
	for p := range f.Signature().Params().Variables() {
		switch p.Type().Underlying().(type) {
		case *types.Basic, *types.Slice:
		default:
			return false
		}
	}
	return true
}

// knownPackages have functions that neither call back nor wait.
var knownPackages = []string{"math", "math/bits", "math/cmplx", "math/rand", "math/rand/v2", "strconv", "strings", "unicode", "unicode/utf16", "unicode/utf8"}

// keptIdent is what an identifier stands for in a loop that keeps it.
func (r *rewriter) keptIdent(c *astutil.Cursor, id *ast.Ident) bool {
	k := r.kept[id]
	switch {
	case k == nil:
		return false
	case k.copy != "":
		c.Replace(&ast.Ident{NamePos: id.NamePos, Name: k.copy})
	default:
		c.Replace(&ast.ParenExpr{Lparen: id.NamePos, X: k.place(id.NamePos)})
	}
	return true
}

// store writes to memory what a statement has assigned to copies.
func (r *rewriter) store(c *astutil.Cursor, st ast.Stmt) {
	ks := r.stores[st]
	switch {
	case len(ks) == 0:
	case c.Index() >= 0:
		c.InsertAfter(storing(st.Pos(), ks))
	default:
		c.Replace(both(st, ks))
	}
}

// storing is *p = k for each of ks.
func storing(pos token.Pos, ks []*kept) *ast.AssignStmt {
	a := &ast.AssignStmt{TokPos: pos, Tok: token.ASSIGN}
	for _, k := range ks {
		a.Lhs = append(a.Lhs, k.place(pos))
		a.Rhs = append(a.Rhs, &ast.Ident{NamePos: pos, Name: k.copy})
	}
	return a
}

func (k *kept) place(pos token.Pos) ast.Expr {
	return &ast.StarExpr{Star: pos, X: &ast.Ident{NamePos: pos, Name: k.pointer}}
}

// both is a statement that assigns to copies and to memory: k, *p = x, x.
func both(st ast.Stmt, ks []*kept) ast.Stmt {
	var out *ast.AssignStmt
	operated := func(x, y ast.Expr, op token.Token) ast.Expr {
		return &ast.BinaryExpr{X: x, OpPos: st.Pos(), Op: op, Y: &ast.ParenExpr{Lparen: st.Pos(), X: y, Rparen: y.End()}}
	}
	switch st := st.(type) {
	case *ast.IncDecStmt:
		op := token.ADD
		if st.Tok == token.DEC {
			op = token.SUB
		}
		out = &ast.AssignStmt{Lhs: []ast.Expr{st.X}, Rhs: []ast.Expr{operated(st.X, intLiteral(st.Pos(), 1), op)}}
	case *ast.AssignStmt:
		out = &ast.AssignStmt{Lhs: slices.Clone(st.Lhs), Rhs: slices.Clone(st.Rhs)}
		if st.Tok != token.ASSIGN {
			out.Rhs[0] = operated(st.Lhs[0], st.Rhs[0], st.Tok+(token.ADD-token.ADD_ASSIGN))
		}
	}
	out.TokPos, out.Tok = st.Pos(), token.ASSIGN
	for i := range slices.Clone(out.Lhs) {
		for _, k := range ks {
			if id, ok := ast.Unparen(out.Lhs[i]).(*ast.Ident); ok && id.Name == k.copy {
				out.Lhs, out.Rhs = append(out.Lhs, k.place(st.Pos())), append(out.Rhs, out.Rhs[i])
				break
			}
		}
	}
	return out
}

// keepers puts a loop into a block that makes the copies.
func (r *rewriter) keepers(c *astutil.Cursor, st ast.Stmt) {
	loop := st
	if l, ok := st.(*ast.LabeledStmt); ok {
		loop = l.Stmt
	} else if _, ok := c.Parent().(*ast.LabeledStmt); ok {
		return // with its label
	}
	ks := r.keeps[loop]
	if len(ks) == 0 {
		return
	}
	pos := st.Pos()
	block := &ast.BlockStmt{Lbrace: pos, Rbrace: st.End()}
	if f, ok := loop.(*ast.ForStmt); ok && ownInit(f) {
		block.List = append(block.List, f.Init)
		f.Init = nil
	}
	for _, k := range ks {
		var pointer ast.Expr = &ast.Ident{NamePos: pos, Name: k.pointer}
		if !k.bound {
			block.List = append(block.List, define(&ast.Ident{NamePos: pos, Name: k.pointer}, r.slotAt(pos, k.object).(*ast.ParenExpr).X.(*ast.StarExpr).X))
		}
		if k.copy != "" {
			block.List = append(block.List, define(&ast.Ident{NamePos: pos, Name: k.copy}, &ast.StarExpr{Star: pos, X: pointer}))
		}
	}
	block.List = append(block.List, st)
	c.Replace(block)
}
