package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// statementTests are Go's run tests taken apart as a person would write them in a notebook: types with their methods and
// constants in one cell, functions and variables in the next, and what main does as the statements of a third. So they cross
// the borders between cells, and what does not declare types runs in the interpreter.
func statementTests() (tests []test, err error) {
	whole, err := goTests()
	if err != nil {
		return nil, err
	}
	for _, t := range whole {
		if cells := apart(t.cells[0]); cells != nil {
			t.cells = cells
			t.reason = unpassable[t.String()]
			tests = append(tests, t)
		}
	}
	return tests, nil
}

// apart takes a program apart; nil when it has no statements in main or does not parse.
func apart(program string) []string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", program, 0)
	if err != nil {
		return nil
	}
	text := func(from, to token.Pos) string {
		return program[fset.Position(from).Offset:fset.Position(to).Offset] + "\n"
	}
	var imports, types, rest, main strings.Builder
	for _, d := range f.Decls {
		into := &rest
		switch d := d.(type) {
		case *ast.GenDecl:
			switch d.Tok {
			case token.IMPORT:
				into = &imports
			case token.TYPE, token.CONST:
				into = &types
			}
		case *ast.FuncDecl:
			if d.Recv != nil {
				into = &types
			}
			if d.Recv == nil && d.Name.Name == "main" {
				main.WriteString(text(d.Body.Lbrace+1, d.Body.Rbrace))
				continue
			}
		}
		into.WriteString(text(d.Pos(), d.End()))
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
