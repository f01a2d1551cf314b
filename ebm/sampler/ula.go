package sampler

import "math"

// ULA is the unadjusted Langevin algorithm: y = x − h∇E(x) + √(2h) ξ, always taken. It costs one gradient per step and never
// rejects, but its distribution is that of e^−E only as h goes to 0: a normal distribution of variance σ² comes out with variance
// σ²/(1 − h/2σ²).
type ULA struct {
	Step float64 // h; 0 means 0.01
}

// Kernel returns the transition for one panel.
func (p ULA) Kernel(t *Target) Kernel {
	checkStep("ULA", p.Step)
	return &ula{target: t, h: p.step(), y: NewState(t.Dim(), t.Lanes()), xi: make([]float64, t.Dim()*t.Lanes())}
}

func (p ULA) step() float64 {
	if p.Step == 0 {
		return 0.01
	}
	return p.Step
}

type ula struct {
	target *Target
	h      float64
	y      *State
	xi     []float64
}

// Step moves every chain, except where it would leave the numbers.
func (k *ula) Step(s *State, info *Info, noise Noise) {
	noise.Normal(k.xi, s.Dim)
	langevin(k.y.X, s, k.xi, k.h)
	k.target.Eval(k.y)
	for l := range info.Accept {
		info.Accept[l] = 1
		info.Diverged[l] = !k.finite(l)
		if !info.Diverged[l] {
			s.Take(k.y, l)
		}
	}
}

// finite says that the proposal of a chain has a finite energy and gradient.
func (k *ula) finite(lane int) bool {
	sum := k.y.Energy[lane] * 0 // 0, or NaN for what is not finite
	for i := lane; i < len(k.y.Gradient); i += k.y.Lanes {
		sum += k.y.Gradient[i] * 0
	}
	return !math.IsNaN(sum)
}
