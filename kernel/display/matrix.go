package display

import (
	"fmt"
	"math"
	"strconv"
)

// matrix is the shape of gonum's mat.Matrix.
type matrix interface {
	Dims() (r, c int)
	At(i, j int) float64
}

// matrixBundle shows a matrix as a table of its elements to six digits, with row and column numbers when it does not fit.
func matrixBundle(v any) (Bundle, bool) {
	for _, c := range candidates(v) {
		m, ok := c.(matrix)
		if !ok {
			continue
		}
		b := matrixGrid(m, fmt.Sprintf("%T", v)).bundle()
		if s, ok := ownText(v); ok {
			b.Data[mimeText] = noteCut(s, maxOwnText)
		}
		return b, true
	}
	return Bundle{}, false
}

func matrixGrid(m matrix, name string) *grid {
	r, c := m.Dims()
	ri, gap := window(r, maxRows, headRows, tailRows)
	ci, cgap := window(c, maxCols, headCols, tailCols)
	g := &grid{gap: gap}
	partial := gap >= 0 || cgap >= 0
	if partial {
		g.head = spliced(ci, cgap, strconv.Itoa)
		g.label = []string{}
	}
	for _, i := range ri {
		g.rows = append(g.rows, spliced(ci, cgap, func(j int) string { return number(m.At(i, j)) }))
		if partial {
			g.label = append(g.label, strconv.Itoa(i))
		}
	}
	for range len(ci) + 1 {
		g.right = append(g.right, true)
	}
	if partial || r == 0 || c == 0 {
		g.note = fmt.Sprintf("%s %d×%d", name, r, c)
	}
	return g
}

// spliced maps the shown indices to texts, with an ellipsis where the rest is left out.
func spliced(index []int, gap int, f func(int) string) []string {
	out := make([]string, 0, len(index)+1)
	for k, j := range index {
		if k == gap {
			out = append(out, "⋯")
		}
		out = append(out, f(j))
	}
	return out
}

// number writes x for a table: six significant digits, of which a table of measurements seldom needs more.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}
