package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// here stands at the cursor while code that is being written is looked at.
const here = "cursor__"

// A probe is code that is being written, as far as it can be understood: its tree, the types in it, and one name.
type probe struct {
	c    *checker
	id   *ast.Ident
	path []ast.Node // from the file down to the node that holds id
}

// probe looks at a text and finds a name in it; nil where the text makes no sense or the name stands nowhere.
func (s *Session) probe(text string, is func(*probe, *ast.Ident) bool) (found *probe) {
	// The rounds of a check are made for trees that the parser accepts. This is half a tree, and the answer only an offer.
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	toks, err := scan(text)
	if err != nil {
		return nil
	}
	text += closers(toks)
	chunks, _, err := split(text)
	if err != nil {
		return nil
	}
	c := newChecker(s, -1, text, chunks)
	c.probing = true
	for range maxRounds {
		a, _ := parse(c.n, text, chunks, c.texts(), c.aliases)
		if a.body == nil || a.body.Body == nil {
			return nil
		}
		c.a = a
		if c.sort() {
			continue
		}
		c.check()
		if !c.hoist() {
			break
		}
	}
	p := &probe{c: c}
	var stack []ast.Node
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if id, ok := n.(*ast.Ident); ok && p.id == nil && is(p, id) {
			p.id, p.path = id, slices.Clone(stack)
		}
		stack = append(stack, n)
		return true
	})
	if p.id == nil || c.info == nil {
		return nil
	}
	return p
}

// atCursor finds what stands in the place of code[start:end]: with all of the code around it, with what is before it, or in
// its own line, the first that fits.
func (s *Session) atCursor(code string, start, end int, fits func(*probe) bool) *probe {
	line := strings.LastIndexByte(code[:start], '\n') + 1
	for _, text := range []string{code[:start] + here + code[end:], code[:start] + here, code[line:start] + here} {
		p := s.probe(text+"\n", func(_ *probe, id *ast.Ident) bool { return id.Name == here })
		if p != nil && fits(p) {
			return p
		}
	}
	return nil
}

// parent is the node that holds the name.
func (p *probe) parent() ast.Node { return p.path[len(p.path)-1] }

// selected is the expression before the dot in front of the name, with its type or the package that it names.
func (p *probe) selected() (x ast.Expr, tv types.TypeAndValue, pkg *types.Package) {
	sel, ok := p.parent().(*ast.SelectorExpr)
	if !ok || sel.Sel != p.id {
		return nil, tv, nil
	}
	if id, ok := sel.X.(*ast.Ident); ok {
		if name, ok := p.c.info.Uses[id].(*types.PkgName); ok {
			return sel.X, tv, name.Imported()
		}
	}
	tv = p.c.info.Types[sel.X]
	if tv.Type == types.Typ[types.Invalid] {
		tv.Type = nil
	}
	return sel.X, tv, nil
}

// literal is the struct that the name is an element or a key of: T{name}, T{name: 1}.
func (p *probe) literal() (lit *ast.CompositeLit, st *types.Struct) {
	at := len(p.path) - 1
	if kv, ok := p.path[at].(*ast.KeyValueExpr); ok {
		if kv.Key != ast.Expr(p.id) {
			return nil, nil
		}
		at--
	}
	lit, ok := p.path[at].(*ast.CompositeLit)
	if !ok || lit.Type == ast.Expr(p.id) {
		return nil, nil
	}
	if t := p.typeOf(at); t != nil {
		st, _ = t.Underlying().(*types.Struct)
	}
	return lit, st
}

// typeOf is the type of the literal in the path: written, or elided as in []T{{…}}.
func (p *probe) typeOf(at int) types.Type {
	lit := p.path[at].(*ast.CompositeLit)
	if lit.Type != nil {
		return p.c.info.Types[lit.Type].Type
	}
	at--
	key := false
	if kv, ok := p.path[at].(*ast.KeyValueExpr); ok {
		key = kv.Key == ast.Expr(lit)
		at--
	}
	if _, ok := p.path[at].(*ast.CompositeLit); !ok {
		return nil
	}
	outer := p.typeOf(at)
	if outer == nil {
		return nil
	}
	var t types.Type
	switch u := outer.Underlying().(type) {
	case *types.Slice:
		t = u.Elem()
	case *types.Array:
		t = u.Elem()
	case *types.Map:
		t = u.Elem()
		if key {
			t = u.Key()
		}
	default:
		return nil
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	return t
}

// locals are the names that the code itself declares and that can be used at the name, the innermost of each.
func (p *probe) locals() (list []types.Object) {
	seen := map[string]bool{}
	for sc := p.c.pkg.Scope().Innermost(p.id.Pos()); sc != nil && sc != p.c.pkg.Scope(); sc = sc.Parent() {
		for _, name := range sc.Names() {
			if name == here || name == "_" || seen[name] {
				continue
			}
			if in, obj := sc.LookupParent(name, p.id.Pos()); obj != nil && in == sc {
				seen[name] = true
				list = append(list, obj)
			}
		}
	}
	for _, id := range topIdents(p.c.a.body) { // as a function of the cell sees them
		if obj := p.c.info.Defs[id]; obj != nil && !seen[id.Name] && id.Name != here && p.outsideBody() {
			seen[id.Name] = true
			list = append(list, obj)
		}
	}
	for name := range p.c.declared {
		if obj := p.c.pkg.Scope().Lookup(name); obj != nil && !seen[name] && name != here && name != bodyName {
			list = append(list, obj)
		}
	}
	return list
}

// outsideBody tells whether the name is in a declaration, which sees all of the cell's variables.
func (p *probe) outsideBody() bool { return !slices.Contains(p.path, ast.Node(p.c.a.body)) }

// labels are those of the function around the name.
func (p *probe) labels() (names []string) {
	var body ast.Node
	for _, n := range p.path {
		switch n := n.(type) {
		case *ast.FuncDecl:
			body = n.Body
		case *ast.FuncLit:
			body = n.Body
		}
	}
	if body == nil {
		return nil
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if l, ok := n.(*ast.LabeledStmt); ok {
			names = append(names, l.Label.Name)
		}
		_, inner := n.(*ast.FuncLit)
		return !inner || n.Pos() <= p.id.Pos() && p.id.Pos() < n.End()
	})
	return names
}

// declares tells whether the name is one that the code gives, so that nothing known can stand there.
func (p *probe) declares() bool {
	switch n := p.parent().(type) {
	case *ast.FuncDecl:
		return n.Name == p.id
	case *ast.TypeSpec:
		return n.Name == p.id
	case *ast.ValueSpec:
		return slices.Contains(n.Names, p.id)
	case *ast.Field:
		return slices.Contains(n.Names, p.id)
	case *ast.LabeledStmt:
		return n.Label == p.id
	case *ast.AssignStmt:
		return n.Tok == token.DEFINE && slices.Contains(n.Lhs, ast.Expr(p.id))
	case *ast.RangeStmt:
		return n.Tok == token.DEFINE && (n.Key == ast.Expr(p.id) || n.Value == ast.Expr(p.id))
	case *ast.ImportSpec:
		return true
	}
	return false
}

// closers close the brackets that a piece of code leaves open.
func closers(toks []scanned) string {
	var stack []string
	for _, t := range toks {
		switch t.tok {
		case token.LPAREN:
			stack = append(stack, ")")
		case token.LBRACK:
			stack = append(stack, "]")
		case token.LBRACE:
			stack = append(stack, "\n}")
		case token.RPAREN, token.RBRACE, token.RBRACK:
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	slices.Reverse(stack)
	return strings.Join(stack, "")
}

func isLetter(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func wordStart(code string, at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(code[:at])
		if !isLetter(r) {
			break
		}
		at -= n
	}
	return at
}

func wordEnd(code string, at int) int {
	for at < len(code) {
		r, n := utf8.DecodeRuneInString(code[at:])
		if !isLetter(r) {
			break
		}
		at += n
	}
	return at
}

// inside tells whether an offset lies in a comment or a string, and where that begins.
func inside(code string, off int) (tok token.Token, start int) {
	toks, _ := scanAll(code[:off])
	if len(toks) == 0 {
		return token.ILLEGAL, 0
	}
	last := toks[len(toks)-1]
	if last.tok == token.SEMICOLON && last.lit == "\n" && len(toks) > 1 { // inserted at the end
		last = toks[len(toks)-2]
	}
	if last.off+len(last.lit) != off {
		return token.ILLEGAL, 0
	}
	switch last.tok {
	case token.COMMENT:
		if strings.HasPrefix(last.lit, "//") || len(last.lit) < 4 || !strings.HasSuffix(last.lit, "*/") {
			return last.tok, last.off
		}
	case token.STRING, token.CHAR:
		if q := last.lit[:1]; len(last.lit) < 2 || !strings.HasSuffix(last.lit, q) || q != "`" && escapes(last.lit[:len(last.lit)-1]) {
			return last.tok, last.off
		}
	}
	return token.ILLEGAL, 0
}

// escapes tells whether a backslash at the end takes what follows.
func escapes(s string) bool { return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1 }
