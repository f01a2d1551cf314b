package session

import (
	"go/scanner"
	"go/token"
	"strings"
)

// What only the go command or the compiler can do with files around a package, a cell cannot have. In Go these are comments and an
// import that does not exist, which would go by without a word.
var directives = []struct{ name, why string }{
	{"//go:embed", "//go:embed takes files into a program that is built from files: a cell reads them when it runs, with os.ReadFile or os.DirFS; " +
		"a package with //go:embed can be imported from a module"},
	{"//go:uintptrescapes", "//go:uintptrescapes has no effect in a cell, whose functions are called through variables: a package of a module can have it"},
	{"//line", "//line gives lines other names, and a cell's errors need those that it has: leave it out"},
	{"//go:linkname", "//go:linkname has no effect in a cell: a package of a module can have it"},
}

const cgoWhy = `a cell cannot import "C": a package of a module can, and a cell can import that (%require MODULE => DIRECTORY)`

// refusedComments are the directives of a cell that would be ignored.
func (c *checker) refusedComments() (ds Diagnostics) {
	if !strings.Contains(c.src, "//go:") && !strings.Contains(c.src, "//line") {
		return nil
	}
	file := token.NewFileSet().AddFile("", -1, len(c.src))
	var s scanner.Scanner
	s.Init(file, []byte(c.src), nil, scanner.ScanComments)
	for {
		pos, tok, text := s.Scan()
		switch tok {
		case token.EOF:
			return ds
		case token.COMMENT:
			for _, d := range directives {
				if rest, ok := strings.CutPrefix(text, d.name); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
					ds = append(ds, at(c.n, c.src, file.Offset(pos), d.why))
				}
			}
		}
	}
}
