package expr

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"joule/ebm/internal/jit"
	"joule/ebm/simd"
)

// newMachineOf returns a machine at a level; at Generic nothing is compiled.
func newMachineOf[T simd.Float](p *Program, lanes int, level simd.Level) *machine[T] {
	m := &machine[T]{}
	m.init(p, lanes, level)
	return m
}

func compiledParts[T simd.Float](m *machine[T]) []part { return m.p.parts(m.planKey()) }

// compiling are the levels at which programs are compiled here.
func compiling(t *testing.T) (levels []simd.Level) {
	for _, l := range simd.Levels() {
		if jit.Supported(vectors[l]) {
			levels = append(levels, l)
		}
	}
	if levels == nil {
		t.Skip("programs are not compiled on this processor")
	}
	return levels
}

// TestCompiledBytes: compiled programs give the bytes of those that run instruction by instruction, for random graphs, loops that go on
// from their results, any number of lanes, and numbers that are none.
func TestCompiledBytes(t *testing.T) {
	levels := compiling(t)
	parts := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 33))
		g, x, q, y := grow(r, 9+int(seed%40))
		outs := []ID{y, g.Grad(y, x)[0], g.Grad(g.op(BatchSum, y), q)[0]}
		p := CompileLoop(g, []int{-1, int(seed%2)*1 - 1, -1}, outs...)
		lanes := []int{1, 4, 8, 16, 17, 33, 64, 100}[r.IntN(8)]
		in, par := floats(r, 4*lanes), floats(r, 4)
		if seed%5 == 0 {
			for range 4 {
				in[r.IntN(len(in))] = []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1e-42, 1e200}[r.IntN(7)]
			}
		}
		for _, l := range levels {
			parts += compareCompiled[float32](t, p, seed, lanes, in, par, l)
			parts += compareCompiled[float64](t, p, seed, lanes, in, par, l)
		}
	}
	if parts < 600 {
		t.Errorf("only %d parts were compiled", parts)
	}
}

func compareCompiled[T simd.Float](t *testing.T, p *Program, seed uint64, lanes int, in, par []float64, level simd.Level) (parts int) {
	compiled, plain := newMachineOf[T](p, lanes, level), newMachineOf[T](p, lanes, simd.Generic)
	for _, m := range []*machine[T]{compiled, plain} {
		m.SetParam(0, par)
		convert(m.In(0), in)
		m.Begin()
		if lanes < 16 {
			m.runs = hot - 2 // it is compiled on the way
		}
		for range 3 {
			m.Run(lanes)
		}
		m.End()
	}
	for k := range p.outs {
		want := plain.Out(k)
		for i, v := range compiled.Out(k) {
			if w := want[i]; (v != w || math.Signbit(float64(v)) != math.Signbit(float64(w))) && (v == v || w == w) {
				t.Fatalf("seed %d, %v, %T, %d lanes, result %d[%d]: %v, instruction by instruction %v", seed, level, v, lanes, k, i, v, w)
			}
		}
	}
	return len(compiledParts(compiled))
}

// TestCompiledNetwork: of a network everything but the products of matrices is compiled, and the bytes are the same.
func TestCompiledNetwork(t *testing.T) {
	levels := compiling(t)
	level := levels[len(levels)-1]
	r := rand.New(rand.NewPCG(4, 4))
	for _, hidden := range []int{3, 24, 130} {
		g := New()
		x, e, params := perceptron(g, hidden)
		p := Compile(g, append([]ID{e, g.Grad(e, x)[0]}, g.Grad(e, params...)...)...)
		const lanes = 48
		_, values := perceptronData(r, g, params, lanes)
		in := floats(r, 2*lanes)
		compiled, plain := newMachineOf[float32](p, lanes, level), newMachineOf[float32](p, lanes, simd.Generic)
		for _, m := range []*machine[float32]{compiled, plain} {
			for k, v := range values {
				m.SetParam(k, v)
			}
			convert(m.In(0), in)
			m.Begin()
			m.Run(lanes - 5)
			m.End()
		}
		for k := range p.outs {
			for i, v := range compiled.Out(k) {
				if w := plain.Out(k)[i]; v != w {
					t.Fatalf("%d hidden, result %d[%d]: %v, instruction by instruction %v", hidden, k, i, v, w)
				}
			}
		}
		at := 0
		for _, part := range append(compiledParts(compiled), part{from: len(p.code[perSample]), to: len(p.code[perSample])}) {
			for _, in := range p.code[perSample][at:part.from] {
				if p.formula(in.op) != "" && in.at.size > 1 {
					t.Errorf("%d hidden: %v of %d elements is not compiled", hidden, in.op, in.at.size)
				}
			}
			at = part.to
		}
	}
}

// TestCompiledNothingElse: a compiled program writes to no other memory than its buffers.
func TestCompiledNothingElse(t *testing.T) {
	g := New()
	x, e := wide(g, 70)
	p := Compile(g, e, g.Grad(e, x)[0])
	for _, level := range compiling(t) {
		for _, lanes := range []int{16, 19, 31, 40} {
			compiledAround(t, p, lanes, level)
		}
	}
}

func compiledAround(t *testing.T, p *Program, lanes int, level simd.Level) {
	m := newMachineOf[float32](p, lanes, level)
	const guard = 64
	area := make([]float32, len(m.pan)+2*guard)
	for i := range area {
		area[i] = 7
	}
	m.pan = area[guard : guard+len(m.pan)]
	c := compiledParts(m)[0].code
	work := make([]byte, c.Work()+64)
	c.Run(unsafe.Pointer(&m.pan[0]), unsafe.Pointer(unsafe.SliceData(m.uni)), unsafe.Pointer(&work[0]))
	for i, v := range area {
		if (i < guard || i >= guard+len(m.pan)) && v != 7 {
			t.Fatalf("%d lanes: number %d of %d around %d is %v", lanes, i, len(area), len(m.pan), v)
		}
	}
}

// TestCompiledSquareWeights: every row of a loop reads the whole operand of a product with weights. With square ones the operand has the size
// of the result, so it may be made in the same loop, or its place may be taken by a result of the loop; neither may be.
func TestCompiledSquareWeights(t *testing.T) {
	const lanes = 64
	for n := 2; n <= 9; n++ {
		g := New()
		x, w := g.Input(0, Vector(n)), g.Param(0, "w", Matrix(n, n))
		made := Compile(g, g.op(Tanh, g.Linear(g.op(Softplus, g.op(Tanh, x)), w)))
		h := g.Linear(x, w)
		a := g.op(Softplus, h)
		taken := CompileLoop(g, []int{0, -1}, g.op(Add, g.op(Tanh, a), g.op(Tanh, h)), a)
		r := rand.New(rand.NewPCG(1, uint64(n)))
		in, par := floats(r, n*lanes), floats(r, n*n)
		for _, p := range []*Program{made, taken} {
			for _, l := range compiling(t) {
				compareCompiled[float32](t, p, uint64(n), lanes, in, par, l)
				compareCompiled[float64](t, p, uint64(n), lanes, in, par, l)
			}
		}
	}
}

// TestCarriesAreTakenTogether: results become inputs all at once, also where they are inputs themselves, and one may become several.
func TestCarriesAreTakenTogether(t *testing.T) {
	for _, c := range []struct {
		why     string
		results func(g *Graph, x, y, z ID) (a, b ID)
		want    func(x, y, z float64) (a, b float64)
	}{
		{"shift", func(_ *Graph, x, _, z ID) (a, b ID) { return z, x }, func(x, _, z float64) (a, b float64) { return z, x }},
		{"swap", func(_ *Graph, x, y, _ ID) (a, b ID) { return y, x }, func(x, y, _ float64) (a, b float64) { return y, x }},
		{"one for both", func(_ *Graph, _, _, z ID) (a, b ID) { return z, z }, func(_, _, z float64) (a, b float64) { return z, z }},
	} {
		g := New()
		x, y := g.Input(0, Vector(2)), g.Input(1, Vector(2))
		a, b := c.results(g, x, y, g.op(Tanh, g.op(Add, x, y)))
		p := CompileLoop(g, []int{0, 1}, a, b)
		for _, l := range simd.Levels() {
			m := newMachineOf[float64](p, 9, l)
			in := floats(rand.New(rand.NewPCG(2, 3)), 36)
			copy(m.In(0), in)
			copy(m.In(1), in[18:])
			u, v := in[4], in[18+4]
			for step := range 3 {
				m.Run(9)
				u, v = c.want(u, v, math.Tanh(u+v))
				for k, want := range []float64{u, v} {
					if !near(m.In(k)[4], want, 1e-12) || !near(m.Out(k)[4], want, 1e-12) {
						t.Errorf("%s, %v, step %d: input %d is %v, result %v, want %v", c.why, l, step, k, m.In(k)[4], m.Out(k)[4], want)
					}
				}
			}
		}
	}
}
