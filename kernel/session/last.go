package session

import (
	"go/ast"
	"go/types"
)

// MayFail tells whether the cell's last expression is a call whose last result is an error.
func (c *Cell) MayFail() bool {
	call, ok := ast.Unparen(c.Last).(*ast.CallExpr)
	if !ok || c.Info.Types[call.Fun].IsType() {
		return false
	}
	t := c.Info.Types[call].Type
	if results, ok := t.(*types.Tuple); ok {
		if results.Len() == 0 {
			return false
		}
		t = results.At(results.Len() - 1).Type()
	}
	return types.Identical(t, types.Universe.Lookup("error").Type())
}
