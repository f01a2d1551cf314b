package expr

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// maxShards bounds the number of parts that a batch is split into. The parts depend on the size of the batch only, and their
// sums are added in order: so the result is the same, bit for bit, on any number of processors.
const maxShards = 64

// A Batch is the memory of a run over n samples. Arrays are row-major: the elements of a sample lie together.
type Batch struct {
	N      int
	In     [][]float64 // by input: N × size
	Params [][]float64 // by parameter
	Out    [][]float64 // by result: N × size, or size for a sum over the batch; nil where it is not wanted
}

// Run computes a batch on all processors.
func (p *Program) Run(b Batch) {
	lanes := lanesFor(b.N)
	panels := (b.N + lanes - 1) / lanes
	shards := min(panels, maxShards)
	run := &batchRun{p: p, b: b, lanes: lanes, panels: panels, shards: shards, sums: make([][]float64, shards)}
	workers := min(runtime.GOMAXPROCS(0), shards)
	if workers <= 1 {
		run.work()
	} else {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(run.work)
		}
		wg.Wait()
	}
	if len(p.sums) > 0 {
		run.reduce()
	}
}

// lanesFor keeps a single sample from paying for a full panel.
func lanesFor(n int) int {
	switch {
	case n <= 1:
		return 1
	case n <= 8:
		return 8
	}
	return Lanes
}

type batchRun struct {
	p      *Program
	b      Batch
	lanes  int
	panels int
	shards int
	next   atomic.Int64
	sums   [][]float64 // by shard: what BatchSum found
}

// work takes shards until none is left.
func (r *batchRun) work() {
	m := r.p.get(r.lanes)
	defer r.p.release(m)
	begun := len(r.b.Params) == 0 && len(r.p.sums) == 0
	for {
		s := int(r.next.Add(1)) - 1
		if s >= r.shards {
			return
		}
		if !begun || len(r.p.sums) > 0 {
			m.setParams(r.b.Params)
			begun = true
		}
		for k := s * r.panels / r.shards; k < (s+1)*r.panels/r.shards; k++ {
			r.panel(m, k*r.lanes)
		}
		for _, at := range r.p.sums {
			r.sums[s] = append(r.sums[s], m.buffer(at)...)
		}
	}
}

func (m *Machine) setParams(params [][]float64) {
	for k, v := range params {
		m.SetParam(k, v)
	}
	m.Begin()
}

// panel computes the samples from lo on.
func (r *batchRun) panel(m *Machine, lo int) {
	active := min(r.lanes, r.b.N-lo)
	for k, x := range r.b.In {
		if in := m.In(k); in != nil {
			gather(in, x, lo, active, r.lanes)
		}
	}
	m.Run(active)
	for k, out := range r.b.Out {
		if at := r.p.results[k]; out != nil && !at.uniform {
			scatter(out, m.buffer(at), lo, active, r.lanes)
		}
	}
}

// gather turns rows of samples into rows of lanes.
func gather(panel, x []float64, lo, active, lanes int) {
	d := len(panel) / lanes
	for j := range d {
		row := panel[j*lanes : j*lanes+active]
		for l := range row {
			row[l] = x[(lo+l)*d+j]
		}
	}
}

func scatter(x, panel []float64, lo, active, lanes int) {
	d := len(panel) / lanes
	for j := range d {
		for l, v := range panel[j*lanes : j*lanes+active] {
			x[(lo+l)*d+j] = v
		}
	}
}

// reduce adds the sums of the shards in order and computes what depends on them.
func (r *batchRun) reduce() {
	m := r.p.get(r.lanes)
	defer r.p.release(m)
	m.setParams(r.b.Params)
	for _, part := range r.sums {
		at := 0
		for _, s := range r.p.sums {
			buf := m.buffer(s)
			add(buf, buf, part[at:at+len(buf)])
			at += len(buf)
		}
	}
	m.End()
	for k, out := range r.b.Out {
		if at := r.p.results[k]; out != nil && at.uniform {
			copy(out, m.buffer(at))
		}
	}
}

// get returns an idle machine or a new one.
func (p *Program) get(lanes int) *Machine {
	p.mu.Lock()
	defer p.mu.Unlock()
	if idle := p.idle[lanes]; len(idle) > 0 {
		m := idle[len(idle)-1]
		p.idle[lanes] = idle[:len(idle)-1]
		return m
	}
	return p.NewMachine(lanes)
}

func (p *Program) release(m *Machine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle[m.lanes] = append(p.idle[m.lanes], m)
}
