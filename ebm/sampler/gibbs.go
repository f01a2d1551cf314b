package sampler

import (
	"fmt"

	"joule/ebm"
	"joule/ebm/simd"
)

// A Blocked energy knows the distributions of some of its coordinates given the others: Ising models, restricted Boltzmann
// machines, anything of package discrete. Gibbs samples it.
type Blocked interface {
	ebm.Energy
	// Uniforms is how many random numbers a sweep over one configuration needs.
	Uniforms() int
	// Sweep draws every coordinate once, block by block, given the others. Coordinate i of configuration l is x[i·lanes+l]; its
	// k-th random number, uniform on (0, 1], is u[k·lanes+l].
	Sweep(x, u []float64, lanes int)
	// Start draws configurations from the uniform distribution, likewise.
	Start(x, u []float64, lanes int)
}

// A Packed energy is Blocked and sweeps many configurations faster in a form of its own: in single precision, or a bit per spin.
type Packed interface {
	Blocked
	// Pack returns the configurations of a panel in that form, or nil.
	Pack(lanes int) interface {
		// Place sets all of them; x has a row of lanes per coordinate. Parameters are read here.
		Place(x []float64)
		// Sweep draws every coordinate once. Random numbers are those of the source for the chains first, first+1, … at the step.
		Sweep(src simd.Source, first uint32, step uint64)
		// Rows writes all of them to dst, likewise.
		Rows(dst []float64)
	}
	// Lanes is how many of n chains a panel should hold; it depends on nothing else.
	Lanes(n int) int
}

// Gibbs draws block after block of the coordinates from its distribution given all others (Geman and Geman, "Stochastic
// relaxation, Gibbs distributions, and the Bayesian restoration of images", 1984). A step is a sweep over all of them. It needs no
// gradient and no step size, and never rejects; the energy must be Blocked.
type Gibbs struct{}

// Kernel returns the transition for one panel.
func (Gibbs) Kernel(t *Target) Kernel {
	b := blocked(t.Model())
	return gibbs{b, t, make([]float64, b.Uniforms()*t.Lanes())}
}

// Walker is like MALA's.
func (p Gibbs) Walker(m *ebm.Model, seed int) func(x []float64, steps int) { return walker(p, m, seed) }

// blocked returns what a model knows of its conditional distributions.
func blocked(m *ebm.Model) Blocked {
	b, ok := m.Source().(Blocked)
	if !ok {
		panic(fmt.Errorf("sampler: Gibbs: the energy does not know its conditional distributions (it has no method Sweep)"))
	}
	return b
}

// packed is a motion of a Packed energy.
type packed struct {
	sweeps interface {
		Place(x []float64)
		Sweep(src simd.Source, first uint32, step uint64)
		Rows(dst []float64)
	}
	lanes int
}

func newPacked(m *ebm.Model, lanes int) (motion, bool) {
	p, ok := m.Source().(Packed)
	if !ok {
		return nil, false
	}
	sweeps := p.Pack(lanes)
	return packed{sweeps, lanes}, sweeps != nil
}

func (p packed) place(x []float64) { p.sweeps.Place(x) }

func (p packed) step(noise Noise) {
	p.sweeps.Sweep(simd.Source{Seed: noise.seed, Stream: streamSweep}, noise.first, noise.step)
}

func (p packed) rows(dst []float64) { p.sweeps.Rows(dst) }

func (p packed) happened() (accept float64, diverged int) { return float64(p.lanes), 0 }

func (packed) tune(bool) {}

func (packed) refresh() {} // place does

func (packed) close() {}

type gibbs struct {
	energy Blocked
	target *Target
	u      []float64
}

// Step sweeps every chain.
func (k gibbs) Step(s *State, info *Info, noise Noise) {
	noise.Uniforms(k.u, len(k.u)/s.Lanes)
	k.energy.Sweep(s.X, k.u, s.Lanes)
	for l := range info.Accept {
		info.Accept[l] = 1
	}
}

// startBlocked places the chains of a panel of a Blocked energy.
func startBlocked(b Blocked, s *State, src simd.Source, first uint32) {
	n := b.Uniforms()
	u, one := make([]float64, n*s.Lanes), make([]float64, n)
	for l := range s.Lanes {
		src.Uniforms(one, first+uint32(l), 0)
		for k, v := range one {
			u[k*s.Lanes+l] = v
		}
	}
	b.Start(s.X, u, s.Lanes)
}
