package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
)

// constant writes a constant's value so that it keeps its kind: 2.0 stays a float and 'a' a rune.
func (r *rewriter) constant(k *types.Const) ast.Expr {
	x := literalOf(k.Val(), k.Type())
	if b, ok := k.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return &ast.ParenExpr{X: x}
	}
	return conversion(r.typeExpr(k.Type()), x)
}

func literalOf(v constant.Value, t types.Type) ast.Expr {
	basic, _ := t.Underlying().(*types.Basic)
	switch v.Kind() {
	case constant.Bool:
		return ast.NewIdent(v.String())
	case constant.String:
		return &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(constant.StringVal(v))}
	case constant.Int:
		if basic != nil && basic.Kind() == types.UntypedRune {
			if n, ok := constant.Int64Val(v); ok && n >= 0 && n <= 0x10ffff && (n < 0xd800 || n > 0xdfff) {
				return &ast.BasicLit{Kind: token.CHAR, Value: strconv.QuoteRune(rune(n))}
			}
		}
		if basic != nil && basic.Kind() == types.UntypedFloat {
			return &ast.BasicLit{Kind: token.FLOAT, Value: v.ExactString() + ".0"}
		}
		return &ast.BasicLit{Kind: token.INT, Value: v.ExactString()}
	case constant.Float:
		num, den := constant.Num(v).ExactString(), constant.Denom(v).ExactString()
		return &ast.BasicLit{Kind: token.FLOAT, Value: "(" + num + ".0/" + den + ".0)"}
	case constant.Complex:
		re, im := literalOf(constant.Real(v), types.Typ[types.UntypedFloat]), literalOf(constant.Imag(v), types.Typ[types.UntypedFloat])
		return &ast.CallExpr{Fun: ast.NewIdent("complex"), Args: []ast.Expr{re, im}}
	}
	panic("lower: constant " + v.String() + " has no literal")
}
