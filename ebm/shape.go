package ebm

import "joule/ebm/expr"

// Col returns the i-th element of a vector as a scalar, or the i-th column of a matrix as a vector.
func (x Tensor) Col(i int) Tensor { return x.pick("Col", x.shape("Col").Rank-1, i) }

// Row returns the i-th row of a matrix as a vector.
func (x Tensor) Row(i int) Tensor {
	if s := x.shape("Row"); s.Rank != 2 {
		expr.Fail("Row", "needs a matrix, not %v", s)
	}
	return x.pick("Row", 0, i)
}

func (x Tensor) pick(op string, axis, i int) Tensor {
	s := x.shape(op)
	if s.Rank == 0 {
		expr.Fail(op, "a scalar has no elements to choose from")
	}
	if i < 0 || i >= s.Dim[axis] {
		expr.Fail(op, "no %d in %v", i, s)
	}
	return apply(op, func(g *expr.Graph, in []expr.ID) expr.ID {
		one := g.Apply(expr.Slice, expr.Attr{I: [6]int{axis, i, i + 1}}, in[0])
		return g.Apply(expr.Sum, expr.Attr{I: [6]int{axis}}, one)
	}, x)
}

// Slice returns the elements lo to hi, hi excluded, along the last axis.
func (x Tensor) Slice(lo, hi int) Tensor {
	axis := x.shape("Slice").Rank - 1
	return apply("Slice", func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.Apply(expr.Slice, expr.Attr{I: [6]int{axis, lo, hi}}, in[0])
	}, x)
}

// Reshape returns the elements of x in another shape: no extents for a scalar, one for a vector, two for a matrix.
func (x Tensor) Reshape(extents ...int) Tensor {
	if len(extents) > 3 {
		expr.Fail("Reshape", "%d extents, at most 3", len(extents))
	}
	a := expr.Attr{I: [6]int{len(extents)}}
	copy(a.I[1:], extents)
	return apply("Reshape", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Apply(expr.Reshape, a, in[0]) }, x)
}

// Gather returns chosen elements of a vector, rows of a matrix or channels of an image, in the order of the indices, which may repeat:
// the neighbours of sites, the words of a sentence. Their gradients are added up.
func (x Tensor) Gather(indices []int) Tensor {
	return apply("Gather", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Gather(in[0], indices) }, x)
}

// OneHot returns a vector of width n that is 1 at the place which a scalar x names and 0 elsewhere: of a class, times the table of an
// embedding. It is 0 everywhere where x is not one of 0, 1, …, n−1, and has no gradient.
func (x Tensor) OneHot(n int) Tensor {
	if s := x.shape("OneHot"); s.Rank != 0 || n < 1 {
		expr.Fail("OneHot", "%v among %d", s, n)
	}
	places := make([]float64, n)
	for i := range places {
		places[i] = float64(i)
	}
	miss := Const(places).Sub(x).Abs()
	return Where(miss.Greater(0), 0, Where(miss.Less(1), 1, 0)) // neither is so for NaN
}

// Roll returns the elements moved by shift places along an axis; those that leave at one end come in at the other. On a lattice,
// x.Mul(x.Roll(1, 0)) are the products of neighbours, with periodic boundaries.
func (x Tensor) Roll(shift, axis int) Tensor {
	s := x.shape("Roll")
	if axis < 0 || axis >= s.Rank {
		expr.Fail("Roll", "no axis %d in %v", axis, s)
	}
	n := s.Dim[axis]
	cut := ((-shift)%n + n) % n
	if cut == 0 {
		return x
	}
	return apply("Roll", func(g *expr.Graph, in []expr.ID) expr.ID {
		first := g.Apply(expr.Slice, expr.Attr{I: [6]int{axis, 0, cut}}, in[0])
		last := g.Apply(expr.Slice, expr.Attr{I: [6]int{axis, cut, n}}, in[0])
		return g.Apply(expr.Concat, expr.Attr{I: [6]int{axis}}, last, first)
	}, x)
}

// Pad returns x with zeros before and after along an axis.
func (x Tensor) Pad(before, after, axis int) Tensor {
	s := x.shape("Pad")
	if axis < 0 || axis >= s.Rank || before < 0 || after < 0 {
		expr.Fail("Pad", "%d before and %d after along axis %d of %v", before, after, axis, s)
	}
	return apply("Pad", func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.Apply(expr.Pad, expr.Attr{I: [6]int{axis, before, before + s.Dim[axis] + after}}, in[0])
	}, x)
}

// Transpose returns the transpose of a matrix.
func (x Tensor) Transpose() Tensor { return x.unary(expr.Transpose) }

// Concat joins scalars, vectors, numbers and numeric slices to one vector, or matrices side by side.
func Concat(parts ...any) Tensor {
	xs := make([]Tensor, len(parts))
	axis := 0
	for i, p := range parts {
		xs[i] = operand("Concat", p)
		axis = max(axis, xs[i].shape("Concat").Rank-1)
	}
	return apply("Concat", func(g *expr.Graph, in []expr.ID) expr.ID {
		for i, id := range in {
			if g.Shape(id).Rank == 0 {
				in[i] = g.Reshape(id, expr.Vector(1))
			}
		}
		return g.Apply(expr.Concat, expr.Attr{I: [6]int{axis}}, in...)
	}, xs...)
}

// Stack joins scalars to a vector, or vectors of the same width to the rows of a matrix.
func Stack(parts ...any) Tensor {
	xs := make([]Tensor, len(parts))
	for i, p := range parts {
		xs[i] = operand("Stack", p)
	}
	return apply("Stack", func(g *expr.Graph, in []expr.ID) expr.ID {
		for i, id := range in {
			s := g.Shape(id)
			switch s.Rank {
			case 0:
				in[i] = g.Reshape(id, expr.Vector(1))
			case 1:
				in[i] = g.Reshape(id, expr.Matrix(1, s.Dim[0]))
			default:
				expr.Fail("Stack", "needs scalars or vectors, not %v", s)
			}
		}
		return g.Apply(expr.Concat, expr.Attr{}, in...)
	}, xs...)
}

// Conv moves filters over an image, a Tensor of channels, rows and columns (see Reshape), with zeros around it: channel k of the result
// is the image seen through filter k. A filter is a row of weights: size × size numbers for each channel of the image (see
// Params.Filters). stride is how far the filter moves, around how many zeros there are on each side.
func (x Tensor) Conv(weights any, size, stride, around int) Tensor {
	return apply("Conv", func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.Conv(in[0], in[1], size, size, stride, around)
	}, x, operand("Conv", weights))
}

// ConvTranspose is the transpose of Conv and makes images larger: each element of channel k of the image, times row k of weights, is
// added to a window of the result; the windows are stride apart, and around rows and columns are cut off on each side. weights has a row
// for each channel of the image, with size × size numbers for each channel of the result.
func (x Tensor) ConvTranspose(weights any, size, stride, around int) Tensor {
	return apply("ConvTranspose", func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.ConvTranspose(in[0], in[1], size, size, stride, around)
	}, x, operand("ConvTranspose", weights))
}

// MaxPool returns the largest elements of the windows of size × size of each channel of an image, stride apart.
func (x Tensor) MaxPool(size, stride int) Tensor {
	return apply("MaxPool", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Pool(expr.Max, in[0], size, stride) }, x)
}

// MeanPool is MaxPool with the mean instead.
func (x Tensor) MeanPool(size, stride int) Tensor {
	sum := apply("MeanPool", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Pool(expr.Sum, in[0], size, stride) }, x)
	return sum.Div(size * size)
}

// AddChannels returns an image with the k-th element of a vector added to its channel k.
func (x Tensor) AddChannels(v any) Tensor {
	return apply("AddChannels", func(g *expr.Graph, in []expr.ID) expr.ID {
		s := g.Shape(in[0])
		if s.Rank != 3 || g.Shape(in[1]).Size() != s.Dim[0] {
			expr.Fail("AddChannels", "%v and %v", s, g.Shape(in[1]))
		}
		b := g.Apply(expr.Broadcast, expr.Attr{I: [6]int{1, s.Dim[1] * s.Dim[2]}}, g.Flat(in[1]))
		return g.Apply(expr.Add, expr.Attr{}, in[0], g.Reshape(b, s))
	}, x, operand("AddChannels", v))
}
