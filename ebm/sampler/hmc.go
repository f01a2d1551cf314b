package sampler

import (
	"fmt"
	"math"
)

// HMC is Hamiltonian Monte Carlo: each chain gets a random momentum and moves without friction in the landscape for a number of
// leapfrog steps; the error of those steps is made good by accepting or rejecting (Neal, "MCMC using Hamiltonian dynamics", in
// the Handbook of Markov chain Monte Carlo, 2011, figure 2).
type HMC struct {
	// Step is the length of a leapfrog step. 0 means: found during warm-up, for an acceptance of 0.8 (Betancourt, Byrne and
	// Girolami, "Optimizing the integrator step size for Hamiltonian Monte Carlo", 2014).
	Step float64
	// Leaps is the number of leapfrog steps. 0 means 10.
	Leaps int
	// Jitter is the fraction by which the step length varies from move to move, so that no orbit closes on itself. 0 means 0.2,
	// negative none.
	Jitter float64
}

// Kernel returns the transition for one panel.
func (p HMC) Kernel(t *Target) Kernel {
	p.check()
	n := t.Dim() * t.Lanes()
	k := &hmc{target: t, h: p.Step, leaps: or(p.Leaps, 10), jitter: p.jitter(), y: NewState(t.Dim(), t.Lanes()), v: make([]float64, n),
		u: make([]float64, 2*t.Lanes()), start: make([]float64, t.Lanes())}
	if p.Step == 0 {
		k.h = 0.3 / math.Sqrt(math.Sqrt(float64(t.Dim()))) // the scaling of the best step with the dimension
		k.search = newDualAveraging(k.h, 0.8)
		return &tunedHMC{k}
	}
	return k
}

func (p HMC) check() {
	checkStep("HMC", p.Step)
	if p.Leaps < 0 || !(p.Jitter < 1) {
		panic(fmt.Errorf("sampler: HMC: %d leapfrog steps with jitter %v", p.Leaps, p.Jitter))
	}
}

func (p HMC) jitter() float64 {
	if p.Jitter == 0 {
		return 0.2
	}
	return max(p.Jitter, 0)
}

type hmc struct {
	target *Target
	h      float64
	leaps  int
	jitter float64
	y      *State    // where the chains move
	v      []float64 // momenta
	u      []float64 // uniform numbers: of the decision, of the jitter
	start  []float64 // energy and kinetic energy at the start
	search dualAveraging
}

// Step moves every chain along its orbit and decides.
func (k *hmc) Step(s *State, info *Info, noise Noise) {
	lanes := s.Lanes
	noise.Normal(k.v, s.Dim)
	noise.Uniform(k.u[:lanes])
	noise.Jitter(k.u[lanes:])
	for l := range k.start {
		k.start[l] = s.Energy[l] + k.kinetic(l)
	}
	copy(k.y.X, s.X)
	copy(k.y.Gradient, s.Gradient)
	for range k.leaps {
		k.leap(k.u[lanes:])
	}
	for l := range info.Accept {
		r := k.start[l] - k.y.Energy[l] - k.kinetic(l)
		info.Accept[l] = 0
		info.Diverged[l] = diverged(k.y.Energy[l], r)
		if math.IsNaN(r) || info.Diverged[l] {
			continue
		}
		info.Accept[l] = math.Exp(math.Min(r, 0))
		if k.u[l] <= info.Accept[l] {
			s.Take(k.y, l)
		}
	}
}

// leap is one leapfrog step: half a kick, a drift, half a kick. The step of a chain is the same along its orbit.
func (k *hmc) leap(u []float64) {
	y, lanes := k.y, k.y.Lanes
	for j := 0; j < len(y.X); j += lanes {
		x, g, v := y.X[j:j+lanes], y.Gradient[j:j+lanes], k.v[j:j+lanes]
		for l := range x {
			h := k.length(u[l])
			v[l] -= h / 2 * g[l]
			x[l] += h * v[l]
		}
	}
	k.target.Eval(y)
	for j := 0; j < len(y.X); j += lanes {
		g, v := y.Gradient[j:j+lanes], k.v[j:j+lanes]
		for l := range g {
			v[l] -= k.length(u[l]) / 2 * g[l]
		}
	}
}

// length is the step of a chain with the uniform number u.
func (k *hmc) length(u float64) float64 { return k.h * (1 + k.jitter*(2*u-1)) }

func (k *hmc) kinetic(lane int) float64 {
	e := 0.0
	for i := lane; i < len(k.v); i += k.y.Lanes {
		e += k.v[i] * k.v[i] / 2
	}
	return e
}

// tunedHMC finds its step during warm-up.
type tunedHMC struct{ *hmc }

// Tune improves the step size.
func (k *tunedHMC) Tune(info *Info, done bool) {
	k.h = k.search.update(meanAccept(info))
	if done {
		k.h = k.search.final()
	}
}
