package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// typeOf finds the type of expr at the end of the code before: in the session, or among what the cell has declared so far.
func (s *Session) typeOf(before, expr string) (t types.Type, isType bool) {
	before = strings.TrimSuffix(before, expr)
	c := newChecker(s, -1, "", nil)
	for _, text := range []string{before + "\n", ""} {
		text += "_ = " + expr + "\n"
		if toks, err := scan(text); err == nil {
			text += closers(toks)
		}
		chunks, _, err := split(text)
		if err != nil {
			continue
		}
		c.src, c.chunks = text, chunks
		a, err := assemble(c.n, text, chunks, nil, nil)
		if err != nil {
			continue
		}
		c.a = a
		c.sort()
		c.check()
		var found ast.Expr
		ast.Inspect(a.file, func(n ast.Node) bool {
			if as, ok := n.(*ast.AssignStmt); ok && len(as.Lhs) == 1 && len(as.Rhs) == 1 {
				if id, ok := as.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
					found = as.Rhs[0]
				}
			}
			return true
		})
		if found == nil {
			continue
		}
		if tv := c.info.Types[found]; tv.Type != nil && tv.Type != types.Typ[types.Invalid] {
			return tv.Type, tv.IsType()
		}
	}
	return nil, false
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
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	slices.Reverse(stack)
	return strings.Join(stack, "")
}

func membersOf(t types.Type, isType bool) (ms []Match) {
	visible := func(obj types.Object) bool {
		return obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == "main"
	}
	set := types.NewMethodSet(t)
	if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) {
		set = types.NewMethodSet(types.NewPointer(t)) // a variable is addressable
	}
	for sel := range set.Methods() {
		if visible(sel.Obj()) {
			ms = append(ms, match(sel.Obj()))
		}
	}
	if isType {
		return ms
	}
	seen := map[types.Type]bool{}
	var fields func(t types.Type)
	fields = func(t types.Type) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for f := range st.Fields() {
			if visible(f) {
				ms = append(ms, match(f))
			}
		}
		for f := range st.Fields() {
			if f.Embedded() {
				fields(f.Type())
			}
		}
	}
	fields(t)
	return ms
}

// PackagesOf are the packages that a piece of code uses by a name that it does not import: name → import path.
func (s *Session) PackagesOf(code string) map[string]string {
	found := map[string]string{}
	toks, _ := scan(code)
	for i, t := range toks {
		if t.tok != token.IDENT || i+1 >= len(toks) || toks[i+1].tok != token.PERIOD || i > 0 && toks[i-1].tok == token.PERIOD {
			continue
		}
		if path := s.packagePath(t.lit); path != "" {
			found[t.lit] = path
		}
	}
	return found
}
