package sampler

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"joule/ebm"
	"joule/ebm/diag"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// Sample runs the chains of a schedule on all processors and returns their draws. When ctx is cancelled it returns soon, with what all
// chains have drawn so far and Run.Err set. An energy that is not a number somewhere is no reason to stop: see Run.Diverged. Misuse
// panics with an error.
func Sample(ctx context.Context, e ebm.Energy, s Sampler, schedule Schedule) *Run {
	if ctx == nil {
		ctx = context.Background()
	}
	if s == nil {
		fail("no sampler (nil)")
	}
	sch, m := schedule.resolve(e)
	j := &job{schedule: sch, dim: m.Dim(),
		draws: diag.Draws{Chains: sch.Chains, Draws: sch.Draws, Dim: m.Dim(), Data: make([]float64, sch.Chains*sch.Draws*m.Dim())}}
	defer context.AfterFunc(ctx, func() { j.stop.Store(true) })()
	for first := 0; first < sch.Chains; first += expr.Lanes {
		j.panels = append(j.panels, j.newPanel(m, s, first, min(expr.Lanes, sch.Chains-first)))
	}
	j.run()
	run := j.result()
	if run.Draws.Draws < sch.Draws {
		run.Err = ctx.Err()
	}
	return run
}

// A job is one call of Sample.
type job struct {
	schedule Schedule
	dim      int
	draws    diag.Draws
	panels   []*panel
	stop     atomic.Bool
}

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
		t.Eval(s)
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

// run advances all panels in rounds, so that a cancelled run has about as many draws of one chain as of another. A round grows until it
// takes some milliseconds; its length changes nothing in the draws.
func (j *job) run() {
	warm, kept, length := 0, 0, 16
	total := j.schedule.Warmup + j.schedule.Draws
	for warm+kept < total && !j.stop.Load() {
		began := time.Now()
		goal := min(warm+kept+length, total)
		warm = min(goal, j.schedule.Warmup)
		kept = goal - warm
		j.round(warm, kept)
		if time.Since(began) < 20*time.Millisecond {
			length *= 2
		}
	}
}

// round brings every panel to the given numbers of warm-up steps and draws.
func (j *job) round(warm, kept int) {
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(j.panels) {
				return
			}
			j.advance(j.panels[i], warm, kept)
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(j.panels))
	if workers <= 1 {
		work()
		return
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
}

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

// result collects what the panels have; after a cancelled run it drops what only some have drawn.
func (j *job) result() *Run {
	r := &Run{Draws: j.draws, wanted: j.schedule.Draws}
	kept, accept, chainSteps := j.schedule.Draws, 0.0, 0
	for _, p := range j.panels {
		kept = min(kept, p.kept)
		accept += p.accept
		chainSteps += p.steps * p.state.Lanes
		r.Diverged += p.diverged
		r.last = append(r.last, p.positions()...)
	}
	r.Accept = accept / float64(chainSteps)
	if kept < j.schedule.Draws {
		r.Draws = shorten(j.draws, kept)
	}
	return r
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

// shorten keeps the first draws of every chain, in place.
func shorten(d diag.Draws, draws int) diag.Draws {
	n := draws * d.Dim
	for c := range d.Chains {
		copy(d.Data[c*n:(c+1)*n], d.Data[c*d.Draws*d.Dim:])
	}
	return diag.Draws{Chains: d.Chains, Draws: draws, Dim: d.Dim, Data: d.Data[:d.Chains*n]}
}
