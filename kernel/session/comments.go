package session

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// wanted is a name whose declaration is looked for in a text.
type wanted struct {
	name      string
	owner     string // the type that it is a field or a method of
	line, col int    // where it is declared; 0 for anywhere, which finds the last one at the top level
}

// found is a declaration in a text.
type found struct {
	decl   string // of functions, without the body, and types; "" for what its type says as well
	doc    string // the comment above it, or behind it on its line
	source string // all of it with the comment
}

// declared finds the declaration of a name in a cell, or in a declaration that a catalog keeps.
func declared(src string, w wanted) (f found, ok bool) {
	chunks, _, err := split(src)
	if err != nil {
		return f, false
	}
	end := 0
	for _, c := range chunks {
		from := end // after the line on which the last one ended, so that its comment is not taken for this one's
		if i := strings.IndexByte(src[from:c.start], '\n'); end > 0 && i >= 0 {
			from += i
		} else if end > 0 {
			from = c.start
		}
		end = c.end
		to := end
		if i := strings.IndexByte(src[end:], '\n'); i >= 0 {
			to += i
		} else {
			to = len(src)
		}
		head, tail := "package p\n", ""
		switch c.kind {
		case stmtChunk:
			head, tail = "package p\nfunc _(){\n", "\n}"
		case declChunk:
		default:
			continue
		}
		text := src[from:to]
		if strings.TrimRight(src[c.end:to], " \t\r;") != "" && !strings.HasPrefix(strings.TrimLeft(src[c.end:to], " \t\r;"), "//") {
			text = src[from:c.end] // another statement on the line
		}
		if !strings.Contains(text, w.name) {
			continue
		}
		file, fset := reread(head, text, tail)
		if file == nil {
			continue
		}
		l := looker{file: file, base: fset.File(file.FileStart).Base(), shift: from - len(head), src: src, w: w, stmt: c.kind == stmtChunk}
		if g, hit := l.look(); hit {
			f, ok = g, true
		}
	}
	return f, ok
}

func reread(head, text, tail string) (*ast.File, *token.FileSet) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", head+text+tail, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil
	}
	return file, fset
}

// looker looks for a name in one chunk of a cell.
type looker struct {
	file  *ast.File
	base  int
	shift int // what makes an offset in the cell of one in the file
	src   string
	w     wanted
	stmt  bool // the chunk is a statement
}

func (l *looker) off(p token.Pos) int { return int(p) - l.base + l.shift }

func (l *looker) text(from, to token.Pos) string {
	a, b := max(l.off(from), 0), min(l.off(to), len(l.src))
	return l.src[a:max(a, b)]
}

// is tells whether id is the name at the place where it is wanted.
func (l *looker) is(id *ast.Ident) bool {
	if id == nil || id.Name != l.w.name {
		return false
	}
	if l.w.line == 0 {
		return true
	}
	d := at(0, l.src, l.off(id.Pos()), "")
	return d.Line == l.w.line && d.Col == l.w.col
}

// look visits what can declare a name.
func (l *looker) look() (f found, ok bool) {
	owner := ""
	var stack []ast.Node
	ast.Inspect(l.file, func(n ast.Node) bool {
		if n == nil {
			if _, ok := stack[len(stack)-1].(*ast.TypeSpec); ok {
				owner = ""
			}
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		spec := l.w.line > 0 || !l.stmt && len(stack) == 3 || l.stmt && len(stack) == 6 // below file, function, block, statement, group
		assign := l.w.line > 0 || l.stmt && len(stack) == 4
		member := l.w.owner != ""
		switch n := n.(type) {
		case *ast.FuncDecl:
			if l.is(n.Name) && receiver(n) == l.w.owner {
				f, ok = found{doc: n.Doc.Text(), source: l.source(n.Doc, n.Pos(), n.End())}, true
				end := n.Type.End()
				f.decl = strings.TrimSpace(l.text(n.Type.Func, end))
			}
		case *ast.TypeSpec:
			owner = n.Name.Name
			if !member && spec && l.is(n.Name) {
				decl := stack[len(stack)-2].(*ast.GenDecl)
				f, ok = l.spec(decl, n, n.Doc, n.Comment), true
				f.decl = "type " + l.text(n.Pos(), n.End())
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				if !member && spec && l.is(id) {
					f, ok = l.spec(stack[len(stack)-2].(*ast.GenDecl), n, n.Doc, n.Comment), true
				}
			}
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				if id, isIdent := x.(*ast.Ident); isIdent && n.Tok == token.DEFINE && !member && assign && l.is(id) {
					doc := l.above(n.Pos())
					if doc == nil {
						doc = l.behind(n.End())
					}
					f, ok = found{doc: doc.Text(), source: l.source(l.above(n.Pos()), n.Pos(), n.End())}, true
				}
			}
		case *ast.Field:
			for _, id := range n.Names {
				if member == (owner != "") && (!member || owner == l.w.owner) && (member || l.w.line > 0) && l.is(id) {
					doc := n.Doc.Text()
					if doc == "" {
						doc = l.behind(n.End()).Text()
					}
					f, ok = found{doc: doc, source: l.source(n.Doc, n.Pos(), n.End())}, true
				}
			}
		}
		return true
	})
	return f, ok
}

func (l *looker) spec(decl *ast.GenDecl, n ast.Node, doc, comment *ast.CommentGroup) found {
	all := ast.Node(n)
	if !decl.Lparen.IsValid() {
		all = decl
		if doc == nil {
			doc = decl.Doc
		}
	}
	text := doc.Text()
	if text == "" {
		text = comment.Text()
	}
	if text == "" {
		text = decl.Doc.Text() // of the group
	}
	return found{doc: text, source: l.source(doc, all.Pos(), all.End())}
}

// source is the text of a declaration with the comment above it.
func (l *looker) source(doc *ast.CommentGroup, from, to token.Pos) string {
	if doc != nil && doc.Pos() < from {
		from = doc.Pos()
	}
	return l.text(from, to)
}

// above is the comment that ends on the line before a place.
func (l *looker) above(p token.Pos) *ast.CommentGroup {
	line := strings.Count(l.src[:max(0, l.off(p))], "\n")
	for _, g := range l.file.Comments {
		if g.End() <= p && strings.Count(l.src[:max(0, l.off(g.End()))], "\n") == line-1 && l.alone(g) {
			return g
		}
	}
	return nil
}

// alone tells whether a comment begins its line.
func (l *looker) alone(g *ast.CommentGroup) bool {
	before := l.src[:max(0, l.off(g.Pos()))]
	return strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == ""
}

// behind is the comment on the line of a place.
func (l *looker) behind(p token.Pos) *ast.CommentGroup {
	line := strings.Count(l.src[:max(0, l.off(p))], "\n")
	for _, g := range l.file.Comments {
		if g.Pos() >= p && strings.Count(l.src[:max(0, l.off(g.Pos()))], "\n") == line {
			return g
		}
	}
	return nil
}
