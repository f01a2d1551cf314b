package loss

import (
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// A Walker is a Markov chain that moves points on an energy whose parameters change between calls: the samplers MALA, HMC, ULA and
// Gibbs, and Langevin.
type Walker interface {
	// Walker returns a function that moves the points in x, one after the other, by so many steps.
	Walker(m *ebm.Model, seed int) func(x []float64, steps int)
}

// Langevin is the walk that networks are trained with in practice: x ← x − Step·∇E(x) + Noise·ξ. With Noise = √(2·Step) it
// samples e^−E roughly, like sampler.ULA; with less noise it samples a colder distribution, and follows the energy faster (Du and
// Mordatch, "Implicit generation and modeling with energy-based models", NeurIPS 2019, section 3.1 and appendix).
type Langevin struct {
	Step  float64 // 0 means 0.01
	Noise float64 // 0 means √(2·Step); negative means none
	Clip  float64 // limit for each element of the gradient; 0 means none
}

// Walker returns a function that moves points.
func (l Langevin) Walker(m *ebm.Model, seed int) func(x []float64, steps int) {
	h := option("Langevin", "Step", l.Step, 0.01, 0)
	clip := option("Langevin", "Clip", l.Clip, math.MaxFloat64, 0)
	noise := l.Noise
	switch {
	case noise == 0:
		noise = math.Sqrt(2 * h)
	case noise < 0:
		noise = 0
	}
	src := simd.Source{Seed: uint64(seed), Stream: streamLangevin}
	var g, xi []float64
	step := uint64(0)
	return func(x []float64, steps int) {
		dim := m.Dim()
		if len(g) != len(x) {
			g, xi = make([]float64, len(x)), make([]float64, len(x))
		}
		for range steps {
			m.Eval(nil, g, x)
			for i := range len(x) / dim {
				src.Normals(xi[i*dim:(i+1)*dim], uint32(i), step)
			}
			step++
			for i := range x {
				x[i] += noise*xi[i] - h*math.Max(-clip, math.Min(clip, g[i]))
			}
		}
	}
}
