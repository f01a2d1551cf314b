package session

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// bodyName is the function that holds the statements of a cell while it is checked.
const bodyName = "cell_body__"

// assembled is a cell as one Go file: its imports, its declarations, those carried from earlier cells, and its statements as
// the body of one function. Line directives keep every position in terms of the cell that the text comes from.
type assembled struct {
	fset *token.FileSet
	file *ast.File
	body *ast.FuncDecl
}

// fileName is how positions name a cell.
func fileName(cell int) string { return fmt.Sprintf("cell[%d]", cell) }

// directive makes the next byte of the assembled text stand at an offset of a cell.
func directive(cell int, src string, off int) string {
	d := at(cell, src, off, "")
	return fmt.Sprintf("/*line %s:%d:%d*/", fileName(cell), d.Line, d.Col)
}

// assemble parses a cell. carried are texts of declarations from other cells, each with its line directive;
// aliases are imports that they need, by path.
func assemble(n int, src string, chunks []chunk, carried []string, aliases map[string]string) (*assembled, error) {
	a, err := parse(n, src, chunks, carried, aliases)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// parse is assemble for code that is being written: beside an error it returns what could be read.
func parse(n int, src string, chunks []chunk, carried []string, aliases map[string]string) (*assembled, error) {
	var imports, decls, stmts strings.Builder
	for _, path := range slices.Sorted(maps.Keys(aliases)) {
		fmt.Fprintf(&imports, "import %s %q\n", aliases[path], path)
	}
	for _, c := range chunks {
		text := c.prefix + directive(n, src, c.start) + src[c.start:c.end] + "\n"
		switch c.kind {
		case importChunk:
			imports.WriteString(text)
		case declChunk:
			decls.WriteString(text)
		case stmtChunk:
			stmts.WriteString(text)
		}
	}
	for _, text := range carried {
		decls.WriteString(text + "\n")
	}
	text := "package main\n" + imports.String() + decls.String() + "func " + bodyName + "() {\n" + stmts.String() + "}\n"
	a := &assembled{fset: token.NewFileSet()}
	// The name stands in front of positions that no directive covers: none that a person should see.
	file, err := parser.ParseFile(a.fset, fileName(n), text, parser.SkipObjectResolution|parser.AllErrors)
	a.file = file
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == bodyName {
			a.body = f
		}
	}
	return a, err
}

// position resolves a position to the cell that it names.
func (s *Session) position(fset *token.FileSet, pos token.Pos, n int, src string, msg string) Diagnostic {
	p := fset.Position(pos)
	d := Diagnostic{Cell: cellOf(p.Filename, n), Line: p.Line, Col: max(p.Column, 1), Message: msg}
	text := src
	if d.Cell != n {
		text = s.sources[d.Cell]
	}
	d.Source = sourceLine(text, d.Line)
	return d
}

func cellOf(name string, otherwise int) int {
	if digits, ok := strings.CutPrefix(name, "cell["); ok {
		if n, err := strconv.Atoi(strings.TrimSuffix(digits, "]")); err == nil {
			return n
		}
	}
	return otherwise
}

// normal prints a node in a form that does not depend on how it was laid out.
func normal(n ast.Node) string {
	var b bytes.Buffer
	printer.Fprint(&b, token.NewFileSet(), n)
	return b.String()
}

// identifiers collects every identifier in n: a superset of the names that it uses from outside.
func identifiers(n ast.Node, into map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			into[id.Name] = true
		}
		return true
	})
}

// receiver is the name of the type that a method belongs to.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
