package expr

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"

	"joule/ebm/simd"
)

// perceptron is the energy of a network 2-h-h-1 with SiLU, with its parameters.
func perceptron(g *Graph, h int) (x, e ID, params []ID) {
	x = g.Input(0, Vector(2))
	layer := func(k, in, out int, a ID) ID {
		w, b := g.Param(2*k, "W", Matrix(in, out)), g.Param(2*k+1, "b", Vector(out))
		params = append(params, w, b)
		return g.op(Add, g.Linear(a, w), b)
	}
	silu := func(a ID) ID { return g.op(Mul, a, g.op(Sigmoid, a)) }
	a := silu(layer(0, 2, h, x))
	a = silu(layer(1, h, h, a))
	return x, g.Over(Sum, layer(2, h, 1, a)), params
}

func perceptronData(r *rand.Rand, g *Graph, params []ID, n int) (in []float64, values [][]float64) {
	for _, p := range params {
		v := floats(r, g.Shape(p).Size())
		for i := range v {
			v[i] /= math.Sqrt(float64(g.Shape(p).Dim[0]))
		}
		values = append(values, v)
	}
	return floats(r, 2*n), values
}

// TestPerceptronGradients: gradients in the input and in the weights, which are sums of products over the batch, against differences.
func TestPerceptronGradients(t *testing.T) {
	const n = 100
	r := rand.New(rand.NewPCG(8, 9))
	g := New()
	x, e, params := perceptron(g, 5)
	p := Compile(g, append([]ID{g.op(BatchSum, e), g.Grad(e, x)[0]}, g.Grad(e, params...)...)...)
	in, values := perceptronData(r, g, params, n)
	run := func(values [][]float64) (float64, [][]float64) {
		out := [][]float64{{0}, make([]float64, 2*n)}
		for _, v := range values {
			out = append(out, make([]float64, len(v)))
		}
		p.Run(Batch{N: n, In: [][]float64{in}, Params: values, Out: out})
		return out[0][0], out[2:]
	}
	_, grads := run(values)
	for k := range values {
		for i := range values[k] {
			want := slope(func(w []float64) float64 {
				moved := slices.Clone(values)
				moved[k] = w
				total, _ := run(moved)
				return total
			}, values[k], i)
			if !near(grads[k][i], want, 1e-7) {
				t.Errorf("parameter %d, element %d: %v, by differences %v", k, i, grads[k][i], want)
			}
		}
	}
}

// TestFloat32 compares the precisions, for every kind of result and several sizes of the batch.
func TestFloat32(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	g := New()
	x, e, params := perceptron(g, 24)
	soft := g.Over(LogSumExp, g.Apply(Softmax, Attr{}, g.op(Softplus, x)))
	p := Compile(g, append([]ID{e, g.Grad(e, x)[0], soft, g.op(BatchSum, soft)}, g.Grad(e, params...)...)...)
	for _, n := range []int{0, 1, 7, 33, 1000} {
		in, values := perceptronData(r, g, params, n)
		b := Batch{N: n, In: [][]float64{in}, Params: values}
		b32 := Batch32{N: n, In: [][]float32{make([]float32, len(in))}, Params: singles(values)}
		convert(b32.In[0], in)
		sizes := []int{n, 2 * n, n, 1}
		for _, v := range values {
			sizes = append(sizes, len(v))
		}
		for _, s := range sizes {
			b.Out, b32.Out = append(b.Out, make([]float64, s)), append(b32.Out, make([]float32, s))
		}
		p.Run(b)
		p.Run32(b32)
		for k, out := range b.Out {
			for i, want := range out {
				if got := float64(b32.Out[k][i]); !(math.Abs(got-want) <= 2e-5*(1+math.Abs(want))) {
					t.Fatalf("%d samples, result %d[%d]: float32 %v, float64 %v", n, k, i, got, want)
				}
			}
		}
	}
}

// TestRandomGraphs32: every operation works in float32, also those without a kernel of their own.
func TestRandomGraphs32(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		g, _, _, y := grow(r, 9+int(seed%20))
		const n = 40
		in, par := floats(r, 4*n), floats(r, 4)
		for i := range in {
			in[i] = float64(float32(in[i])) // comparisons see the same numbers
		}
		for i := range par {
			par[i] = float64(float32(par[i]))
		}
		p := Compile(g, y)
		want, got, in32 := make([]float64, n), make([]float32, n), make([]float32, 4*n)
		convert(in32, in)
		p.Run(Batch{N: n, In: [][]float64{in}, Params: [][]float64{par}, Out: [][]float64{want}})
		p.Run32(Batch32{N: n, In: [][]float32{in32}, Params: singles([][]float64{par}), Out: [][]float32{got}})
		bad := 0
		for i := range want {
			if !near(float64(got[i]), want[i], 1e-3) {
				bad++ // a comparison of nearly equal numbers may fall the other way
			}
		}
		if bad > n/8 {
			t.Errorf("seed %d: %d of %d samples differ between the precisions", seed, bad, n)
		}
	}
}

// TestLevelsGiveTheSameBytes runs a program at every level of the processor, in both precisions.
func TestLevelsGiveTheSameBytes(t *testing.T) {
	os.Getenv("JOULE_SIMD") // so that the go command does not take the result of one level for that of another
	g := New()
	x, e, params := perceptron(g, 20)
	z := g.op(Tanh, g.op(Softplus, g.op(Sin, x)))
	p := Compile(g, append([]ID{g.op(Add, e, g.Over(LogSumExp, z)), g.Grad(e, x)[0], g.op(BatchSum, e)}, g.Grad(e, params...)...)...)
	levelsAgree[float64](t, p, g, params)
	levelsAgree[float32](t, p, g, params)
}

func levelsAgree[T simd.Float](t *testing.T, p *Program, g *Graph, params []ID) {
	const lanes = 37
	in, values := perceptronData(rand.New(rand.NewPCG(12, 13)), g, params, lanes)
	var want []T
	for _, l := range simd.Levels() {
		m := &machine[T]{}
		m.init(p, lanes, l)
		for k, v := range values {
			m.SetParam(k, v)
		}
		m.Begin()
		convert(m.In(0), in)
		m.Run(lanes - 4)
		m.End()
		var got []T
		for k := range p.results {
			got = append(got, m.Out(k)...)
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v and %v give different numbers in %T", l, simd.Generic, T(0))
		}
	}
}

// TestTrainingDoesNotDependOnProcessors: sums over the batch are the same bytes on any number of processors, in both precisions.
func TestTrainingDoesNotDependOnProcessors(t *testing.T) {
	const n = 3000
	g := New()
	_, e, params := perceptron(g, 16)
	p := Compile(g, g.Grad(e, params...)...)
	in, values := perceptronData(rand.New(rand.NewPCG(14, 15)), g, params, n)
	in32 := make([]float32, len(in))
	convert(in32, in)
	run := func(procs int) (all []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		b, b32 := Batch{N: n, In: [][]float64{in}, Params: values}, Batch32{N: n, In: [][]float32{in32}, Params: singles(values)}
		for _, v := range values {
			b.Out, b32.Out = append(b.Out, make([]float64, len(v))), append(b32.Out, make([]float32, len(v)))
		}
		p.Run(b)
		p.Run32(b32)
		for k := range values {
			all = append(all, b.Out[k]...)
			for _, v := range b32.Out[k] {
				all = append(all, float64(v))
			}
		}
		return all
	}
	want := run(1)
	for _, procs := range []int{2, 3, 7} {
		if !slices.Equal(run(procs), want) {
			t.Errorf("%d processors give other gradients than one", procs)
		}
	}
}

func TestMachines32DoNotAllocate(t *testing.T) {
	g := New()
	x, e, params := perceptron(g, 8)
	p := Compile(g, append([]ID{e, g.Grad(e, x)[0]}, g.Grad(e, params...)...)...)
	m := p.NewMachine32(32)
	if a := testing.AllocsPerRun(20, func() { m.Run(32) }); a != 0 {
		t.Errorf("%v allocations per panel", a)
	}
}

// An unused input of a float32 machine has no buffer; its parameters are given in float64.
func TestMachine32(t *testing.T) {
	g := New()
	x, a := g.Input(0, Vector(3)), g.Param(0, "a", Vector(3))
	g.Input(1, Scalar())
	m := Compile(g, g.Dot(x, a)).NewMachine32(2)
	m.SetParam(0, []float64{1, 2, 3})
	m.Begin()
	copy(m.In(0), []float32{1, 10, 1, 10, 1, 10})
	m.Run(2)
	if out := m.Out(0); out[0] != 6 || out[1] != 60 || m.In(1) != nil || m.Lanes() != 2 {
		t.Errorf("%v %v %d", out, m.In(1), m.Lanes())
	}
}

func BenchmarkBatchRing(b *testing.B) {
	const n = 1_000_000
	g := New()
	x := g.Input(0, Vector(2))
	y := ring(g, x)
	p := Compile(g, y, g.Grad(y, x)[0])
	r := rand.New(rand.NewPCG(1, 1))
	in := floats(r, 2*n)
	b.Run("float64", func(b *testing.B) {
		out := [][]float64{make([]float64, n), make([]float64, 2*n)}
		for b.Loop() {
			p.Run(Batch{N: n, In: [][]float64{in}, Out: out})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
	})
	b.Run("float32", func(b *testing.B) {
		in32, out := make([]float32, 2*n), [][]float32{make([]float32, n), make([]float32, 2*n)}
		convert(in32, in)
		for b.Loop() {
			p.Run32(Batch32{N: n, In: [][]float32{in32}, Out: out})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
	})
}

// BenchmarkPerceptron is the energy of 2-128-128-1 with its gradient in x, and with those in the weights, for 256 samples.
func BenchmarkPerceptron(b *testing.B) {
	const n = 256
	g := New()
	x, e, params := perceptron(g, 128)
	in, values := perceptronData(rand.New(rand.NewPCG(1, 1)), g, params, n)
	in32 := make([]float32, len(in))
	convert(in32, in)
	out, out32 := [][]float64{make([]float64, n), make([]float64, 2*n)}, [][]float32{make([]float32, n), make([]float32, 2*n)}
	p := Compile(g, e, g.Grad(e, x)[0])
	values32 := singles(values)
	b.Run("input/float64", func(b *testing.B) {
		for b.Loop() {
			p.Run(Batch{N: n, In: [][]float64{in}, Params: values, Out: out})
		}
	})
	b.Run("input/float32", func(b *testing.B) {
		for b.Loop() {
			p.Run32(Batch32{N: n, In: [][]float32{in32}, Params: values32, Out: out32})
		}
	})
	for _, v := range values {
		out, out32 = append(out, make([]float64, len(v))), append(out32, make([]float32, len(v)))
	}
	q := Compile(g, g.Grad(e, params...)...)
	b.Run("weights/float64", func(b *testing.B) {
		for b.Loop() {
			q.Run(Batch{N: n, In: [][]float64{in}, Params: values, Out: out[2:]})
		}
	})
	b.Run("weights/float32", func(b *testing.B) {
		for b.Loop() {
			q.Run32(Batch32{N: n, In: [][]float32{in32}, Params: values32, Out: out32[2:]})
		}
	})
}

// wide is an energy of many coordinates with a long chain of elementwise operations.
func wide(g *Graph, n int) (x, e ID) {
	x = g.Input(0, Vector(n))
	a := g.op(Mul, g.op(Add, x, g.Number(1)), g.op(Sub, x, g.Number(2)))
	a = g.op(Add, g.op(Abs, a), g.op(Square, x))
	return x, g.Over(Sum, g.op(Mul, g.op(Sqrt, g.op(Add, a, g.Number(0.5))), g.op(Maximum, x, g.op(Neg, a))))
}

// TestTiles: a value too large for the cache is computed in tiles, with the same bytes as in one lane, where it is not.
func TestTiles(t *testing.T) {
	const n, lanes = 700, 33
	g := New()
	x, e := wide(g, n)
	p := Compile(g, e, g.Grad(e, x)[0])
	in := floats(rand.New(rand.NewPCG(16, 17)), n*lanes)
	many, one := p.NewMachine(lanes), p.NewMachine(1)
	copy(many.In(0), in)
	many.Run(lanes)
	for l := range lanes {
		for j := range n {
			one.In(0)[j] = in[j*lanes+l]
		}
		one.Run(1)
		for j, want := range one.Out(1) {
			if got := many.Out(1)[j*lanes+l]; got != want {
				t.Fatalf("lane %d, coordinate %d: %v, alone %v", l, j, got, want)
			}
		}
	}
}

func BenchmarkWide(b *testing.B) {
	g := New()
	x, e := wide(g, 784)
	m := Compile(g, e, g.Grad(e, x)[0]).NewMachine(32)
	for b.Loop() {
		m.Run(32)
	}
}

// singles are parameters in single precision.
func singles(values [][]float64) [][]float32 {
	narrow := make([][]float32, len(values))
	for k, v := range values {
		narrow[k] = make([]float32, len(v))
		convert(narrow[k], v)
	}
	return narrow
}
