package expr

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// A probe puts one operation in reach of finite differences: a scalar function of one input vector, and where to look at it.
type probe struct {
	name  string
	width int
	build func(g *Graph, x ID) ID
	at    func(i int) float64 // the i-th coordinate of the point; nil: between −1.2 and 1.4, away from kinks
	op    Op
}

// weighted reduces a value to a scalar that depends on every element differently.
func weighted(g *Graph, a ID) ID {
	n := g.Shape(a).Size()
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.7 + 0.3*float64(i)*math.Pow(-1, float64(i))
	}
	return g.Dot(a, g.Const(Vector(n), w))
}

func positive(i int) float64 { return 0.4 + 0.37*float64(i) }

// probes cover every differentiable row of the table, with operands in both places, repeated operands, and every axis.
func probes() []probe {
	var ps []probe
	un := func(op Op, at func(int) float64) {
		ps = append(ps, probe{op.String(), 3, func(g *Graph, x ID) ID { return weighted(g, g.op(op, x)) }, at, op})
	}
	for _, op := range []Op{Neg, Square, Recip, Abs, Exp, Softplus, Sigmoid, Tanh, Relu, Sin, Cos} {
		un(op, nil)
	}
	for _, op := range []Op{Sqrt, Log, Log1p} {
		un(op, positive)
	}
	for _, k := range []float64{3, -1.5, 0.5, 2, 1, -1, 0} {
		ps = append(ps, probe{fmt.Sprintf("Pow %v", k), 3,
			func(g *Graph, x ID) ID { return weighted(g, g.Apply(Pow, Attr{F: k}, x)) }, positive, Pow})
	}
	for _, op := range []Op{Add, Sub, Mul, Div, Maximum, Minimum} {
		ps = append(ps, twoOperands(op)...)
	}
	ps = append(ps, probe{"Where", 4, func(g *Graph, x ID) ID {
		a, b := half(g, x, 0), half(g, x, 2)
		return weighted(g, g.op(Where, g.op(Greater, a, b), g.op(Square, a), g.op(Sin, b)))
	}, nil, Where})
	ps = append(ps, reductions()...)
	ps = append(ps, products()...)
	ps = append(ps, factors()...)
	ps = append(ps, probe{"Slow", 3, func(g *Graph, x ID) ID {
		host := &Host{F: func(x []float64) float64 { return x[0] - 2*x[1] + 0.5*x[2] }}
		return g.Apply(Call, Attr{Host: host}, x)
	}, nil, Call})
	return append(ps, reshapes()...)
}

func half(g *Graph, x ID, lo int) ID { return g.Apply(Slice, Attr{I: [6]int{0, lo, lo + 2}}, x) }

func elem(g *Graph, x ID, i int) ID {
	return g.Reshape(g.Apply(Slice, Attr{I: [6]int{0, i, i + 1}}, x), Scalar())
}

func twoOperands(op Op) []probe {
	return []probe{
		{op.String() + " of vectors", 4, func(g *Graph, x ID) ID {
			return weighted(g, g.op(op, g.op(Sin, half(g, x, 0)), half(g, x, 2)))
		}, nil, op},
		{op.String() + " of scalar and vector", 4, func(g *Graph, x ID) ID {
			return weighted(g, g.op(op, elem(g, x, 0), half(g, x, 2)))
		}, nil, op},
		{op.String() + " of vector and scalar", 4, func(g *Graph, x ID) ID {
			return weighted(g, g.op(op, half(g, x, 2), elem(g, x, 1)))
		}, nil, op},
		{op.String() + " with a constant", 2, func(g *Graph, x ID) ID {
			return weighted(g, g.op(op, g.op(op, x, g.Number(0.3)), g.Const(Vector(2), []float64{0.9, -0.8})))
		}, nil, op},
		{op.String() + " of a scalar and a one-element vector", 2, func(g *Graph, x ID) ID {
			one := g.Apply(Slice, Attr{I: [6]int{0, 1, 2}}, x)
			return weighted(g, g.op(op, elem(g, x, 0), one))
		}, nil, op},
	}
}

func matrix(g *Graph, x ID, r, c int) ID { return g.Reshape(x, Matrix(r, c)) }

func reductions() []probe {
	var ps []probe
	for _, op := range []Op{Sum, Max, LogSumExp, Softmax} {
		for axis, s := range []Shape{Vector(6), Matrix(2, 3), Matrix(2, 3), Image(2, 3, 1), Image(1, 3, 2)} {
			axis := []int{0, 0, 1, 1, 2}[axis]
			ps = append(ps, probe{fmt.Sprintf("%v of %v along %d", op, s, axis), 6, func(g *Graph, x ID) ID {
				return weighted(g, g.Apply(op, Attr{I: [6]int{axis}}, g.op(Square, g.Reshape(x, s))))
			}, nil, op})
		}
	}
	return append(ps,
		probe{"Norm", 4, func(g *Graph, x ID) ID { return g.Norm(x) }, nil, Sqrt},
		probe{"OneHot", 4, func(g *Graph, x ID) ID { return g.Dot(g.Apply(OneHot, Attr{}, x), g.op(Square, x)) }, nil, OneHot},
		probe{"Sign", 4, func(g *Graph, x ID) ID { return g.Dot(g.op(Sign, x), g.op(Square, x)) }, nil, Sign},
	)
}

func products() []probe {
	var ps []probe
	w := []float64{0.5, -1, 2, 0.3, 0.7, -0.2}
	for _, ta := range []int{0, 1} {
		for _, tb := range []int{0, 1} {
			attr := Attr{I: [6]int{ta, tb}}
			left := func(g *Graph, x ID) ID { return matrix(g, x, [2]int{2, 3}[ta], [2]int{3, 2}[ta]) }
			right := func(g *Graph, x ID) ID { return matrix(g, x, [2]int{3, 2}[tb], [2]int{2, 3}[tb]) }
			name := fmt.Sprintf("MatMul %d%d", ta, tb)
			ps = append(ps,
				probe{name + " per sample", 12, func(g *Graph, x ID) ID {
					a, b := g.Apply(Slice, Attr{I: [6]int{0, 0, 6}}, x), g.Apply(Slice, Attr{I: [6]int{0, 6, 12}}, x)
					return weighted(g, g.Apply(MatMul, attr, left(g, a), right(g, b)))
				}, nil, MatMul},
				probe{name + " with weights on the right", 6, func(g *Graph, x ID) ID {
					return weighted(g, g.op(Square, g.Apply(MatMul, attr, left(g, x), right(g, g.Const(Vector(6), w)))))
				}, nil, MatMul},
				probe{name + " with weights on the left", 6, func(g *Graph, x ID) ID {
					return weighted(g, g.op(Square, g.Apply(MatMul, attr, left(g, g.Const(Vector(6), w)), right(g, x))))
				}, nil, MatMul},
				probe{name + " of a value with itself", 6, func(g *Graph, x ID) ID {
					return weighted(g, g.Apply(MatMul, attr, left(g, x), right(g, g.op(Sin, x))))
				}, nil, MatMul})
		}
	}
	return append(ps,
		probe{"Linear of vector and matrix", 3, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Tanh, g.Linear(x, g.Const(Matrix(3, 2), w))))
		}, nil, MatMul},
		probe{"Linear of matrix and vector", 3, func(g *Graph, x ID) ID {
			return weighted(g, g.op(Tanh, g.Linear(g.Const(Matrix(2, 3), w), x)))
		}, nil, MatMul},
		probe{"quadratic form", 3, func(g *Graph, x ID) ID {
			return g.Linear(g.Linear(x, g.Const(Matrix(3, 3), append(w, 1, 2, 3))), x)
		}, nil, MatMul})
}

func reshapes() []probe {
	nonlinear := func(g *Graph, a ID) ID { return weighted(g, g.op(Sin, g.op(Square, a))) }
	along := func(op Op, axis, i, j int) func(g *Graph, x ID) ID {
		return func(g *Graph, x ID) ID {
			return nonlinear(g, g.Apply(op, Attr{I: [6]int{axis, i, j}}, matrix(g, x, 2, 3)))
		}
	}
	return []probe{
		{"Reshape", 6, func(g *Graph, x ID) ID { return nonlinear(g, matrix(g, x, 3, 2)) }, nil, Reshape},
		{"Broadcast 0", 6, along(Broadcast, 0, 4, 0), nil, Broadcast},
		{"Broadcast 1", 6, along(Broadcast, 1, 4, 0), nil, Broadcast},
		{"Broadcast 2", 6, along(Broadcast, 2, 4, 0), nil, Broadcast},
		{"Slice 0", 6, along(Slice, 0, 1, 2), nil, Slice},
		{"Slice 1", 6, along(Slice, 1, 1, 3), nil, Slice},
		{"Pad 0", 6, along(Pad, 0, 1, 4), nil, Pad},
		{"Pad 1", 6, along(Pad, 1, 2, 5), nil, Pad},
		{"Transpose", 6, along(Transpose, 0, 0, 0), nil, Transpose},
		{"Unfold", 24, func(g *Graph, x ID) ID {
			return nonlinear(g, g.Apply(Unfold, Attr{I: [6]int{2, 3, 1}}, g.Reshape(x, Image(2, 3, 4))))
		}, nil, Unfold},
		{"Unfold, 2 apart", 20, func(g *Graph, x ID) ID {
			return nonlinear(g, g.Apply(Unfold, Attr{I: [6]int{2, 1, 2}}, g.Reshape(x, Image(1, 4, 5))))
		}, nil, Unfold},
		{"Fold", 24, func(g *Graph, x ID) ID {
			return nonlinear(g, g.Apply(Fold, Attr{I: [6]int{2, 2, 1, 3, 4}}, matrix(g, x, 4, 6)))
		}, nil, Fold},
		{"Conv", 18, func(g *Graph, x ID) ID {
			w := g.Const(Matrix(2, 8), []float64{1, -1, 2, 0.5, 0.3, 0.7, -2, 1, 0, 1, 0.1, -0.4, 0.6, 0.2, -1, 0.9})
			return nonlinear(g, g.Conv(g.Reshape(x, Image(2, 3, 3)), w, 2, 2, 2, 1))
		}, nil, Unfold},
		{"Conv with filters per sample", 20, func(g *Graph, x ID) ID {
			image, w := g.Apply(Slice, Attr{I: [6]int{0, 0, 12}}, x), g.Apply(Slice, Attr{I: [6]int{0, 12, 20}}, x)
			return nonlinear(g, g.Conv(g.Reshape(image, Image(1, 3, 4)), matrix(g, w, 2, 4), 2, 2, 1, 0))
		}, nil, Unfold},
		{"Pool", 18, func(g *Graph, x ID) ID {
			image := g.Reshape(g.op(Sin, x), Image(2, 3, 3))
			return g.op(Add, nonlinear(g, g.Pool(Sum, image, 2, 1)), nonlinear(g, g.Pool(Max, image, 3, 1)))
		}, nil, Unfold},
		{"Concat 0", 6, func(g *Graph, x ID) ID {
			m := matrix(g, x, 2, 3)
			return nonlinear(g, g.Apply(Concat, Attr{}, m, g.op(Sigmoid, m), g.Const(Matrix(1, 3), []float64{1, 2, 3})))
		}, nil, Concat},
		{"Concat 1", 6, func(g *Graph, x ID) ID {
			m := matrix(g, x, 2, 3)
			return nonlinear(g, g.Apply(Concat, Attr{I: [6]int{1}}, m, g.Const(Matrix(2, 1), []float64{1, 2}), g.op(Sigmoid, m)))
		}, nil, Concat},
	}
}

func (p probe) point() []float64 {
	x := make([]float64, p.width)
	for i := range x {
		if p.at != nil {
			x[i] = p.at(i)
		} else {
			x[i] = -1.2 + math.Mod(0.83*float64(i)+0.1, 2.6)
		}
	}
	return x
}

// value evaluates a program of one input at a single sample.
func value(p *Program, x []float64, size int) []float64 {
	out := make([]float64, size)
	p.Run(Batch{N: 1, In: [][]float64{x}, Out: [][]float64{out}})
	return out
}

// slope is the derivative along coordinate i by a difference of fourth order: its error is about 1e-11 here.
func slope(f func(x []float64) float64, x []float64, i int) float64 {
	const h = 1e-3
	at := func(d float64) float64 {
		y := append([]float64(nil), x...)
		y[i] += d
		return f(y)
	}
	return (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*(1+math.Abs(a)+math.Abs(b)) }

func TestGradients(t *testing.T) {
	for _, p := range probes() {
		t.Run(p.name, func(t *testing.T) { checkGradients(t, p) })
	}
}

// checkGradients compares gradient and Hessian with differences, and the Hessian with its transpose.
func checkGradients(t *testing.T, p probe) {
	g := New()
	x := g.Input(0, Vector(p.width))
	y := p.build(g, x)
	dy := g.Grad(y, x)[0]
	x0 := p.point()
	f := Compile(g, y)
	df := Compile(g, dy)
	grad := value(df, x0, p.width)
	for i := range x0 {
		want := slope(func(x []float64) float64 { return value(f, x, 1)[0] }, x0, i)
		if !near(grad[i], want, 1e-8) {
			t.Errorf("gradient %d: %v, by differences %v", i, grad[i], want)
		}
	}
	hess := make([][]float64, p.width)
	for i := range hess {
		row := g.Grad(elem(g, dy, i), x)[0]
		hess[i] = value(Compile(g, row), x0, p.width)
		for j := range x0 {
			want := slope(func(x []float64) float64 { return value(df, x, p.width)[i] }, x0, j)
			if !near(hess[i][j], want, 1e-7) {
				t.Errorf("second derivative %d %d: %v, by differences %v", i, j, hess[i][j], want)
			}
		}
	}
	for i := range hess {
		for j := range i {
			if !near(hess[i][j], hess[j][i], 1e-12) {
				t.Errorf("second derivatives %d %d: %v and %v", i, j, hess[i][j], hess[j][i])
			}
		}
	}
}

// A row of the table that no probe reaches is a hole in TestGradients.
func TestEveryOperationIsProbed(t *testing.T) {
	covered := map[Op]bool{Input: true, Param: true, Const: true,
		Greater: true, GreaterEqual: true, StopGradient: true, BatchSum: true, CallGradient: true} // values and zero gradients are tested below
	for _, p := range probes() {
		covered[p.op] = true
	}
	for op := range numOps {
		if table[op].name == "" {
			t.Errorf("operation %d has no row", op)
		}
		if !covered[op] {
			t.Errorf("%v has no probe", op)
		}
	}
}

// Values, with the edges: what happens at 0, at infinity, with NaN, and in the tails.
func TestElementwiseValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		op   Op
		in   []float64
		want float64
	}{
		{Add, []float64{1, 2}, 3}, {Sub, []float64{1, 2}, -1}, {Mul, []float64{3, 2}, 6}, {Div, []float64{3, 2}, 1.5},
		{Div, []float64{1, 0}, inf}, {Mul, []float64{inf, 0}, nan},
		{Maximum, []float64{1, 2}, 2}, {Maximum, []float64{nan, 2}, nan}, {Minimum, []float64{1, 2}, 1},
		{Minimum, []float64{1, nan}, nan},
		{Greater, []float64{2, 1}, 1}, {Greater, []float64{1, 1}, 0}, {Greater, []float64{nan, 1}, 0},
		{GreaterEqual, []float64{1, 1}, 1}, {GreaterEqual, []float64{0, 1}, 0},
		{Where, []float64{1, 5, 6}, 5}, {Where, []float64{0, 5, 6}, 6}, {Where, []float64{0, nan, 6}, 6},
		{Neg, []float64{2}, -2}, {Square, []float64{-3}, 9}, {Sqrt, []float64{9}, 3}, {Sqrt, []float64{-1}, nan},
		{Recip, []float64{4}, 0.25}, {Recip, []float64{0}, 0}, {Abs, []float64{-2}, 2},
		{Sign, []float64{-2}, -1}, {Sign, []float64{0}, 0}, {Sign, []float64{7}, 1}, {Sign, []float64{nan}, nan},
		{Exp, []float64{1}, math.E}, {Exp, []float64{710}, inf}, {Exp, []float64{-746}, 0}, {Log, []float64{0}, -inf},
		{Log, []float64{-1}, nan}, {Log1p, []float64{1e-20}, 1e-20},
		{Softplus, []float64{0}, math.Ln2}, {Softplus, []float64{-50}, math.Exp(-50)}, {Softplus, []float64{800}, 800},
		{Softplus, []float64{-800}, 0}, {Sigmoid, []float64{0}, 0.5}, {Sigmoid, []float64{-50}, math.Exp(-50)},
		{Sigmoid, []float64{800}, 1}, {Sigmoid, []float64{-800}, 0}, {Tanh, []float64{20}, 1},
		{Tanh, []float64{0.5}, math.Tanh(0.5)},
		{Relu, []float64{-1}, 0}, {Relu, []float64{2}, 2}, {Relu, []float64{nan}, nan}, {Sin, []float64{1}, math.Sin(1)},
		{Cos, []float64{1}, math.Cos(1)},
	} {
		g := New()
		in, ids := make([][]float64, len(c.in)), make([]ID, len(c.in))
		for i, v := range c.in {
			ids[i] = g.Input(i, Scalar())
			in[i] = []float64{v}
		}
		out := []float64{0}
		Compile(g, g.op(c.op, ids...)).Run(Batch{N: 1, In: in, Out: [][]float64{out}})
		if !(near(out[0], c.want, 1e-15) || out[0] == c.want || math.IsNaN(out[0]) && math.IsNaN(c.want)) {
			t.Errorf("%v(%v) = %v, want %v", c.op, c.in, out[0], c.want)
		}
	}
}

func TestReductionEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		op   Op
		in   []float64
		want []float64
	}{
		{LogSumExp, []float64{1000, 1000}, []float64{1000 + math.Ln2}},
		{LogSumExp, []float64{-inf, -inf}, []float64{-inf}},
		{LogSumExp, []float64{inf, 0}, []float64{inf}},
		{LogSumExp, []float64{-inf, 3}, []float64{3}},
		{Softmax, []float64{-inf, -inf}, []float64{0, 0}},
		{Softmax, []float64{-inf, 3}, []float64{0, 1}},
		{Softmax, []float64{1000, 1000}, []float64{0.5, 0.5}},
		{OneHot, []float64{2, 2}, []float64{1, 0}},
		{Max, []float64{2, 5}, []float64{5}},
	} {
		g := New()
		out := value(Compile(g, g.Apply(c.op, Attr{}, g.Input(0, Vector(2)))), c.in, len(c.want))
		for i := range out {
			if !(out[i] == c.want[i] || near(out[i], c.want[i], 1e-15)) {
				t.Errorf("%v(%v) = %v, want %v", c.op, c.in, out, c.want)
			}
		}
	}
}

// The conventions at kinks, as the table of operations states them.
func TestGradientsAtKinks(t *testing.T) {
	zero := []float64{0, 0}
	for _, c := range []struct {
		name  string
		build func(g *Graph, x ID) ID
		at    []float64
		want  []float64
	}{
		{"Norm at 0", func(g *Graph, x ID) ID { return g.Norm(x) }, zero, zero},
		{"Sqrt at 0", func(g *Graph, x ID) ID { return weighted(g, g.op(Sqrt, x)) }, zero, zero},
		{"Abs at 0", func(g *Graph, x ID) ID { return weighted(g, g.op(Abs, x)) }, zero, zero},
		{"ReLU at 0", func(g *Graph, x ID) ID { return weighted(g, g.op(Relu, x)) }, zero, zero},
		{"Maximum of equals", func(g *Graph, x ID) ID { return g.op(Maximum, elem(g, x, 0), elem(g, x, 1)) }, zero, []float64{1, 0}},
		{"Minimum of equals", func(g *Graph, x ID) ID { return g.op(Minimum, elem(g, x, 0), elem(g, x, 1)) }, zero, []float64{1, 0}},
		{"Max of equals", func(g *Graph, x ID) ID { return g.Over(Max, x) }, zero, []float64{1, 0}},
		{"StopGradient", func(g *Graph, x ID) ID { return g.Dot(g.op(StopGradient, x), x) }, []float64{2, 3}, []float64{2, 3}},
		{"Greater", func(g *Graph, x ID) ID { return g.op(Greater, elem(g, x, 0), elem(g, x, 1)) }, []float64{2, 1}, zero},
		{"no dependence", func(g *Graph, x ID) ID { return g.Number(3) }, zero, zero},
		{"Where shields the untaken", func(g *Graph, x ID) ID {
			a := elem(g, x, 0)
			return g.op(Where, g.op(Greater, a, g.Number(1)), g.op(Square, a), g.op(Exp, elem(g, x, 1)))
		}, []float64{3, 2000}, []float64{6, math.NaN()}}, // 0·Inf: Where says so in its documentation
	} {
		g := New()
		x := g.Input(0, Vector(2))
		got := value(Compile(g, g.Grad(c.build(g, x), x)[0]), c.at, 2)
		for i := range got {
			if got[i] != c.want[i] && !(math.IsNaN(got[i]) && math.IsNaN(c.want[i])) {
				t.Errorf("%s: gradient %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestErrorsNameOperationAndShapes(t *testing.T) {
	for _, c := range []struct {
		build func(g *Graph)
		want  string
	}{
		{func(g *Graph) { g.op(Add, g.Input(0, Vector(3)), g.Input(1, Vector(2))) }, "ebm: Add: width 3 and 2"},
		{func(g *Graph) { g.op(Mul, g.Input(0, Vector(3)), g.Input(1, Matrix(1, 2))) }, "ebm: Mul: width 3 and 1×2"},
		{func(g *Graph) { g.op(MatMul, g.Input(0, Matrix(2, 3)), g.Input(1, Matrix(2, 3))) }, "ebm: MatMul: 2×3 and 2×3"},
		{func(g *Graph) { g.op(MatMul, g.Input(0, Vector(2)), g.Input(1, Matrix(2, 3))) }, "ebm: MatMul: needs two matrices"},
		{func(g *Graph) { g.Linear(g.Input(0, Vector(3)), g.Input(1, Matrix(2, 3))) }, "ebm: MatMul: width 3 and 2×3"},
		{func(g *Graph) { g.Dot(g.Input(0, Vector(3)), g.Input(1, Vector(4))) }, "ebm: Dot: width 3 and 4"},
		{func(g *Graph) { g.Apply(Sum, Attr{I: [6]int{1}}, g.Input(0, Vector(3))) }, "ebm: Sum: no axis 1 in width 3"},
		{func(g *Graph) { g.Apply(Slice, Attr{I: [6]int{0, 1, 9}}, g.Input(0, Vector(3))) }, "ebm: Slice: elements 1 to 9"},
		{func(g *Graph) { g.Reshape(g.Input(0, Vector(3)), Matrix(2, 2)) }, "ebm: Reshape: width 3 and 2×2"},
		{func(g *Graph) { g.op(Transpose, g.Input(0, Vector(3))) }, "ebm: Transpose: needs a matrix, not width 3"},
		{func(g *Graph) { g.Apply(Concat, Attr{}) }, "ebm: Concat: nothing to join"},
		{func(g *Graph) { g.Conv(g.Input(0, Vector(9)), g.Input(1, Matrix(1, 9)), 3, 3, 1, 0) }, "ebm: Conv: needs an image of"},
		{func(g *Graph) { g.Conv(g.Input(0, Image(1, 3, 3)), g.Input(1, Matrix(1, 8)), 3, 3, 1, 0) }, "ebm: Conv: filters of 1×8 for windows of 3×3 in 1×3×3"},
		{func(g *Graph) { g.Conv(g.Input(0, Image(1, 2, 3)), g.Input(1, Matrix(1, 9)), 3, 3, 1, 0) }, "ebm: Conv: windows of 3×3, 1 apart, in 1×2×3"},
		{func(g *Graph) { g.Pool(Max, g.Input(0, Image(1, 2, 3)), 3, 1) }, "ebm: Pool: windows of 3×3"},
		{func(g *Graph) { g.Apply(Fold, Attr{I: [6]int{2, 2, 1, 3, 3}}, g.Input(0, Matrix(4, 5))) }, "ebm: Fold: 4 windows of 2×2 in 1×3×3, not 5"},
		{func(g *Graph) {
			g.Apply(Concat, Attr{I: [6]int{1}}, g.Input(0, Matrix(2, 2)), g.Input(1, Matrix(3, 2)))
		},
			"ebm: Concat: 2×2 and 3×2"},
		{func(g *Graph) { g.Apply(Pad, Attr{I: [6]int{0, 2, 4}}, g.Input(0, Vector(3))) }, "ebm: Pad"},
		{func(g *Graph) { g.Apply(Broadcast, Attr{I: [6]int{3, 2}}, g.Input(0, Vector(3))) }, "ebm: Broadcast"},
		{func(g *Graph) { g.op(Add, g.Input(0, Vector(3))) }, "ebm: Add: 1 operands for 2"},
		{func(g *Graph) { g.Grad(g.Input(0, Vector(3)), 0) }, "ebm: Grad: needs one number per sample, not width 3"},
		{func(g *Graph) { x := g.Input(0, Scalar()); g.op(Add, x, g.op(BatchSum, x)) }, "ebm: Add: a value per sample"},
		{func(g *Graph) { g.Const(Vector(2), []float64{1}) }, "ebm: Const: 1 numbers for width 2"},
	} {
		func() {
			defer func() {
				err, ok := recover().(*Error)
				if !ok || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got %v, want an *Error %q", err, c.want)
				}
			}()
			c.build(New())
		}()
	}
}

// A Hessian-vector product of a quadratic form is the symmetric part of its matrix times the vector.
func TestHessianVectorProduct(t *testing.T) {
	g := New()
	x, v := g.Input(0, Vector(3)), g.Input(1, Vector(3))
	a := []float64{2, -1, 0, 3, 5, 1, 4, 0, -2}
	y := g.Linear(g.Linear(x, g.Const(Matrix(3, 3), a)), x)
	hv := g.Grad(g.Dot(g.Grad(y, x)[0], v), x)[0]
	out, dir := make([]float64, 3), []float64{1, -2, 0.5}
	Compile(g, hv).Run(Batch{N: 1, In: [][]float64{{7, 8, 9}, dir}, Out: [][]float64{out}})
	for i := range out {
		want := 0.0
		for j, d := range dir {
			want += (a[3*i+j] + a[3*j+i]) * d
		}
		if !near(out[i], want, 1e-13) {
			t.Errorf("row %d: %v, want %v", i, out[i], want)
		}
	}
}

// Third derivative of x⁵ and of sin: gradients of gradients of gradients.
func TestThirdDerivative(t *testing.T) {
	g := New()
	x := g.Input(0, Scalar())
	y := g.op(Add, g.Apply(Pow, Attr{F: 5}, x), g.op(Sin, x))
	for range 3 {
		y = g.Grad(y, x)[0]
	}
	got := value(Compile(g, y), []float64{0.7}, 1)[0]
	if want := 60*0.49 - math.Cos(0.7); !near(got, want, 1e-12) {
		t.Errorf("%v, want %v", got, want)
	}
}
