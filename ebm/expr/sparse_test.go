package expr

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"joule/ebm/simd"
)

// contrasting is the difference of the free energies of two halves of an input, as contrastive divergence has it, with gradients in
// everything. hidden multiplies the input by a parameter: what is computed from an input is not searched for zeros.
func contrasting(k, n int, left, hidden bool) *Program {
	g := New()
	z := g.Input(0, Vector(2*k))
	shape := Matrix(k, n)
	if left {
		shape = Matrix(n, k)
	}
	w, c, one := g.Param(0, "W", shape), g.Param(1, "c", Vector(n)), g.Param(2, "one", Scalar())
	free := func(lo int) ID {
		x := g.Apply(Slice, Attr{I: [6]int{0, lo, lo + k}}, z)
		if hidden {
			x = g.op(Mul, x, one)
		}
		var a ID
		if left {
			a = g.Linear(w, x)
		} else {
			a = g.Linear(x, w)
		}
		return g.Over(Sum, g.op(Softplus, g.op(Add, a, c)))
	}
	e := g.op(Sub, free(0), free(k))
	return Compile(g, append([]ID{e, g.op(BatchSum, e), g.Grad(e, z)[0]}, g.Grad(e, w, c)...)...)
}

// zeros are numbers of which about a fraction is not zero.
func zeros(r *rand.Rand, n int, density float64, bits bool) []float64 {
	x := make([]float64, n)
	for i := range x {
		if r.Float64() < density {
			x[i] = r.NormFloat64()
			if bits {
				x[i] = 1
			}
		}
	}
	return x
}

// TestSparse: a program that skips zeros gives the numbers of one that does not, in both precisions, whatever the input, also where
// weights are not finite and a zero makes NaN of them.
func TestSparse(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, c := range []struct{ k, n, samples int }{{784, 50, 100}, {100, 33, 37}, {33, 64, 1}, {65, 100, 7}, {32, 32, 300}, {200, 31, 64}, {7, 90, 40}} {
		for _, left := range []bool{false, true} {
			p, q := contrasting(c.k, c.n, left, false), contrasting(c.k, c.n, left, true)
			for _, density := range []float64{0, 1. / 784, 0.06, 0.3, 1} {
				for _, bad := range []float64{0, math.NaN(), math.Inf(1), math.Inf(-1)} {
					w := floats(r, c.k*c.n)
					if bad != 0 {
						w[r.IntN(len(w))] = bad
					}
					values := [][]float64{w, floats(r, c.n), {1}}
					in := zeros(r, 2*c.k*c.samples, density, bad != 0 || left)
					agreeOn(t, p, q, c.samples, in, values)
				}
			}
		}
	}
}

// agreeOn compares two programs on a batch.
func agreeOn(t *testing.T, p, q *Program, n int, in []float64, values [][]float64) {
	t.Helper()
	in32 := make([]float32, len(in))
	convert(in32, in)
	width := len(in) / n
	run := func(p *Program) (all [][]float64) {
		b, b32 := Batch{N: n, In: [][]float64{in}, Params: values}, Batch32{N: n, In: [][]float32{in32}, Params: singles(values)}
		for _, size := range []int{n, 1, width * n, len(values[0]), len(values[1])} {
			b.Out, b32.Out = append(b.Out, make([]float64, size)), append(b32.Out, make([]float32, size))
		}
		p.Run(b)
		p.Run32(b32)
		for _, out := range b32.Out {
			wide := make([]float64, len(out))
			convert(wide, out)
			b.Out = append(b.Out, wide)
		}
		return b.Out
	}
	got, want := run(p), run(q)
	for k := range want {
		for i, v := range want[k] {
			if g := got[k][i]; g != v && !(math.IsNaN(g) && math.IsNaN(v)) {
				t.Errorf("%d samples of width %d, weights of %d, result %d: [%d] = %v, dense %v", n, width, len(values[0]), k, i, g, v)
				return
			}
		}
	}
}

// TestSparseIsUsed: where there are few numbers, and not where there are many or a product is small.
func TestSparseIsUsed(t *testing.T) {
	for _, c := range []struct {
		k, n    int
		density float64
		want    int // operands that are skipped through
		why     string
	}{
		{100, 40, 0.06, 2, "both halves of the input"},
		{100, 40, 0, 2, "nothing but zeros"},
		{100, 40, 0.5, 0, "every other bit"},
		{31, 40, 0.06, 0, "a narrow input"},
		{100, 31, 0.06, 0, "few sums"},
	} {
		m := contrasting(c.k, c.n, false, false).NewMachine32(40)
		convert(m.In(0), zeros(rand.New(rand.NewPCG(1, 2)), 2*c.k*40, c.density, true))
		m.Run(40)
		got := 0
		for _, s := range m.sparse {
			if s.few {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.why, got, c.want)
		}
		if a := testing.AllocsPerRun(5, func() { m.Run(40) }); a != 0 {
			t.Errorf("%s: %v allocations per panel", c.why, a)
		}
	}
}

// Levels and processors make no difference.
func TestSparseBytes(t *testing.T) {
	const n = 700
	p := contrasting(90, 35, false, false)
	r := rand.New(rand.NewPCG(31, 32))
	in, values := zeros(r, 180*n, 0.1, false), [][]float64{floats(r, 90*35), floats(r, 35), {1}}
	run := func(procs int) (all []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		b := Batch{N: n, In: [][]float64{in}, Params: values, Out: [][]float64{nil, {0}, nil, make([]float64, 90*35), make([]float64, 35)}}
		p.Run(b)
		return append(append(b.Out[1], b.Out[3]...), b.Out[4]...)
	}
	if !slices.Equal(run(1), run(2)) {
		t.Error("two processors give other gradients than one")
	}
	var want []float32
	for _, l := range simd.Levels() {
		m := &machine[float32]{}
		m.init(p, 50, l)
		for k, v := range values {
			m.SetParam(k, v)
		}
		m.Begin()
		convert(m.In(0), in)
		m.Run(47)
		m.End()
		got := append(append([]float32(nil), m.Out(1)...), m.Out(3)...)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v and %v give different numbers", l, simd.Generic)
		}
	}
}
