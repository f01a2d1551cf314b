package lower

import (
	"go/ast"
	"go/types"
)

// A value that the interpreter puts into an interface may have a type like map[string][]int that was made at run time, by
// reflection; a plugin that is opened later brings a map[string][]int of its own, and to Go the two differ. So where compiled
// code asks an interface for a type without a name, the value is first given the asking package's version of its type.

// adopt rewrites x.(T) to Adopt(x, (*T)(nil)).(T), with the comma-ok form as it is.
func (r *rewriter) adopt(n *ast.TypeAssertExpr) {
	if r.tier != Compile || n.Type == nil {
		return
	}
	t := r.cell.Info.Types[n.Type].Type
	if r.mayBeFormer(t) {
		n.X = r.notFormer(n.X, []types.Type{t})
	}
	if r.needsAdoption(n.X, t) {
		n.X = r.adopted(n.X, []types.Type{t})
	}
}

// adoptSwitch does the same for the cases of a type switch.
func (r *rewriter) adoptSwitch(n *ast.TypeSwitchStmt) {
	if r.tier != Compile {
		return
	}
	var x *ast.TypeAssertExpr
	switch a := n.Assign.(type) {
	case *ast.ExprStmt:
		x, _ = a.X.(*ast.TypeAssertExpr)
	case *ast.AssignStmt:
		x, _ = a.Rhs[0].(*ast.TypeAssertExpr)
	}
	if x == nil {
		return
	}
	var wanted []types.Type
	var asked []types.Type // in order: a case before may be the answer
	former := 0
	for _, c := range n.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			tv := r.cell.Info.Types[e]
			if tv.IsType() && r.needsAdoption(x.X, tv.Type) {
				wanted = append(wanted, tv.Type)
			}
			if tv.IsType() {
				asked = append(asked, tv.Type)
			}
			if tv.IsType() && r.mayBeFormer(tv.Type) {
				former = len(asked)
			}
		}
	}
	if former > 0 {
		x.X = r.notFormer(x.X, asked[:former])
	}
	if len(wanted) > 0 {
		x.X = r.adopted(x.X, wanted)
	}
}

// mayBeFormer tells whether values of t as it was may be around. With the type parameters of a function they may be later.
func (r *rewriter) mayBeFormer(t types.Type) bool { return parametric(t) || r.cell.HasFormer(t) }

// notFormer rewrites x.(T) to NotFormer(x, (*T)(nil)).(T) where T was another type before: a value of that type must not answer no.
func (r *rewriter) notFormer(x ast.Expr, wanted []types.Type) ast.Expr {
	call := r.asking("NotFormer", x, wanted)
	r.cell.Info.Types[call] = r.cell.Info.Types[x]
	return call
}

// needsAdoption tells whether x may hold a foreign version of t. Types with a name have one version, and an interface with
// methods holds nothing without a name.
func (r *rewriter) needsAdoption(x ast.Expr, t types.Type) bool {
	if t == nil {
		return false
	}
	i, ok := r.cell.Info.Types[x].Type.Underlying().(*types.Interface)
	if !ok || i.NumMethods() > 0 {
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		_, named := types.Unalias(t.Elem()).(*types.Named)
		return !named
	case *types.Slice, *types.Map, *types.Chan, *types.Array, *types.Signature, *types.Struct:
		return true
	}
	return false
}

func (r *rewriter) adopted(x ast.Expr, wanted []types.Type) ast.Expr {
	return r.asking("Adopt", x, wanted)
}

// asking calls a function of the record's package with x and with nil pointers to what x is asked for.
func (r *rewriter) asking(name string, x ast.Expr, wanted []types.Type) ast.Expr {
	call := &ast.CallExpr{Fun: r.runtime(name), Args: []ast.Expr{x}}
	for _, t := range wanted {
		pointer := &ast.ParenExpr{X: &ast.StarExpr{X: r.typeExpr(t)}}
		call.Args = append(call.Args, &ast.CallExpr{Fun: pointer, Args: []ast.Expr{ast.NewIdent("nil")}})
	}
	return call
}
