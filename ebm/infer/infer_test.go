package infer

import (
	"context"
	"math"
	"slices"
	"testing"

	"joule/ebm"
	"joule/ebm/discrete"
)

// The cell of the contract: y = x² is the prediction.
func TestArgmin(t *testing.T) {
	e := ebm.DefineXY(1, 1, func(x, y ebm.Tensor) ebm.Tensor { return y.Sub(x.Square()).Square() })
	for _, x := range []float64{1.5, 0, -2} {
		y, ey := Argmin(t.Context(), e, []float64{x}, Gradient{Restarts: 8, Seed: 1})
		if len(y) != 1 || math.Abs(y[0]-x*x) > 1e-6 || !(ey >= 0 && ey < 1e-12) {
			t.Errorf("x = %v: y = %v, E = %v", x, y, ey)
		}
	}
}

// valleys has minima near −1 and 1, the deeper one at x > 0; at 0 it is flat.
func valleys(depth float64) *ebm.Model {
	return ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sub(1).Square().Add(x.Pow(3).Mul(-depth)) })
}

// Every solver against exhaustive search: none is above it, and restarts find the deeper valley that one start misses.
func TestSolversAgree(t *testing.T) {
	for name, m := range map[string]*ebm.Model{
		"valleys": valleys(0.3),
		"ring":    ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125).Add(x.Col(0).Mul(0.5)) }),
		"waves": ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
			return x.Square().Sum().Div(20).Add(x.Mul(3).Cos().Sum()).Add(x.Dot([]float64{0.05, 0.1}))
		}),
	} {
		_, best := Minimum(t.Context(), m, Exhaustive{Candidates: Grid(m.Dim(), 401, -4, 4)})
		y, e := Minimum(t.Context(), m, Gradient{Restarts: 20, Scale: 2, Seed: 1})
		if !(e <= best+1e-12) || m.At(y...) != e {
			t.Errorf("%s: %v at %v, exhaustive search finds %v", name, e, y, best)
		}
	}
	m := valleys(0.3)
	left, e := Minimum(t.Context(), m, Gradient{Start: [][]float64{{-1.2}}})
	right, f := Minimum(t.Context(), m, Gradient{Start: [][]float64{{-1.2}}, Restarts: 10, Seed: 2})
	if left[0] > 0 || right[0] < 0 || f >= e {
		t.Errorf("one start: %v with %v; ten: %v with %v", left, e, right, f)
	}
	a, _ := Minimum(t.Context(), m, Gradient{Restarts: 5, Seed: 3})
	b, _ := Minimum(t.Context(), m, Gradient{Restarts: 5, Seed: 3})
	if !slices.Equal(a, b) {
		t.Error("the same seed gives another point")
	}
}

// The ground states of an Ising ring are the two that agree everywhere.
func TestExhaustive(t *testing.T) {
	m := discrete.Lattice(2, 3, 1, 0.1)
	y, e := Minimum(t.Context(), m, Exhaustive{Candidates: discrete.Enumerate(m).States})
	if !slices.Equal(y, []float64{1, 1, 1, 1, 1, 1}) || math.Abs(e+12+0.6) > 1e-12 {
		t.Errorf("%v with %v", y, e)
	}
}

// Edges: energies with walls, without a minimum, constant, NaN at the start; a cancelled search.
func TestEdges(t *testing.T) {
	wall := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(0.5), x.Square(), math.Inf(1)) })
	if y, e := Minimum(t.Context(), wall, Gradient{Restarts: 20, Seed: 1}); !(e < 0.3 && y[0] >= 0.5) {
		t.Errorf("wall: %v, %v", y, e)
	}
	if y, e := Minimum(t.Context(), ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return ebm.Const(3) }), nil); e != 3 || len(y) != 2 {
		t.Errorf("constant: %v, %v", y, e)
	}
	if _, e := Minimum(t.Context(), ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Sum() }), Gradient{Steps: 50}); !(e < -1) {
		t.Errorf("no minimum: %v", e)
	}
	if y, e := Minimum(t.Context(), ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Mul(0).Log().Add(math.Inf(1)) }), nil); !math.IsNaN(e) {
		t.Errorf("NaN: %v, %v", y, e)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if y, e := Minimum(ctx, valleys(0), Gradient{Restarts: 3}); y != nil || !math.IsNaN(e) {
		t.Errorf("cancelled: %v, %v", y, e)
	}
}

func TestMisuse(t *testing.T) {
	e := ebm.DefineXY(1, 1, func(x, y ebm.Tensor) ebm.Tensor { return y.Sub(x).Square() })
	for name, do := range map[string]func(){
		"no energy":     func() { Argmin(t.Context(), nil, []float64{1}, Gradient{}) },
		"width":         func() { Argmin(t.Context(), e, []float64{1, 2}, Gradient{}) },
		"no candidates": func() { Argmin(t.Context(), e, []float64{1}, Exhaustive{}) },
		"start":         func() { Argmin(t.Context(), e, []float64{1}, Gradient{Start: [][]float64{{1, 2}}}) },
		"restarts":      func() { Argmin(t.Context(), e, []float64{1}, Gradient{Restarts: -1}) },
		"grid":          func() { Grid(10, 10, 0, 1) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error", name)
				}
			}()
			do()
		}()
	}
}
