package loss

import (
	"fmt"
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// CD is contrastive divergence: the energy of the data goes down, and that of where short Markov chains go from the data goes up
// (Hinton, "Training products of experts by minimizing contrastive divergence", Neural Computation 14, 2002):
//
//	E(x) − E(x′) + Alpha·(E(x)² + E(x′)²),  x′ = K steps from x, which count as given.
//
// With many steps its gradient is that of the likelihood. With few it sees only what is near the data, so valleys far from them
// stay: PCD finds those.
type CD struct {
	K     int     // steps; 0 means 1
	By    Walker  // nil means Langevin{}; sampler.Gibbs{} for bits and spins
	Alpha float64 // keeps energies near 0, which keeps training from running away
}

// Prepare returns the loss of a model.
func (l CD) Prepare(s Setup) Objective {
	move, k := walk("CD", s, l.By), steps("CD", l.K)
	if by, ok := langevinOf(l.By); ok && l.Alpha == 0 && s.Single {
		return &contrastive{model: s.Model, walk: by.walk(s.Model, s.Seed), k: k}
	}
	fill := func(aux, batch []float64, _ int) {
		copy(aux, batch)
		move(aux, k)
	}
	return s.contrast("CD", l.Alpha, fill)
}

// PCD is persistent contrastive divergence: the chains go on from step to step in a replay buffer, and so leave the data behind and
// find what else has low energy (Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood
// gradient", ICML 2008). A few chains begin anew at each step (Du and Mordatch, 2019).
type PCD struct {
	K      int     // steps; 0 means 1
	By     Walker  // nil means Langevin{}; sampler.Gibbs{} for bits and spins
	Buffer int     // chains; 0 means 10 times the batch
	Reinit float64 // the fraction of the chains that begin anew when they are used; 0 means 0.05, negative none
	Alpha  float64 // as for CD
}

// Prepare returns the loss of a model.
func (l PCD) Prepare(s Setup) Objective {
	b := &buffer{setup: s, move: walk("PCD", s, l.By), k: steps("PCD", l.K), reinit: l.Reinit, size: l.Buffer}
	switch {
	case l.Reinit == 0:
		b.reinit = 0.05
	case l.Reinit < 0:
		b.reinit = 0
	case !(l.Reinit <= 1):
		panic(fmt.Errorf("loss: PCD: Reinit %v", l.Reinit))
	}
	if b.size == 0 {
		b.size = 10 * max(s.Batch, 1)
	}
	if b.size < s.Batch {
		panic(fmt.Errorf("loss: PCD: a buffer of %d chains for batches of %d", b.size, s.Batch))
	}
	if values(s.Model) == nil {
		b.mean, b.sd = box(s.Data, s.Model.Dim())
	}
	b.Reset()
	return &persistent{s.contrast("PCD", l.Alpha, b.fill), b}
}

func steps(loss string, k int) int {
	if k < 0 {
		panic(fmt.Errorf("loss: %s: %d steps", loss, k))
	}
	return max(k, 1)
}

// walk returns the walk of a loss.
func walk(loss string, s Setup, by Walker) func(x []float64, steps int) {
	if by == nil {
		if values(s.Model) != nil {
			panic(fmt.Errorf("loss: %s: a discrete energy has no gradient to follow: set By: sampler.Gibbs{}", loss))
		}
		by = Langevin{}
	}
	return by.Walker(s.Model, s.Seed)
}

// values are those of the coordinates of a discrete energy; nil otherwise.
func values(m *ebm.Model) []float64 {
	if v, ok := m.Source().(interface{ Values() []float64 }); ok {
		return v.Values()
	}
	return nil
}

// contrast is the loss of samples beside negative ones.
func (s Setup) contrast(loss string, alpha float64, fill func(aux, batch []float64, step int)) *objective {
	alpha = option(loss, "Alpha", alpha, 0, 0)
	return s.perSample(s.Model.Dim(), fill, func(_ *ebm.Params, x, negative ebm.Tensor) ebm.Tensor {
		up, down := s.Model.Energy(x), s.Model.Energy(negative)
		loss := up.Sub(down)
		if alpha > 0 {
			loss = loss.Add(up.Square().Add(down.Square()).Mul(alpha))
		}
		return loss
	})
}

// A buffer keeps the chains of PCD.
type buffer struct {
	setup    Setup
	move     func(x []float64, steps int)
	k, size  int
	reinit   float64
	mean, sd []float64
	x        []float64
	fresh    uint64 // how many chains have begun
}

type persistent struct {
	*objective
	buffer *buffer
}

// Reset begins all chains anew.
func (p *persistent) Reset() { p.buffer.Reset() }

// Reset begins all chains anew.
func (b *buffer) Reset() {
	dim := b.setup.Model.Dim()
	b.x = make([]float64, b.size*dim)
	for i := range b.size {
		b.begin(b.x[i*dim : (i+1)*dim])
	}
}

// begin draws the start of a chain: around the data, somewhat wider, or any state of a discrete energy.
func (b *buffer) begin(x []float64) {
	src := simd.Source{Seed: uint64(b.setup.Seed), Stream: streamFresh}
	v := values(b.setup.Model)
	if v == nil {
		src.Normals(x, uint32(b.fresh), b.fresh>>32)
		for j := range x {
			x[j] = b.mean[j] + 1.5*b.sd[j]*x[j]
		}
	} else {
		src.Uniforms(x, uint32(b.fresh), b.fresh>>32)
		for j := range x {
			x[j] = v[int(math.Ceil(x[j]*float64(len(v))))-1]
		}
	}
	b.fresh++
}

// fill moves as many chains of the buffer as there are samples, chosen at random, and hands them out.
func (b *buffer) fill(aux, _ []float64, step int) {
	dim := b.setup.Model.Dim()
	n := len(aux) / dim
	u := make([]float64, 2*n)
	simd.Source{Seed: uint64(b.setup.Seed), Stream: streamBuffer}.Uniforms(u, 0, uint64(step))
	chosen := choose(u[:n], b.size)
	for i, c := range chosen {
		row := b.x[c*dim : (c+1)*dim]
		if u[n+i] <= b.reinit || !finite(row) {
			b.begin(row)
		}
		copy(aux[i*dim:(i+1)*dim], row)
	}
	b.move(aux, b.k)
	for i, c := range chosen {
		copy(b.x[c*dim:(c+1)*dim], aux[i*dim:(i+1)*dim])
	}
}

// choose returns distinct numbers below size, one for each uniform number, by the beginning of a shuffle.
func choose(u []float64, size int) []int {
	swapped := map[int]int{}
	at := func(i int) int {
		if v, ok := swapped[i]; ok {
			return v
		}
		return i
	}
	out := make([]int, len(u))
	for i, v := range u {
		k := i + int(math.Ceil(v*float64(size-i))) - 1
		out[i] = at(k)
		swapped[k] = at(i)
	}
	return out
}

func finite(x []float64) bool {
	var work [simd.FiniteWork]float64
	if simd.Float64(simd.Best()).Finite(x, work[:]) {
		return true
	}
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
