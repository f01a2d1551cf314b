package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"joule/ebm"
	"joule/ebm/loss"
	"joule/ebm/optim"
)

// A Config says how to train. The zero value, but for the Loss, is useful.
type Config struct {
	Loss     loss.Loss
	Opt      optim.Optimizer // nil means optim.Adam{}
	Steps    int             // 0 means 1000
	Batch    int             // rows of a step; 0 means 256, or all of the data if they are fewer
	Seed     int             // of the order of the data and of the random numbers of the loss
	Schedule optim.Schedule  // of the rate; nil means constant
	Clip     float64         // limit of the norm of the gradient; 0 means none
	Float64  bool            // double precision in the loss; parameters and their means are always kept in it
	// Watch is shown the History now and then while it grows.
	Watch Watch
}

// A Watch shows a value that changes, in one place; display.Live() is one. If it has a method Flush() it is called at the end.
type Watch interface {
	Update(view any)
}

// Fit changes the parameters of an energy so that the loss on the data, one sample per row, falls. The energy must have
// parameters (ebm.DefineModel, a network, a machine). When ctx is cancelled it returns what it has, with Err set. Misuse panics
// with an error.
func Fit(ctx context.Context, e ebm.Energy, data [][]float64, c Config) *History {
	if ctx == nil {
		ctx = context.Background()
	}
	r := newRun(e, data, c)
	began := time.Now()
	for step := 0; step < r.Steps && r.history.Err == nil; step++ {
		if err := ctx.Err(); err != nil {
			r.history.Err = err
			break
		}
		r.step(step)
		r.history.Elapsed = time.Since(began)
		r.watch(false)
	}
	r.objective.Params().SetTheta(r.theta)
	r.watch(true)
	return r.history
}

// A run is one call of Fit.
type run struct {
	Config
	objective loss.Objective
	batches   *batches
	rule      optim.Rule
	theta     []float64
	gradient  []float64
	guard     guard
	history   *History
	shown     time.Time
}

func newRun(e ebm.Energy, data [][]float64, c Config) *run {
	if len(data) == 0 {
		fail("no data")
	}
	m, err := ebm.Resolve(e, len(data[0]))
	if err != nil {
		panic(fmt.Errorf("train: %w", err))
	}
	if m.Params().Len() == 0 {
		fail("the energy has no parameters to train: make it with ebm.DefineModel or package nn")
	}
	for i, row := range data {
		if len(row) != m.Dim() {
			fail("row %d of the data has %d numbers, the energy has dimension %d", i, len(row), m.Dim())
		}
	}
	if c.Loss == nil {
		fail("no Loss: loss.DSM{Sigma: 0.1} is one to begin with")
	}
	if c.Steps < 0 || c.Batch < 0 || !(c.Clip >= 0) {
		fail("%d steps of %d rows, gradients up to %v", c.Steps, c.Batch, c.Clip)
	}
	if c.Steps == 0 {
		c.Steps = 1000
	}
	if c.Batch == 0 {
		c.Batch = 256
	}
	c.Batch = min(c.Batch, len(data))
	if c.Opt == nil {
		c.Opt = optim.Adam{}
	}
	r := &run{Config: c, batches: newBatches(data, c.Batch, c.Seed), history: &History{Rate: 1, steps: c.Steps}}
	r.objective = c.Loss.Prepare(loss.Setup{Model: m, Data: data, Batch: c.Batch, Seed: c.Seed, Single: !c.Float64})
	r.history.Params = r.objective.Params()
	r.theta = r.history.Params.Theta()
	r.gradient = make([]float64, len(r.theta))
	r.rule = c.Opt.New(len(r.theta))
	r.guard.keep(r.theta)
	return r
}

func fail(format string, args ...any) { panic(fmt.Errorf("train: "+format, args...)) }

// step takes a step, or goes back.
func (r *run) step(step int) {
	h := r.history
	v := r.objective.Gradient(r.gradient, r.batches.next(), step)
	norm := optim.Clip(r.gradient, r.Clip)
	if why := r.guard.check(v, norm); why != "" {
		r.back(step, why+r.trouble(v))
		return
	}
	h.Loss = append(h.Loss, v)
	h.Norm = append(h.Norm, norm)
	rate := h.Rate
	if r.Schedule != nil {
		rate *= r.Schedule.Rate(step, r.Steps)
	}
	r.rule.Step(r.theta, r.gradient, rate)
	r.objective.Params().SetTheta(r.theta)
	r.guard.healthy(step, r.theta)
}

// trouble says where a loss that is not finite comes from, if the objective knows.
func (r *run) trouble(v float64) string {
	if o, ok := r.objective.(interface{ Trouble() string }); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
		if what := o.Trouble(); what != "" {
			return ": " + what
		}
	}
	return ""
}

// maxRollbacks bounds how often a run may go back before it gives up.
const maxRollbacks = 20

// back returns to parameters that were well, with half the rate and without the memory of what led astray.
func (r *run) back(step int, why string) {
	h := r.history
	r.theta = r.guard.restore()
	r.objective.Params().SetTheta(r.theta)
	r.rule = r.Opt.New(len(r.theta))
	if o, ok := r.objective.(loss.Resetter); ok {
		o.Reset()
	}
	h.Rate /= 2
	h.Loss, h.Norm = append(h.Loss, math.NaN()), append(h.Norm, math.NaN())
	h.Rollbacks = append(h.Rollbacks, Rollback{Step: step, Why: why, Rate: h.Rate})
	if len(h.Rollbacks) > maxRollbacks {
		h.Err = errors.New("train: it diverges at every rate: " + why)
	}
}

// watch shows the history, at most fifty times a second.
func (r *run) watch(end bool) {
	if r.Watch == nil || !end && time.Since(r.shown) < 20*time.Millisecond {
		return
	}
	r.Watch.Update(r.history)
	r.shown = time.Now()
	if f, ok := r.Watch.(interface{ Flush() }); ok && end {
		f.Flush()
	}
}
