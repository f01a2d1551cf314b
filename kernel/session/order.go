package session

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A cell of nothing but declarations is like a file of a package: its variables may stand in any order, and are initialised in
// the order that they depend on each other, through functions too. A cell that has other statements is a script, from top to
// bottom.

// order puts the var declarations of such a cell in the order in which they are initialised. It leaves them as they are where
// that is their order already, or where the cell has errors.
func (c *checker) order() {
	if !c.onlyDeclares() {
		return
	}
	o := newChecker(c.s, c.n, c.src, c.chunks)
	if !o.asPackage() || len(o.check()) > 0 {
		return
	}
	specs := o.varSpecs()
	position := map[*ast.ValueSpec]int{} // in the order of initialisation; those without a value come first
	for i, init := range o.info.InitOrder {
		for _, v := range init.Lhs {
			for _, sp := range specs {
				if slices.ContainsFunc(sp.Names, func(id *ast.Ident) bool { return o.info.Defs[id] == v }) {
					position[sp] = i + 1
				}
			}
		}
	}
	byPosition := func(a, b *ast.ValueSpec) int { return position[a] - position[b] }
	if slices.IsSortedFunc(specs, byPosition) {
		return
	}
	slices.SortStableFunc(specs, byPosition)
	c.chunks = slices.DeleteFunc(c.chunks, func(x chunk) bool { return x.kind == stmtChunk })
	for _, sp := range specs {
		start, end := o.offset(sp.Pos()), o.offset(sp.End())
		c.chunks = append(c.chunks, chunk{kind: stmtChunk, start: start, end: end, prefix: "var "})
	}
}

// onlyDeclares tells whether all statements of the cell are var declarations, and there are several.
func (c *checker) onlyDeclares() bool {
	vars := 0
	for _, x := range c.chunks {
		if x.kind == stmtChunk {
			text := c.src[x.start:x.end]
			rest, ok := strings.CutPrefix(text, "var")
			if !ok || rest == "" || !strings.ContainsAny(rest[:1], " \t\r\n(/") {
				return false
			}
			vars += 1 + strings.Count(text, "\n")
		}
	}
	return vars > 1
}

// asPackage parses the cell with its variables at package level.
func (c *checker) asPackage() bool {
	chunks := slices.Clone(c.chunks)
	for i := range chunks {
		if chunks[i].kind == stmtChunk {
			chunks[i].kind = declChunk
		}
	}
	a, err := assemble(c.n, c.src, chunks, nil, nil)
	if err != nil {
		return false
	}
	c.a, c.declared, c.names, c.packages = a, map[string]bool{}, map[string]bool{}, map[string]string{}
	identifiers(a.file, c.names)
	for _, d := range a.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name != "init" {
				c.declared[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, sp := range d.Specs {
				switch sp := sp.(type) {
				case *ast.TypeSpec:
					c.declared[sp.Name.Name] = true
				case *ast.ValueSpec:
					for _, id := range sp.Names {
						c.declared[id.Name] = true
					}
				}
			}
		}
	}
	delete(c.declared, "_")
	return true
}

// varSpecs are the variables of the package, in the order of the source.
func (c *checker) varSpecs() (specs []*ast.ValueSpec) {
	for _, d := range c.a.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, sp := range g.Specs {
				specs = append(specs, sp.(*ast.ValueSpec))
			}
		}
	}
	return specs
}

// offset is the place of pos in the cell.
func (c *checker) offset(pos token.Pos) int {
	p := c.a.fset.Position(pos)
	return offset(c.src, p.Line, p.Column)
}
