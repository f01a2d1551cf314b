package session

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
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
		for _, path := range c.s.cat.Named(name) {
			if standard(path) && c.exports(path, names) {
				found[name] = path
				break
			}
		}
	}
	return found
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

// didYouMean ends a message about an unknown name with the nearest one that is known. next is what follows the name: packages
// are meant only in front of a dot.
func (c *checker) didYouMean(msg string, next byte) string {
	name, ok := strings.CutPrefix(msg, "undefined: ")
	if !ok || strings.Contains(name, " ") {
		return msg
	}
	var known []string
	prefix := ""
	if pkg, member, ok := strings.Cut(name, "."); ok {
		p, err := c.s.cat.Import(c.packages[pkg])
		if err != nil {
			return msg
		}
		prefix, name, known = pkg+".", member, p.Scope().Names()
	} else {
		known = slices.Concat(slices.Collect(maps.Keys(c.s.objects)), slices.Collect(maps.Keys(c.s.predeclared)),
			slices.Collect(maps.Keys(c.s.imports)), slices.Collect(maps.Keys(c.declared)), types.Universe.Names())
		if next == '.' {
			known = append(known, c.s.cat.Names()...)
		}
	}
	slices.Sort(known)
	best, nearest := "", len(name)/3
	for _, k := range known {
		if prefix != "" && !ast.IsExported(k) {
			continue
		}
		if d := distance(name, k); d < nearest || d == nearest && best == "" {
			best, nearest = k, d
		}
	}
	if best == "" || best == name {
		return msg
	}
	return fmt.Sprintf("%s (did you mean %s?)", msg, prefix+best)
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
