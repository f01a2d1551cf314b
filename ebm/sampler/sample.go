package sampler

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"joule/ebm"
	"joule/ebm/diag"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// Sample runs the chains of a schedule on all processors and returns their draws. When ctx is cancelled it returns soon, with
// what all chains have drawn so far and Run.Err set. An energy that is not a number somewhere is no reason to stop: see
// Run.Diverged. Misuse panics with an error.
func Sample(ctx context.Context, e ebm.Energy, s Sampler, schedule Schedule) *Run {
	if ctx == nil {
		ctx = context.Background()
	}
	if s == nil {
		fail("no sampler (nil)")
	}
	sch, m := schedule.resolve(e)
	draws := diag.Draws{Chains: sch.Chains, Draws: sch.Draws, Dim: m.Dim()}
	draws.Data = make([]float64, draws.Chains*draws.Draws*draws.Dim)
	j := &job{schedule: sch, dim: m.Dim(), draws: draws}
	j.stop.Store(ctx.Err() != nil) // at once: AfterFunc calls on a goroutine of its own
	defer context.AfterFunc(ctx, func() { j.stop.Store(true) })()
	lanes := expr.Lanes
	if !sch.Float64 {
		lanes = singleLanes(m, s, sch.Chains)
	}
	for first := 0; first < sch.Chains; first += lanes {
		j.panels = append(j.panels, j.newPanel(m, s, first, min(lanes, sch.Chains-first)))
	}
	_, own := j.panels[0].motion.(*double)
	j.compiled = !own
	j.run()
	run := j.result()
	for _, p := range j.panels {
		p.motion.close()
	}
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
	compiled bool // all of it: see together
	stop     atomic.Bool
}

// run advances all panels in rounds, so that a cancelled run has about as many draws of one chain as of another. A round grows
// until it takes some milliseconds; its length changes nothing in the draws.
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
	together(min(runtime.GOMAXPROCS(0), len(j.panels)), j.compiled, work)
}

// together runs work n times at once. Work that is nothing but compiled programs in single precision is for the hands that all share;
// a kernel of the person's own needs goroutines of its own, which inherit what belongs to the cell.
func together(n int, compiled bool, work func()) {
	if compiled {
		expr.Parallel(n, func() { simd.Flush(work) })
		return
	}
	if n <= 1 {
		work()
		return
	}
	var wg sync.WaitGroup
	for range n {
		wg.Go(work)
	}
	wg.Wait()
}

// result collects what the panels have; after a cancelled run it drops what only some have drawn.
func (j *job) result() *Run {
	r := &Run{Draws: j.draws, wanted: j.schedule.Draws}
	kept, accept, chainSteps := j.schedule.Draws, 0.0, 0
	for _, p := range j.panels {
		kept = min(kept, p.kept)
		accept += p.accept
		chainSteps += p.steps * p.lanes
		r.Diverged += p.diverged
		r.last = append(r.last, p.positions(j.dim)...)
	}
	r.Accept = accept / float64(chainSteps)
	if kept < j.schedule.Draws {
		r.Draws = shorten(j.draws, kept)
	}
	return r
}

// shorten keeps the first draws of every chain, in place.
func shorten(d diag.Draws, draws int) diag.Draws {
	n := draws * d.Dim
	for c := range d.Chains {
		copy(d.Data[c*n:(c+1)*n], d.Data[c*d.Draws*d.Dim:])
	}
	return diag.Draws{Chains: d.Chains, Draws: draws, Dim: d.Dim, Data: d.Data[:d.Chains*n]}
}
