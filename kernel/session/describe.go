package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Describe says what the name at the cursor is: with its declaration and the comment above it, wherever it comes from. Between
// names, inside the brackets of a call or of a literal, it describes what is called or made. With detail it adds the source,
// where the session has it.
func (s *Session) Describe(code string, cursor, detail int) (Description, bool) {
	cursor = min(max(cursor, 0), len(code))
	tok, ok := tokenAt(code, cursor)
	switch {
	case ok && tok.tok == token.IDENT:
		start, end := tok.off, tok.off+len(tok.lit)
		var best *probe
		line := strings.LastIndexByte(code[:start], '\n') + 1
		for _, v := range []struct {
			text string
			off  int
		}{{code, start}, {code[:end], start}, {code[line:end], start - line}} {
			where := at(0, v.text, v.off, "")
			p := s.probe(v.text+"\n", func(p *probe, id *ast.Ident) bool {
				pos := p.c.a.fset.Position(id.Pos())
				return id.Name == tok.lit && pos.Line == where.Line && pos.Column == where.Col
			})
			if p != nil && p.object() != nil {
				best = p
				break
			}
		}
		if best != nil {
			return s.describe(best, code, detail), true
		}
		return s.known(code, tok.lit, detail, start)
	case ok && tok.tok.IsKeyword():
		k := keywords[tok.lit]
		return Description{Decl: k[0], Doc: k[1]}, k[0] != ""
	}
	start, end := cursor, cursor
	if ok { // a literal, in which nothing can be put
		start, end = tok.off, tok.off+len(tok.lit)
	}
	p := s.atCursor(code, start, end, func(p *probe) bool { return p.around() != nil })
	if p == nil {
		return Description{}, false
	}
	p = p.around()
	if p.object() == nil {
		return s.known(code, p.id.Name, detail, start)
	}
	return s.describe(p, code, detail), true
}

// tokenAt is the name, keyword or literal that an offset is in or next to; of two a name.
func tokenAt(code string, off int) (found scanned, ok bool) {
	if tok, start := inside(code, off); tok == token.STRING || tok == token.CHAR {
		end := off
		if toks, _ := scan(code); true {
			for _, t := range toks {
				if t.off == start {
					end = max(off, start+len(t.lit))
				}
			}
		}
		return scanned{tok, start, code[start:min(end, len(code))]}, true
	} else if tok == token.COMMENT {
		return found, false
	}
	toks, _ := scan(code)
	for _, t := range toks {
		if t.off > off {
			break
		}
		word := t.tok == token.IDENT || t.tok.IsKeyword() || t.tok.IsLiteral()
		if !word || off > t.off+len(t.lit) {
			continue
		}
		if !ok || t.tok == token.IDENT || found.tok != token.IDENT && t.tok.IsKeyword() {
			found, ok = t, true
		}
	}
	if ok && found.tok.IsLiteral() && found.tok != token.IDENT && (off == found.off || off == found.off+len(found.lit)) {
		return scanned{}, false // beside a literal is a place of its own
	}
	return found, ok
}

// object is what the name means; nil where that is not known.
func (p *probe) object() types.Object {
	if obj := p.c.info.Uses[p.id]; obj != nil {
		return obj
	}
	return p.c.info.Defs[p.id]
}

// around is what is called or made in whose brackets the name stands.
func (p *probe) around() *probe {
	for i := len(p.path) - 1; i >= 0; i-- {
		var x ast.Expr
		switch n := p.path[i].(type) {
		case *ast.CallExpr:
			if p.id.Pos() >= n.Lparen {
				x = n.Fun
			}
		case *ast.CompositeLit:
			if p.id.Pos() >= n.Lbrace {
				x = n.Type
			}
		case *ast.BlockStmt, *ast.FuncType:
			return nil
		}
		path := p.path[:i+1]
		for x != nil {
			switch n := x.(type) {
			case *ast.Ident:
				return &probe{c: p.c, id: n, path: path}
			case *ast.SelectorExpr:
				return &probe{c: p.c, id: n.Sel, path: append(slices.Clone(path), n)}
			case *ast.IndexExpr:
				path, x = append(slices.Clone(path), n), n.X
			case *ast.IndexListExpr:
				path, x = append(slices.Clone(path), n), n.X
			case *ast.ParenExpr:
				path, x = append(slices.Clone(path), n), n.X
			case *ast.StarExpr:
				path, x = append(slices.Clone(path), n), n.X
			default:
				x = nil
			}
		}
	}
	return nil
}

// owner is the named type that the field or method at the name was declared with, or nil.
func (p *probe) owner(obj types.Object) *types.Named {
	if f, ok := obj.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			return named(recv.Type())
		}
		return nil
	}
	v, ok := obj.(*types.Var)
	if !ok || !v.IsField() {
		return nil
	}
	if sel, ok := p.parent().(*ast.SelectorExpr); ok {
		if found := p.c.info.Selections[sel]; found != nil {
			t := found.Recv()
			for _, i := range found.Index()[:len(found.Index())-1] {
				if st := structBehind(t); st != nil {
					t = st.Field(i).Type()
				}
			}
			return named(t)
		}
	}
	for i, n := range p.path {
		if lit, ok := n.(*ast.CompositeLit); ok && i >= len(p.path)-2 && p.id.Pos() > lit.Lbrace {
			return named(p.typeOf(i))
		}
		if ts, ok := n.(*ast.TypeSpec); ok {
			if t := p.c.info.Defs[ts.Name]; t != nil {
				return named(t.Type())
			}
		}
	}
	return nil
}

func named(t types.Type) *types.Named {
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, _ := types.Unalias(t).(*types.Named)
	if n != nil {
		n = n.Origin()
	}
	return n
}

func structBehind(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// describe says what an object of a probe is.
func (s *Session) describe(p *probe, code string, detail int) Description {
	obj := p.object()
	if name, ok := obj.(*types.PkgName); ok {
		return s.describePackage(name.Imported().Path(), name.Name())
	}
	owner := p.owner(obj)
	switch {
	case obj.Pkg() == nil:
		return s.describeBuiltin(obj, owner)
	case obj.Pkg().Path() != "main":
		return s.describeImported(obj, owner, detail)
	}
	d := s.describeOwn(p, obj, owner, code, detail)
	if v, ok := obj.(*types.Var); ok && d.Doc == "" {
		d.Doc = s.typeDoc(p, v.Type(), code)
	}
	return d
}

// typeDoc is what is written about the type of a value that has no comment of its own.
func (s *Session) typeDoc(p *probe, t types.Type, code string) string {
	n := named(t)
	if n == nil || n.Obj().Pkg() == nil {
		return ""
	}
	if path := n.Obj().Pkg().Path(); path != "main" {
		return s.cat.Doc(path, n.Obj().Name()).Text
	}
	return s.describeOwn(p, n.Obj(), nil, code, 0).Doc
}

func (s *Session) describePackage(path, name string) Description {
	return Description{Decl: "package " + name + " // import \"" + path + "\"", Doc: s.cat.Doc(path, "").Text, path: path}
}

func (s *Session) describeBuiltin(obj types.Object, owner *types.Named) Description {
	key := obj.Name()
	if owner != nil {
		key = owner.Obj().Name() + "." + key
	}
	doc := s.cat.Doc("builtin", key)
	if doc.Decl == "" {
		doc.Decl = objectText(obj)
	}
	return Description{Decl: doc.Decl, Doc: doc.Text, path: "builtin"}
}

// describeImported describes a name of another package.
func (s *Session) describeImported(obj types.Object, owner *types.Named, detail int) Description {
	path, key := obj.Pkg().Path(), obj.Name()
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		d := Description{Decl: objectText(obj), path: path}
		if owner != nil {
			d.Decl = "field " + owner.Obj().Name() + "." + v.Name() + " " + types.TypeString(v.Type(), short)
			if found, ok := declared(s.cat.Doc(path, owner.Obj().Name()).Decl, wanted{name: v.Name(), owner: owner.Obj().Name()}); ok {
				d.Doc = found.doc
			}
		}
		return d
	}
	if owner != nil {
		key = owner.Obj().Name() + "." + key
	}
	doc := s.cat.Doc(path, key)
	d := Description{Decl: doc.Decl, Doc: doc.Text, path: path}
	if d.Decl == "" {
		d.Decl = objectText(obj)
		if owner != nil && d.Doc == "" { // a method of an interface is documented in its declaration
			if found, ok := declared(s.cat.Doc(path, owner.Obj().Name()).Decl, wanted{name: obj.Name(), owner: owner.Obj().Name()}); ok {
				d.Doc = found.doc
			}
		}
	}
	if t, ok := obj.(*types.TypeName); ok {
		if detail == 0 && strings.Count(d.Decl, "\n") > longDecl {
			d.Decl = withoutComments(d.Decl)
		}
		d.Methods = s.methods(t, func(m *types.Func) string { return s.cat.Doc(path, t.Name()+"."+m.Name()).Decl })
	}
	return d
}

// longDecl is how many lines a declaration may have before its comments are left out.
const longDecl = 30

func withoutComments(decl string) string {
	var lines []string
	for line := range strings.Lines(decl) {
		text := strings.TrimSpace(line)
		if text != "" && !strings.HasPrefix(text, "//") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// methods lists the methods that are declared with a type.
func (s *Session) methods(t *types.TypeName, text func(*types.Func) string) (list []string) {
	n, ok := t.Type().(*types.Named)
	if !ok || types.IsInterface(n) {
		return nil
	}
	for m := range n.Methods() {
		if visible(m) {
			decl := text(m)
			if decl == "" {
				decl = "func " + strings.TrimPrefix(types.ObjectString(m, short), "func ")
			}
			list = append(list, decl)
		}
	}
	slices.Sort(list)
	return list
}

// describeOwn describes what cells declare, this one or earlier ones.
func (s *Session) describeOwn(p *probe, obj types.Object, owner *types.Named, code string, detail int) Description {
	w := wanted{name: obj.Name()}
	o := p.c.inserted[obj]
	if t, ok := obj.(*types.TypeName); ok && o == nil {
		o = s.ofType(p, t, code)
	}
	if owner != nil {
		w.owner = owner.Obj().Name()
		o = s.ofType(p, owner.Obj(), code)
	}
	if _, here := declared(code, w); here && owner != nil {
		o = nil
	}
	d := Description{Decl: objectText(obj)}
	src := code
	if o != nil {
		src = s.sourceOf(o, w)
		d.Cell = o.Cell
		if o.Stale != "" {
			d.Notes = append(d.Notes, o.Name+" "+o.Stale)
		}
	} else if pos := p.c.a.fset.Position(obj.Pos()); obj.Pos().IsValid() && obj.Parent() != p.c.pkg.Scope() {
		w.line, w.col = pos.Line, pos.Column
	}
	found, ok := declared(src, w)
	if !ok {
		return d
	}
	d.Doc = found.doc
	if found.decl != "" {
		d.Decl = found.decl
	}
	if detail > 0 {
		d.Source = found.source
	}
	if t, ok := obj.(*types.TypeName); ok {
		bodies := map[string]string{} // by how the method is declared, as which it is sorted
		d.Methods = s.methods(t, func(m *types.Func) string {
			f := s.declaredMethod(t, o, m, code)
			bodies[f.decl] = f.source
			return f.decl
		})
		for _, m := range d.Methods {
			if bodies[m] != "" && detail > 0 {
				d.Bodies = append(d.Bodies, bodies[m])
			}
		}
	}
	return d
}

// ofType is the session's object of a type, which the code that is being written makes anew where it gives it a method; nil for a
// type that this code declares.
func (s *Session) ofType(p *probe, t *types.TypeName, code string) *Object {
	if o := s.types[t]; o != nil || t.Parent() != p.c.pkg.Scope() {
		return o
	}
	if _, here := declared(code, wanted{name: t.Name()}); here {
		return nil
	}
	return s.objects[t.Name()]
}

// declaredMethod is the declaration of a method of a type that cells declare, in the code that is being written or in an earlier cell.
func (s *Session) declaredMethod(t *types.TypeName, o *Object, m *types.Func, code string) found {
	w := wanted{name: m.Name(), owner: t.Name()}
	f, ok := declared(code, w)
	if !ok && o != nil {
		f, _ = declared(s.sourceOf(o, w), w)
	}
	return f
}

// sourceOf is the text of the cell that declares an object, or one of its methods.
func (s *Session) sourceOf(o *Object, w wanted) string {
	switch {
	case o.decl == nil:
		return s.sources[o.Cell]
	case w.owner != "" && o.decl.methods[w.name] != nil:
		return s.sources[o.decl.methods[w.name].cell]
	}
	return s.sources[o.decl.cell]
}

// known describes a name by itself, where the code around it says nothing.
func (s *Session) known(code, name string, detail, off int) (Description, bool) {
	if prev := tokensBefore(code, off); len(prev) > 0 && prev[len(prev)-1].tok == token.PERIOD {
		return Description{}, false
	}
	if o := s.objects[name]; o != nil {
		p := &probe{c: newChecker(s, -1, "", nil)}
		p.c.inserted = map[types.Object]*Object{o.Obj: o}
		return s.describeOwn(p, o.Obj, nil, code, detail), true
	}
	path := importsOf(code)[name]
	if path == "" {
		path = s.packagePath(name)
	}
	for _, p := range s.cat.Named(name) {
		if path == "" && standard(p) {
			path = p
		}
	}
	if path != "" {
		return s.describePackage(path, name), true
	}
	if obj := types.Universe.Lookup(name); obj != nil {
		return s.describeBuiltin(obj, nil), true
	}
	return Description{}, false
}

// objectText is an object as a person would declare it.
func objectText(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Const:
		text := "const " + obj.Name()
		if b, ok := obj.Type().(*types.Basic); !ok || b.Info()&types.IsUntyped == 0 {
			text += " " + types.TypeString(obj.Type(), short)
		}
		return text + " = " + obj.Val().String()
	case *types.Var:
		if obj.IsField() {
			return "field " + obj.Name() + " " + types.TypeString(obj.Type(), short)
		}
		return "var " + obj.Name() + " " + types.TypeString(obj.Type(), short)
	case *types.Func:
		if obj.Signature().Recv() == nil {
			return "func " + obj.Name() + strings.TrimPrefix(types.TypeString(obj.Type(), short), "func")
		}
	}
	return types.ObjectString(obj, short)
}
