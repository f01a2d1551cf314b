package expr

import (
	"fmt"
	"strconv"
)

// A Shape is the extent of a value per sample: a scalar (rank 0), a vector (1), a matrix (2: rows, columns) or an image (3:
// channels, rows, columns). Elements lie in row-major order.
type Shape struct {
	Rank int
	Dim  [3]int
}

// Scalar is the shape of a single number.
func Scalar() Shape { return Shape{} }

// Vector is the shape of n numbers.
func Vector(n int) Shape { return Shape{Rank: 1, Dim: [3]int{n}} }

// Matrix is the shape of r rows and c columns.
func Matrix(r, c int) Shape { return Shape{Rank: 2, Dim: [3]int{r, c}} }

// Image is the shape of c channels of h rows and w columns.
func Image(c, h, w int) Shape { return Shape{Rank: 3, Dim: [3]int{c, h, w}} }

// Size is the number of elements.
func (s Shape) Size() int {
	n := 1
	for _, d := range s.Dims() {
		n *= d
	}
	return n
}

// Dims returns the extents, outermost first; it is empty for a scalar.
func (s Shape) Dims() []int { return s.Dim[:s.Rank] }

// String says the shape in words of an error message: "scalar", "width 3", "2×3".
func (s Shape) String() string {
	switch s.Rank {
	case 0:
		return "scalar"
	case 1:
		return "width " + strconv.Itoa(s.Dim[0])
	}
	text := strconv.Itoa(s.Dim[0])
	for _, d := range s.Dims()[1:] {
		text += "×" + strconv.Itoa(d)
	}
	return text
}

// pair describes two shapes that do not fit: "width 3 and 2", "width 3 and 2×2".
func pair(a, b Shape) string {
	if a.Rank == 1 && b.Rank == 1 {
		return fmt.Sprintf("width %d and %d", a.Dim[0], b.Dim[0])
	}
	return fmt.Sprintf("%v and %v", a, b)
}

// without returns s with one axis removed.
func (s Shape) without(axis int) Shape {
	t := Shape{Rank: s.Rank - 1}
	k := 0
	for i, d := range s.Dims() {
		if i != axis {
			t.Dim[k] = d
			k++
		}
	}
	return t
}

// with returns s with an axis of extent n inserted before axis.
func (s Shape) with(axis, n int) Shape {
	t := Shape{Rank: s.Rank + 1}
	for i, k := 0, 0; i < t.Rank; i++ {
		if i == axis {
			t.Dim[i] = n
			continue
		}
		t.Dim[i] = s.Dim[k]
		k++
	}
	return t
}

// set returns s with the extent of one axis changed.
func (s Shape) set(axis, n int) Shape {
	s.Dim[axis] = n
	return s
}

// around is s seen from one axis: outer blocks of n steps of inner elements. Reductions, slices and broadcasts are loops over it.
func (s Shape) around(axis int) (outer, n, inner int) {
	outer, inner = 1, 1
	for i, d := range s.Dims() {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	return outer, s.Dim[axis], inner
}
