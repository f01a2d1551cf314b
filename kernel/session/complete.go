package session

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Completion lists what may stand in code[Start:End].
type Completion struct {
	Start, End int
	Matches    []Match
	InString   bool // the cursor is in a string that is no import path: nothing of Go can stand there, but a file's name can
}

// Match is one candidate.
type Match struct {
	Text, Kind, Type string

	rank, seq int // what is nearer comes first, then what was declared first
}

// The ranks of names; those of members begin at 0 and grow with the depth that they are promoted from.
const (
	rankField    = iota // of the literal that is being written
	rankLocal           // declared by the code itself
	rankSession         // declared by earlier cells
	rankPackage         // predeclared or imported
	rankBuiltin         //
	rankKeyword         //
	rankImported        // packages that would be imported
)

// rankPrivate puts unexported members behind all others.
const rankPrivate = 1000

// Complete lists what may stand at the cursor: after a dot the fields, methods and exported names of what is before it; in a
// struct literal its fields; after import the packages; after break, continue and goto the labels; else the names that can be
// used there, the keywords that fit, and packages that would be imported.
func (s *Session) Complete(code string, cursor int) Completion {
	cursor = min(max(cursor, 0), len(code))
	start, end := wordStart(code, cursor), wordEnd(code, cursor)
	c := Completion{Start: start, End: end}
	before := tokensBefore(code, start)
	switch tok, from := inside(code, cursor); {
	case tok == token.STRING && imports(tokensBefore(code, from)):
		c.Start, c.End = from+1, pathEnd(code, cursor)
		c.Matches = s.paths("", "")
		return c.filtered(code[from+1:cursor], true)
	case tok == token.STRING:
		return Completion{Start: start, End: cursor, InString: true}
	case tok != token.ILLEGAL, start < cursor && code[start] >= '0' && code[start] <= '9':
		return Completion{Start: cursor, End: cursor}
	}
	prev := token.SEMICOLON
	if n := len(before); n > 0 {
		prev = before[n-1].tok
	}
	switch {
	case prev == token.PERIOD:
		c.Matches = s.members(code, start, end)
	case imports(before) && (prev == token.IMPORT || prev == token.LPAREN || prev == token.SEMICOLON):
		c.Matches = s.paths(`"`, `"`)
		return c.filtered(`"`+code[start:cursor], true)
	case prev == token.FUNC, prev == token.TYPE, prev == token.VAR, prev == token.CONST: // a name that the code gives
	case prev == token.PACKAGE:
		c.Matches = []Match{{Text: "main", Kind: "module"}}
	default:
		c.Matches = s.names(code, start, end, prev)
	}
	return c.filtered(code[start:cursor], false)
}

// filtered keeps what begins with prefix, in whatever case, and puts it in order: what begins with it exactly first, then by
// rank. A path also matches at each of its elements.
func (c Completion) filtered(prefix string, paths bool) Completion {
	low := strings.ToLower(prefix)
	c.Matches = slices.DeleteFunc(c.Matches, func(m Match) bool {
		text := strings.ToLower(m.Text)
		return !strings.HasPrefix(text, low) && !(paths && strings.Contains(text, "/"+strings.TrimPrefix(low, `"`)))
	})
	slices.SortFunc(c.Matches, func(a, b Match) int {
		return cmp.Or(
			-order(strings.HasPrefix(a.Text, prefix), strings.HasPrefix(b.Text, prefix)),
			-order(strings.HasPrefix(strings.ToLower(a.Text), low), strings.HasPrefix(strings.ToLower(b.Text), low)),
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.seq, b.seq),
			strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)),
			strings.Compare(a.Text, b.Text),
		)
	})
	seen := map[string]bool{}
	c.Matches = slices.DeleteFunc(c.Matches, func(m Match) bool {
		twice := seen[strings.TrimSuffix(m.Text, ": ")]
		seen[strings.TrimSuffix(m.Text, ": ")] = true
		return twice
	})
	return c
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// tokensBefore are the tokens before an offset, without the semicolon that the end would bring.
func tokensBefore(code string, off int) []scanned {
	toks, _ := scan(code[:off])
	if n := len(toks); n > 0 && toks[n-1].lit == "\n" && toks[n-1].off == off {
		toks = toks[:n-1]
	}
	return toks
}

// imports tells whether the tokens end in an import declaration.
func imports(toks []scanned) bool {
	for i := len(toks) - 1; i >= 0; i-- {
		switch toks[i].tok {
		case token.IMPORT:
			return true
		case token.SEMICOLON:
			if toks[i].lit == ";" {
				return false
			}
			open := false // a line of a group
			for j := i; j > 0 && !open; j-- {
				if toks[j].tok == token.RPAREN {
					return false
				}
				open = toks[j].tok == token.LPAREN && toks[j-1].tok == token.IMPORT
			}
			return open
		case token.STRING, token.LPAREN, token.IDENT, token.PERIOD:
		default:
			return false
		}
	}
	return false
}

// pathEnd is where an import path ends that the cursor is in.
func pathEnd(code string, cursor int) int {
	if i := strings.IndexAny(code[cursor:], "\"`\n"); i >= 0 && code[cursor+i] != '\n' {
		return cursor + i
	}
	return cursor
}

func (s *Session) paths(open, closing string) (ms []Match) {
	for _, path := range s.cat.Paths() {
		m := Match{Text: open + path + closing, Kind: "module", rank: 1}
		if standard(path) {
			m.rank = 0
		}
		ms = append(ms, m)
	}
	return ms
}

// members are what can be selected from the expression before the dot.
func (s *Session) members(code string, start, end int) (ms []Match) {
	p := s.atCursor(code, start, end, func(p *probe) bool {
		x, tv, pkg := p.selected()
		if x == nil || tv.Type == nil && pkg == nil {
			_, bare := x.(*ast.Ident)
			return bare && s.unimported(p, x) != ""
		}
		return true
	})
	if p == nil {
		return nil
	}
	x, tv, pkg := p.selected()
	switch {
	case pkg != nil:
		return s.exported(pkg.Path())
	case tv.Type != nil:
		ms = membersOf(tv.Type, tv.IsType())
		for i := range ms {
			if !ast.IsExported(ms[i].Text) {
				ms[i].rank += rankPrivate
			}
		}
		return ms
	}
	return s.exported(s.unimported(p, x))
}

// unimported is the package that an unknown name before a dot would import, or "".
func (s *Session) unimported(p *probe, x ast.Expr) string {
	id, ok := x.(*ast.Ident)
	if !ok || p.c.info.Uses[id] != nil {
		return ""
	}
	if path := s.packagePath(id.Name); path != "" {
		return path
	}
	for _, path := range s.cat.Named(id.Name) {
		if standard(path) {
			return path
		}
	}
	return ""
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
	for _, sp := range importSpecs(code) {
		path := strings.Trim(sp.Path.Value, "`\"")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if sp.Name != nil {
			name = sp.Name.Name
		}
		found[name] = path
	}
	return found
}

// BlankImports are the paths that a cell imports for their effect alone.
func BlankImports(code string) (paths []string) {
	for _, sp := range importSpecs(code) {
		if sp.Name != nil && sp.Name.Name == "_" {
			paths = append(paths, strings.Trim(sp.Path.Value, "`\""))
		}
	}
	return paths
}

func importSpecs(code string) (specs []*ast.ImportSpec) {
	if !strings.Contains(code, "import") {
		return nil
	}
	chunks, _, err := split(code)
	if err != nil {
		return nil
	}
	for _, c := range chunks {
		if c.kind != importChunk {
			continue
		}
		if f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+code[c.start:c.end], parser.ImportsOnly); err == nil {
			specs = append(specs, f.Imports...)
		}
	}
	return specs
}

// Imports are the paths that a cell imports.
func Imports(code string) (paths []string) {
	for _, sp := range importSpecs(code) {
		paths = append(paths, strings.Trim(sp.Path.Value, "`\""))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
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
	case *types.Nil:
		m.Kind, m.Type = "constant", ""
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

// names lists what may stand where a name begins.
func (s *Session) names(code string, start, end int, prev token.Token) (ms []Match) {
	p := s.atCursor(code, start, end, func(*probe) bool { return true })
	if p != nil {
		if b, ok := p.parent().(*ast.BranchStmt); ok && b.Label == p.id {
			for _, l := range p.labels() {
				ms = append(ms, Match{Text: l, Kind: "label"})
			}
			return ms
		}
		if p.declares() {
			return nil
		}
		ms = p.fields(code, end)
		for _, obj := range p.locals() {
			m := match(obj)
			m.rank = rankLocal
			ms = append(ms, m)
		}
	} else {
		ms = written(code)
	}
	for _, o := range s.Objects() {
		if o.Stale == "" {
			m := match(o.Obj)
			m.rank = rankSession
			ms = append(ms, m)
		}
	}
	for _, names := range []map[string]string{importsOf(code), s.imports, s.predeclared} {
		for name, path := range names {
			ms = append(ms, Match{Text: name, Kind: "module", Type: path, rank: rankPackage})
		}
	}
	for _, name := range types.Universe.Names() {
		m := match(types.Universe.Lookup(name))
		m.rank = rankBuiltin
		ms = append(ms, m)
	}
	for _, k := range keywordsAfter(prev) {
		ms = append(ms, Match{Text: k.String(), Kind: "keyword", rank: rankKeyword})
	}
	if start < end {
		ms = append(ms, s.importable()...)
	}
	return ms
}

// importable are the packages of the standard library, which are imported when a cell uses them.
func (s *Session) importable() (ms []Match) {
	for _, path := range s.cat.Paths() {
		if standard(path) {
			name := s.cat.Name(path)
			if named := s.cat.Named(name); len(named) > 0 && named[0] == path {
				ms = append(ms, Match{Text: name, Kind: "module", Type: path, rank: rankImported})
			}
		}
	}
	return ms
}

// fields are those of the struct literal that the name is an element of, as long as it has keys and has not set them.
func (p *probe) fields(code string, end int) (ms []Match) {
	lit, st := p.literal()
	if st == nil {
		return nil
	}
	set := map[string]bool{}
	for _, x := range lit.Elts {
		kv, keyed := x.(*ast.KeyValueExpr)
		if !keyed {
			if x != ast.Expr(p.id) {
				return nil
			}
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok {
			set[id.Name] = true
		}
	}
	colon := ": "
	if strings.HasPrefix(strings.TrimLeft(code[end:], " \t"), ":") {
		colon = ""
	}
	for i := range st.NumFields() {
		if f := st.Field(i); visible(f) && f.Name() != "_" && !set[f.Name()] {
			m := match(f)
			m.seq = i
			if !f.Exported() {
				m.seq += st.NumFields()
			}
			m.Text += colon
			ms = append(ms, m)
		}
	}
	return ms
}

// written are the names that code declares which does not parse at all.
func written(code string) (ms []Match) {
	toks, _ := scan(code)
	for i, t := range toks {
		if t.tok != token.IDENT || len(t.lit) < 2 {
			continue
		}
		switch {
		case i > 0 && toks[i-1].tok == token.FUNC:
			ms = append(ms, Match{Text: t.lit, Kind: "function", rank: rankLocal})
		case i > 0 && toks[i-1].tok == token.TYPE:
			ms = append(ms, Match{Text: t.lit, Kind: "type", rank: rankLocal})
		case i > 0 && (toks[i-1].tok == token.VAR || toks[i-1].tok == token.CONST),
			i+1 < len(toks) && (toks[i+1].tok == token.DEFINE || toks[i+1].tok == token.COMMA):
			ms = append(ms, Match{Text: t.lit, Kind: "variable", rank: rankLocal})
		}
	}
	return ms
}
