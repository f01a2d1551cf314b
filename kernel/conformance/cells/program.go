package cells

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Boundary is the line that the program of Program prints between the output of one cell and the next.
const Boundary = "+++ next cell +++"

// Program puts the cells of a script together to one Go program, package main, that prints what the cells show: declarations at
// package level, statements in order in main, top-level variables as package variables of the types that they were given. The
// value of a last expression is printed by package display, which the program imports. imp knows the packages that the cells
// import.
//
// A function that several cells define is a variable of the program, which takes the new body where the cell runs. The package
// clause of a pasted program is left out; its init functions run after the variables of their cell, its main at the end.
//
// It shares no code with the session that it is to be compared with. Cells that declare a variable twice with different types, or
// a type or method twice, or that fail, have no program.
func Program(cells []string, imp types.Importer) (string, error) {
	p := &program{types: map[string]string{}, imports: map[string]bool{}, defined: map[string]int{}}
	for _, code := range cells {
		p.countFuncs(code)
	}
	for i, code := range cells {
		if err := p.add(code); err != nil {
			return "", fmt.Errorf("cells: cell %d: %w", i+1, err)
		}
		p.stmts = append(p.stmts, stmt{text: fmt.Sprintf("println__(%q)", Boundary)})
	}
	for range 10 {
		text := p.text()
		known := len(p.types)
		err := p.learn(text, imp)
		if err == nil && len(p.types) == known && !p.unknown() {
			return p.text(), nil
		}
		if len(p.types) == known {
			if err == nil {
				err = fmt.Errorf("a variable has no type")
			}
			return text, fmt.Errorf("cells: %w", err)
		}
	}
	return p.text(), fmt.Errorf("cells: the types of the variables are not found")
}

// program is what Program has found so far.
type program struct {
	imports map[string]bool // specifications as text
	decls   []string
	stmts   []stmt
	types   map[string]string // of top-level variables
	defined map[string]int    // how many times a function is
	mains   int               // functions main and init so far
}

// stmt is a top-level statement.
type stmt struct {
	text    string   // as written
	names   []string // variables that it declares
	hoisted func(types map[string]string) string
	last    bool // its value is shown
	isVar   bool // a var declaration
}

// add takes a cell apart.
func (p *program) add(code string) error {
	chunks := chop(code)
	var inits, mains []stmt
	redefined := len(p.stmts)
	for i, c := range chunks {
		name, params := funcName(c)
		switch {
		case strings.HasPrefix(c, "package "):
		case name == "main" || name == "init":
			p.mains++
			own := fmt.Sprintf("%s%d__", name, p.mains)
			p.decls = append(p.decls, "func "+own+params)
			if name == "init" {
				inits = append(inits, stmt{text: own + "()"})
			} else {
				mains = append(mains, stmt{text: own + "()"})
			}
		case p.defined[name] > 1:
			s := stmt{text: name + " := func" + params, names: []string{name}}
			s.hoisted = func(map[string]string) string { return name + " = func" + params }
			p.stmts = slices.Insert(p.stmts, redefined, s)
			redefined++
		case strings.HasPrefix(c, "import"):
			f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+c, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, sp := range f.Imports {
				name := ""
				if sp.Name != nil {
					name = sp.Name.Name + " "
				}
				p.imports[name+sp.Path.Value] = true
			}
		case isDecl(c):
			p.decls = append(p.decls, c)
		default:
			s, err := statement(c)
			if err != nil {
				return err
			}
			s.last = i == len(chunks)-1 && s.last && !strings.HasSuffix(strings.TrimSpace(code), ";")
			if !s.isVar {
				p.stmts, inits = append(p.stmts, inits...), nil
			}
			p.stmts = append(p.stmts, s)
		}
	}
	p.stmts = append(p.stmts, append(inits, mains...)...)
	return nil
}

// countFuncs counts the definitions of functions in a cell.
func (p *program) countFuncs(code string) {
	for _, c := range chop(code) {
		if name, _ := funcName(c); name != "" {
			p.defined[name]++
		}
	}
}

// funcName takes the declaration of a function that is no method and not generic apart: its name and what follows.
func funcName(chunk string) (name, rest string) {
	const head = "package p;"
	if !strings.HasPrefix(chunk, "func ") {
		return "", ""
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", head+chunk, 0)
	if err != nil {
		return "", ""
	}
	d, ok := f.Decls[0].(*ast.FuncDecl)
	if !ok || d.Recv != nil || d.Type.TypeParams != nil {
		return "", ""
	}
	return d.Name.Name, chunk[int(d.Name.End()-f.FileStart)-len(head):]
}

// chop cuts source at the semicolons that stand in no bracket and leave something that parses: not those in the head of a for.
func chop(code string) (chunks []string) {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), nil, 0)
	start, depth := -1, 0
	for {
		pos, tok, _ := s.Scan()
		off := len(code)
		if tok != token.EOF {
			off = file.Offset(pos)
		}
		if start >= 0 && (tok == token.SEMICOLON && depth == 0 && parses(code[start:off]) || tok == token.EOF) {
			chunks = append(chunks, code[start:off])
			start = -1
		}
		switch tok {
		case token.EOF:
			return chunks
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		if start < 0 && tok != token.SEMICOLON {
			start = off
		}
	}
}

func parses(chunk string) bool {
	if strings.HasPrefix(chunk, "import") || strings.HasPrefix(chunk, "package ") || isDecl(chunk) {
		return true
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p;func _() {"+chunk+"\n}", 0)
	return err == nil
}

// isDecl tells a declaration that belongs to package level from a statement.
func isDecl(chunk string) bool {
	switch word, _, _ := strings.Cut(chunk, " "); word {
	case "type", "const":
		return true
	case "func":
		_, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+chunk, 0)
		return err == nil
	}
	return strings.HasPrefix(chunk, "type(") || strings.HasPrefix(chunk, "const(")
}

// statement finds what a statement declares, and its form when that is declared elsewhere.
func statement(text string) (stmt, error) {
	const head = "package p;func _() {"
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", head+text+"\n}", 0)
	if err != nil {
		return stmt{}, err
	}
	off := func(pos token.Pos) int { return fset.Position(pos).Offset - len(head) }
	s := stmt{text: text}
	body := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(body) != 1 {
		return s, fmt.Errorf("%q is %d statements", text, len(body))
	}
	switch st := body[0].(type) {
	case *ast.ExprStmt:
		s.last = true
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			for _, x := range st.Lhs {
				s.names = append(s.names, x.(*ast.Ident).Name)
			}
			at := off(st.TokPos)
			s.hoisted = func(map[string]string) string { return text[:at] + " =" + text[at+2:] }
		}
	case *ast.DeclStmt:
		g := st.Decl.(*ast.GenDecl)
		s.isVar = true
		var parts []func(types map[string]string) string
		for _, sp := range g.Specs {
			v, ok := sp.(*ast.ValueSpec)
			if !ok {
				return s, fmt.Errorf("%q is not a statement of a cell", text)
			}
			var names []string
			for _, id := range v.Names {
				names = append(names, id.Name)
			}
			s.names = append(s.names, names...)
			if len(v.Values) > 0 {
				values := text[off(v.Values[0].Pos()):off(v.Values[len(v.Values)-1].End())]
				parts = append(parts, func(map[string]string) string { return strings.Join(names, ", ") + " = " + values })
				continue
			}
			parts = append(parts, func(types map[string]string) string {
				var zeros []string
				for _, n := range names {
					zeros = append(zeros, fmt.Sprintf("{ var z__ %s; %s = z__ }", types[n], n))
				}
				return strings.Join(zeros, "; ")
			})
		}
		s.hoisted = func(types map[string]string) string {
			var lines []string
			for _, part := range parts {
				lines = append(lines, part(types))
			}
			return strings.Join(lines, "\n")
		}
	}
	return s, nil
}

func (p *program) known(s stmt) bool {
	return !slices.ContainsFunc(s.names, func(n string) bool { return n != "_" && p.types[n] == "" })
}

func (p *program) unknown() bool {
	return slices.ContainsFunc(p.stmts, func(s stmt) bool { return !p.known(s) })
}

// text is the program as far as the types are known.
func (p *program) text() string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\tfmt__ \"fmt\"\n\tdisplay__ \"joule/kernel/display\"\n")
	for _, sp := range sorted(p.imports) {
		b.WriteString("\t" + sp + "\n")
	}
	b.WriteString(")\n\nfunc println__(s string) { fmt__.Println(s) }\n\n")
	b.WriteString("func show__(static string, v any) { fmt__.Println(\"= \" + display__.Of(v, static).Data[\"text/plain\"]) }\n" +
		"func showAll__(vs ...any) { fmt__.Println(\"= \" + display__.OfAll(vs).Data[\"text/plain\"]) }\n\n")
	for _, n := range sorted(p.types) {
		fmt.Fprintf(&b, "var %s %s\n", n, p.types[n])
	}
	for _, d := range p.decls {
		b.WriteString("\n" + d + "\n")
	}
	b.WriteString("\nfunc main() {\n")
	for _, s := range p.stmts {
		text := s.text
		if s.hoisted != nil && p.known(s) {
			text = s.hoisted(p.types)
		}
		b.WriteString(text + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func sorted[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// learn type-checks the text: it finds the types of variables, and of last expressions those that have a value to show.
func (p *program) learn(text string, imp types.Importer) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "program.go", text, 0)
	if err != nil {
		return err
	}
	var first error
	conf := types.Config{Importer: imp, Error: func(err error) {
		te := err.(types.Error)
		if first == nil && !te.Soft && !strings.Contains(te.Msg, "is not used") {
			first = err
		}
	}}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	pkg, _ := conf.Check("main", fset, []*ast.File{f}, info)
	qualifier := func(q *types.Package) string {
		if q == pkg {
			return ""
		}
		return q.Name()
	}
	main := f.Decls[len(f.Decls)-1].(*ast.FuncDecl).Body
	for id, obj := range info.Defs {
		v, ok := obj.(*types.Var)
		if !ok || id.Name == "_" || p.types[id.Name] != "" || v.Parent() == nil || main.Pos() > id.Pos() || id.Pos() > main.End() {
			continue
		}
		if v.Parent() != info.Defs[f.Decls[len(f.Decls)-1].(*ast.FuncDecl).Name].(*types.Func).Scope() {
			continue
		}
		needed := map[string]bool{}
		t := types.TypeString(v.Type(), func(q *types.Package) string {
			if q != pkg {
				needed[fmt.Sprintf("%q", q.Path())] = true
			}
			return qualifier(q)
		})
		if !strings.Contains(t, "invalid type") {
			p.types[id.Name] = t
			maps.Copy(p.imports, needed) // of types that the cells do not name
		}
	}
	if first != nil {
		return first
	}
	p.show(text, fset, main, info, qualifier)
	return nil
}

// show makes calls of show__ of the last expressions that have a value.
func (p *program) show(text string, fset *token.FileSet, main *ast.BlockStmt, info *types.Info, qualifier types.Qualifier) {
	for _, st := range main.List {
		es, ok := st.(*ast.ExprStmt)
		if !ok {
			continue
		}
		source := text[fset.Position(es.Pos()).Offset:fset.Position(es.End()).Offset]
		tv := info.Types[es.X]
		if tv.IsVoid() || tv.IsBuiltin() || prints(es.X, info) {
			continue
		}
		_, call := ast.Unparen(es.X).(*ast.CallExpr)
		for i := range p.stmts {
			if !p.stmts[i].last && p.stmts[i].text == source && !call && tv.Type != nil && tv.Value == nil {
				p.stmts[i].text = "_ = " + source
				break
			}
			if p.stmts[i].last && p.stmts[i].text == source {
				static := types.TypeString(types.Default(tv.Type), qualifier)
				p.stmts[i].text, p.stmts[i].last = fmt.Sprintf("show__(%q, %s)", static, source), false
				if t, ok := tv.Type.(*types.Tuple); ok {
					p.stmts[i].text = several(t.Len(), source, types.TypeString(t.At(t.Len()-1).Type(), qualifier) == "error")
				} else if call && static == "error" {
					p.stmts[i].text = "if e__ := " + source + "; " + failed("e__") + " { show__(\"error\", e__) }"
				}
				break
			}
		}
	}
}

// several shows a call with n results. The error of a call that succeeded is not shown.
func several(n int, source string, fails bool) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("v%d__", i))
	}
	list := strings.Join(names, ", ")
	show := "showAll__(" + list + ")"
	if fails {
		rest := "showAll__(" + strings.Join(names[:n-1], ", ") + ")"
		if n == 2 {
			rest = "show__(\"\", " + names[0] + ")"
		}
		show = "if " + failed(names[n-1]) + " { " + show + " } else { " + rest + " }"
	}
	return "{ " + list + " := " + source + "; " + show + " }"
}

// failed tells whether an error is not nil, without that name: a program may declare it.
func failed(name string) string { return "fmt__.Sprint(" + name + ") != \"<nil>\"" }

// prints tells fmt's printing functions, whose results nobody wants to see.
func prints(x ast.Expr, info *types.Info) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := info.Uses[sel.Sel].(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == "fmt" && (strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint"))
}
