package ebm

import "joule/ebm/expr"

// Reductions over all elements of a sample give a scalar; those with an axis remove that axis (0: down the rows, giving one
// result per column; 1: along the rows, giving one per row).

func (x Tensor) over(op expr.Op) Tensor {
	return apply(op.String(), func(g *expr.Graph, in []expr.ID) expr.ID { return g.Over(op, in[0]) }, x)
}

func (x Tensor) along(op expr.Op, axis int) Tensor {
	return apply(op.String(), func(g *expr.Graph, in []expr.ID) expr.ID {
		return g.Apply(op, expr.Attr{I: [6]int{axis}}, in[0])
	}, x)
}

// Sum returns the sum of all elements.
func (x Tensor) Sum() Tensor { return x.over(expr.Sum) }

// SumAxis returns the sum along an axis.
func (x Tensor) SumAxis(axis int) Tensor { return x.along(expr.Sum, axis) }

// Mean returns the mean of all elements.
func (x Tensor) Mean() Tensor { return x.Sum().Div(x.Width()) }

// Max returns the largest element. The gradient goes to the first of equal ones.
func (x Tensor) Max() Tensor { return x.over(expr.Max) }

// Min returns the smallest element. The gradient goes to the first of equal ones.
func (x Tensor) Min() Tensor { return x.Neg().Max().Neg() }

// LogSumExp returns log Σ eˣ without overflow; its negative is the smooth minimum of energies −x.
func (x Tensor) LogSumExp() Tensor { return x.over(expr.LogSumExp) }

// LogSumExpAxis returns log Σ eˣ along an axis.
func (x Tensor) LogSumExpAxis(axis int) Tensor { return x.along(expr.LogSumExp, axis) }

// Softmax returns eˣ / Σ eˣ along the last axis.
func (x Tensor) Softmax() Tensor {
	return x.along(expr.Softmax, x.shape("Softmax").Rank-1)
}

// MeanAxis returns the mean along an axis.
func (x Tensor) MeanAxis(axis int) Tensor {
	sum := x.along(expr.Sum, axis)
	return sum.Div(x.Width() / sum.Width())
}

// MaxAxis returns the largest elements along an axis. The gradient goes to the first of equal ones.
func (x Tensor) MaxAxis(axis int) Tensor { return x.along(expr.Max, axis) }

// MinAxis returns the smallest elements along an axis. The gradient goes to the first of equal ones.
func (x Tensor) MinAxis(axis int) Tensor { return x.Neg().along(expr.Max, axis).Neg() }

// NormAxis returns the Euclidean norms along an axis. The gradient of a norm that is 0 is 0.
func (x Tensor) NormAxis(axis int) Tensor { return x.Square().along(expr.Sum, axis).Sqrt() }

// Prod returns the product of all elements. Its gradient is exact where elements are 0.
func (x Tensor) Prod() Tensor {
	return apply("Prod", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Prod(g.Flat(in[0]), 0) }, x)
}

// ProdAxis returns the products along an axis.
func (x Tensor) ProdAxis(axis int) Tensor {
	return apply("Prod", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Prod(in[0], axis) }, x)
}

// ArgMax returns the place of the largest element along the last axis as a one-hot vector: 1 there, at the first of equal ones, and 0
// elsewhere. It has no gradient.
func (x Tensor) ArgMax() Tensor { return x.along(expr.OneHot, x.shape("ArgMax").Rank-1) }

// ArgMin is ArgMax for the smallest element.
func (x Tensor) ArgMin() Tensor { return x.Neg().along(expr.OneHot, x.shape("ArgMin").Rank-1) }

// Norm returns the Euclidean norm of all elements. Its gradient at 0 is 0.
func (x Tensor) Norm() Tensor {
	return apply("Norm", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Norm(in[0]) }, x)
}

// Dot returns the sum of the products of the elements of x and v.
func (x Tensor) Dot(v any) Tensor {
	return apply("Dot", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Dot(in[0], in[1]) }, x, operand("Dot", v))
}

// MatMul returns the matrix product. A vector on the left is a row, one on the right a column; with a matrix w of n rows and m
// columns, x.MatMul(w) maps a vector of width n to one of width m.
func (x Tensor) MatMul(v any) Tensor {
	return apply("MatMul", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Linear(in[0], in[1]) }, x, operand("MatMul", v))
}

// Affine returns x.MatMul(w) + b for a vector x: a layer with weights w (inputs × outputs) and biases b.
func (x Tensor) Affine(w, b any) Tensor { return x.MatMul(w).Add(b) }

// Apply returns v.MatMul(w) for a weight w: a layer reads as the weight applied to its input, W.Apply(x).Add(b).
func (w Tensor) Apply(v any) Tensor { return operand("Apply", v).MatMul(w) }

// Grad returns the gradient of y, one number per sample, with respect to x, as a Tensor that can be used and differentiated
// further: score matching, Hessian-vector products and penalties on Jacobians are made of it. x must come from the same function
// as y.
func Grad(y, x Tensor) Tensor {
	return apply("Grad", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Grad(in[0], in[1])[0] }, y, x)
}

// JVP returns how y, of any shape, changes as x moves in the direction v: the Jacobian times v. It costs about as much as y again, where
// the whole Jacobian would take a gradient for every element of y. JVP of a Grad is a Hessian times a vector.
func JVP(y, x Tensor, v any) Tensor {
	return apply("JVP", func(g *expr.Graph, in []expr.ID) expr.ID { return g.JVP(in[0], in[1], in[2]) }, y, x, operand("JVP", v))
}
