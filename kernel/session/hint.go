package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"joule/kernel/catalog"
)

// autoImports finds package names that the text uses without import, x.Name where nothing is called x, and a package of the
// standard library that exports all the names asked for: the shortest path among several, as goimports would take it.
func (c *checker) autoImports() map[string]string {
	asked := map[string]map[string]bool{}
	declared := map[string]bool{}
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok {
				if asked[id.Name] == nil {
					asked[id.Name] = map[string]bool{}
				}
				asked[id.Name][n.Sel.Name] = true
			}
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				if id, ok := x.(*ast.Ident); ok {
					declared[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				declared[id.Name] = true
			}
		case *ast.Field:
			for _, id := range n.Names {
				declared[id.Name] = true
			}
		case *ast.RangeStmt:
			for _, x := range []ast.Expr{n.Key, n.Value} {
				if id, ok := x.(*ast.Ident); ok {
					declared[id.Name] = true
				}
			}
		}
		return true
	})
	own := c.importNames()
	found := map[string]string{}
	for name, names := range asked {
		if declared[name] || own[name] || c.declared[name] || c.s.objects[name] != nil || c.s.packagePath(name) != "" {
			continue
		}
		near := ""
		for _, path := range c.s.cat.Named(name) {
			if !standard(path) {
				continue
			}
			if c.exports(path, names) {
				found[name] = path
				break
			}
			if near == "" && c.nearly(path, names) {
				near = path
			}
		}
		if found[name] == "" && near != "" {
			found[name] = near // the type checker says which name is wrong
		}
	}
	return found
}

// nearly tells whether a package exports all names or something like them.
func (c *checker) nearly(path string, names map[string]bool) bool {
	p, err := c.s.cat.Import(path)
	if err != nil {
		return false
	}
	known := slices.DeleteFunc(p.Scope().Names(), func(n string) bool { return !ast.IsExported(n) })
	for name := range names {
		if !slices.Contains(known, name) && suggestion(name, known, "") == "" {
			return false
		}
	}
	return true
}

// standard tells the standard library's paths: their first element has no dot, and it is not ours.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != "joule"
}

func (c *checker) exports(path string, names map[string]bool) bool {
	p, err := c.s.cat.Import(path)
	if err != nil {
		return false
	}
	for name := range names {
		if obj := p.Scope().Lookup(name); obj == nil || !obj.Exported() {
			return false
		}
	}
	return true
}

// explain ends a message of the type checker with what was probably meant.
func (c *checker) explain(te types.Error) string {
	msg := te.Msg
	if said, hint := c.importHint(msg); said != "" {
		return said + hint
	}
	id, path := c.identAt(te.Pos)
	switch {
	case strings.HasPrefix(msg, "undefined: "):
		return msg + c.undefinedHint(strings.TrimPrefix(msg, "undefined: "), c.after(te), id, path)
	case strings.Contains(msg, " not exported by package "), strings.HasPrefix(msg, "name ") && strings.Contains(msg, "not exported"):
		if sel, ok := last(path).(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				return "undefined: " + x.Name + "." + sel.Sel.Name + c.undefinedHint(x.Name+"."+sel.Sel.Name, 0, id, path)
			}
		}
	case strings.Contains(msg, "has no field or method ") && !strings.Contains(msg, "but does have"):
		if sel, ok := last(path).(*ast.SelectorExpr); ok && sel.Sel == id {
			return msg + memberHint(c.info.Types[sel.X], types.ExprString(sel.X), id.Name)
		}
	case strings.HasPrefix(msg, "unknown field "):
		for i := len(path) - 1; i >= 0; i-- {
			if _, ok := path[i].(*ast.CompositeLit); ok {
				p := &probe{c: c, id: id, path: path}
				if t := p.typeOf(i); t != nil && id != nil {
					return msg + suggestion(id.Name, texts(fieldsOf(t)), "")
				}
				break
			}
		}
	case strings.HasPrefix(msg, "cannot indirect"), strings.HasPrefix(msg, "invalid operation: cannot indirect"):
		return foreign(c.s.position(c.a.fset, te.Pos, c.n, c.src, msg)).Message
	case strings.HasPrefix(msg, "too many return values") && c.inStatements(te.Pos):
		return "a value can be returned from a function only: the last expression of a cell is shown without return"
	case strings.HasPrefix(msg, "cannot assign to ") && strings.Contains(msg, "neither addressable"):
		if x, ok := c.indexedAt(te.Pos); ok && isString(c.info.Types[x].Type) {
			return msg + " (a string cannot be changed: change a []byte or []rune made of it)"
		}
	}
	return msg
}

func last(path []ast.Node) ast.Node {
	if len(path) == 0 {
		return nil
	}
	return path[len(path)-1]
}

func texts(ms []Match) (names []string) {
	for _, m := range ms {
		names = append(names, m.Text)
	}
	return names
}

// identAt is the identifier at a place, with the nodes that it is in.
func (c *checker) identAt(pos token.Pos) (id *ast.Ident, path []ast.Node) {
	var stack []ast.Node
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if x, ok := n.(*ast.Ident); ok && x.Pos() == pos {
			id, path = x, slices.Clone(stack)
		}
		stack = append(stack, n)
		return true
	})
	return id, path
}

// inStatements tells whether a place is in a statement of the cell itself and in no function.
func (c *checker) inStatements(pos token.Pos) bool {
	in := false
	ast.Inspect(c.a.body.Body, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		in = true
		if f, ok := n.(*ast.FuncLit); ok && pos >= f.Body.Pos() {
			in = false
			return false
		}
		return in
	})
	return in
}

// indexedAt is the x of an x[i] that begins at a place.
func (c *checker) indexedAt(pos token.Pos) (x ast.Expr, ok bool) {
	ast.Inspect(c.a.file, func(n ast.Node) bool {
		if ix, is := n.(*ast.IndexExpr); is && ix.Pos() == pos {
			x, ok = ix.X, true
		}
		return true
	})
	return x, ok
}

func isString(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// importHint says of an import that fails what the person can do.
func (c *checker) importHint(msg string) (said, hint string) {
	rest, ok := strings.CutPrefix(msg, "could not import ")
	if !ok || !strings.Contains(rest, catalog.ErrUnknown.Error()) {
		return "", ""
	}
	path, _, _ := strings.Cut(rest, " ")
	if !standard(path) {
		return "could not import " + path + ": there is no such package", ""
	}
	return fmt.Sprintf("there is no package %q", path), suggestion(path, slices.DeleteFunc(c.s.cat.Paths(), func(p string) bool { return !standard(p) }), "")
}

// undefinedHint is about an unknown name. next is what follows it: packages are meant only in front of a dot.
func (c *checker) undefinedHint(name string, next byte, id *ast.Ident, path []ast.Node) string {
	if strings.Contains(name, " ") {
		return ""
	}
	if pkg, member, ok := strings.Cut(name, "."); ok {
		p, err := c.s.cat.Import(c.packages[pkg])
		if err != nil {
			return ""
		}
		return suggestion(member, slices.DeleteFunc(p.Scope().Names(), func(n string) bool { return !ast.IsExported(n) }), pkg+".")
	}
	known := slices.Concat(slices.Collect(maps.Keys(c.s.objects)), slices.Collect(maps.Keys(c.s.predeclared)),
		slices.Collect(maps.Keys(c.s.imports)), slices.Collect(maps.Keys(c.declared)))
	if id != nil {
		known = append(known, c.namesAt(id.Pos())...)
	}
	if sel, ok := last(path).(*ast.SelectorExpr); ok && next == '.' {
		if hint := c.packageHint(name, sel.Sel.Name); hint != "" {
			return hint
		}
	} else {
		known = append(known, types.Universe.Names()...)
	}
	if hint := suggestion(name, known, ""); hint != "" {
		return hint
	}
	switch name {
	case "None", "null", "NULL", "nullptr", "undefined", "Nil":
		return " (did you mean nil?)"
	case "self", "this":
		return " (a method names its receiver: func (x T) Method() { … })"
	}
	switch n := last(path).(type) {
	case *ast.AssignStmt:
		if n.Tok == token.ASSIGN && slices.Contains(n.Lhs, ast.Expr(id)) {
			return fmt.Sprintf(" (%s := … declares it)", name)
		}
	case *ast.Field:
		if len(path) < 3 || ast.Expr(id) != n.Type {
			break
		}
		if f, ok := path[len(path)-3].(*ast.FuncType); !ok || f.Params != path[len(path)-2] {
			break
		}
		if len(n.Names) == 0 {
			return fmt.Sprintf(" (a parameter is written with its type: %s int)", name)
		}
		if types.Universe.Lookup(n.Names[0].Name) != nil {
			return fmt.Sprintf(" (the name comes before the type: %s %s)", name, n.Names[0].Name)
		}
	}
	return ""
}

// packageHint is about a name before a dot that is nearly a package which exports the name after the dot.
func (c *checker) packageHint(name, member string) string {
	best, nearest := "", max(2, len(name)/3)+1
	for _, path := range c.s.cat.Paths() {
		known := c.s.cat.Name(path)
		if d := distance(name, known); d < nearest && d < len(name)-1 && standard(path) && c.exports(path, map[string]bool{member: true}) {
			best, nearest = known, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// namesAt are the names of the cell that can be seen at a place.
func (c *checker) namesAt(pos token.Pos) (names []string) {
	for sc := c.pkg.Scope().Innermost(pos); sc != nil && sc != c.pkg.Scope(); sc = sc.Parent() {
		names = append(names, sc.Names()...)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "_" })
}

// memberHint is about a field or method that a type does not have.
func memberHint(x types.TypeAndValue, text, name string) string {
	if x.Type == nil {
		return ""
	}
	if hint := suggestion(name, texts(membersOf(x.Type, x.IsType())), text+"."); hint != "" {
		return hint
	}
	kind := ""
	switch t := x.Type.Underlying().(type) {
	case *types.Slice, *types.Array:
		kind = "slice"
	case *types.Map:
		kind = "map"
	case *types.Basic:
		if t.Info()&types.IsString != 0 {
			kind = "string"
		}
	}
	if kind == "" {
		return ""
	}
	call := builtinsFor[kind][strings.ToLower(name)]
	if call == "" {
		call = builtinsFor["any"][strings.ToLower(name)]
	}
	if call == "" {
		return ""
	}
	return fmt.Sprintf(" (in Go it is %s)", strings.ReplaceAll(call, "$", text))
}

// builtinsFor is what Go has for methods that strings, slices and maps have elsewhere; $ stands for the value.
var builtinsFor = map[string]map[string]string{
	"any": {"len": "len($)", "length": "len($)", "size": "len($)", "count": "len($)"},
	"slice": {
		"append": "$ = append($, x)", "push": "$ = append($, x)", "extend": "$ = append($, xs...)", "sort": "slices.Sort($)",
		"reverse": "slices.Reverse($)", "contains": "slices.Contains($, x)", "includes": "slices.Contains($, x)", "index": "slices.Index($, x)",
		"indexof": "slices.Index($, x)", "join": "strings.Join($, sep)", "copy": "slices.Clone($)", "insert": "$ = slices.Insert($, i, x)",
		"pop": "$ = $[:len($)-1]", "remove": "$ = slices.Delete($, i, j)", "max": "slices.Max($)", "min": "slices.Min($)",
	},
	"map": {
		"keys": "maps.Keys($)", "values": "maps.Values($)", "items": "for k, v := range $", "get": "v, ok := $[key]", "pop": "delete($, key)",
		"contains": "_, ok := $[key]", "has": "_, ok := $[key]", "clear": "clear($)", "copy": "maps.Clone($)", "delete": "delete($, key)", "remove": "delete($, key)",
	},
	"string": {
		"upper": "strings.ToUpper($)", "toupper": "strings.ToUpper($)", "touppercase": "strings.ToUpper($)", "lower": "strings.ToLower($)",
		"tolower": "strings.ToLower($)", "tolowercase": "strings.ToLower($)", "split": "strings.Split($, sep)", "strip": "strings.TrimSpace($)",
		"trim": "strings.TrimSpace($)", "replace": "strings.ReplaceAll($, old, new)", "startswith": "strings.HasPrefix($, prefix)",
		"endswith": "strings.HasSuffix($, suffix)", "contains": "strings.Contains($, part)", "includes": "strings.Contains($, part)",
		"find": "strings.Index($, part)", "index": "strings.Index($, part)", "indexof": "strings.Index($, part)",
		"format": "fmt.Sprintf(…)", "join": "strings.Join(parts, $)",
	},
}

// suggestion is the nearest of the known names, as the end of a message; "" where none is near.
func suggestion(name string, known []string, prefix string) string {
	slices.Sort(known)
	best, nearest := "", max(len([]rune(name))/3, 1)
	if len([]rune(name)) < 3 {
		nearest = 0
	}
	for _, k := range known {
		if d := distance(name, k); d < nearest || d == nearest && (best == "" || alikeUpTo(name, k) > alikeUpTo(name, best)) {
			best, nearest = k, d
		}
	}
	if best == "" || best == name {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", prefix+best)
}

// alikeUpTo is how many bytes two names have in common from their beginning.
func alikeUpTo(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// after is the byte that follows the name at an error.
func (c *checker) after(te types.Error) byte {
	p := c.a.fset.Position(te.Pos)
	if cellOf(p.Filename, c.n) != c.n {
		return 0
	}
	for i := offset(c.src, p.Line, p.Column); i < len(c.src); i++ {
		if b := c.src[i]; b != '_' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') && b < 0x80 {
			return b
		}
	}
	return 0
}

// distance is the number of letters to insert, delete, replace or swap that makes b of a; case counts nothing.
func distance(a, b string) int {
	s, t := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			d := rows[i-1][j-1]
			if s[i-1] != t[j-1] {
				d++
			}
			d = min(d, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(s)][len(t)]
}
