package sampler

import (
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// A panel is a group of chains that move together.
type panel struct {
	first  int
	kernel Kernel
	state  *State
	info   *Info
	noise  Noise
	warm   int // steps of the warm-up that are done
	kept   int // draws that are kept

	steps    int // after the warm-up
	accept   float64
	diverged int
}

func (j *job) newPanel(m *ebm.Model, s Sampler, first, lanes int) *panel {
	t := newTarget(m, lanes)
	p := &panel{first: first, kernel: s.Kernel(t), state: NewState(m.Dim(), lanes), info: NewInfo(lanes),
		noise: Noise{seed: uint64(j.schedule.Seed), first: uint32(first)}}
	j.start(p, t)
	return p
}

// tries is how often a starting point is drawn where the energy is not finite.
const tries = 100

// start places the chains of a panel.
func (j *job) start(p *panel, t *Target) {
	s := p.state
	for l := range s.Lanes {
		if n := len(j.schedule.Init); n > 0 {
			for i, v := range j.schedule.Init[(p.first+l)%n] {
				s.X[i*s.Lanes+l] = v
			}
		}
	}
	if len(j.schedule.Init) > 0 {
		if _, sweeps := p.kernel.(gibbs); !sweeps {
			t.Eval(s)
		}
		return
	}
	if _, sweeps := p.kernel.(gibbs); sweeps {
		startBlocked(blocked(t.Model()), s, simd.Source{Seed: uint64(j.schedule.Seed), Stream: streamStart}, uint32(p.first))
		return
	}
	try := NewState(s.Dim, s.Lanes)
	src := simd.Source{Seed: uint64(j.schedule.Seed), Stream: streamStart}
	for k := range uint64(tries) {
		src.NormalPanel(try.X, s.Dim, s.Lanes, uint32(p.first), k)
		t.Eval(try)
		done := true
		for l := range s.Lanes {
			if k == 0 || !finite(s.Energy[l]) {
				s.Take(try, l)
			}
			done = done && finite(s.Energy[l])
		}
		if done {
			return
		}
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (j *job) advance(p *panel, warm, kept int) {
	tuner, _ := p.kernel.(Tuner)
	for p.warm < warm && !j.stop.Load() {
		p.step()
		p.warm++
		if tuner != nil {
			tuner.Tune(p.info, p.warm == j.schedule.Warmup)
		}
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
	p.kernel.Step(p.state, p.info, p.noise)
	p.noise.step++
}

// count adds the last step to the statistics.
func (p *panel) count() {
	p.steps++
	for l, a := range p.info.Accept {
		p.accept += a
		if p.info.Diverged[l] {
			p.diverged++
		}
	}
}

// keep stores the states of a panel as its next draws.
func (j *job) keep(p *panel) {
	s := p.state
	chain := j.schedule.Draws * j.dim // numbers per chain
	for i := range j.dim {
		at := p.first*chain + p.kept*j.dim + i
		for _, v := range s.X[i*s.Lanes : (i+1)*s.Lanes] {
			j.draws.Data[at] = v
			at += chain
		}
	}
	p.kept++
}

func (p *panel) positions() [][]float64 {
	s := p.state
	rows := make([][]float64, s.Lanes)
	for l := range rows {
		for i := range s.Dim {
			rows[l] = append(rows[l], s.X[i*s.Lanes+l])
		}
	}
	return rows
}
