package lower

import (
	"fmt"
	"go/parser"
	"go/token"
	"testing"
)

// TestLines: the line of a cell finds its way through interpreted source, whatever the number of the cell, and the parser takes it.
func TestLines(t *testing.T) {
	for _, c := range []struct{ cell, line, wantCell, wantLine int }{
		{1, 1, 1, 1}, {3, 8191, 3, 8191}, {1023, 5, 1023, 5}, {1024, 5, 1024, 5}, {100_000, 7, 100_000, 7}, {131_071, 8191, 131_071, 8191},
		{2, 9000, 2, 8191}, // no cell has so many lines
		{131_072, 4, 1, 4}, // no session has so many cells
	} {
		n := EncodeLine(fmt.Sprintf("cell[%d]", c.cell), c.line)
		file, line := DecodeLine(n)
		if want := fmt.Sprintf("cell[%d]", c.wantCell); file != want || line != c.wantLine {
			t.Errorf("line %d of cell %d comes back as line %d of %s", c.line, c.cell, line, file)
		}
		src := fmt.Sprintf("package p\n\n//line unit:%d\nvar x int\n", n)
		if _, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ParseComments); err != nil {
			t.Errorf("cell %d: %v", c.cell, err)
		}
	}
	if file, line := DecodeLine(EncodeLine("generated", 7)); file != generated || line != 1 {
		t.Errorf("what no cell has comes back as line %d of %s", line, file)
	}
}
