package session

import (
	"go/ast"
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
	c.Matches = slices.DeleteFunc(c.Matches, func(m Match) bool { return !strings.HasPrefix(strings.ToLower(m.Text), strings.ToLower(prefix)) })
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

// typeOf finds the type of expr at the end of the code before: in the session, or among what the cell has declared so far.
func (s *Session) typeOf(before, expr string) (t types.Type, isType bool) {
	before = strings.TrimSuffix(before, expr)
	c := &checker{s: s, n: -1, src: "", hoisted: map[string]string{}, aliases: map[string]string{}, keyed: map[string][]string{}, broken: map[string]string{}, own: map[string]map[string]bool{}}
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

// Describe says what the name at the cursor is.
func (s *Session) Describe(code string, cursor int) (string, bool) {
	cursor = min(max(cursor, 0), len(code))
	start, end := wordStart(code, cursor), cursor
	for end < len(code) {
		r, n := utf8.DecodeRuneInString(code[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		end += n
	}
	name := code[start:end]
	if name == "" {
		return "", false
	}
	if start > 0 && code[start-1] == '.' {
		for _, m := range s.members(code, start-1) {
			if m.Text == name {
				return m.Kind + " " + m.Text + " " + m.Type, true
			}
		}
		return "", false
	}
	if o := s.objects[name]; o != nil {
		text := types.ObjectString(o.Obj, short)
		if o.Stale != "" {
			text += "\n" + o.Stale
		}
		return text, true
	}
	if path := s.packagePath(name); path != "" {
		return "package " + name + " // import \"" + path + "\"", true
	}
	if obj := types.Universe.Lookup(name); obj != nil {
		return types.ObjectString(obj, short), true
	}
	return "", false
}

// Completeness says whether code can run as it stands ("complete"), wants more lines ("incomplete", with the indentation of the
// next), or cannot become right ("invalid").
func Completeness(code string) (status, indent string) {
	_, open, err := split(code)
	if err != nil {
		if strings.Contains(err.Error(), "not terminated") && (strings.Contains(err.Error(), "comment") || strings.Contains(err.Error(), "raw string")) {
			return "incomplete", ""
		}
		return "invalid", ""
	}
	if open > 0 {
		toks, _ := scan(code)
		return "incomplete", strings.Repeat("\t", strings.Count(closers(toks), "}"))
	}
	chunks, _, _ := split(code)
	if _, err := assemble(1, code, chunks, nil, nil); err != nil {
		if toks, _ := scan(code); len(toks) > 0 && !strings.HasSuffix(code, "\n\n") {
			switch last := toks[len(toks)-1].tok; {
			case last.IsOperator() && last != token.RPAREN && last != token.RBRACE && last != token.RBRACK && last != token.SEMICOLON && last != token.INC && last != token.DEC:
				return "incomplete", ""
			}
		}
		return "invalid", ""
	}
	return "complete", ""
}
