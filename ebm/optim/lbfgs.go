package optim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// LBFGS minimises a smooth function by the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal, "Updating
// quasi-Newton matrices with limited storage", 1980), as gonum has it.
type LBFGS struct {
	Steps  int     // at most; 0 means 1000
	Tol    float64 // the largest element of a gradient that is taken for 0; 0 means 1e-8
	Memory int     // steps that are remembered; 0 means 15
}

// Minimize returns the lowest point that it has seen from the start on, and the value there. f returns the value at x and, if
// gradient is not nil, sets gradient; a value that is not a number counts as one too high. A search that ends because no lower point can
// be told apart has succeeded. The error is that of ctx, or says that the start has no value or that the steps did not suffice.
func (o LBFGS) Minimize(ctx context.Context, f func(x, gradient []float64) float64, start []float64) (x []float64, fx float64,
	err error) {
	steps, memory := o.Steps, o.Memory
	if steps == 0 {
		steps = 1000
	}
	if memory == 0 {
		memory = 15
	}
	if ctx == nil {
		ctx = context.Background()
	}
	tol := checked("LBFGS", "Tol", o.Tol, 1e-8, 0, inf)
	best := &lowest{f: f, ctx: ctx, fx: math.Inf(1)}
	best.value(start)
	if math.IsInf(best.fx, 1) {
		return slices.Clone(start), math.NaN(), errors.New("optim: LBFGS: the function has no value at the start")
	}
	problem := optimize.Problem{Func: best.value, Grad: best.gradient, Status: best.status}
	settings := &optimize.Settings{MajorIterations: steps, GradientThreshold: tol,
		Converger: &optimize.FunctionConverge{Absolute: 1e-300, Relative: 1e-15, Iterations: 20}}
	res, err := optimize.Minimize(problem, start, settings, &optimize.LBFGS{Store: memory})
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case res != nil && res.Status == optimize.IterationLimit:
		err = fmt.Errorf("optim: LBFGS: no minimum after %d steps", steps)
	case errors.Is(err, optimize.ErrLinesearcherFailure), errors.Is(err, optimize.ErrNoProgress),
		errors.Is(err, optimize.ErrNonDescentDirection), errors.Is(err, optimize.ErrLinesearcherBound):
		err = nil // rounding hides any lower point
	case err != nil:
		err = fmt.Errorf("optim: LBFGS: %w", err)
	}
	return best.x, best.fx, err
}

// lowest remembers the lowest point that a search has seen, and the last gradient, which searches ask for apart.
type lowest struct {
	f    func(x, gradient []float64) float64
	ctx  context.Context
	x    []float64
	fx   float64
	at   []float64
	grad []float64
}

func (l *lowest) value(x []float64) float64 {
	l.at = append(l.at[:0], x...)
	if len(l.grad) != len(x) {
		l.grad = make([]float64, len(x))
	}
	v := l.f(x, l.grad)
	if math.IsNaN(v) {
		v = math.Inf(1)
	}
	if v < l.fx {
		l.x, l.fx = slices.Clone(x), v
	}
	return v
}

func (l *lowest) gradient(grad, x []float64) {
	if !slices.Equal(x, l.at) {
		l.value(x)
	}
	copy(grad, l.grad)
}

func (l *lowest) status() (optimize.Status, error) {
	if err := l.ctx.Err(); err != nil {
		return optimize.Failure, err
	}
	return optimize.NotTerminated, nil
}
