package sampler

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"joule/ebm"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// AIS estimates the logarithm of the partition function, log Z = log ∫ e^−E(x) dx, by annealed importance sampling: chains start
// at a distribution whose Z is known, move while the energy is turned into E in small steps, and keep account of what each turn
// gains (Neal, "Annealed importance sampling", Statistics and Computing 11, 2001, equation 4). The estimate of Z is unbiased
// whatever the moves are; bad ones only make it noisy, and the standard error shows that.
//
// The start is a normal distribution around 0, or for a discrete energy (that is Blocked) the uniform one.
type AIS struct {
	Temps  int     // turns; 0 means 1000
	Chains int     // 0 means 500
	Seed   int     // of all random numbers
	Scale  float64 // standard deviation of the start in each coordinate; 0 means 2. It should reach all that has low energy
	Leaps  int     // leapfrog steps of the move at each turn; 0 means 3
	Dim    int     // of an energy that does not say its own; 0 means 2
}

// LogZ returns the estimate and its standard error. Where the weights of the chains differ so much that few of them count, the
// standard error is large, and too small to be trusted when it exceeds about a half. A cancelled run returns NaN. Misuse panics
// with an error.
func (a AIS) LogZ(ctx context.Context, e ebm.Energy) (logZ, se float64) {
	weights := a.LogWeights(ctx, e)
	if weights == nil {
		return math.NaN(), math.NaN()
	}
	return meanExp(weights)
}

// LogWeights returns the logarithm of each chain's estimate of Z; nil when ctx is cancelled. The average of their exponentials
// estimates Z.
func (a AIS) LogWeights(ctx context.Context, e ebm.Energy) []float64 {
	if ctx == nil {
		ctx = context.Background()
	}
	if a.Temps < 0 || a.Chains < 0 || a.Leaps < 0 || !(a.Scale >= 0) || math.IsInf(a.Scale, 0) {
		fail("AIS: %d temperatures, %d chains, %d leaps, scale %v", a.Temps, a.Chains, a.Leaps, a.Scale)
	}
	a.Temps, a.Chains, a.Leaps, a.Dim = or(a.Temps, 1000), or(a.Chains, 500), or(a.Leaps, 3), or(a.Dim, or(ebm.Dim(e), 2))
	if a.Scale == 0 {
		a.Scale = 2
	}
	m, err := ebm.Resolve(e, a.Dim)
	if err != nil {
		panic(err)
	}
	if b, ok := m.Source().(Annealed); ok {
		return a.discrete(ctx, b)
	}
	steps := a.pilot(ctx, m)
	return a.parallel(ctx, func(first, lanes int) []float64 { return a.panel(ctx, m, first, lanes, steps, nil) })
}

// parallel runs the chains panel by panel on all processors.
func (a AIS) parallel(ctx context.Context, panel func(first, lanes int) []float64) []float64 {
	weights := make([]float64, a.Chains)
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for first := 0; first < a.Chains; first += expr.Lanes {
		slots <- struct{}{}
		wg.Go(func() {
			lanes := min(expr.Lanes, a.Chains-first)
			copy(weights[first:], panel(first, lanes))
			<-slots
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return weights
}

// pilot finds the length of the leapfrog steps at each turn, on chains of its own: steps that depended on the chains that are
// weighed would make the estimate biased.
func (a AIS) pilot(ctx context.Context, m *ebm.Model) []float64 {
	steps := make([]float64, a.Temps+1)
	a.panel(ctx, m, 1<<30, expr.Lanes, steps, func(h, accept float64) float64 {
		return h * math.Exp(0.2*(accept-0.7)) // about right at each turn: the next is like it
	})
	return steps
}

// panel anneals some chains and returns the logarithms of their weights. With adapt it sets the steps rather than to follow them.
func (a AIS) panel(ctx context.Context, m *ebm.Model, first, lanes int, steps []float64,
	adapt func(h, accept float64) float64) []float64 {
	t := newTarget(m, lanes)
	t.temper = &temper{scale: a.Scale, energy: make([]float64, lanes), base: make([]float64, lanes)}
	k := HMC{Step: a.Scale / 2, Leaps: a.Leaps}.Kernel(t).(*hmc)
	s, info := NewState(m.Dim(), lanes), NewInfo(lanes)
	noise := Noise{seed: uint64(a.Seed), first: uint32(first)}
	simd.Source{Seed: noise.seed, Stream: streamStart}.NormalPanel(s.X, s.Dim, lanes, noise.first, 0)
	for i := range s.X {
		s.X[i] *= a.Scale
	}
	w := make([]float64, lanes)
	for l := range w {
		w[l] = float64(s.Dim) * (math.Log(2*math.Pi)/2 + math.Log(a.Scale))
	}
	for n := 1; n <= a.Temps && ctx.Err() == nil; n++ {
		t.Eval(s) // at the old temperature, for the energy and the base apart
		beta := schedule(n, a.Temps)
		for l := range w {
			gain := (beta - t.temper.beta) * (t.temper.base[l] - t.temper.energy[l])
			if math.IsNaN(gain) {
				gain = math.Inf(-1) // what has no energy has no weight
			}
			w[l] += gain
		}
		if n == a.Temps {
			break // a move after the last turn changes no weight
		}
		t.temper.beta = beta
		t.temper.apply(s.restore(t))
		if adapt == nil {
			k.h = steps[n]
		}
		k.Step(s, info, noise)
		noise.step++
		if adapt != nil {
			steps[n] = k.h
			k.h = adapt(k.h, meanAccept(info))
		}
	}
	return w
}

// restore puts the plain energy and gradient of the last Eval back into the state, to be mixed anew.
func (s *State) restore(t *Target) *State {
	copy(s.Energy, t.machine.Out(0))
	copy(s.Gradient, t.machine.Out(1))
	return s
}

// schedule is the share of the energy after n of the turns. It is quadratic, because the first turns change the distribution
// most: an energy of steep walls is felt at once.
func schedule(n, turns int) float64 {
	b := float64(n) / float64(turns)
	return b * b
}

// A temper mixes an energy with that of the normal distribution: (1−β)‖x‖²/2s² + βE.
type temper struct {
	beta, scale  float64
	energy, base []float64 // of the last evaluation, apart
}

func (t *temper) apply(s *State) {
	copy(t.energy, s.Energy)
	clear(t.base)
	inv := 1 / (t.scale * t.scale)
	for j := 0; j < len(s.X); j += s.Lanes {
		x, g := s.X[j:j+s.Lanes], s.Gradient[j:j+s.Lanes]
		for l, v := range x {
			t.base[l] += v * v * inv / 2
			g[l] = (1-t.beta)*v*inv + t.beta*g[l]
		}
	}
	for l, e := range t.energy {
		if t.beta == 0 {
			s.Energy[l] = t.base[l] // an infinite energy does not count yet
		} else {
			s.Energy[l] = (1-t.beta)*t.base[l] + t.beta*e
		}
	}
}

// An Annealed energy is Blocked and can be weakened: at beta 0 all configurations are alike.
type Annealed interface {
	Blocked
	// SweepAt is Sweep for the energy beta·E.
	SweepAt(beta float64, x, u []float64, lanes int)
	// Weigh sets w to the logarithm of the weight of each configuration at beta, summed over whatever the configuration does not
	// show (the hidden units of a machine).
	Weigh(beta float64, w, x []float64, lanes int)
	// LogStates is the logarithm of the sum of the weights at beta 0.
	LogStates() float64
}

// discrete anneals from the uniform distribution.
func (a AIS) discrete(ctx context.Context, b Annealed) []float64 {
	return a.parallel(ctx, func(first, lanes int) []float64 {
		s := NewState(a.Dim, lanes)
		startBlocked(b, s, simd.Source{Seed: uint64(a.Seed), Stream: streamStart}, uint32(first))
		noise := Noise{seed: uint64(a.Seed), first: uint32(first)}
		u := make([]float64, b.Uniforms()*lanes)
		w, before, now := make([]float64, lanes), make([]float64, lanes), make([]float64, lanes)
		for l := range w {
			w[l] = b.LogStates()
		}
		for n := 1; n <= a.Temps && ctx.Err() == nil; n++ {
			last, beta := float64(n-1)/float64(a.Temps), float64(n)/float64(a.Temps)
			b.Weigh(last, before, s.X, lanes)
			b.Weigh(beta, now, s.X, lanes)
			for l := range w {
				w[l] += now[l] - before[l]
			}
			noise.Uniforms(u, b.Uniforms())
			b.SweepAt(beta, s.X, u, lanes)
			noise.step++
		}
		return w
	})
}

// meanExp returns the logarithm of the mean of the exponentials, and its standard error by the delta method.
func meanExp(w []float64) (log, se float64) {
	top := slices.Max(w)
	if math.IsInf(top, -1) || math.IsNaN(top) || len(w) < 2 {
		return top, math.NaN()
	}
	n, sum, squares := float64(len(w)), 0.0, 0.0
	for _, v := range w {
		r := math.Exp(v - top)
		sum += r
		squares += r * r
	}
	mean := sum / n
	variance := (squares/n - mean*mean) * n / (n - 1)
	return top + math.Log(mean), math.Sqrt(math.Max(variance, 0)/n) / mean
}

// String describes the estimator.
func (a AIS) String() string {
	return fmt.Sprintf("sampler.AIS(%d temperatures, %d chains)", or(a.Temps, 1000), or(a.Chains, 500))
}
