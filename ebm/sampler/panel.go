package sampler

import (
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// A panel is a group of chains that move together.
type panel struct {
	first, lanes int
	motion       motion
	noise        Noise
	warm         int       // steps of the warm-up that are done
	kept         int       // draws that are kept
	x            []float64 // where the chains are, to be handed out: a row of lanes per coordinate

	steps    int // after the warm-up
	accept   float64
	diverged int
}

func (j *job) newPanel(m *ebm.Model, s Sampler, first, lanes int) *panel {
	p := &panel{first: first, lanes: lanes, x: make([]float64, m.Dim()*lanes), noise: Noise{seed: uint64(j.schedule.Seed), first: uint32(first)}}
	if fast, ok := newSingle(m, s, lanes); ok && !j.schedule.Float64 {
		p.motion = fast
	} else {
		p.motion = newDouble(m, s, lanes)
	}
	p.motion.place(j.start(m, s, first, lanes))
	return p
}

// tries is how often a starting point is drawn where the energy is not finite.
const tries = 100

// start finds where the chains of a panel begin: a row of lanes per coordinate.
func (j *job) start(m *ebm.Model, sampler Sampler, first, lanes int) []float64 {
	s := NewState(m.Dim(), lanes)
	src := simd.Source{Seed: uint64(j.schedule.Seed), Stream: streamStart}
	_, sweeps := sampler.(Gibbs)
	switch n := len(j.schedule.Init); {
	case n > 0:
		for l := range lanes {
			for i, v := range j.schedule.Init[(first+l)%n] {
				s.X[i*lanes+l] = v
			}
		}
		return s.X
	case sweeps:
		startBlocked(blocked(m), s, src, uint32(first))
		return s.X
	}
	try, energies := NewState(s.Dim, lanes), j.energies(m, lanes)
	for k := range uint64(tries) {
		src.NormalPanel(try.X, s.Dim, lanes, uint32(first), k)
		energies(try)
		done := true
		for l := range lanes {
			if k == 0 || !finite(s.Energy[l]) {
				s.Take(try, l)
			}
			done = done && finite(s.Energy[l])
		}
		if done {
			break
		}
	}
	energies(nil)
	return s.X
}

// energies returns a function that computes the energies of a state, in the precision of the run, until it is called with none.
func (j *job) energies(m *ebm.Model, lanes int) func(s *State) {
	if j.schedule.Float64 || m.Program().Hosted() {
		t := newTarget(m, lanes)
		return func(s *State) {
			if s != nil {
				t.Eval(s)
			}
		}
	}
	loop := startLoop(m)
	machine := loop.NewMachine(lanes)
	return func(s *State) {
		if s == nil {
			loop.Release(machine)
			return
		}
		if in := machine.In(0); in != nil {
			simd.Narrow(in, s.X)
		}
		machine.Run(lanes)
		simd.Widen(s.Energy, machine.Out(0))
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (j *job) advance(p *panel, warm, kept int) {
	for p.warm < warm && !j.stop.Load() {
		p.step()
		p.warm++
		p.motion.tune(p.warm == j.schedule.Warmup)
	}
	for p.kept < kept {
		for range j.schedule.Thin {
			if j.stop.Load() {
				return
			}
			p.step()
			p.count()
		}
		j.keep(p)
	}
}

func (p *panel) step() {
	p.motion.step(p.noise)
	p.noise.step++
}

// count adds the last step to the statistics.
func (p *panel) count() {
	p.steps++
	accept, diverged := p.motion.happened()
	p.accept += accept
	p.diverged += diverged
}

// keep stores the states of a panel as its next draws.
func (j *job) keep(p *panel) {
	chain := j.schedule.Draws * j.dim // numbers per chain
	p.motion.rows(p.x)
	for i := range j.dim {
		at := p.first*chain + p.kept*j.dim + i
		for _, v := range p.x[i*p.lanes : (i+1)*p.lanes] {
			j.draws.Data[at] = v
			at += chain
		}
	}
	p.kept++
}

func (p *panel) positions(dim int) [][]float64 {
	p.motion.rows(p.x)
	rows := make([][]float64, p.lanes)
	for l := range rows {
		rows[l] = make([]float64, dim)
		for i := range dim {
			rows[l][i] = p.x[i*p.lanes+l]
		}
	}
	return rows
}
