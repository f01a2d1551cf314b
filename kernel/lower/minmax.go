package lower

import (
	"go/ast"
	"go/types"
)

// extremes are what stands for min and max.
var extremes = map[string]map[types.BasicKind]string{
	"min": {types.Int: "MinInt", types.Float64: "MinFloat"},
	"max": {types.Int: "MaxInt", types.Float64: "MaxFloat"},
}

// extreme is the function that stands for a call of min or max; "" when there is none.
func extreme(info *types.Info, n *ast.CallExpr) string {
	id, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok {
		return ""
	}
	b, ok := info.Uses[id].(*types.Builtin)
	t, basic := types.Unalias(info.TypeOf(n)).(*types.Basic)
	if !ok || !basic {
		return ""
	}
	return extremes[b.Name()][t.Kind()]
}
