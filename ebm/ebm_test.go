package ebm_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"joule/ebm"
)

func ring() *ebm.Model {
	return ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
}

func ExampleDefine() {
	ring := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
	fmt.Println(ring.At(2, 0), ring.At(3, 0), ring.Gradient(3, 0))
	// Output: 0 8 [16 0]
}

// The partition function of the ring by sums on a grid is the closed form (ground truth computed by integration in polar
// coordinates): Z = 2π ∫ r e^−(r−2)²/2σ² dr = 2π (σ² e^−2/σ² + 2σ√(π/2) (1 + erf(√2/σ))), σ = 1/4.
func TestRingPartitionFunction(t *testing.T) {
	const sigma = 0.25
	z := 2 * math.Pi * (sigma*sigma*math.Exp(-2/(sigma*sigma)) + 2*sigma*math.Sqrt(math.Pi/2)*(1+math.Erf(math.Sqrt2/sigma)))
	if got := math.Log(z); math.Abs(got-2.0637) > 1e-4 {
		t.Fatalf("the closed form is %v", got)
	}
	const n, half = 800, 5.0
	var x []float64
	for i := range n {
		for j := range n {
			x = append(x, half*(2*(float64(i)+0.5)/n-1), half*(2*(float64(j)+0.5)/n-1))
		}
	}
	e := make([]float64, n*n)
	ring().Eval(e, nil, x)
	sum := 0.0
	for _, v := range e {
		sum += math.Exp(-v)
	}
	sum *= (2 * half / n) * (2 * half / n)
	if math.Abs(math.Log(sum/z)) > 1e-6 {
		t.Errorf("log Z on a grid %v, closed form %v", math.Log(sum), math.Log(z))
	}
}

func TestGradientAtTheOrigin(t *testing.T) {
	if g := ring().Gradient(0, 0); g[0] != 0 || g[1] != 0 {
		t.Errorf("gradient at 0: %v", g)
	}
}

// eval evaluates a scalar function of a three-vector at a point.
func eval(f func(x ebm.Tensor) ebm.Tensor, x ...float64) float64 {
	return ebm.Define(len(x), f).At(x...)
}

// Every operator of Tensor, by plain arithmetic.
func TestOperators(t *testing.T) {
	a, b, c := 0.5, -1.25, 2.0
	first := func(f func(x ebm.Tensor) ebm.Tensor) func(x ebm.Tensor) ebm.Tensor {
		return func(x ebm.Tensor) ebm.Tensor { return f(x).Col(0) }
	}
	sum := a + b + c
	lse := math.Log(math.Exp(a) + math.Exp(b) + math.Exp(c))
	for _, c := range []struct {
		name string
		f    func(x ebm.Tensor) ebm.Tensor
		want float64
	}{
		{"Add", first(func(x ebm.Tensor) ebm.Tensor { return x.Add(1) }), a + 1},
		{"Sub", first(func(x ebm.Tensor) ebm.Tensor { return x.Sub(float32(0.5)) }), a - 0.5},
		{"Mul", first(func(x ebm.Tensor) ebm.Tensor { return x.Mul(uint8(3)) }), a * 3},
		{"Div", first(func(x ebm.Tensor) ebm.Tensor { return x.Div([]int{4, 1, 1}) }), a / 4},
		{"Maximum", first(func(x ebm.Tensor) ebm.Tensor { return x.Maximum(0.75) }), 0.75},
		{"Minimum", first(func(x ebm.Tensor) ebm.Tensor { return x.Minimum(0.25) }), 0.25},
		{"Clamp", func(x ebm.Tensor) ebm.Tensor { return x.Clamp(-1, 1).Sum() }, a - 1 + 1},
		{"Greater", func(x ebm.Tensor) ebm.Tensor { return x.Greater(0).Sum() }, 2},
		{"Less", func(x ebm.Tensor) ebm.Tensor { return x.Less([]float32{0, 0, 0}).Sum() }, 1},
		{"Where", func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(0), x, 10).Sum() }, a + 10 + c},
		{"Neg", first(ebm.Tensor.Neg), -a}, {"Square", first(ebm.Tensor.Square), a * a},
		{"Sqrt", first(ebm.Tensor.Sqrt), math.Sqrt(a)},
		{"Abs", func(x ebm.Tensor) ebm.Tensor { return x.Abs().Sum() }, a - b + c},
		{"Sign", func(x ebm.Tensor) ebm.Tensor { return x.Sign().Sum() }, 1},
		{"Pow", first(func(x ebm.Tensor) ebm.Tensor { return x.Pow(3) }), a * a * a},
		{"Exp", first(ebm.Tensor.Exp), math.Exp(a)}, {"Log", first(ebm.Tensor.Log), math.Log(a)},
		{"Log1p", first(ebm.Tensor.Log1p), math.Log1p(a)},
		{"Softplus", first(ebm.Tensor.Softplus), math.Log1p(math.Exp(a))},
		{"Sigmoid", first(ebm.Tensor.Sigmoid), 1 / (1 + math.Exp(-a))},
		{"Tanh", first(ebm.Tensor.Tanh), math.Tanh(a)}, {"ReLU", func(x ebm.Tensor) ebm.Tensor { return x.ReLU().Sum() }, a + c},
		{"SiLU", first(ebm.Tensor.SiLU), a / (1 + math.Exp(-a))}, {"Sin", first(ebm.Tensor.Sin), math.Sin(a)},
		{"Cos", first(ebm.Tensor.Cos), math.Cos(a)},
		{"Sum", ebm.Tensor.Sum, sum}, {"Mean", ebm.Tensor.Mean, sum / 3}, {"Max", ebm.Tensor.Max, c}, {"Min", ebm.Tensor.Min, b},
		{"LogSumExp", ebm.Tensor.LogSumExp, lse}, {"Softmax", first(ebm.Tensor.Softmax), math.Exp(a - lse)},
		{"Norm", ebm.Tensor.Norm, math.Sqrt(a*a + b*b + c*c)},
		{"Dot", func(x ebm.Tensor) ebm.Tensor { return x.Dot([]float64{1, 2, 3}) }, a + 2*b + 3*c},
		{"MatMul with rows", func(x ebm.Tensor) ebm.Tensor { return x.MatMul([][]int{{1}, {2}, {3}}).Sum() }, a + 2*b + 3*c},
		{"MatMul with gonum", func(x ebm.Tensor) ebm.Tensor {
			return x.MatMul(mat.NewDense(3, 2, []float64{1, 0, 2, 0, 3, 1})).Col(1)
		}, c},
		{"MatMul on the left", func(x ebm.Tensor) ebm.Tensor {
			return ebm.Const([][]float64{{1, 2, 3}}).MatMul(x).Sum()
		}, a + 2*b + 3*c},
		{"Affine", func(x ebm.Tensor) ebm.Tensor {
			return x.Affine([][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, []float64{1, 1, 1}).Sum()
		}, sum + 3},
		{"Slice", func(x ebm.Tensor) ebm.Tensor { return x.Slice(1, 3).Sum() }, b + c},
		{"Col", func(x ebm.Tensor) ebm.Tensor { return x.Col(2) }, c},
		{"Concat", func(x ebm.Tensor) ebm.Tensor {
			return ebm.Concat(x.Col(0), x, 4, []float64{5}).Dot([]float64{1, 0, 0, 0, 1, 1})
		}, a + 9},
		{"Stack", func(x ebm.Tensor) ebm.Tensor { return ebm.Stack(x, x.Square()).Row(1).Sum() }, a*a + b*b + c*c},
		{"Stack of scalars", func(x ebm.Tensor) ebm.Tensor { return ebm.Stack(x.Col(1), 2).Sum() }, b + 2},
		{"Transpose", func(x ebm.Tensor) ebm.Tensor { return x.Reshape(1, 3).Transpose().Row(1) }, b},
		{"SumAxis", func(x ebm.Tensor) ebm.Tensor { return ebm.Stack(x, x).SumAxis(0).Col(0) }, 2 * a},
		{"LogSumExpAxis", func(x ebm.Tensor) ebm.Tensor { return ebm.Stack(x, x).LogSumExpAxis(1).Col(1) }, lse},
		{"Grad", func(x ebm.Tensor) ebm.Tensor { return ebm.Grad(x.Square().Sum(), x).Square().Sum() }, 4 * (a*a + b*b + c*c)},
		{"StopGradient", func(x ebm.Tensor) ebm.Tensor { return ebm.Grad(x.StopGradient().Dot(x), x).Col(0) }, a},
		{"constants alone", func(x ebm.Tensor) ebm.Tensor { return x.Col(0).Add(ebm.Const([]float64{3, 4}).Norm()) }, a + 5},
	} {
		if got := eval(c.f, a, b, 2); math.Abs(got-c.want) > 1e-14*(1+math.Abs(c.want)) {
			t.Errorf("%s = %v, want %v", c.name, got, c.want)
		}
	}
}

// One element counts as a number, whatever its rank.
func TestOneElementIsAnEnergy(t *testing.T) {
	for name, f := range map[string]func(x ebm.Tensor) ebm.Tensor{
		"vector of one": func(x ebm.Tensor) ebm.Tensor { return x.Slice(0, 1) },
		"matrix of one": func(x ebm.Tensor) ebm.Tensor { return x.Slice(0, 1).Reshape(1, 1) },
		"scalar":        func(x ebm.Tensor) ebm.Tensor { return x.Col(0) },
	} {
		if got := eval(f, 7, 8); got != 7 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if m := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square() }); m.At(3) != 9 || m.Gradient(3)[0] != 6 {
		t.Errorf("dimension 1: %v, %v", m.At(3), m.Gradient(3))
	}
	if m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return ebm.Const(5) }); m.At(1, 2) != 5 || m.Gradient(1, 2)[1] != 0 {
		t.Error("a constant energy")
	}
}

func TestMisuse(t *testing.T) {
	var leaked ebm.Tensor
	ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { leaked = x; return x.Sum() })
	m := ring()
	in := func(f func(x ebm.Tensor) ebm.Tensor) func() { return func() { ebm.Define(3, f) } }
	for _, c := range []struct {
		do   func()
		want string
	}{
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Add(x.Slice(0, 2)).Sum() }), "ebm: Add: width 3 and 2"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Mul([]float64{1, 2}).Sum() }), "ebm: Mul: width 3 and 2"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return x.Mul("2").Sum()
		}), "ebm: Mul: the operand is a string; it must be a Tensor, a number or a numeric slice"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Sub(nil).Sum() }), "ebm: Sub: the operand is nil"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Sub([]string{"a"}).Sum() }), "ebm: Sub: the operand is a string"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Sub([]float64{}).Sum() }), "ebm: Sub: the operand is an empty slice"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return x.MatMul([][]float64{{1}, {1, 2},
				{1}}).Sum()
		}), "ebm: MatMul: row 1 of the operand has 2 numbers"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.MatMul([][]float64{{1, 2}}).Sum() }), "ebm: MatMul: width 3 and 1×2"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x }), "ebm: Define: an energy is one number per sample, not width 3"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return ebm.Tensor{}
		}), "ebm: Define: the energy returned a Tensor that comes from nothing"},
		{in(func(x ebm.Tensor) ebm.Tensor { var s ebm.Tensor; return s.Add(x) }), "ebm: Add: a Tensor of no energy"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return x.Add(leaked).Sum()
		}), "ebm: Add: this Tensor belongs to an energy that is already defined"},
		{in(func(x ebm.Tensor) (y ebm.Tensor) {
			ebm.Define(3, func(z ebm.Tensor) ebm.Tensor { return z.Sub(x).Sum() })
			return x.Sum()
		}), "ebm: Sub: the operands belong to two different energies"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Col(3) }), "ebm: Col: no 3 in width 3"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Col(-1) }), "ebm: Col: no -1"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Sum().Col(0) }), "ebm: Col: a scalar has no elements"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Row(0) }), "ebm: Row: needs a matrix"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Slice(2, 5).Sum() }), "ebm: Slice: elements 2 to 5 of width 3"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Sum().Slice(0, 1) }), "ebm: Slice: no axis -1 in scalar"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Reshape(2, 2).Sum() }), "ebm: Reshape: width 3 and 2×2"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Reshape(-3, -1).Sum() }), "ebm: Reshape"},
		{in(func(x ebm.Tensor) ebm.Tensor { return x.Clamp(1, 0).Sum() }), "ebm: Clamp: from 1 to 0"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return ebm.Stack(x.Reshape(1, 3), x).Sum()
		}), "ebm: Stack: needs scalars or vectors"},
		{in(func(x ebm.Tensor) ebm.Tensor { return ebm.Concat().Sum() }), "ebm: Concat: nothing to join"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return ebm.Grad(x, x).Sum()
		}), "ebm: Grad: needs one number per sample, not width 3"},
		{in(func(x ebm.Tensor) ebm.Tensor {
			return m.Energy(x)
		}), "ebm: Energy: the energy has dimension 2, the operand width 3"},
		{func() { ebm.Define(0, func(x ebm.Tensor) ebm.Tensor { return x.Sum() }) }, "ebm: Define: dimension 0"},
		{func() { ebm.Define(2, nil) }, "ebm: Define: no function"},
		{func() { ebm.New(2, nil) }, "ebm: Define: no energy"},
		{func() { m.At(1) }, "ebm: At: 1 numbers for points of dimension 2"},
		{func() { m.Gradient(1, 2, 3) }, "ebm: Gradient: 3 numbers"},
		{func() { m.Energies([][]float64{{1, 2}, {1}}) }, "ebm: Energies: point 1 has 1 numbers"},
		{func() { m.Eval(make([]float64, 1), nil, make([]float64, 4)) }, "ebm: Eval: room for 1 energies"},
		{func() { m.Eval(nil, nil, make([]float64, 3)) }, "ebm: Eval: 3 numbers"},
	} {
		func() {
			defer func() {
				err, ok := recover().(*ebm.Error)
				if !ok || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got %v, want an *Error %q", err, c.want)
				}
			}()
			c.do()
		}()
	}
}

// square is an energy of any dimension; fixed says its own.
type square struct{ Scale float64 }

func (s square) Energy(x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Mul(s.Scale) }

type fixed struct{ square }

func (fixed) Dim() int { return 3 }

func TestResolve(t *testing.T) {
	m := ring()
	for _, c := range []struct {
		name string
		e    ebm.Energy
		dim  int
		want int // 0: an error
	}{
		{"any at 5", square{1}, 5, 5}, {"any at none", square{1}, 0, 0}, {"fixed at its own", fixed{}, 3, 3},
		{"fixed at none", fixed{}, 0, 3}, {"fixed at another", fixed{}, 2, 0}, {"model at none", m, 0, 2},
		{"model at its own", m, 2, 2}, {"model at another", m, 3, 0}, {"nil", nil, 2, 0}, {"negative", square{1}, -1, 0},
	} {
		got, err := ebm.Resolve(c.e, c.dim)
		if c.want == 0 {
			if err == nil || !strings.HasPrefix(err.Error(), "ebm: ") {
				t.Errorf("%s: %v; want an error", c.name, err)
			}
		} else if err != nil || got.Dim() != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if got, _ := ebm.Resolve(m, 2); got != m {
		t.Error("a model is not returned as it is")
	}
}

func TestTracePassesOtherPanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("recovered %v", r)
		}
	}()
	ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { panic("mine") })
}

// A model within another is the same as its function there.
func TestModelsCompose(t *testing.T) {
	r := ring()
	both := ebm.Define(4, func(x ebm.Tensor) ebm.Tensor { return r.Energy(x.Slice(0, 2)).Add(r.Energy(x.Slice(2, 4).Mul(2))) })
	if got, want := both.At(1, 2, 0.5, -1), r.At(1, 2)+r.At(1, -2); math.Abs(got-want) > 1e-14 {
		t.Errorf("%v, want %v", got, want)
	}
	g, h := both.Gradient(1, 2, 0.5, -1), r.Gradient(1, -2)
	if math.Abs(g[2]-2*h[0]) > 1e-12 || math.Abs(g[3]-2*h[1]) > 1e-12 {
		t.Errorf("gradient %v, second half should be twice %v", g, h)
	}
}

// A loop over captured data unrolls: a mixture of three modes equals its formula.
func TestCapturedLoop(t *testing.T) {
	mus := [][2]float64{{-2, 0}, {2, 0}, {0, 2}}
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
		var s ebm.Tensor
		for k, mu := range mus {
			d := x.Sub(mu).Square().Sum().Mul(-0.5).Exp()
			if k == 0 {
				s = d
			} else {
				s = s.Add(d)
			}
		}
		return s.Log().Neg()
	})
	want := 0.0
	for _, mu := range mus {
		want += math.Exp(-0.5 * (math.Pow(0.3-mu[0], 2) + math.Pow(0.7-mu[1], 2)))
	}
	if got := m.At(0.3, 0.7); math.Abs(got+math.Log(want)) > 1e-14 {
		t.Errorf("%v, want %v", got, -math.Log(want))
	}
}

// A vector meets every row of a matrix: K-means as an energy is the distance to the nearest of some centres.
func TestVectorsMeetRows(t *testing.T) {
	centres := [][]float64{{0, 0}, {3, 0}, {0, 4}}
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return ebm.Const(centres).Sub(x).Square().SumAxis(1).Min() })
	for _, c := range []struct{ x, y, want, dx, dy float64 }{{1, 0, 1, 2, 0}, {2, 1, 2, -2, 2}, {0.5, 3, 1.25, 1, -2}} {
		if got, g := m.At(c.x, c.y), m.Gradient(c.x, c.y); got != c.want || g[0] != c.dx || g[1] != c.dy {
			t.Errorf("at %v %v: %v %v, want %v [%v %v]", c.x, c.y, got, g, c.want, c.dx, c.dy)
		}
	}
	both := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(1), ebm.Const(centres), x).Sum() })
	if got := both.At(2, 0.5); got != 3+1.5 {
		t.Errorf("Where over rows: %v, want 4.5", got)
	}
}

// The numbers of a constant are those at the time of the definition.
func TestConstantsAreCopied(t *testing.T) {
	w := []float64{1, 2}
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Dot(w) })
	w[0] = 100
	if got := m.At(1, 1); got != 3 {
		t.Errorf("%v, want 3", got)
	}
}

func TestEvaluationAgrees(t *testing.T) {
	m := ring()
	points := [][]float64{{1, 2}, {-3, 0.5}, {0, 0}}
	e, g := m.Energies(points), m.Gradients(points)
	for i, p := range points {
		if e[i] != m.At(p...) || !slices.Equal(g[i], m.Gradient(p...)) {
			t.Errorf("point %v: %v %v, alone %v %v", p, e[i], g[i], m.At(p...), m.Gradient(p...))
		}
	}
	if len(m.Energies(nil)) != 0 || len(m.Gradients(nil)) != 0 {
		t.Error("no points")
	}
}

func TestConcurrentUse(t *testing.T) {
	m := ring()
	want := m.At(1, 2)
	fresh := ring()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			x := make([]float64, 2000)
			for i := range x {
				x[i] = float64(i%2 + 1)
			}
			e := make([]float64, 1000)
			for range 20 {
				fresh.Eval(e, nil, x)
				if e[777] != want || fresh.At(1, 2) != want {
					t.Errorf("%v, want %v", e[777], want)
				}
				ebm.Define(2, func(y ebm.Tensor) ebm.Tensor { return fresh.Energy(y) })
			}
		})
	}
	wg.Wait()
}

func TestSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	m := ring()
	x := make([]float64, 20000)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	eval := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		g := make([]float64, len(x))
		m.Eval(nil, g, x)
		return g
	}
	want := eval(1)
	for _, procs := range []int{2, 5} {
		if !slices.Equal(eval(procs), want) {
			t.Errorf("%d processors give other numbers", procs)
		}
	}
}

func TestTensorSaysItsShape(t *testing.T) {
	ebm.Define(3, func(x ebm.Tensor) ebm.Tensor {
		if x.Width() != 3 || !slices.Equal(x.Shape(), []int{3}) || x.String() != "ebm.Tensor(width 3)" {
			t.Errorf("%d %v %v", x.Width(), x.Shape(), x)
		}
		return x.Sum()
	})
	if s := (ebm.Tensor{}).String(); s != "ebm.Tensor(none)" {
		t.Error(s)
	}
}

func BenchmarkRing(b *testing.B) {
	m := ring()
	const n = 100000
	x, e, g := make([]float64, 2*n), make([]float64, n), make([]float64, 2*n)
	for i := range x {
		x[i] = float64(i%37)/10 - 1
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Eval(e, g, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
}

func BenchmarkDefine(b *testing.B) {
	for b.Loop() {
		ring().Gradient(1, 2)
	}
}
