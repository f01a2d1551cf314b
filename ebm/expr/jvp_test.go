package expr

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every operation along a direction: the derivative of a probe is its gradient times the direction, and nothing is left of what JVP
// was built with.
func TestJVP(t *testing.T) {
	for _, p := range probes() {
		g := New()
		x, v := g.Input(0, Vector(p.width)), g.Input(1, Vector(p.width))
		y := p.build(g, x)
		forward := g.JVP(y, x, v)
		if g.Shape(forward) != g.Shape(y) {
			t.Errorf("%s: of shape %v, want %v", p.name, g.Shape(forward), g.Shape(y))
		}
		for _, id := range g.reachable(forward) {
			if n := g.Node(id); n.Op == Input && n.Attr.I[0] > 1 {
				t.Errorf("%s: depends on the scaffold", p.name)
			}
		}
		along := g.Dot(g.Grad(y, x)[0], v)
		at, direction := p.point(), make([]float64, p.width)
		for i := range direction {
			direction[i] = math.Sin(float64(3*i + 1))
		}
		got, want := make([]float64, 1), make([]float64, 1)
		Compile(g, forward, along).Run(Batch{N: 1, In: [][]float64{at, direction}, Out: [][]float64{got, want}})
		if !near(got[0], want[0], 1e-11) {
			t.Errorf("%s: %v, want %v", p.name, got[0], want[0])
		}
	}
}

// Of a value with several elements, in an input and in a parameter, by differences; and a second time.
func TestJVPOfAVector(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	const n = 7
	g := New()
	x, w := g.Input(0, Vector(3)), g.Param(0, "w", Matrix(3, 4))
	v, dw := g.Input(1, Vector(3)), g.Const(Matrix(3, 4), floats(r, 12))
	y := g.op(Tanh, g.Linear(x, w))
	inX, inW := g.JVP(y, x, v), g.JVP(y, w, dw)
	twice := g.JVP(inX, x, v)
	p := Compile(g, y, inX, inW, twice)
	at, dir, weights := floats(r, 3*n), floats(r, 3*n), floats(r, 12)
	run := func(at, weights []float64) [][]float64 {
		out := [][]float64{make([]float64, 4*n), make([]float64, 4*n), make([]float64, 4*n), make([]float64, 4*n)}
		p.Run(Batch{N: n, In: [][]float64{at, dir}, Params: [][]float64{weights}, Out: out})
		return out
	}
	moved := func(x, by []float64, h float64) []float64 {
		m := make([]float64, len(x))
		for i := range m {
			m[i] = x[i] + h*by[i]
		}
		return m
	}
	const h = 1e-5
	got := run(at, weights)
	up, down := run(moved(at, dir, h), weights), run(moved(at, dir, -h), weights)
	steep, flat := run(at, moved(weights, g.Node(dw).Data, h)), run(at, moved(weights, g.Node(dw).Data, -h))
	for i := range 4 * n {
		for what, c := range map[string][2]float64{
			"in x": {got[1][i], (up[0][i] - down[0][i]) / (2 * h)}, "in w": {got[2][i], (steep[0][i] - flat[0][i]) / (2 * h)},
			"twice": {got[3][i], (up[1][i] - down[1][i]) / (2 * h)},
		} {
			if !near(c[0], c[1], 1e-8) {
				t.Errorf("%s, element %d: %v, by differences %v", what, i, c[0], c[1])
			}
		}
	}
}
