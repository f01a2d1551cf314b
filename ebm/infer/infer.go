package infer

import (
	"context"
	"fmt"
	"math"

	"joule/ebm"
)

// A Solver looks for the lowest point of an energy.
type Solver interface {
	// Minimize returns the lowest point that it finds and the energy there. It panics with an error if the options make no sense;
	// when ctx is cancelled it returns the best so far, or nil and NaN.
	Minimize(ctx context.Context, m *ebm.Model) (y []float64, ey float64)
}

// Argmin returns the prediction y of lowest energy for an observation x, and its energy. Misuse panics with an error.
func Argmin(ctx context.Context, e *ebm.ModelXY, x []float64, how Solver) (y []float64, ey float64) {
	if e == nil {
		panic(fmt.Errorf("infer: Argmin: no energy (nil)"))
	}
	return Minimum(ctx, e.Given(x...), how)
}

// Minimum returns the lowest point of an energy that says its dimension, and its energy. nil for how means Gradient{}.
func Minimum(ctx context.Context, e ebm.Energy, how Solver) (y []float64, ey float64) {
	m, err := ebm.Resolve(e, 0)
	if err != nil {
		panic(fmt.Errorf("infer: %w", err))
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if how == nil {
		how = Gradient{}
	}
	return how.Minimize(ctx, m)
}

// lower tells whether an energy is lower than the best so far; NaN is not.
func lower(e, best float64) bool { return e < best || math.IsNaN(best) && !math.IsNaN(e) }
