package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ast/astutil"

	"joule/kernel/session"
)

// structNode puts the name that a struct type without one has in its home in the place of what the source says.
func (r *rewriter) structNode(c *astutil.Cursor, n *ast.StructType) {
	if _, declared := c.Parent().(*ast.TypeSpec); declared {
		return
	}
	if st, ok := r.cell.Info.Types[n].Type.(*types.Struct); ok {
		if o := r.cell.StructObject(st); o != nil && o.Home != r.path {
			c.Replace(r.typeRef(o))
		}
	}
}

// An embedded type gives its field its name. So an unexported type of another package, which has another name there, gets an
// alias under its own.

func (r *rewriter) noteEmbedded(n *ast.StructType) {
	for _, f := range n.Fields.List {
		if len(f.Names) > 0 {
			continue
		}
		x := f.Type
		if s, ok := x.(*ast.StarExpr); ok {
			x = s.X
		}
		switch i := x.(type) {
		case *ast.IndexExpr:
			x = i.X
		case *ast.IndexListExpr:
			x = i.X
		}
		if id, ok := x.(*ast.Ident); ok {
			r.embeds[id] = true
		}
	}
}

// embeddedName is the name under which an unexported type of another package is embedded; nil for any other.
func (r *rewriter) embeddedName(o *session.Object) ast.Expr {
	if o == nil || o.Home == "" || o.Home == r.path || token.IsExported(o.Name) || r.tier != Compile {
		return nil
	}
	r.aliases[o.Name] = o
	return ast.NewIdent(o.Name)
}

// embeddedAliases declares these names.
func (r *rewriter) embeddedAliases() (decls []ast.Decl) {
	for _, name := range slices.Sorted(maps.Keys(r.aliases)) {
		o := r.aliases[name]
		params := r.typeParams(o)
		x := r.typeRef(o)
		if params != nil {
			x = &ast.IndexListExpr{X: x, Indices: instantiated(name, params).(*ast.IndexListExpr).Indices}
		}
		decls = append(decls, &ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&ast.TypeSpec{Name: ast.NewIdent(name), TypeParams: params, Assign: 1, Type: x}}})
	}
	return decls
}
