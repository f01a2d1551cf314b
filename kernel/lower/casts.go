package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/astutil"

	"joule/kernel/session"
)

// Go gives a struct where another type with the same fields is wanted: in T(x) always, and by itself where one of the two has no
// name. Unexported fields are the same only in one package, and cells are packages. So where the fields were written in two of
// them, the value is taken for what it is in memory, cell.As[T](x), which is the same struct under another name.

// casts puts such calls into a unit that is compiled.
func (r *rewriter) casts(n ast.Node) {
	info := r.cell.Info
	one := func(x *ast.Expr, to types.Type) {
		if !crosses(info.TypeOf(*x), to, r.home) {
			return
		}
		as := &ast.CallExpr{Fun: &ast.IndexExpr{X: r.runtime("As"), Index: r.typeExpr(to)}, Lparen: (*x).Pos(), Args: []ast.Expr{*x}, Rparen: (*x).End()}
		info.Types[as] = types.TypeAndValue{Type: to}
		*x = as
	}
	eachGiven(info, n, one, func(x *ast.Expr, to []types.Type) {
		if from := severalOf(info, *x, to); from != nil && crossesOne(from, to, r.home) {
			*x = r.castSeveral(*x, from, to)
		}
	})
}

// castSeveral is func() (T, U) { v, w := x; return cell.As[T](v), w }() for an x that gives several values.
func (r *rewriter) castSeveral(x ast.Expr, from *types.Tuple, to []types.Type) ast.Expr {
	var vars, values []ast.Expr
	var fields []*ast.Field
	var made []*types.Var
	for i, t := range to {
		if t == nil {
			t = types.Default(from.At(i).Type())
		}
		var v ast.Expr = r.temp("v")
		vars = append(vars, v)
		if crosses(from.At(i).Type(), t, r.home) {
			v = &ast.CallExpr{Fun: &ast.IndexExpr{X: r.runtime("As"), Index: r.typeExpr(t)}, Args: []ast.Expr{v}}
		}
		values = append(values, v)
		fields = append(fields, &ast.Field{Type: r.typeExpr(t)})
		made = append(made, types.NewVar(token.NoPos, nil, "", t))
	}
	body := &ast.BlockStmt{List: []ast.Stmt{&ast.AssignStmt{Lhs: vars, TokPos: x.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{x}}, &ast.ReturnStmt{Results: values}}}
	f := &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: fields}}, Body: body}
	call := &ast.CallExpr{Fun: f, Lparen: x.Pos(), Rparen: x.End()}
	r.cell.Info.Types[call] = types.TypeAndValue{Type: types.NewTuple(made...)}
	return call
}

// severalOf is what x gives where that many values are wanted; nil for something else.
func severalOf(info *types.Info, x ast.Expr, to []types.Type) *types.Tuple {
	if from, ok := info.TypeOf(x).(*types.Tuple); ok && from.Len() == len(to) {
		return from
	}
	return nil
}

func crossesOne(from *types.Tuple, to []types.Type, home func(types.Type) string) bool {
	for i, t := range to {
		if crosses(from.At(i).Type(), t, home) {
			return true
		}
	}
	return false
}

// cast refuses what casts mends.
func (s *subset) cast(n ast.Node) {
	if !s.cell.HasStructs() {
		return
	}
	r := newRewriter(s.cell, Interpret, "")
	home := func(t types.Type) string {
		o := r.fieldsOf(t)
		switch {
		case o == nil, slices.Contains(s.cell.Unnamed, o), slices.ContainsFunc(s.cell.Types, func(u *session.TypeUnit) bool { return u.Object == o }):
			return ""
		}
		return o.Home
	}
	const why = "a struct of another cell, for one of this with the same fields"
	eachGiven(s.info, n, func(x *ast.Expr, to types.Type) {
		if crosses(s.info.TypeOf(*x), to, home) {
			s.because(why)
		}
	}, func(x *ast.Expr, to []types.Type) {
		if from := severalOf(s.info, *x, to); from != nil && crossesOne(from, to, home) {
			s.because(why)
		}
	})
}

// crosses tells whether a struct, or a pointer to one, becomes another one whose fields were written in another package. home is
// the package of a type's fields.
func crosses(from, to types.Type, home func(types.Type) string) bool {
	if from == nil || to == nil || from == to || isTypeParam(from) || isTypeParam(to) {
		return false
	}
	p, ok := from.Underlying().(*types.Pointer)
	q, also := to.Underlying().(*types.Pointer)
	if ok && also {
		from, to = p.Elem(), q.Elem()
	}
	st, ok := from.Underlying().(*types.Struct)
	if !ok || !ofPackage(st) || types.Identical(from, to) || isTypeParam(to) || !types.IdenticalIgnoreTags(st, to.Underlying()) {
		return false
	}
	return home(from) != home(to)
}

// ofPackage tells whether a struct has fields that are the same only in one package. Blank ones are, although nobody can name them.
func ofPackage(st *types.Struct) bool {
	for f := range st.Fields() {
		if !f.Exported() && f.Pkg() != nil && f.Pkg().Path() == "main" {
			return true
		}
	}
	return false
}

// eachGiven visits the expressions of n that are given where a value of a known type is wanted, or several are.
func eachGiven(info *types.Info, n ast.Node, visit func(x *ast.Expr, to types.Type), several func(x *ast.Expr, to []types.Type)) {
	var results [][]types.Type // of the functions around
	var tags []types.Type      // of the switches around
	give := func(list []ast.Expr, i int, to types.Type) {
		if to != nil && list[i] != nil {
			visit(&list[i], to)
		}
	}
	before := func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.FuncDecl:
			results = append(results, resultTypes(info, n.Type))
		case *ast.FuncLit:
			results = append(results, resultTypes(info, n.Type))
		case *ast.SwitchStmt:
			var tag types.Type
			if n.Tag != nil {
				tag = info.TypeOf(n.Tag)
			}
			tags = append(tags, tag)
		case *ast.TypeSwitchStmt:
			tags = append(tags, nil)
		case *ast.CaseClause:
			for i := range n.List {
				give(n.List, i, tags[len(tags)-1])
			}
		case *ast.AssignStmt:
			if len(n.Lhs) > 1 && len(n.Rhs) == 1 && !communicates(c) {
				var to []types.Type
				for _, x := range n.Lhs {
					to = append(to, wanted(info, x))
				}
				several(&n.Rhs[0], to)
			}
			if len(n.Lhs) == len(n.Rhs) && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) && !communicates(c) {
				for i, x := range n.Lhs {
					give(n.Rhs, i, wanted(info, x))
				}
			}
		case *ast.ValueSpec:
			if len(n.Names) == len(n.Values) && n.Type != nil {
				for i := range n.Values {
					give(n.Values, i, info.TypeOf(n.Type))
				}
			}
			if len(n.Names) > 1 && len(n.Values) == 1 && n.Type != nil {
				several(&n.Values[0], slices.Repeat([]types.Type{info.TypeOf(n.Type)}, len(n.Names)))
			}
		case *ast.ReturnStmt:
			if len(results) > 0 {
				if list := results[len(results)-1]; len(list) == len(n.Results) {
					for i, t := range list {
						give(n.Results, i, t)
					}
				} else if len(n.Results) == 1 && len(list) > 1 {
					several(&n.Results[0], list)
				}
			}
		case *ast.SendStmt:
			if element := channel(info.TypeOf(n.Chan)); element != nil {
				visit(&n.Value, element)
			}
		case *ast.CompositeLit:
			eachElement(info, n, visit)
		case *ast.IndexExpr:
			if t := info.TypeOf(n.X); t != nil {
				if m, ok := t.Underlying().(*types.Map); ok {
					visit(&n.Index, m.Key())
				}
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				if t := info.TypeOf(n.X); t != nil {
					visit(&n.Y, t)
				}
			}
		case *ast.CallExpr:
			eachArgument(info, n, give, several)
		}
		return true
	}
	after := func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			results = results[:len(results)-1]
		case *ast.SwitchStmt, *ast.TypeSwitchStmt:
			tags = tags[:len(tags)-1]
		case *ast.CallExpr: // a conversion, when all inside it is done
			if tv := info.Types[n.Fun]; tv.IsType() && len(n.Args) == 1 {
				converted(info, c, n, tv.Type, visit)
			}
		}
		return true
	}
	astutil.Apply(n, before, after)
}

// communicates tells whether a statement is what a case of a select does: that has to stay a receive.
func communicates(c *astutil.Cursor) bool {
	clause, ok := c.Parent().(*ast.CommClause)
	return ok && clause.Comm == c.Node()
}

// wanted is the type of what is assigned to; nil for a blank.
func wanted(info *types.Info, x ast.Expr) types.Type {
	if isBlank(x) {
		return nil
	}
	return info.TypeOf(x)
}

func resultTypes(info *types.Info, f *ast.FuncType) (list []types.Type) {
	if f.Results != nil {
		for _, field := range f.Results.List {
			for range max(1, len(field.Names)) {
				list = append(list, info.TypeOf(field.Type))
			}
		}
	}
	return list
}

// converted visits the operand of a conversion, which gives way to what is made of the operand.
func converted(info *types.Info, c *astutil.Cursor, n *ast.CallExpr, to types.Type, visit func(x *ast.Expr, to types.Type)) {
	x := n.Args[0]
	visit(&x, to)
	if x != n.Args[0] {
		c.Replace(x)
	}
}

func eachElement(info *types.Info, n *ast.CompositeLit, visit func(x *ast.Expr, to types.Type)) {
	t := info.TypeOf(n)
	if t == nil {
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	for i := range n.Elts {
		pair, _ := n.Elts[i].(*ast.KeyValueExpr)
		value := &n.Elts[i]
		if pair != nil {
			value = &pair.Value
		}
		switch t := t.Underlying().(type) {
		case *types.Slice:
			visit(value, t.Elem())
		case *types.Array:
			visit(value, t.Elem())
		case *types.Map:
			if pair != nil {
				visit(&pair.Key, t.Key())
			}
			visit(value, t.Elem())
		case *types.Struct:
			f := t.Field(min(i, t.NumFields()-1))
			if pair != nil {
				for g := range t.Fields() {
					if id, ok := pair.Key.(*ast.Ident); ok && g.Name() == id.Name {
						f = g
					}
				}
			}
			visit(value, f.Type())
		}
	}
}

func eachArgument(info *types.Info, n *ast.CallExpr, give func(list []ast.Expr, i int, to types.Type), several func(x *ast.Expr, to []types.Type)) {
	tv := info.Types[n.Fun]
	if tv.IsType() || tv.Type == nil {
		return
	}
	sig, ok := tv.Type.Underlying().(*types.Signature) // of append and others as of functions
	if !ok {
		return
	}
	if len(n.Args) == 1 && sig.Params().Len() > 1 && !sig.Variadic() {
		var to []types.Type
		for v := range sig.Params().Variables() {
			to = append(to, v.Type())
		}
		several(&n.Args[0], to)
	}
	last := sig.Params().Len() - 1
	for i := range n.Args {
		switch {
		case sig.Variadic() && i >= last && !n.Ellipsis.IsValid():
			if s, ok := sig.Params().At(last).Type().Underlying().(*types.Slice); ok {
				give(n.Args, i, s.Elem())
			}
		case i <= last:
			give(n.Args, i, sig.Params().At(i).Type())
		}
	}
}
