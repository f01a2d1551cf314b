package expr

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// ring adds the energy (‖x‖ − 2)² / 0.125.
func ring(g *Graph, x ID) ID {
	return g.op(Div, g.op(Square, g.op(Sub, g.Norm(x), g.Number(2))), g.Number(0.125))
}

// regression is the squared error of a small network with parameters, per sample.
func regression(g *Graph) (loss ID, params []ID) {
	x, y := g.Input(0, Vector(3)), g.Input(1, Scalar())
	w, b, v := g.Param(0, "W", Matrix(3, 4)), g.Param(1, "b", Vector(4)), g.Param(2, "v", Vector(4))
	h := g.op(Tanh, g.op(Add, g.Linear(x, w), b))
	decay := g.scale(0.01, g.Dot(w, w))
	return g.op(Add, g.op(Square, g.op(Sub, g.Linear(h, v), y)), decay), []ID{w, b, v}
}

func TestParameterGradientsSumOverTheBatch(t *testing.T) {
	const n = 300 // several panels and a part of one
	r := rand.New(rand.NewPCG(1, 2))
	g := New()
	loss, ids := regression(g)
	p := Compile(g, append([]ID{loss, g.op(BatchSum, loss)}, g.Grad(loss, ids...)...)...)
	in := [][]float64{floats(r, 3*n), floats(r, n)}
	params := [][]float64{floats(r, 12), floats(r, 4), floats(r, 4)}
	run := func(params [][]float64) (total float64, grads [][]float64) {
		each, sum := make([]float64, n), []float64{0}
		grads = [][]float64{make([]float64, 12), make([]float64, 4), make([]float64, 4)}
		p.Run(Batch{N: n, In: in, Params: params, Out: append([][]float64{each, sum}, grads...)})
		for _, v := range each {
			total += v
		}
		if !near(total, sum[0], 1e-12) {
			t.Fatalf("BatchSum %v, the samples add up to %v", sum[0], total)
		}
		return sum[0], grads
	}
	_, grads := run(params)
	for k := range params {
		for i := range params[k] {
			want := slope(func(w []float64) float64 {
				moved := slices.Clone(params)
				moved[k] = w
				total, _ := run(moved)
				return total
			}, params[k], i)
			if !near(grads[k][i], want, 1e-8) {
				t.Errorf("parameter %d, element %d: %v, by differences %v", k, i, grads[k][i], want)
			}
		}
	}
}

// Score matching needs the gradient in the parameters of a gradient in x: here for E = a‖x‖²/2, with ∂/∂a Σ ½‖∇E‖² = a Σ‖x‖².
func TestParameterGradientOfAnInputGradient(t *testing.T) {
	g := New()
	x, a := g.Input(0, Vector(2)), g.Param(0, "a", Scalar())
	e := g.op(Mul, a, g.scale(0.5, g.Dot(x, x)))
	dx := g.Grad(e, x)[0]
	da := g.Grad(g.scale(0.5, g.Dot(dx, dx)), a)[0]
	out := []float64{0}
	data := []float64{1, 2, 3, 4, -1, 0.5}
	Compile(g, da).Run(Batch{N: 3, In: [][]float64{data}, Params: [][]float64{{0.7}}, Out: [][]float64{out}})
	if want := 0.7 * (5 + 25 + 1.25); !near(out[0], want, 1e-14) {
		t.Errorf("%v, want %v", out[0], want)
	}
}

// The same bytes on any number of processors, and for a sample alone or among others.
func TestResultsDoNotDependOnTheBatch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	g := New()
	loss, ids := regression(g)
	p := Compile(g, append([]ID{loss}, g.Grad(loss, ids[0])...)...)
	const n = 1000
	in := [][]float64{floats(r, 3*n), floats(r, n)}
	params := [][]float64{floats(r, 12), floats(r, 4), floats(r, 4)}
	run := func(procs int) (each, grad []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		each, grad = make([]float64, n), make([]float64, 12)
		p.Run(Batch{N: n, In: in, Params: params, Out: [][]float64{each, grad}})
		return each, grad
	}
	each, grad := run(1)
	for _, procs := range []int{2, 3, 8} {
		e, gr := run(procs)
		if !slices.Equal(e, each) || !slices.Equal(gr, grad) {
			t.Errorf("%d processors give other numbers than one", procs)
		}
	}
	for _, s := range []int{0, 63, 64, 999} {
		one := []float64{0}
		p.Run(Batch{N: 1, In: [][]float64{in[0][3*s : 3*s+3], in[1][s : s+1]}, Params: params, Out: [][]float64{one, nil}})
		if one[0] != each[s] {
			t.Errorf("sample %d alone: %v, among others %v", s, one[0], each[s])
		}
	}
}

func TestEmptyBatch(t *testing.T) {
	g := New()
	x := g.Input(0, Scalar())
	sum := []float64{9}
	Compile(g, g.op(BatchSum, x)).Run(Batch{Out: [][]float64{sum}})
	if sum[0] != 0 {
		t.Errorf("the sum over no samples is %v", sum[0])
	}
}

func TestMachinesDoNotAllocate(t *testing.T) {
	g := New()
	x := g.Input(0, Vector(4))
	w := g.Const(Matrix(4, 4), make([]float64, 16))
	y := g.op(Add, ring(g, g.Linear(x, w)), g.Over(LogSumExp, g.Apply(Softmax, Attr{}, g.op(Softplus, x))))
	m := Compile(g, y, g.Grad(y, x)[0]).NewMachine(Lanes)
	if a := testing.AllocsPerRun(20, func() { m.Run(Lanes) }); a != 0 {
		t.Errorf("%v allocations per panel", a)
	}
}

// A result that depends on no input, an input that no result depends on, and a result that is an input.
func TestTrivialPrograms(t *testing.T) {
	g := New()
	x, unused := g.Input(0, Vector(2)), g.Input(1, Vector(3))
	p := Compile(g, g.Number(7), g.op(Mul, x, g.Number(1)), g.Grad(g.Over(Sum, x), x)[0])
	_ = unused
	c, id, dx := make([]float64, 3), make([]float64, 6), make([]float64, 6)
	in := []float64{1, 2, 3, 4, 5, 6}
	p.Run(Batch{N: 3, In: [][]float64{in, make([]float64, 9)}, Out: [][]float64{c, id, dx}})
	if !slices.Equal(c, []float64{7, 7, 7}) || !slices.Equal(id, in) || !slices.Equal(dx, []float64{1, 1, 1, 1, 1, 1}) {
		t.Errorf("%v %v %v", c, id, dx)
	}
}

// What the passes must find: the ring's gradient in few instructions, and no arithmetic on constants.
func TestOptimize(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *Graph, x ID) ID
		most  int // nodes, with inputs and constants
	}{
		{"constants fold", func(g *Graph, x ID) ID { return g.op(Add, x, g.op(Exp, g.op(Add, g.Number(1), g.Number(2)))) }, 3},
		{"equal nodes are shared", func(g *Graph, x ID) ID { return g.op(Sub, g.op(Exp, x), g.op(Neg, g.op(Exp, x))) }, 4},
		{"operands commute", func(g *Graph, x ID) ID {
			s := g.op(Sin, x)
			return g.op(Div, g.op(Mul, x, s), g.op(Mul, s, x))
		}, 4},
		{"neutral elements vanish", func(g *Graph, x ID) ID {
			return g.op(Div, g.op(Mul, g.op(Add, x, g.Number(0)), g.Number(1)), g.Number(1))
		}, 1},
		{"signs cancel", func(g *Graph, x ID) ID { return g.op(Neg, g.op(Neg, x)) }, 1},
		{"factors merge", func(g *Graph, x ID) ID { return g.scale(2, g.op(Neg, g.scale(3, g.op(Div, x, g.Number(4))))) }, 3},
		{"shapes that change nothing", func(g *Graph, x ID) ID {
			return g.Reshape(g.op(Transpose, g.op(Transpose, g.Reshape(x, Matrix(1, 2)))), Vector(2))
		}, 1},
		{"x·0 stays, for it may be NaN", func(g *Graph, x ID) ID { return g.scale(0, x) }, 3},
		{"gradient of the ring", func(g *Graph, x ID) ID { return g.Grad(ring(g, x), x)[0] }, 11},
	} {
		g := New()
		h, _ := g.Optimize(c.build(g, g.Input(0, Vector(2))))
		if h.Len() > c.most {
			t.Errorf("%s: %d nodes, want at most %d:\n%s", c.name, h.Len(), c.most, h)
		}
	}
}

// Neutral elements and repeated operands that give the result its shape may not vanish.
func TestOptimizeKeepsShapes(t *testing.T) {
	g := New()
	s, x := g.Input(0, Scalar()), g.Input(1, Vector(3))
	full := func(v float64) ID { return g.Const(Vector(3), []float64{v, v, v}) }
	one := g.Apply(Slice, Attr{I: [6]int{0, 0, 1}}, x)
	for _, a := range []ID{s, one} {
		for _, op := range []Op{Add, Sub, Mul, Div, Maximum} {
			for _, v := range []float64{0, 1, 2} {
				for _, c := range []ID{full(v), g.Number(v), g.Const(Matrix(1, 1), []float64{v})} {
					g.op(op, a, c)
					g.op(op, c, a)
				}
			}
		}
		wide := g.Full(a, Vector(3))
		g.op(Mul, wide, s)
		g.op(Mul, one, wide)
		g.op(Mul, wide, x)
		g.op(Where, x, a, a)
		g.op(Mul, g.Const(Matrix(1, 1), []float64{3}), g.scale(2, a))
		g.op(Mul, full(3), g.scale(2, a))
		g.op(Neg, g.op(Mul, full(2), a))
	}
	checkShapes(t, g)
}

// A product of constants that would overflow is not formed.
func TestRegroupingKeepsTheRange(t *testing.T) {
	g := New()
	x := g.Input(0, Scalar())
	got := value(Compile(g, g.scale(1e300, g.scale(1e300, x))), []float64{1e-300}, 1)[0]
	if math.Abs(got/1e300-1) > 1e-14 {
		t.Errorf("1e300·(1e300·1e-300) = %v", got)
	}
}

func BenchmarkRing(b *testing.B) {
	g := New()
	x := g.Input(0, Vector(2))
	y := ring(g, x)
	m := Compile(g, y, g.Grad(y, x)[0]).NewMachine(Lanes)
	for i := range m.In(0) {
		m.In(0)[i] = float64(i%37)/10 - 1
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Run(Lanes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/Lanes, "ns/sample")
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		g := New()
		loss, ids := regression(g)
		Compile(g, append([]ID{loss}, g.Grad(loss, ids...)...)...)
	}
}
