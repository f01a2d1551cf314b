package sampler

import (
	"fmt"
	"math"
)

// MALA is the Metropolis-adjusted Langevin algorithm: a step down the gradient and a random one,
//
//	y = x − h∇E(x) + √(2h) ξ,
//
// accepted with the probability that makes e^−E exact whatever h is (Roberts and Tweedie, "Exponential convergence of Langevin
// distributions and their discrete approximations", Bernoulli 2, 1996).
type MALA struct {
	// Step is h. 0 means: found during warm-up, for an acceptance of 0.574, which is the best in high dimension (Roberts and
	// Rosenthal, "Optimal scaling of discrete approximations to Langevin diffusions", JRSS B 60, 1998).
	Step float64
}

// Kernel returns the transition for one panel.
func (p MALA) Kernel(t *Target) Kernel {
	checkStep("MALA", p.Step)
	k := &mala{target: t, h: p.Step, y: NewState(t.Dim(), t.Lanes()), xi: make([]float64, t.Dim()*t.Lanes()),
		u: make([]float64, t.Lanes()), log: make([]float64, t.Lanes())}
	if p.Step == 0 {
		k.h = 0.1 / math.Cbrt(float64(t.Dim())) // the scaling of the best step with the dimension
		k.search = newDualAveraging(k.h, 0.574)
		return &tunedMALA{k}
	}
	return k
}

func checkStep(name string, h float64) {
	if !(h >= 0) || math.IsInf(h, 0) {
		panic(fmt.Errorf("sampler: %s: step %v; it must be positive, or 0 for the default", name, h))
	}
}

type mala struct {
	target *Target
	h      float64
	y      *State    // the proposal
	xi, u  []float64 // normal and uniform numbers
	log    []float64 // logarithm of the acceptance ratio
	search dualAveraging
}

// Step proposes and decides for every chain.
func (k *mala) Step(s *State, info *Info, noise Noise) {
	noise.Normal(k.xi, s.Dim)
	noise.Uniform(k.u)
	langevin(k.y.X, s, k.xi, k.h)
	k.target.Eval(k.y)
	k.ratio(s)
	for l, r := range k.log {
		info.Diverged[l] = diverged(k.y.Energy[l], r)
		info.Accept[l] = 0
		if math.IsNaN(r) || info.Diverged[l] {
			continue
		}
		info.Accept[l] = math.Exp(math.Min(r, 0))
		if k.u[l] <= info.Accept[l] {
			s.Take(k.y, l)
		}
	}
}

// langevin sets y = x − h∇E(x) + √(2h) ξ.
func langevin(y []float64, s *State, xi []float64, h float64) {
	c := math.Sqrt(2 * h)
	x, g := s.X[:len(y)], s.Gradient[:len(y)]
	xi = xi[:len(y)]
	for i := range y {
		y[i] = x[i] - h*g[i] + c*xi[i]
	}
}

// ratio sets log = E(x) − E(y) + log q(x|y) − log q(y|x), where q(y|x) is the density of the proposal: up to a constant
// −‖y − x + h∇E(x)‖²/4h, which is −‖ξ‖²/2.
func (k *mala) ratio(s *State) {
	y, lanes := k.y, s.Lanes
	for l := range k.log {
		k.log[l] = s.Energy[l] - y.Energy[l]
	}
	inv := 1 / (4 * k.h)
	for j := 0; j < len(s.X); j += lanes {
		x, yx, yg, xi := s.X[j:j+lanes], y.X[j:j+lanes], y.Gradient[j:j+lanes], k.xi[j:j+lanes]
		log := k.log[:len(x)]
		for l := range log {
			back := x[l] - yx[l] + k.h*yg[l]
			log[l] += xi[l]*xi[l]/2 - back*back*inv
		}
	}
}

// diverged says that a proposal is no configuration: its energy or what follows from it is not a number. An energy of +Inf is one
// that is never accepted, a wall.
func diverged(energy, ratio float64) bool {
	return !math.IsInf(energy, 1) && (math.IsNaN(energy) || math.IsInf(energy, -1) || math.IsNaN(ratio))
}

// tunedMALA finds its step during warm-up.
type tunedMALA struct{ *mala }

// Tune improves the step size.
func (k *tunedMALA) Tune(info *Info, done bool) {
	k.h = k.search.update(meanAccept(info))
	if done {
		k.h = k.search.final()
	}
}
