package expr

import (
	"sync"

	"joule/ebm/simd"
)

// A pool keeps the memory of a program's runs for the next one, so that a step of a training loop allocates nothing.
type pool[T simd.Float] struct {
	mu       sync.Mutex
	machines map[int][]*machine[T] // by lanes
	runs     []*batchRun[T]
}

func (f *pool[T]) machine(p *Program, lanes int) *machine[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ms := f.machines[lanes]; len(ms) > 0 {
		f.machines[lanes] = ms[:len(ms)-1]
		return ms[len(ms)-1]
	}
	m := &machine[T]{}
	m.init(p, lanes, simd.Best())
	return m
}

func (f *pool[T]) putMachine(m *machine[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.machines == nil {
		f.machines = map[int][]*machine[T]{}
	}
	f.machines[m.lanes] = append(f.machines[m.lanes], m)
}

func (f *pool[T]) run(p *Program) *batchRun[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.runs); n > 0 {
		r := f.runs[n-1]
		f.runs = f.runs[:n-1]
		return r
	}
	r := &batchRun[T]{p: p, free: f}
	r.do = func() { flushed[T](r.work) }
	return r
}

func (f *pool[T]) putRun(r *batchRun[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = append(f.runs, r)
}
