package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// What the interpreter gets wrong and other words for the same thing mend. Each rule was found by comparison with the compiler:
//
//	a parameter without a name has no place in its frame     → name it _
//	a constant expression is computed in the wrong type      → the value that the type checker found
//	an operator's or append's result in an interface is lost → a conversion to its own type
//	case a, b in a switch without a tag tests a only         → case a || b
//	default before other cases changes their order          → default last
//	switch x := f(); x.g() { … } compares with x             → { x := f(); switch x.g() { … } }
//	f() of a variadic f passes an empty slice, not nil       → f(nil...)
//	for x := f(); ; { … } calls f in each iteration        → for x := f(); true; { … }
//	for i, r := range s has no offsets of its bytes         → rs, at := cell.Runes(s); for n, i := range at { r := rs[n]; … }
//	for _, c := range channels ranges over c               → list := channels; for i := range list { c := list[i] }
//	_ = m[k] is not evaluated                              → { v := m[k]; _ = v }
//	m[k] += f() reads m[k] before the call                 → { v := f(); m[k] += v }
//	*p = f() of a function that f returns is lost          → { v := f(); *p = v }
//	return a+1, append(b, a) writes one result over another → var v1 int = a + 1; var v2 = …; return v1, v2
//	a, b = b, a and f(g()) and defer f(x) take several steps → see split.go
//	n, s := 1, []int{} defines s only                      → n, s := 1, ([]int{})
//	p = T{} makes p a new variable                         → p = (T{})
//	var e error = T{} makes e a variable of type T         → var e error = (T{})
//	v, ok := m[k] leaves v when there is none               → v, ok := m[k]; if !ok { var zero T; v = zero }
//	m[k] = *p with a nil p deletes m[k]                    → m[k] = T(*p)
//	(x) == y as an operand of && breaks the condition        → x == y, and T(x) for (T)(x)

// plain rewrites checked syntax for the interpreter, before anything else changes it.
func (r *rewriter) plain(n ast.Node) ast.Node {
	p := &plainer{r: r, info: r.cell.Info}
	st, ok := n.(ast.Stmt)
	if !ok {
		r.emptied(n)
		return astutil.Apply(n, p.before, p.after)
	}
	b := &ast.BlockStmt{Lbrace: st.Pos(), List: []ast.Stmt{st}} // a list, where one statement can become several
	r.emptied(b)
	astutil.Apply(b, p.before, p.after)
	if len(b.List) == 1 {
		return b.List[0]
	}
	return b
}

type plainer struct {
	r       *rewriter
	info    *types.Info
	results []*ast.FuncType // of the functions around
}

func (p *plainer) before(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.GenDecl:
		if n.Tok == token.CONST { // its uses become values
			if _, ok := c.Parent().(*ast.DeclStmt); ok {
				return false
			}
		}
	case *ast.FuncDecl:
		p.results = append(p.results, n.Type)
	case *ast.FuncLit:
		p.results = append(p.results, n.Type)
	case *ast.FuncType:
		nameParams(c, n)
	case *ast.IndexExpr:
		p.instantiated(c, n.X)
	case *ast.IndexListExpr:
		p.instantiated(c, n.X)
	case *ast.ArrayType:
		if n.Len != nil {
			if t, ok := p.info.Types[n].Type.(*types.Array); ok {
				n.Len = &ast.BasicLit{ValuePos: n.Len.Pos(), Kind: token.INT, Value: strconv.FormatInt(t.Len(), 10)}
			}
		}
	case *ast.SwitchStmt:
		defaultLast(n.Body)
		if n.Tag == nil {
			joinCases(n)
		}
	case *ast.TypeSwitchStmt:
		defaultLast(n.Body)
	case *ast.ForStmt:
		if n.Init != nil && n.Cond == nil {
			n.Cond = ast.NewIdent("true")
		}
	case *ast.CallExpr:
		if name := extreme(p.info, n); name != "" && p.info.Types[n].Value == nil {
			n.Fun = p.r.runtime(name)
			break
		}
		p.missingVariadic(n)
		if x := ast.Unparen(n.Fun); p.info.Types[x].IsType() {
			n.Fun = conversion(x).Fun
		}
	}
	if x, ok := c.Node().(ast.Expr); ok && !isKey(c) {
		if y := p.value(x); y != nil {
			c.Replace(y)
			return false
		}
	}
	return true
}

func (p *plainer) after(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		p.results = p.results[:len(p.results)-1]
	case *ast.DeclStmt:
		if g := n.Decl.(*ast.GenDecl); g.Tok == token.CONST {
			c.Replace(&ast.EmptyStmt{Semicolon: n.Pos(), Implicit: true})
		}
	case *ast.BinaryExpr:
		p.own(c, n)
	case *ast.UnaryExpr:
		if n.Op != token.AND && n.Op != token.ARROW {
			p.own(c, n)
		}
	case *ast.RangeStmt:
		p.offsets(c, n)
		p.elements(c, n)
	case *ast.SwitchStmt:
		if _, labelled := c.Parent().(*ast.LabeledStmt); !labelled {
			initFirst(c, n, n)
		}
	case *ast.LabeledStmt:
		if sw, ok := n.Stmt.(*ast.SwitchStmt); ok {
			initFirst(c, n, sw)
		}
	case *ast.DeferStmt:
		p.deferLater(c, n)
	case *ast.ForStmt:
		p.splitPost(n)
	case *ast.ExprStmt:
		p.resultsFirst(c, n)
	case *ast.ReturnStmt:
		p.resultsFirst(c, n)
		p.returned(c, n)
	case *ast.AssignStmt:
		if n.Tok == token.ASSIGN && len(n.Lhs) > 1 && len(n.Lhs) == len(n.Rhs) && inList(c) {
			c.Replace(p.split(n))
			return true
		}
		if n.Tok == token.ASSIGN || len(n.Rhs) > 1 {
			literalsApart(n.Rhs)
		}
		if p.assignsAnew(c, n) {
			return true
		}
		p.resultsFirst(c, n)
		p.blank(c, n)
		p.callFirst(c, n)
		p.function(c, n)
	case *ast.ValueSpec:
		if len(n.Values) > 1 || n.Type != nil && p.mayBeInterface(n.Type) {
			literalsApart(n.Values)
		}
	case *ast.CallExpr:
		if p.info.Types[n.Fun].IsBuiltin() {
			if t := p.info.Types[n].Type; t != nil {
				p.own(c, n)
			}
		}
	case *ast.StarExpr:
		p.pointed(c, n)
	case *ast.TypeAssertExpr:
		p.asserted(c, n)
	case *ast.SelectorExpr:
		p.method(c, n)
	case *ast.ParenExpr:
		switch n.X.(type) {
		case *ast.BinaryExpr, *ast.UnaryExpr:
			p.own(c, n)
		case *ast.Ident, *ast.BasicLit, *ast.SelectorExpr, *ast.CallExpr, *ast.IndexExpr, *ast.ParenExpr:
			c.Replace(n.X)
		}
	}
	return true
}

// instantiated leaves out the type arguments of an instance that is linked into the worker under a name of its own.
func (p *plainer) instantiated(c *astutil.Cursor, x ast.Expr) {
	if sel, ok := x.(*ast.SelectorExpr); ok && linkedInstance(p.info, sel.Sel) != "" {
		c.Replace(sel)
	}
}

// pointed converts *p to its own type where it becomes an element of a map: there the interpreter takes a nil pointer for the
// order to delete the element.
func (p *plainer) pointed(c *astutil.Cursor, n *ast.StarExpr) {
	tv := p.info.Types[n]
	if !tv.IsValue() {
		return
	}
	switch parent := c.Parent().(type) {
	case *ast.AssignStmt:
		if c.Name() != "Rhs" || c.Index() >= len(parent.Lhs) {
			return
		}
		if _, ok := ast.Unparen(parent.Lhs[c.Index()]).(*ast.IndexExpr); !ok {
			return
		}
	case *ast.KeyValueExpr:
		if c.Name() != "Value" {
			return
		}
	default:
		return
	}
	c.Replace(conversion(p.r.typeExpr(tv.Type), n))
}

// blank evaluates x in `_ = x`, which the interpreter does not when x is part of something else.
func (p *plainer) blank(c *astutil.Cursor, n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN || len(n.Rhs) != 1 || !inList(c) {
		return
	}
	for _, x := range n.Lhs {
		if id, ok := x.(*ast.Ident); !ok || id.Name != "_" {
			return
		}
	}
	switch n.Rhs[0].(type) {
	case *ast.Ident, *ast.BasicLit, *ast.FuncLit:
		return
	}
	if t := p.info.TypeOf(n.Rhs[0]); t == nil || p.info.Types[n.Rhs[0]].IsNil() {
		return
	}
	var list []ast.Stmt
	define := &ast.AssignStmt{TokPos: n.TokPos, Tok: token.DEFINE, Rhs: n.Rhs}
	for range n.Lhs {
		v := p.r.temp("blank")
		define.Lhs = append(define.Lhs, v)
		list = append(list, &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{v}})
	}
	c.Replace(&ast.BlockStmt{Lbrace: n.Pos(), List: append([]ast.Stmt{define}, list...)})
}

// offsets takes a string apart into its runes and their offsets, where the offsets are asked for: the interpreter counts runes,
// and takes a byte that is none for three.
func (p *plainer) offsets(c *astutil.Cursor, n *ast.RangeStmt) {
	if kind, _ := sequence(p.info.TypeOf(n.X)); kind != "string" || n.Key == nil || isBlank(n.Key) || !inList(c) {
		return
	}
	runes, at := p.r.temp("runes"), p.r.temp("at")
	runes.NamePos = n.For
	apart := &ast.AssignStmt{Lhs: []ast.Expr{runes, at}, TokPos: n.For, Tok: token.DEFINE, Rhs: []ast.Expr{
		&ast.CallExpr{Fun: p.r.runtime("Runes"), Lparen: n.For, Args: []ast.Expr{conversion(ast.NewIdent("string"), n.X)}, Rparen: n.For}}}
	if n.Value != nil && !isBlank(n.Value) {
		i := p.r.temp("n")
		r := &ast.AssignStmt{Lhs: []ast.Expr{n.Value}, TokPos: n.For, Tok: n.Tok, Rhs: []ast.Expr{&ast.IndexExpr{X: runes, Index: i}}}
		n.Body.List = append([]ast.Stmt{r}, n.Body.List...)
		n.Key, n.Value = i, n.Key
	} else {
		n.Key, n.Value = ast.NewIdent("_"), n.Key
	}
	n.X = at
	c.Replace(&ast.BlockStmt{Lbrace: n.For, List: []ast.Stmt{apart, n}, Rbrace: n.End()})
}

// elements takes channels out of a slice one by one: the interpreter takes a range whose value is a channel for one over that
// channel.
func (p *plainer) elements(c *astutil.Cursor, n *ast.RangeStmt) {
	if kind, _ := sequence(p.info.TypeOf(n.X)); kind != "slice" || !rangesChannels(p.info, n) || !inList(c) {
		return
	}
	list := p.r.temp("list")
	list.NamePos = n.For
	i, ok := n.Key.(*ast.Ident)
	if !ok || isBlank(n.Key) {
		i = p.r.temp("i")
	}
	element := &ast.AssignStmt{Lhs: []ast.Expr{n.Value}, TokPos: n.For, Tok: n.Tok, Rhs: []ast.Expr{&ast.IndexExpr{X: list, Index: ast.NewIdent(i.Name)}}}
	n.Body.List = append([]ast.Stmt{element}, n.Body.List...)
	first := &ast.AssignStmt{Lhs: []ast.Expr{list}, TokPos: n.For, Tok: token.DEFINE, Rhs: []ast.Expr{n.X}}
	n.Key, n.Value, n.X = i, nil, list
	c.Replace(&ast.BlockStmt{Lbrace: n.For, List: []ast.Stmt{first, n}, Rbrace: n.End()})
}

// rangesChannels tells a range whose values are channels.
func rangesChannels(info *types.Info, n *ast.RangeStmt) bool {
	if n.Value == nil || isBlank(n.Value) {
		return false
	}
	t := info.TypeOf(n.Value)
	return t != nil && channel(t) != nil
}

func isBlank(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == "_"
}

// inList tells whether a block may stand in the place of a statement: not in the head of a for or if.
func inList(c *astutil.Cursor) bool { return c.Index() >= 0 }

// callFirst evaluates the calls on the right of x[i] += f() before it reads x, as the compiler does.
func (p *plainer) callFirst(c *astutil.Cursor, n *ast.AssignStmt) {
	if n.Tok == token.ASSIGN || n.Tok == token.DEFINE || !inList(c) || !calls(p.info, n.Rhs[0]) {
		return
	}
	if _, plain := n.Lhs[0].(*ast.Ident); plain {
		return
	}
	v := p.r.temp("v")
	c.Replace(&ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{
		&ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: n.TokPos, Tok: token.DEFINE, Rhs: n.Rhs},
		&ast.AssignStmt{Lhs: n.Lhs, TokPos: n.TokPos, Tok: n.Tok, Rhs: []ast.Expr{v}},
	}})
}

// returned computes several results before it gives them away: the interpreter writes each into its place as soon as it has it,
// where the next may still be read, and writes what append returns into the first.
func (p *plainer) returned(c *astutil.Cursor, n *ast.ReturnStmt) {
	if len(n.Results) < 2 || c.Index() < 0 {
		return
	}
	var list []ast.Expr // the types, one for each result
	isNamed := false
	for _, f := range p.results[len(p.results)-1].Results.List {
		isNamed = isNamed || len(f.Names) > 0
		for range max(1, len(f.Names)) {
			list = append(list, f.Type)
		}
	}
	for i, x := range n.Results {
		switch x := x.(type) {
		case *ast.BasicLit, *ast.FuncLit:
			continue
		case *ast.Ident:
			if tv := p.info.Types[x]; !isNamed || tv.IsNil() || tv.Value != nil {
				continue
			}
		}
		t := p.info.TypeOf(list[i])
		if t == nil {
			continue
		}
		v := p.r.temp("v")
		n.Results[i] = v
		c.InsertBefore(&ast.DeclStmt{Decl: &ast.GenDecl{TokPos: n.Pos(), Tok: token.VAR, Specs: []ast.Spec{
			&ast.ValueSpec{Names: []*ast.Ident{v}, Type: p.r.typeExpr(t), Values: []ast.Expr{x}}}}})
	}
}

// function takes a function that a call returns into a variable before it goes elsewhere.
func (p *plainer) function(c *astutil.Cursor, n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN || len(n.Lhs) != 1 || len(n.Rhs) != 1 || !inList(c) {
		return
	}
	t := p.info.TypeOf(n.Rhs[0])
	if _, call := ast.Unparen(n.Rhs[0]).(*ast.CallExpr); !call || t == nil {
		return
	}
	if _, ok := t.Underlying().(*types.Signature); !ok {
		return
	}
	v := p.r.temp("v")
	c.Replace(&ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{
		&ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: n.TokPos, Tok: token.DEFINE, Rhs: n.Rhs},
		&ast.AssignStmt{Lhs: n.Lhs, TokPos: n.TokPos, Tok: n.Tok, Rhs: []ast.Expr{v}},
	}})
}

// calls tells whether evaluating x calls a function.
func calls(info *types.Info, x ast.Expr) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := info.Types[n.Fun]
			found = found || tv.Type != nil && !tv.IsType() && !tv.IsBuiltin()
		}
		return !found
	})
	return found
}

// isKey tells the field name in a struct literal, which is no expression.
func isKey(c *astutil.Cursor) bool {
	_, pair := c.Parent().(*ast.KeyValueExpr)
	_, name := c.Node().(*ast.Ident)
	return pair && name && c.Name() == "Key"
}

// nameParams gives the parameters of a function with a body names.
func nameParams(c *astutil.Cursor, t *ast.FuncType) {
	switch c.Parent().(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		for _, f := range t.Params.List {
			if len(f.Names) == 0 {
				f.Names = []*ast.Ident{ast.NewIdent("_")}
			}
		}
	}
}

// defaultLast puts the default case behind the others. Where one falls through to another the order stays: see subset.switches.
func defaultLast(body *ast.BlockStmt) {
	is := func(st ast.Stmt) bool { return st.(*ast.CaseClause).List == nil }
	if i := slices.IndexFunc(body.List, is); i >= 0 {
		d := body.List[i]
		body.List = append(slices.Delete(slices.Clone(body.List), i, i+1), d)
	}
}

// initFirst puts what a switch begins with in front of it, and of its label.
func initFirst(c *astutil.Cursor, whole ast.Stmt, n *ast.SwitchStmt) {
	if n.Init == nil || n.Tag == nil {
		return
	}
	init := n.Init
	n.Init = nil
	c.Replace(&ast.BlockStmt{Lbrace: whole.Pos(), List: []ast.Stmt{init, whole}, Rbrace: n.End()})
}

func joinCases(n *ast.SwitchStmt) {
	for _, st := range n.Body.List {
		cc := st.(*ast.CaseClause)
		if len(cc.List) < 2 {
			continue
		}
		x := cc.List[0]
		for _, y := range cc.List[1:] {
			x = &ast.BinaryExpr{X: &ast.ParenExpr{X: x}, Op: token.LOR, Y: &ast.ParenExpr{X: y}}
		}
		cc.List = []ast.Expr{x}
	}
}

// missingVariadic passes nil where a call leaves out the variadic arguments. Functions of compiled packages need none.
func (p *plainer) missingVariadic(n *ast.CallExpr) {
	tv := p.info.Types[n.Fun]
	sig, ok := tv.Type.(*types.Signature)
	if !ok || tv.IsType() || tv.IsBuiltin() || !sig.Variadic() || n.Ellipsis.IsValid() || len(n.Args) != sig.Params().Len()-1 {
		return
	}
	if _, tuple := p.info.Types[firstOf(n.Args)].Type.(*types.Tuple); tuple {
		return
	}
	var id *ast.Ident
	switch f := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	}
	if id != nil {
		if f, ok := p.info.Uses[id].(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() != "main" {
			return
		}
	}
	t := sig.Params().At(sig.Params().Len() - 1).Type()
	if _, ok := t.Underlying().(*types.Slice); !ok {
		return
	}
	n.Args = append(n.Args, &ast.CallExpr{Fun: p.r.typeExpr(t), Args: []ast.Expr{ast.NewIdent("nil")}})
	n.Ellipsis = n.Rparen
}

func firstOf(args []ast.Expr) ast.Expr {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// value is the literal of a constant expression; nil for anything else, and for what is one already.
func (p *plainer) value(x ast.Expr) ast.Expr {
	tv := p.info.Types[x]
	if tv.Value == nil || tv.IsType() {
		return nil
	}
	if lit, ok := x.(*ast.BasicLit); ok {
		switch b, _ := tv.Type.(*types.Basic); {
		case b == nil:
		case lit.Kind == token.INT && b.Info()&types.IsInteger != 0, lit.Kind == token.CHAR && b.Kind() == types.Int32,
			lit.Kind == token.STRING, lit.Kind == token.FLOAT && b.Kind() == types.Float64:
			return nil
		}
	}
	y := p.r.valueExpr(tv.Value, types.Default(tv.Type))
	if y != nil {
		setPos(y, x.Pos())
	}
	return y
}

// valueExpr is a constant of a given type; nil if it has no exact literal.
func (r *rewriter) valueExpr(v constant.Value, t types.Type) ast.Expr {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return nil
	}
	var x ast.Expr
	plain := b.Kind() == types.Bool || b.Kind() == types.String || b.Kind() == types.Int || b.Kind() == types.Float64
	switch {
	case b.Info()&types.IsBoolean != 0:
		x = ast.NewIdent(strconv.FormatBool(constant.BoolVal(v)))
	case b.Info()&types.IsString != 0:
		x = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(constant.StringVal(v))}
	case b.Info()&types.IsInteger != 0:
		v = constant.ToInt(v)
		if v.Kind() != constant.Int {
			return nil
		}
		x = signed(&ast.BasicLit{Kind: token.INT, Value: strings.TrimPrefix(v.ExactString(), "-")}, constant.Sign(v) < 0)
	case b.Info()&types.IsFloat != 0:
		f, _ := constant.Float64Val(v)
		if b.Kind() == types.Float32 {
			g, _ := constant.Float32Val(v)
			f = float64(g)
		}
		s := strconv.FormatFloat(f, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		x = signed(&ast.BasicLit{Kind: token.FLOAT, Value: strings.TrimPrefix(s, "-")}, f < 0)
	default:
		return nil
	}
	if _, named := types.Unalias(t).(*types.Named); named || !plain {
		x = conversion(r.typeExpr(t), x)
	}
	return x
}

func signed(x ast.Expr, negative bool) ast.Expr {
	if negative {
		return &ast.ParenExpr{X: &ast.UnaryExpr{Op: token.SUB, X: x}}
	}
	return x
}

func setPos(x ast.Expr, pos token.Pos) {
	switch x := x.(type) {
	case *ast.BasicLit:
		x.ValuePos = pos
	case *ast.Ident:
		x.NamePos = pos
	}
}

// own converts an operator's result to its own type where it may go into an interface.
func (p *plainer) own(c *astutil.Cursor, x ast.Expr) {
	tv := p.info.Types[x]
	if tv.Type == nil || tv.Value != nil || tv.IsVoid() || !p.intoInterface(c) {
		return
	}
	c.Replace(conversion(p.r.typeExpr(types.Default(tv.Type)), x))
}

// intoInterface tells whether the node's value goes where an interface may be expected.
func (p *plainer) intoInterface(c *astutil.Cursor) bool {
	switch n := c.Parent().(type) {
	case *ast.AssignStmt:
		if c.Name() != "Rhs" || n.Tok != token.ASSIGN && n.Tok != token.DEFINE || c.Index() >= len(n.Lhs) {
			return false
		}
		return p.mayBeInterface(n.Lhs[c.Index()])
	case *ast.ReturnStmt:
		if len(p.results) == 0 {
			return false
		}
		list := p.results[len(p.results)-1].Results
		if list == nil {
			return false
		}
		for _, f := range list.List {
			if p.mayBeInterface(f.Type) {
				return true
			}
		}
		return false
	case *ast.CallExpr:
		return c.Name() == "Args" && !p.info.Types[n.Fun].IsType()
	case *ast.ValueSpec:
		return n.Type == nil || p.mayBeInterface(n.Type)
	case *ast.CompositeLit, *ast.KeyValueExpr, *ast.SendStmt:
		return true
	case *ast.IndexExpr:
		t := p.info.Types[n.X].Type
		if t == nil {
			return true
		}
		_, isMap := t.Underlying().(*types.Map)
		return isMap && c.Name() == "Index"
	}
	return false
}

func (p *plainer) mayBeInterface(x ast.Expr) bool {
	t := p.info.TypeOf(x)
	return t == nil || types.IsInterface(t)
}
