package lower

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// directive reads a line that is a line directive.
func directive(text string) (file string, line int, ok bool) {
	text, ok = strings.CutPrefix(strings.TrimSuffix(text, "\n"), "//line ")
	i := strings.LastIndexByte(text, ':')
	if !ok || i < 0 || strings.ContainsAny(text, " \t\r\v\f") {
		return "", 0, false
	}
	line, err := strconv.Atoi(text[i+1:])
	return text[:i], line, err == nil && line >= 0
}

// source prints a package. Compiled source names cells by their labels.
func (l *lowering) source(r *rewriter, name string, decls []ast.Decl) string {
	var body bytes.Buffer
	conf := printer.Config{Mode: printer.RawFormat | printer.SourcePos}
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
	var placed strings.Builder
	for text := range strings.Lines(body.String()) {
		file, line, ok := directive(text)
		if !ok {
			placed.WriteString(text)
			continue
		}
		if file == turnFile {
			file, line = unit, turnLine
		} else {
			file, line = l.position(file, line)
			switch {
			case r.tier == Interpret:
				file, line = unit, EncodeLine(file, line)
			case file != generated:
				file = l.c.Label(file, Label)
			}
		}
		placed.WriteString("//line " + file + ":" + strconv.Itoa(line) + "\n")
	}
	text := placed.String()
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
	number, isCell := strings.CutPrefix(file, "cell[")
	number, _, closed := strings.Cut(number, "]")
	cell, err := strconv.Atoi(number)
	if !isCell || !closed || err != nil {
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
