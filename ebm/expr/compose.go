package expr

// Operations made of others: they need no kernel and no gradient of their own.

// Reshape gives the elements of a value another shape.
func (g *Graph) Reshape(a ID, s Shape) ID {
	if g.Shape(a) == s {
		return a
	}
	return g.Apply(Reshape, Attr{I: [6]int{s.Rank, s.Dim[0], s.Dim[1], s.Dim[2]}}, a)
}

// Flat reshapes a value to a vector.
func (g *Graph) Flat(a ID) ID { return g.Reshape(a, Vector(g.Shape(a).Size())) }

// Over reduces all elements of a value to a scalar with one of Sum, Max, LogSumExp.
func (g *Graph) Over(op Op, a ID) ID {
	if g.Shape(a).Rank == 0 {
		return a
	}
	return g.Apply(op, Attr{}, g.Flat(a))
}

// Align repeats vectors among the operands of an elementwise operation as the rows of a matrix that is among them.
func (g *Graph) Align(in []ID) []ID {
	for _, id := range in {
		if m := g.Shape(id); m.Rank == 2 && m.Size() > 1 {
			return g.asRows(in, m)
		}
	}
	return in
}

func (g *Graph) asRows(in []ID, m Shape) []ID {
	out := append([]ID(nil), in...)
	for i, id := range in {
		if s := g.Shape(id); s.Rank == 1 && s.Size() > 1 && s.Dim[0] == m.Dim[1] {
			out[i] = g.Apply(Broadcast, Attr{I: [6]int{0, m.Dim[0]}}, id)
		}
	}
	return out
}

// Dot is the sum of the products of the elements of two values of the same shape.
func (g *Graph) Dot(a, b ID) ID {
	if g.Shape(a).Size() != g.Shape(b).Size() {
		Fail("Dot", "%s", pair(g.Shape(a), g.Shape(b)))
	}
	return g.Over(Sum, g.Apply(Mul, Attr{}, g.Flat(a), g.Flat(b)))
}

// Norm is the Euclidean norm of all elements. Its gradient at 0 is 0.
func (g *Graph) Norm(a ID) ID {
	return g.Apply(Sqrt, Attr{}, g.Over(Sum, g.Apply(Square, Attr{}, a)))
}

// Linear is the product of two values where a vector on the left counts as a row and one on the right as a column, so that the
// result of a vector and a matrix is a vector.
func (g *Graph) Linear(a, b ID) ID {
	s, t := g.Shape(a), g.Shape(b)
	switch {
	case s.Rank == 1 && t.Rank == 1:
		if s != t {
			Fail("MatMul", "%s", pair(s, t))
		}
		return g.Dot(a, b)
	case s.Rank == 1 && t.Rank == 2:
		if s.Dim[0] != t.Dim[0] {
			Fail("MatMul", "%s", pair(s, t))
		}
		return g.Flat(g.Apply(MatMul, Attr{}, g.Reshape(a, Matrix(1, s.Dim[0])), b))
	case s.Rank == 2 && t.Rank == 1:
		if s.Dim[1] != t.Dim[0] {
			Fail("MatMul", "%s", pair(s, t))
		}
		return g.Flat(g.Apply(MatMul, Attr{}, a, g.Reshape(b, Matrix(t.Dim[0], 1))))
	}
	return g.Apply(MatMul, Attr{}, a, b)
}

// Full repeats a one-element value to fill a shape.
func (g *Graph) Full(a ID, s Shape) ID {
	if g.Shape(a).Size() == s.Size() {
		return g.Reshape(a, s)
	}
	return g.Reshape(g.Apply(Broadcast, Attr{I: [6]int{0, s.Size()}}, g.Reshape(a, Scalar())), s)
}

// Prod is the product along an axis, by halves: a tree has exact gradients where elements are 0.
func (g *Graph) Prod(a ID, axis int) ID {
	s := g.Shape(a)
	if _, msg := along([]Shape{s}, Attr{I: [6]int{axis}}); msg != "" {
		Fail("Prod", "%s", msg)
	}
	part := func(a ID, lo, hi int) ID { return g.Apply(Slice, Attr{I: [6]int{axis, lo, hi}}, a) }
	for n := s.Dim[axis]; n > 1; n = (n + 1) / 2 {
		product := g.op(Mul, part(a, 0, n/2), part(a, n-n/2, n))
		if n%2 == 1 {
			product = g.Apply(Concat, Attr{I: [6]int{axis}}, product, part(a, n/2, n/2+1))
		}
		a = product
	}
	return g.Reshape(a, s.without(axis))
}
