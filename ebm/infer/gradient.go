package infer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"joule/ebm"
	"joule/ebm/optim"
	"joule/ebm/simd"
)

// streamStart is the stream of the random numbers that the searches start from.
const streamStart = 0x800

// Gradient goes downhill with L-BFGS from several starting points and keeps the lowest end: one start finds the valley that it
// lies in, and no gradient says whether there is a deeper one.
type Gradient struct {
	Restarts int         // starting points; 0 means 1, or as many as Start has
	Seed     int         // of the starting points
	Scale    float64     // their standard deviation around 0; 0 means 1. The first is 0 itself
	Start    [][]float64 // starting points to be used first, one per row
	Steps    int         // at most, from each; 0 means 1000
	Tol      float64     // the largest element of a gradient that is taken for 0; 0 means 1e-8
}

// Minimize returns the lowest point that it finds.
func (g Gradient) Minimize(ctx context.Context, m *ebm.Model) (y []float64, ey float64) {
	if g.Restarts < 0 || g.Steps < 0 || !(g.Scale >= 0) {
		panic(fmt.Errorf("infer: Gradient: %d restarts of %d steps with scale %v", g.Restarts, g.Steps, g.Scale))
	}
	f := func(x, gradient []float64) float64 {
		e := make([]float64, 1)
		m.Eval(e, gradient, x)
		return e[0]
	}
	ey = math.NaN()
	for k := range max(g.Restarts, len(g.Start), 1) {
		if ctx.Err() != nil {
			break
		}
		// An error says that this search has not come to an end; what it has found counts all the same.
		p, e, _ := optim.LBFGS{Steps: g.Steps, Tol: g.Tol}.Minimize(ctx, f, g.start(k, m.Dim()))
		if lower(e, ey) {
			y, ey = slices.Clone(p), e
		}
	}
	return y, ey
}

// start returns the k-th starting point: those of Start, or 0 first if there are none, then random ones.
func (g Gradient) start(k, dim int) []float64 {
	if k < len(g.Start) {
		if len(g.Start[k]) != dim {
			panic(fmt.Errorf("infer: Gradient: start %d has %d numbers, the energy has dimension %d", k, len(g.Start[k]), dim))
		}
		return g.Start[k]
	}
	x := make([]float64, dim)
	if k == 0 {
		return x
	}
	scale := g.Scale
	if scale == 0 {
		scale = 1
	}
	simd.Source{Seed: uint64(g.Seed), Stream: streamStart}.Normals(x, uint32(k), 0)
	for i := range x {
		x[i] *= scale
	}
	return x
}
