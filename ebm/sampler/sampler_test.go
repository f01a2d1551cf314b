package sampler

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"joule/ebm"
	"joule/ebm/diag"
)

func ring() *ebm.Model {
	return ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
}

// mean returns the mean of a function of the draws, and its standard error if each chain counted once: an upper bound.
func mean(r *Run, f func(x []float64) float64) (m, se float64) {
	var squares float64
	for c := range r.Draws.Chains {
		s := 0.0
		for _, x := range r.Chain(c) {
			s += f(x) / float64(r.Draws.Draws)
		}
		m += s / float64(r.Draws.Chains)
		squares += s * s / float64(r.Draws.Chains)
	}
	return m, math.Sqrt((squares - m*m) / float64(r.Draws.Chains))
}

func sigmas(t *testing.T, what string, got, se, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 5*se) {
		t.Errorf("%s: %.5f ± %.5f, want %.5f", what, got, se, want)
	}
}

// The cell of the contract. Radii of the ring have density ∝ r e^−(r−2)²/2σ² with σ = 1/4; the part below 0 weighs e^−32, so
// E r = 2 + σ²/2 and E r² = 4 + 3σ² to all digits that matter.
func TestRing(t *testing.T) {
	run := Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: 512, Draws: 2000, Seed: 1})
	r, se := mean(run, func(x []float64) float64 { return math.Hypot(x[0], x[1]) })
	sigmas(t, "mean radius", r, se, 2+0.0625/2)
	r2, se := mean(run, func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] })
	sigmas(t, "mean squared radius", r2, se, 4+3*0.0625)
	if run.Err != nil || run.Diverged != 0 || run.Accept < 0.7 || run.Accept > 0.95 {
		t.Errorf("%v, err %v, %d diverged", run, run.Err, run.Diverged)
	}
	s := run.Summary()
	if len(s.Rows) != 2 || s.Accept != run.Accept || math.Abs(s.Rows[0].SD-math.Sqrt(r2/2)) > 0.05 {
		t.Errorf("summary\n%v", s)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	draw := func(procs, seed int, s Sampler) *Run {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return Sample(t.Context(), ring(), s, Schedule{Chains: 200, Draws: 60, Warmup: 30, Seed: seed})
	}
	for _, s := range []Sampler{MALA{Step: 0.05}, MALA{}, ULA{Step: 0.01}, HMC{}} {
		want := draw(1, 7, s)
		for _, procs := range []int{2, 4, 16} {
			if got := draw(procs, 7, s); !slices.Equal(got.Draws.Data, want.Draws.Data) || got.Accept != want.Accept {
				t.Errorf("%T: %d processors give other draws than one", s, procs)
			}
		}
		if slices.Equal(draw(2, 8, s).Draws.Data, want.Draws.Data) {
			t.Errorf("%T: another seed gives the same draws", s)
		}
	}
}

// With a fixed step a chain is the same however many there are beside it, and however long the run is.
func TestChainsAreIndependentOfTheSchedule(t *testing.T) {
	draw := func(chains, draws int) *Run {
		return Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: chains, Draws: draws, Warmup: 10, Seed: 3})
	}
	few, many := draw(3, 40), draw(150, 90)
	for c := range 3 {
		for k := range 40 {
			if !slices.Equal(few.Draws.At(c, k), many.Draws.At(c, k)) {
				t.Fatalf("draw %d of chain %d differs", k, c)
			}
		}
	}
}

func TestThinningKeepsEverySoManyStates(t *testing.T) {
	all := Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: 2, Draws: 30, Warmup: -1, Seed: 1})
	thin := Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: 2, Draws: 10, Thin: 3, Warmup: -1, Seed: 1})
	warm := Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: 2, Draws: 10, Warmup: 20, Seed: 1})
	for k := range 10 {
		if !slices.Equal(thin.Draws.At(1, k), all.Draws.At(1, 3*k+2)) {
			t.Errorf("thinned draw %d is not state %d", k, 3*k+2)
		}
		if !slices.Equal(warm.Draws.At(1, k), all.Draws.At(1, 20+k)) {
			t.Errorf("draw %d after the warm-up is not state %d", k, 20+k)
		}
	}
}

// The stationary variance of ULA on a normal distribution is known in closed form.
func TestBiasOfULA(t *testing.T) {
	m := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Div(2) })
	for _, h := range []float64{0.1, 0.5, 1} {
		run := Sample(t.Context(), m, ULA{Step: h}, Schedule{Chains: 1000, Draws: 500, Warmup: 200, Seed: 2})
		v, se := mean(run, func(x []float64) float64 { return x[0] * x[0] })
		sigmas(t, "variance", v, se, 1/(1-h/2))
		if se > 0.05 {
			t.Errorf("h = %v: a standard error of %v cannot tell", h, se)
		}
	}
}

// An energy that is no number on half of the line: the proposals there diverge, the rest is the distribution x e^−x.
func TestDivergence(t *testing.T) {
	gamma := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Sub(x.Log()) })
	run := Sample(t.Context(), gamma, MALA{Step: 0.3}, Schedule{Chains: 400, Draws: 1000, Seed: 1})
	if run.Diverged == 0 {
		t.Error("no step diverged")
	}
	if !strings.Contains(run.Summary().String(), "diverged") {
		t.Errorf("the summary is silent:\n%v", run.Summary())
	}
	m, se := mean(run, func(x []float64) float64 { return x[0] })
	sigmas(t, "mean", m, se, 2)
	for _, x := range run.Samples() {
		if !(x[0] > 0) {
			t.Fatalf("a draw at %v", x[0])
		}
	}
	for _, wide := range []bool{false, true} {
		run = Sample(t.Context(), gamma, ULA{Step: 0.01}, Schedule{Chains: 100, Draws: 300, Seed: 1, Float64: wide})
		for _, x := range run.Samples() {
			if !(x[0] > 0) {
				t.Fatalf("ULA: a draw at %v", x[0])
			}
		}
	}
}

// A wall of infinite energy is no divergence: proposals beyond it are just never accepted.
func TestWall(t *testing.T) {
	half := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(0), x.Square().Div(2), math.Inf(1)) })
	run := Sample(t.Context(), half, MALA{Step: 0.5}, Schedule{Chains: 400, Draws: 1000, Seed: 1})
	if run.Diverged != 0 {
		t.Errorf("%d steps diverged", run.Diverged)
	}
	m, se := mean(run, func(x []float64) float64 { return x[0] })
	sigmas(t, "mean of the half normal distribution", m, se, math.Sqrt(2/math.Pi))
}

// An energy without any finite value is not an endless loop and no panic.
func TestNowhereFinite(t *testing.T) {
	nan := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Neg().Sub(1).Log() })
	run := Sample(t.Context(), nan, MALA{}, Schedule{Chains: 3, Draws: 10})
	if run.Diverged != 30 || run.Accept != 0 || run.Err != nil {
		t.Errorf("%v, %d diverged", run, run.Diverged)
	}
	_ = run.Summary().String()
}

func TestStartIsFinite(t *testing.T) {
	far := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Col(0).Sub(1).Log().Neg().Add(x.Square().Sum()) }) // x₁ > 1
	run := Sample(t.Context(), far, MALA{Step: 1e-6}, Schedule{Chains: 300, Draws: 1, Warmup: -1, Seed: 5})
	for c := range 300 {
		if x := run.Draws.At(c, 0); !(x[0] > 1) {
			t.Errorf("chain %d starts at %v", c, x)
		}
	}
}

func TestInitAndLast(t *testing.T) {
	init := [][]float64{{2, 0}, {0, -2}}
	run := Sample(t.Context(), ring(), MALA{Step: 1e-9}, Schedule{Chains: 5, Draws: 1, Warmup: -1, Init: init})
	for c := range 5 {
		for j, v := range run.Draws.At(c, 0) {
			if math.Abs(v-init[c%2][j]) > 1e-3 {
				t.Errorf("chain %d is at %v, started at %v", c, run.Draws.At(c, 0), init[c%2])
			}
		}
	}
	last := run.Last()
	if len(last) != 5 || !slices.Equal(last[3], run.Draws.At(3, 0)) {
		t.Errorf("last positions %v", last)
	}
}

// A counting sampler cancels the run at a certain step, so that the test does not depend on time.
type cancelling struct {
	MALA
	steps  *atomic.Int64
	at     int64
	cancel context.CancelFunc
}

func (c cancelling) Kernel(t *Target) Kernel { return &cancellingKernel{c.MALA.Kernel(t), c} }

type cancellingKernel struct {
	Kernel
	c cancelling
}

func (k *cancellingKernel) Step(s *State, info *Info, noise Noise) {
	if k.c.steps.Add(1) == k.c.at {
		k.c.cancel()
	}
	k.Kernel.Step(s, info, noise)
}

func TestCancelledRunKeepsWhatItHas(t *testing.T) {
	schedule := Schedule{Chains: 150, Draws: 20000, Warmup: 10, Seed: 4, Float64: true} // as the other sampler has it
	ctx, cancel := context.WithCancel(t.Context())
	s := cancelling{MALA{Step: 0.05}, new(atomic.Int64), 1000, cancel}
	run := Sample(ctx, ring(), s, schedule)
	n := run.Draws.Draws
	if !errors.Is(run.Err, context.Canceled) || n == 0 || n >= schedule.Draws || len(run.Draws.Data) != 150*n*2 {
		t.Fatalf("%v, err %v, %d numbers", run, run.Err, len(run.Draws.Data))
	}
	if !strings.Contains(run.Summary().Note, "stopped") || len(run.Samples()) != 150*n || len(run.Points(40)) != 40 {
		t.Errorf("summary %v, %d samples", run.Summary(), len(run.Samples()))
	}
	schedule.Draws = n
	want := Sample(t.Context(), ring(), MALA{Step: 0.05}, schedule)
	if !slices.Equal(run.Draws.Data, want.Draws.Data) {
		t.Error("the draws before the cancellation are not those of a shorter run")
	}
}

// Panels that were stopped at different draws: all keep what the slowest has.
func TestResultIsRectangular(t *testing.T) {
	sch, m := Schedule{Chains: 130, Draws: 9, Warmup: -1}.resolve(ring())
	j := &job{schedule: sch, dim: 2, draws: diag.Draws{Chains: 130, Draws: 9, Dim: 2, Data: make([]float64, 130*9*2)}}
	for i, kept := range []int{5, 3, 4} {
		p := j.newPanel(m, MALA{Step: 0.05}, 64*i, min(64, 130-64*i))
		j.panels = append(j.panels, p)
		j.advance(p, 0, kept)
	}
	full := slices.Clone(j.draws.Data)
	r := j.result()
	if r.Draws.Draws != 3 || len(r.Draws.Data) != 130*3*2 {
		t.Fatalf("%+v", r)
	}
	for _, c := range []int{0, 64, 129} {
		if !slices.Equal(r.Draws.At(c, 2), full[(c*9+2)*2:(c*9+2)*2+2]) {
			t.Errorf("draw 2 of chain %d moved", c)
		}
	}
}

func TestCancelledBeforeTheFirstDraw(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run := Sample(ctx, ring(), MALA{}, Schedule{})
	if run.Err == nil || run.Draws.Draws != 0 || len(run.Samples()) != 0 || len(run.Points(5)) != 0 {
		t.Errorf("%v, err %v", run, run.Err)
	}
	_, _ = run.Summary().HTML(), run.String()
}

func TestDefaultsAndNilContext(t *testing.T) {
	var none context.Context
	run := Sample(none, ring(), MALA{}, Schedule{})
	if run.Draws.Chains != 4 || run.Draws.Draws != 1000 || run.Err != nil {
		t.Error(run)
	}
}

// During warm-up the step is found: acceptance ends near the best, in low and in high dimension and at any scale.
func TestTunedStep(t *testing.T) {
	for _, c := range []struct {
		dim   int
		scale float64
	}{{1, 1}, {2, 100}, {20, 0.01}, {100, 1}} {
		m := ebm.Define(c.dim, func(x ebm.Tensor) ebm.Tensor { return x.Div(c.scale).Square().Sum().Div(2) })
		run := Sample(t.Context(), m, MALA{}, Schedule{Chains: 100, Draws: 200, Warmup: 1000, Seed: 1})
		if math.Abs(run.Accept-0.574) > 0.06 {
			t.Errorf("dimension %d, scale %v: acceptance %v", c.dim, c.scale, run.Accept)
		}
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	m := ring()
	for _, s := range []Sampler{MALA{Step: 0.05}, ULA{}} {
		target := newTarget(m, 64)
		k, state, info := s.Kernel(target), NewState(2, 64), NewInfo(64)
		target.Eval(state)
		if a := testing.AllocsPerRun(20, func() { k.Step(state, info, Noise{}) }); a != 0 {
			t.Errorf("%T: %v allocations per step", s, a)
		}
	}
}

// free is an energy that leaves its dimension to its use.
type free struct{}

func (free) Energy(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() }

func TestDimensionOfTheUse(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		want int
	}{{Schedule{}, 2}, {Schedule{Dim: 5}, 5}, {Schedule{Init: [][]float64{{1, 2, 3}}}, 3}} {
		c.s.Draws = 3
		if run := Sample(t.Context(), free{}, MALA{}, c.s); run.Draws.Dim != c.want {
			t.Errorf("%+v: dimension %d, want %d", c.s, run.Draws.Dim, c.want)
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		e    ebm.Energy
		s    Sampler
		sch  Schedule
		want string
	}{
		{ring(), nil, Schedule{}, "sampler: no sampler"},
		{ring(), MALA{Step: -1}, Schedule{Float64: true}, "sampler: MALA: step -1"},
		{ring(), HMC{Leaps: -1}, Schedule{}, "sampler: HMC: -1 leapfrog steps"},
		{nil, MALA{}, Schedule{}, "ebm: no energy"},
		{ring(), MALA{Step: -1}, Schedule{}, "sampler: MALA: step -1"},
		{ring(), ULA{Step: math.NaN()}, Schedule{}, "sampler: ULA: step NaN"},
		{ring(), MALA{}, Schedule{Chains: -1}, "sampler: chains -1"},
		{ring(), MALA{}, Schedule{Thin: -2}, "sampler: thin -2"},
		{ring(), MALA{}, Schedule{Dim: 3}, "ebm: the energy has dimension 2 and is used at 3"},
		{ring(), MALA{}, Schedule{Init: [][]float64{{1, 2}, {3}}}, "sampler: row 1 of Init has 1 numbers"},
		{ring(), MALA{}, Schedule{Chains: 1 << 20, Draws: 1 << 20}, "sampler: 1048576 chains × 1048576 draws"},
	} {
		func() {
			defer func() {
				err, ok := recover().(error)
				if !ok || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got %v, want an error %q", err, c.want)
				}
			}()
			Sample(t.Context(), c.e, c.s, c.sch)
		}()
	}
}

func TestPointsAreOfManyChains(t *testing.T) {
	run := Sample(t.Context(), ring(), MALA{Step: 0.05}, Schedule{Chains: 10, Draws: 100, Seed: 1})
	seen := map[float64]bool{}
	for _, p := range run.Points(20) {
		seen[p[0]] = true
	}
	if len(seen) < 15 || len(run.Points(5000)) != 1000 || len(run.Points(-1)) != 0 {
		t.Errorf("%d different points of 20", len(seen))
	}
}

func BenchmarkMALA(b *testing.B) {
	m := ring()
	for b.Loop() {
		Sample(context.Background(), m, MALA{Step: 0.05}, Schedule{Chains: 512, Draws: 2000, Seed: 1})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(512*3000), "ns/step")
}
