package ebm

import (
	"joule/ebm/expr"
)

// A Tensor is a symbolic value per sample: what the function of an energy receives, combines and returns. It holds no number, so
// it cannot be printed or branched on; it is a small value to be passed around freely, but only within the function that
// received it.
type Tensor struct {
	t    *trace
	id   expr.ID
	free *constant // of a constant that belongs to no function yet
}

// An Error is a misuse of an operation; it is what the operations of this package panic with.
type Error = expr.Error

// A trace is one run of an energy's function.
type trace struct {
	graph  *expr.Graph
	params *Params
	done   bool
}

func newTrace(seed int) *trace {
	t := &trace{graph: expr.New()}
	t.params = &Params{trace: t, seed: seed}
	return t
}

// Shape returns the extents per sample: none for a scalar, {n} for a vector, {rows, columns} for a matrix.
func (x Tensor) Shape() []int {
	s := x.shape("Shape")
	return s.Dims()
}

// Width returns the number of elements per sample.
func (x Tensor) Width() int { return x.shape("Width").Size() }

// String describes the tensor by its shape; there is no value to print.
func (x Tensor) String() string {
	if x.t == nil && x.free == nil {
		return "ebm.Tensor(none)"
	}
	return "ebm.Tensor(" + x.shape("String").String() + ")"
}

func (x Tensor) shape(op string) expr.Shape {
	if x.free != nil {
		return x.free.shape
	}
	return x.node(op).graph.Shape(x.id)
}

// node checks that the tensor may be used, and returns its trace.
func (x Tensor) node(op string) *trace {
	switch {
	case x.t == nil:
		expr.Fail(op, "a Tensor of no energy: use the one that the function of the energy receives")
	case x.t.done:
		expr.Fail(op, "this Tensor belongs to an energy that is already defined")
	}
	return x.t
}

// in brings the tensor into a trace.
func (x Tensor) in(op string, t *trace) expr.ID {
	if x.free != nil {
		return t.graph.Const(x.free.shape, x.free.data)
	}
	if x.node(op) != t {
		expr.Fail(op, "the operands belong to two different energies")
	}
	return x.id
}

// home finds the trace that an operation over several operands belongs to; nil if all are constants.
func home(op string, xs ...Tensor) *trace {
	for _, x := range xs {
		if x.free == nil {
			return x.node(op)
		}
	}
	return nil
}

// apply adds an operation to the trace of its operands. Constants alone are computed in a trace of their own.
func apply(op string, build func(g *expr.Graph, in []expr.ID) expr.ID, xs ...Tensor) Tensor {
	return applyTrace(op, func(t *trace, in []expr.ID) expr.ID { return build(t.graph, in) }, xs...)
}

// applyTrace is apply for what adds parameters as well.
func applyTrace(op string, build func(t *trace, in []expr.ID) expr.ID, xs ...Tensor) Tensor {
	t := home(op, xs...)
	if t == nil {
		return constantly(op, build, xs)
	}
	return Tensor{t: t, id: build(t, inAll(op, t, xs))}
}

func inAll(op string, t *trace, xs []Tensor) []expr.ID {
	ids := make([]expr.ID, len(xs))
	for i, x := range xs {
		ids[i] = x.in(op, t)
	}
	return ids
}

// constantly computes an operation on constants at once, so that constants can be prepared outside of any energy.
func constantly(op string, build func(t *trace, in []expr.ID) expr.ID, xs []Tensor) Tensor {
	t := newTrace(0)
	id := build(t, inAll(op, t, xs))
	s := t.graph.Shape(id)
	data := make([]float64, s.Size())
	expr.Compile(t.graph, id).Run(expr.Batch{N: 1, Params: t.params.values(), Out: [][]float64{data}})
	return Tensor{free: &constant{shape: s, data: data}}
}

// unary applies a primitive operation.
func (x Tensor) unary(op expr.Op) Tensor {
	return apply(op.String(), func(g *expr.Graph, in []expr.ID) expr.ID { return g.Apply(op, expr.Attr{}, in...) }, x)
}

// binary applies a primitive operation to x and a Tensor, number or numeric slice.
func (x Tensor) binary(op expr.Op, v any) Tensor {
	return apply(op.String(), elementwise(op), x, operand(op.String(), v))
}

// elementwise applies a primitive operation to operands whose vectors may stand for the rows of a matrix.
func elementwise(op expr.Op) func(g *expr.Graph, in []expr.ID) expr.ID {
	return func(g *expr.Graph, in []expr.ID) expr.ID { return g.Apply(op, expr.Attr{}, g.Align(in)...) }
}

// Add returns x + v.
func (x Tensor) Add(v any) Tensor { return x.binary(expr.Add, v) }

// Sub returns x − v.
func (x Tensor) Sub(v any) Tensor { return x.binary(expr.Sub, v) }

// Mul returns x · v, element by element.
func (x Tensor) Mul(v any) Tensor { return x.binary(expr.Mul, v) }

// Div returns x / v, element by element.
func (x Tensor) Div(v any) Tensor { return x.binary(expr.Div, v) }

// Maximum returns the larger of x and v, element by element. Where they are equal the gradient goes to x.
func (x Tensor) Maximum(v any) Tensor { return x.binary(expr.Maximum, v) }

// Minimum returns the smaller of x and v, element by element. Where they are equal the gradient goes to x.
func (x Tensor) Minimum(v any) Tensor { return x.binary(expr.Minimum, v) }

// Greater returns 1 where x > v and 0 elsewhere, for Where. It has no gradient.
func (x Tensor) Greater(v any) Tensor { return x.binary(expr.Greater, v) }

// Less returns 1 where x < v and 0 elsewhere, for Where. It has no gradient.
func (x Tensor) Less(v any) Tensor {
	return apply("Less", elementwise(expr.Greater), operand("Less", v), x)
}

// Clamp returns x limited to [lo, hi]. The gradient is 1 inside, including the ends, and 0 outside.
func (x Tensor) Clamp(lo, hi float64) Tensor {
	if !(lo <= hi) {
		expr.Fail("Clamp", "from %v to %v", lo, hi)
	}
	return x.Maximum(lo).Minimum(hi)
}

// Where returns a where cond is not zero and b elsewhere, element by element; each is a Tensor, a number or a numeric slice. Both
// are computed; a gradient that is not a number in the one not taken can still spoil the result, so keep its argument in range.
func Where(cond, a, b any) Tensor {
	return apply("Where", elementwise(expr.Where), operand("Where", cond), operand("Where", a), operand("Where", b))
}

// Neg returns −x.
func (x Tensor) Neg() Tensor { return x.unary(expr.Neg) }

// Square returns x².
func (x Tensor) Square() Tensor { return x.unary(expr.Square) }

// Sqrt returns the square root: NaN below 0. Its gradient at 0 is taken as 0.
func (x Tensor) Sqrt() Tensor { return x.unary(expr.Sqrt) }

// Pow returns x to a constant power.
func (x Tensor) Pow(k float64) Tensor {
	return apply("Pow", func(g *expr.Graph, in []expr.ID) expr.ID { return g.Apply(expr.Pow, expr.Attr{F: k}, in...) }, x)
}

// Abs returns |x|. Its gradient at 0 is 0.
func (x Tensor) Abs() Tensor { return x.unary(expr.Abs) }

// Sign returns −1, 0 or 1. It has no gradient.
func (x Tensor) Sign() Tensor { return x.unary(expr.Sign) }

// Exp returns eˣ.
func (x Tensor) Exp() Tensor { return x.unary(expr.Exp) }

// Log returns the natural logarithm: −Inf at 0, NaN below.
func (x Tensor) Log() Tensor { return x.unary(expr.Log) }

// Log1p returns log(1+x), exact near 0.
func (x Tensor) Log1p() Tensor { return x.unary(expr.Log1p) }

// Softplus returns log(1+eˣ), exact in both tails.
func (x Tensor) Softplus() Tensor { return x.unary(expr.Softplus) }

// Sigmoid returns 1/(1+e⁻ˣ).
func (x Tensor) Sigmoid() Tensor { return x.unary(expr.Sigmoid) }

// Tanh returns the hyperbolic tangent.
func (x Tensor) Tanh() Tensor { return x.unary(expr.Tanh) }

// ReLU returns max(x, 0). Its gradient at 0 is 0.
func (x Tensor) ReLU() Tensor { return x.unary(expr.Relu) }

// LeakyReLU returns x where it is positive and slope·x elsewhere, for a slope below 1. Its gradient at 0 is 1.
func (x Tensor) LeakyReLU(slope float64) Tensor { return x.Maximum(x.Mul(slope)) }

// Shrink returns x moved towards 0 by v, and 0 where that would go past it: sign(x)·max(|x| − v, 0), the proximal step of v·|x| that
// sparse coding takes (soft thresholding; Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm", 2009, section 1). v is
// not negative.
func (x Tensor) Shrink(v any) Tensor { return x.Sub(v).ReLU().Sub(x.Neg().Sub(v).ReLU()) }

// SiLU returns x · sigmoid(x): smooth, so that its gradient can be followed by a sampler and differentiated again.
func (x Tensor) SiLU() Tensor { return x.Mul(x.Sigmoid()) }

// Sin returns the sine.
func (x Tensor) Sin() Tensor { return x.unary(expr.Sin) }

// Cos returns the cosine.
func (x Tensor) Cos() Tensor { return x.unary(expr.Cos) }

// StopGradient returns x as a constant to differentiation.
func (x Tensor) StopGradient() Tensor { return x.unary(expr.StopGradient) }
