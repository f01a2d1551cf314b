package expr

import "fmt"

// A shapeRule derives the shape of a result; a message other than "" says why the operands do not fit.
type shapeRule func(in []Shape, a Attr) (s Shape, msg string)

// elementwise: equal shapes, where an operand with one element fits any other and leaves the result its shape.
func elementwise(in []Shape, _ Attr) (Shape, string) {
	s := in[0]
	for _, t := range in[1:] {
		switch {
		case s == t:
		case t.Size() == 1 && (s.Size() > 1 || s.Rank >= t.Rank):
		case s.Size() == 1:
			s = t
		default:
			return s, pair(s, t)
		}
	}
	return s, ""
}

func along(in []Shape, a Attr) (Shape, string) {
	s, axis := in[0], a.I[0]
	if axis < 0 || axis >= s.Rank {
		return s, fmt.Sprintf("no axis %d in %v", axis, s)
	}
	if s.Dim[axis] == 0 {
		return s, "nothing to reduce: the axis is empty"
	}
	return s, ""
}

func reduced(in []Shape, a Attr) (Shape, string) {
	s, msg := along(in, a)
	if msg != "" {
		return s, msg
	}
	return s.without(a.I[0]), ""
}

func product(in []Shape, a Attr) (Shape, string) {
	x, y := in[0], in[1]
	if x.Rank != 2 || y.Rank != 2 {
		return x, "needs two matrices: " + pair(x, y)
	}
	m, k := x.Dim[0], x.Dim[1]
	if a.I[0] == 1 {
		m, k = k, m
	}
	l, n := y.Dim[0], y.Dim[1]
	if a.I[1] == 1 {
		l, n = n, l
	}
	if k != l {
		return x, fmt.Sprintf("%d×%d and %d×%d", m, k, l, n)
	}
	return Matrix(m, n), ""
}

func reshaped(in []Shape, a Attr) (Shape, string) {
	if a.I[0] < 0 || a.I[0] > 3 {
		return in[0], fmt.Sprintf("rank %d", a.I[0])
	}
	s := Shape{Rank: a.I[0], Dim: [3]int{a.I[1], a.I[2], a.I[3]}}
	for _, d := range s.Dims() {
		if d < 1 {
			return s, fmt.Sprintf("an extent of %d", d)
		}
	}
	if s.Size() != in[0].Size() {
		return s, pair(in[0], s)
	}
	return s, ""
}

func broadcasted(in []Shape, a Attr) (Shape, string) {
	s, axis, n := in[0], a.I[0], a.I[1]
	if axis < 0 || axis > s.Rank || s.Rank == 3 || n < 1 {
		return s, fmt.Sprintf("%v along a new axis %d of extent %d", s, axis, n)
	}
	return s.with(axis, n), ""
}

func sliced(in []Shape, a Attr) (Shape, string) {
	s, axis, lo, hi := in[0], a.I[0], a.I[1], a.I[2]
	if axis < 0 || axis >= s.Rank {
		return s, fmt.Sprintf("no axis %d in %v", axis, s)
	}
	if lo < 0 || hi <= lo || hi > s.Dim[axis] {
		return s, fmt.Sprintf("elements %d to %d of %v", lo, hi, s)
	}
	return s.set(axis, hi-lo), ""
}

func padded(in []Shape, a Attr) (Shape, string) {
	s, axis, lo, n := in[0], a.I[0], a.I[1], a.I[2]
	if axis < 0 || axis >= s.Rank || lo < 0 || lo+s.Dim[axis] > n {
		return s, fmt.Sprintf("%v at %d of %d", s, lo, n)
	}
	return s.set(axis, n), ""
}

func concatenated(in []Shape, a Attr) (Shape, string) {
	if len(in) == 0 {
		return Shape{}, "nothing to join"
	}
	s, axis := in[0], a.I[0]
	if axis < 0 || axis >= s.Rank {
		return s, fmt.Sprintf("no axis %d in %v", axis, s)
	}
	n := 0
	for _, t := range in {
		if t.Rank != s.Rank || t.without(axis) != s.without(axis) {
			return s, pair(s, t)
		}
		n += t.Dim[axis]
	}
	return s.set(axis, n), ""
}

func transposed(in []Shape, _ Attr) (Shape, string) {
	if in[0].Rank != 2 {
		return in[0], "needs a matrix, not " + in[0].String()
	}
	return Matrix(in[0].Dim[1], in[0].Dim[0]), ""
}
