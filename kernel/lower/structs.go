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
	if spec, declared := c.Parent().(*ast.TypeSpec); declared && !spec.Assign.IsValid() {
		return
	}
	if st, ok := r.cell.Info.Types[n].Type.(*types.Struct); ok {
		if x := r.structRef(st); x != nil {
			c.Replace(x)
		}
	}
}

// structRef is a struct type without a name, as its home has it; nil where it can be written as it is. The compiler knows it as an
// instance of its shape, the interpreter by its name.
func (r *rewriter) structRef(t *types.Struct) ast.Expr {
	o := r.cell.StructObject(t)
	if r.tier == Interpret && o != nil {
		return r.typeRef(o)
	}
	if shape := r.cell.Shape(t); shape != nil {
		if shape.Home == r.path {
			return nil
		}
		x := &ast.IndexListExpr{X: r.typeRef(shape)}
		for f := range t.Fields() {
			x.Indices = append(x.Indices, r.typeExpr(f.Type()))
		}
		return x
	}
	if o != nil && o.Home != r.path {
		return r.typeRef(o)
	}
	return nil
}

// home is the package in which the fields of a struct type were written; "" for the one being written.
func (r *rewriter) home(t types.Type) string {
	o := r.fieldsOf(t)
	if o == nil || o.Home == r.path {
		return ""
	}
	return o.Home
}

// fieldsOf is the session's object with which the fields of a struct type were written: a type, or for one without a name its
// shape. It is nil for those of a function.
func (r *rewriter) fieldsOf(t types.Type) *session.Object {
	st, ok := t.Underlying().(*types.Struct)
	if !ok || st.NumFields() == 0 {
		return nil
	}
	if _, named := types.Unalias(t).(*types.Named); named {
		if o := r.cell.FieldOwner(st); o != nil {
			return o
		}
		if r.inFunction()[st.Field(0).Origin()] {
			return nil
		}
	}
	if o := r.cell.Shape(st); o != nil {
		return o
	}
	return r.cell.StructObject(st)
}

// localFields are the first fields of the structs that functions of the cell declare.
func localFields(c *session.Cell) map[*types.Var]bool {
	found := map[*types.Var]bool{}
	look := func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok && !spec.Assign.IsValid() {
			if st, ok := c.Info.TypeOf(spec.Type).(*types.Struct); ok && st.NumFields() > 0 {
				if _, literal := spec.Type.(*ast.StructType); literal {
					found[st.Field(0).Origin()] = true
				}
			}
		}
		return true
	}
	for _, u := range append(slices.Clone(c.Funcs), c.Inits...) {
		ast.Inspect(u.Decl, look)
	}
	ast.Inspect(c.Body, look)
	return found
}

// mirrored reaches the fields of a struct x of type t, or with pointer behind a pointer to one, which were written elsewhere and
// have no accessors: through a struct of this package with the same fields.
func (r *rewriter) mirrored(t types.Type, x ast.Expr, pointer bool) ast.Expr {
	mirror := r.structType(t.Underlying().(*types.Struct))
	if pointer {
		mirror = &ast.StarExpr{X: mirror}
	}
	return &ast.CallExpr{Fun: &ast.IndexExpr{X: r.runtime("As"), Index: mirror}, Args: []ast.Expr{x}}
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
