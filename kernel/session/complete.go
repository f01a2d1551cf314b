package session

import (
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Completion lists what may stand in code[Start:End].
type Completion struct {
	Start, End int
	Matches    []Match
}

// Match is one candidate.
type Match struct{ Text, Kind, Type string }

// Complete lists what may follow: the names of the session and the cell, or the fields, methods and exported names of what
// stands before a dot.
func (s *Session) Complete(code string, cursor int) Completion {
	cursor = min(max(cursor, 0), len(code))
	start := wordStart(code, cursor)
	prefix := code[start:cursor]
	c := Completion{Start: start, End: cursor}
	if start > 0 && code[start-1] == '.' {
		c.Matches = s.members(code, start-1)
	} else {
		c.Matches = s.scope(code)
	}
	c.Matches = slices.DeleteFunc(c.Matches, func(m Match) bool {
		return !strings.HasPrefix(strings.ToLower(m.Text), strings.ToLower(prefix))
	})
	slices.SortFunc(c.Matches, func(a, b Match) int {
		if x, y := strings.HasPrefix(a.Text, prefix), strings.HasPrefix(b.Text, prefix); x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Text, b.Text)
	})
	c.Matches = slices.CompactFunc(c.Matches, func(a, b Match) bool { return a.Text == b.Text })
	return c
}

func wordStart(code string, at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(code[:at])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		at -= n
	}
	return at
}

// operand is the expression that ends before a dot: names, calls, indexes and parentheses.
func operand(code string, dot int) string {
	i := dot
	for i > 0 {
		switch c := code[i-1]; {
		case c == ')' || c == ']' || c == '}':
			open := matching(code, i-1)
			if open < 0 {
				return ""
			}
			i = open
		case c == '.':
			i--
		case c == '"' || c == '`':
			j := strings.LastIndexByte(code[:i-1], c)
			if j < 0 {
				return ""
			}
			i = j
		default:
			w := wordStart(code, i)
			if w == i {
				return strings.TrimSpace(code[i:dot])
			}
			i = w
		}
	}
	return strings.TrimSpace(code[i:dot])
}

func matching(code string, closing int) int {
	depth := 0
	for i := closing; i >= 0; i-- {
		switch code[i] {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// members are what can be selected from the expression before the dot.
func (s *Session) members(code string, dot int) []Match {
	expr := operand(code, dot)
	if expr == "" {
		return nil
	}
	if path := s.packagePath(expr); path != "" && s.objects[expr] == nil {
		return s.exported(path)
	}
	for name, path := range importsOf(code) {
		if name == expr || name == "" && strings.HasSuffix(path, expr) {
			return s.exported(path)
		}
	}
	t, isType := s.typeOf(code[:dot], expr)
	if t == nil {
		return nil
	}
	return membersOf(t, isType)
}

func (s *Session) exported(path string) (ms []Match) {
	p, err := s.cat.Import(path)
	if err != nil {
		return nil
	}
	for _, name := range p.Scope().Names() {
		if obj := p.Scope().Lookup(name); obj.Exported() {
			ms = append(ms, match(obj))
		}
	}
	return ms
}

func importsOf(code string) map[string]string {
	found := map[string]string{}
	chunks, _, err := split(code)
	if err != nil {
		return found
	}
	for _, c := range chunks {
		if c.kind != importChunk {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+code[c.start:c.end], parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, sp := range f.Imports {
			path := strings.Trim(sp.Path.Value, "`\"")
			name := path[strings.LastIndexByte(path, '/')+1:]
			if sp.Name != nil {
				name = sp.Name.Name
			}
			found[name] = path
		}
	}
	return found
}

// Imports are the paths that a cell imports.
func Imports(code string) (paths []string) {
	for _, path := range importsOf(code) {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

func match(obj types.Object) Match {
	m := Match{Text: obj.Name(), Type: types.TypeString(obj.Type(), short)}
	switch obj := obj.(type) {
	case *types.Func:
		m.Kind, m.Type = "function", strings.TrimPrefix(m.Type, "func")
		if obj.Signature().Recv() != nil {
			m.Kind = "method"
		}
	case *types.TypeName:
		m.Kind = "type"
	case *types.Const:
		m.Kind = "constant"
	case *types.Var:
		m.Kind = "variable"
		if obj.IsField() {
			m.Kind = "field"
		}
	case *types.PkgName:
		m.Kind, m.Type = "module", obj.Imported().Path()
	case *types.Builtin:
		m.Kind, m.Type = "function", ""
	}
	return m
}

// short writes types as a person does: without the session's package and with package names only.
func short(p *types.Package) string {
	if p.Path() == "main" {
		return ""
	}
	return p.Name()
}

// scope lists the names that a cell can use, and those that it declares.
func (s *Session) scope(code string) (ms []Match) {
	for _, o := range s.Objects() {
		if o.Stale == "" {
			ms = append(ms, match(o.Obj))
		}
	}
	for _, names := range []map[string]string{s.predeclared, s.imports, importsOf(code)} {
		for name, path := range names {
			ms = append(ms, Match{name, "module", path})
		}
	}
	for _, name := range types.Universe.Names() {
		ms = append(ms, match(types.Universe.Lookup(name)))
	}
	for t := token.BREAK; t <= token.VAR; t++ {
		ms = append(ms, Match{t.String(), "keyword", ""})
	}
	// The cell's own names, whether or not it parses yet.
	toks, _ := scan(code)
	for i, t := range toks {
		if t.tok != token.IDENT || len(t.lit) < 2 {
			continue
		}
		switch {
		case i > 0 && toks[i-1].tok == token.FUNC:
			ms = append(ms, Match{t.lit, "function", ""})
		case i > 0 && toks[i-1].tok == token.TYPE:
			ms = append(ms, Match{t.lit, "type", ""})
		case i > 0 && (toks[i-1].tok == token.VAR || toks[i-1].tok == token.CONST),
			i+1 < len(toks) && (toks[i+1].tok == token.DEFINE || toks[i+1].tok == token.COMMA):
			ms = append(ms, Match{t.lit, "variable", ""})
		}
	}
	return ms
}
