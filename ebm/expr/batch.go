package expr

import (
	"runtime"
	"sync/atomic"

	"joule/ebm/simd"
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
	// Done, when it is closed, ends the run soon: between two panels. What is not computed is left as it was. nil: it is never closed.
	Done <-chan struct{}
}

// A Batch32 is a Batch in float32.
type Batch32 struct {
	N      int
	In     [][]float32
	Params [][]float32
	Out    [][]float32
}

// Run computes a batch on all processors.
func (p *Program) Run(b Batch) { runBatch(p, &p.free64, b.N, b.In, b.Params, b.Out, b.Done) }

// Run32 computes a batch in float32 on all processors. Denormal numbers count as zero.
func (p *Program) Run32(b Batch32) { runBatch(p, &p.free32, b.N, b.In, b.Params, b.Out, nil) }

func runBatch[T simd.Float](p *Program, free *pool[T], n int, in, params, out [][]T,
	done <-chan struct{}) {
	r := free.run(p)
	defer free.putRun(r)
	r.n, r.in, r.params, r.out, r.done = n, in, params, out, done
	r.lanes = lanesFor[T](p, n)
	r.panels = (n + r.lanes - 1) / r.lanes
	r.shards = min(r.panels, maxShards)
	if len(p.sums) > 0 {
		r.shards = min((r.panels+1)/2, maxShards) // a part has sums of its own, which are to be added
	}
	r.next.Store(0)
	for len(r.sums) < r.shards {
		r.sums = append(r.sums, partial[T]{})
	}
	hands := min(runtime.GOMAXPROCS(0), r.shards)
	if p.Hosted() {
		hands = 1
	}
	Parallel(hands, r.do)
	if r.stopped() {
		return
	}
	if len(p.sums) > 0 && r.shards != 1 {
		flushed[T](r.reduce)
	}
	r.in, r.params, r.out, r.done = nil, nil, nil, nil
}

// flushed runs f as the precision wants it: the tails of float32 are full of denormal numbers, which cost ten times as much as others;
// float64 keeps to the standard.
func flushed[T simd.Float](f func()) {
	if _, ok := any(T(0)).(float32); ok {
		simd.Flush(f)
		return
	}
	f()
}

// panelBytes is what the values of a panel may take, so that they stay in the cache next to the processor.
const panelBytes = 24 << 10

// lanesFor keeps a single sample from paying for a full panel, and makes panels of small programs longer, so that the time goes into
// the loops of kernels and not into calling them. It depends on the program and on n only.
func lanesFor[T simd.Float](p *Program, n int) int {
	switch {
	case n <= 1:
		return 1
	case n <= 8:
		return 8
	}
	const least, most = 32, 1024
	size := 8
	if _, ok := any(T(0)).(float32); ok {
		size = 4
	}
	lanes := least
	if p.outerSize()*size > 1<<20 {
		lanes = 64 // large products of weights are read and written for each panel
	}
	for lanes < most && 2*lanes*p.lanesize*size <= panelBytes && 2*lanes <= n {
		lanes *= 2
	}
	return lanes
}

// A batchRun is one run over a batch. Its memory is used again by later ones.
type batchRun[T simd.Float] struct {
	p      *Program
	free   *pool[T]
	do     func() // work, as the precision wants it
	n      int
	in     [][]T
	params [][]T
	out    [][]T
	done   <-chan struct{}
	lanes  int
	panels int
	shards int
	next   atomic.Int64
	sums   []partial[T] // by shard: what BatchSum found
	total  []float64
}

// work takes shards until none is left.
func (r *batchRun[T]) work() {
	m := r.free.machine(r.p, r.lanes)
	defer r.free.putMachine(m)
	m.alone = r.shards == 1
	m.setParams(r.params)
	for first := true; ; first = false {
		s := int(r.next.Add(1)) - 1
		if s >= r.shards {
			return
		}
		if !first {
			m.clearSums()
		}
		for k := s * r.panels / r.shards; k < (s+1)*r.panels/r.shards; k++ {
			if r.stopped() {
				return
			}
			r.panel(m, k*r.lanes)
		}
		if r.shards == 1 { // there is nothing to add
			m.End()
			r.summed(m)
			continue
		}
		m.partial(&r.sums[s])
	}
}

func (r *batchRun[T]) stopped() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

func (m *machine[T]) setParams(params [][]T) {
	for k, v := range params {
		if k < len(m.p.params) && m.p.params[k].size > 0 {
			copy(m.buffer(m.p.params[k]), v)
		}
	}
	m.Begin()
}

// panel computes the samples from lo on.
func (r *batchRun[T]) panel(m *machine[T], lo int) {
	active := min(r.lanes, r.n-lo)
	for k, x := range r.in {
		if in := m.In(k); in != nil {
			m.gather(in, x, lo, active)
		}
	}
	m.Run(active)
	for k, out := range r.out {
		if at := r.p.results[k]; out != nil && !at.uniform {
			m.scatter(out, m.buffer(at), lo, active)
		}
	}
}

// gather turns rows of samples into rows of lanes.
func (m *machine[T]) gather(panel, x []T, lo, active int) {
	d := len(panel) / m.lanes
	if d == 1 {
		copy(panel[:active], x[lo:])
		return
	}
	m.set.Transpose(panel, m.lanes, x[lo*d:], active, d, d)
}

func (m *machine[T]) scatter(x, panel []T, lo, active int) {
	d := len(panel) / m.lanes
	if d == 1 {
		copy(x[lo:lo+active], panel)
		return
	}
	m.set.Transpose(x[lo*d:], d, panel, d, active, m.lanes)
}

// reduce adds the sums of the shards in order and computes what depends on them.
func (r *batchRun[T]) reduce() {
	m := r.free.machine(r.p, r.lanes)
	defer r.free.putMachine(m)
	m.setParams(r.params)
	r.total = m.setSums(r.sums[:r.shards], r.total)
	r.summed(m)
}

// summed hands out what is known after the whole batch.
func (r *batchRun[T]) summed(m *machine[T]) {
	for k, out := range r.out {
		if at := r.p.results[k]; out != nil && at.uniform {
			copy(out, m.buffer(at))
		}
	}
}
