package lower

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var lineDirective = regexp.MustCompile(`(?m)^//line (\S*):(\d+)$`)

// source prints a package. Compiled source names cells by their labels.
func (l *lowering) source(r *rewriter, name string, decls []ast.Decl) string {
	var body bytes.Buffer
	conf := printer.Config{Mode: printer.UseSpaces | printer.TabIndent | printer.SourcePos, Tabwidth: 8}
	for _, d := range decls {
		if err := conf.Fprint(&body, l.c.Fset, d); err != nil {
			panic(fmt.Sprintf("lower: %v", err))
		}
		body.WriteString("\n\n")
	}
	unit := r.unit
	if unit == "" {
		unit = UnitName(l.c.Serial)
	}
	text := lineDirective.ReplaceAllStringFunc(body.String(), func(d string) string {
		m := lineDirective.FindStringSubmatch(d)
		line, _ := strconv.Atoi(m[2])
		if m[1] == turnFile {
			return fmt.Sprintf("//line %s:%d", unit, turnLine)
		}
		file, line := l.position(m[1], line)
		switch {
		case r.tier == Interpret:
			return fmt.Sprintf("//line %s:%d", unit, EncodeLine(file, line))
		case file != generated:
			file = l.c.Label(file, Label)
		}
		return fmt.Sprintf("//line %s:%d", file, line)
	})
	var out strings.Builder
	if r.tier == Interpret {
		fmt.Fprintf(&out, "//line %s:1\n", unit)
	}
	fmt.Fprintf(&out, "package %s\n\n", name)
	for _, path := range slices.Sorted(maps.Keys(r.imports)) {
		if strings.Contains(text, r.imports[path]+".") { // some give way to functions of ours
			fmt.Fprintf(&out, "import %s %q\n", r.imports[path], path)
		}
	}
	out.WriteString("\n" + text)
	return out.String()
}

// UnitName is the file name of interpreted source.
func UnitName(serial string) string { return "unit_" + serial }

// The parser takes line numbers below 1<<30: the cells of a session share them. A line beyond those of a cell counts as its last, and
// cells beyond the last number begin anew, so that an error may be shown at a wrong place and nothing else is wrong.
const (
	linesPerCell = 1 << 13
	cellsPerLine = 1<<30/linesPerCell - 1
)

// EncodeLine is the line number in interpreted source for a line of a cell.
func EncodeLine(file string, line int) int {
	var cell int
	if _, err := fmt.Sscanf(file, "cell[%d]", &cell); err != nil {
		return 1
	}
	return (1+(cell-1)%cellsPerLine)*linesPerCell + min(line, linesPerCell-1)
}

// DecodeLine takes a line number of interpreted source apart.
func DecodeLine(n int) (file string, line int) {
	if n < linesPerCell {
		return generated, n
	}
	return fmt.Sprintf("cell[%d]", n/linesPerCell), n % linesPerCell
}

// turnLine is where functions of turns begin.
const turnLine = 2

// generated is the file name of source that no cell has.
const generated = "generated"

// position turns the printer's line of the assembled text into a line of a cell.
func (l *lowering) position(file string, line int) (string, int) {
	f := l.c.Fset.File(l.c.Body.Pos())
	if file == "" || line < 1 || line > f.LineCount() {
		return generated, 1
	}
	end := f.Base() + f.Size()
	if line < f.LineCount() {
		end = int(f.LineStart(line+1)) - 1
	}
	p := l.c.Fset.Position(token.Pos(end)) // the end: a directive stands at the beginning
	return p.Filename, p.Line
}
