package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// statementTests are Go's run tests taken apart as a person would write them in a notebook: types with their methods and
// constants, and what these need, in one cell, other functions and variables in the next, and what main does as the statements of
// a third. So they cross the borders between cells, and what does not declare types runs in the interpreter.
func statementTests() (tests []test, err error) {
	whole, err := goTests()
	if err != nil {
		return nil, err
	}
	for _, t := range whole {
		if cells := apart(t.cells[0]); cells != nil {
			t.cells = cells
			if why := unpassableApart[filepath.Join(t.dir, t.name)]; why != "" {
				t.reason = why
			}
			tests = append(tests, t)
		}
	}
	return tests, nil
}

// apart takes a program apart; nil when it has no statements in main or does not parse.
func apart(program string) []string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", program, parser.ParseComments)
	if err != nil {
		return nil
	}
	text := func(from, to token.Pos) string {
		return program[fset.Position(from).Offset:fset.Position(to).Offset] + "\n"
	}
	var imports, types, rest, main strings.Builder
	early := neededByTypes(f)
	for _, d := range f.Decls {
		into := &rest
		if early[d] {
			into = &types
		}
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				into = &imports
			}
		case *ast.FuncDecl:
			if isMain(d) {
				main.WriteString(text(d.Body.Lbrace+1, d.Body.Rbrace))
				continue
			}
		}
		into.WriteString(text(start(d), d.End()))
	}
	if strings.TrimSpace(main.String()) == "" {
		return nil
	}
	cells := []string{imports.String() + types.String(), rest.String(), main.String()}
	var list []string
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			list = append(list, c)
		}
	}
	return list
}

// neededByTypes are the declarations of types, methods and constants, and those that they need: a cell knows only what it and
// those before it declare. A field or a local variable of the same name counts as a use; that only puts more into the cell.
func neededByTypes(f *ast.File) map[ast.Decl]bool {
	declares := map[string]ast.Decl{}
	needed := map[ast.Decl]bool{}
	var todo []ast.Decl
	need := func(d ast.Decl) {
		if d != nil && !needed[d] {
			needed[d] = true
			todo = append(todo, d)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok {
					for _, n := range v.Names {
						declares[n.Name] = d
					}
				}
			}
			if d.Tok == token.TYPE || d.Tok == token.CONST {
				need(d)
			}
		case *ast.FuncDecl:
			switch {
			case d.Recv != nil:
				need(d)
			case !isMain(d):
				declares[d.Name.Name] = d
			}
		}
	}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				need(declares[id.Name])
			}
			return true
		})
	}
	return needed
}

// start is where a declaration begins, with the comment that may be a directive.
func start(d ast.Decl) token.Pos {
	switch d := d.(type) {
	case *ast.GenDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	case *ast.FuncDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	}
	return d.Pos()
}

func isMain(d *ast.FuncDecl) bool { return d.Recv == nil && d.Name.Name == "main" }
