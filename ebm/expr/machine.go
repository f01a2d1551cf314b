package expr

import "joule/ebm/simd"

// Lanes is the number of samples in a full panel of a sampler. The result for a sample does not depend on its lane or on the number
// of lanes.
const Lanes = 64

// A Machine is a program in float64 with buffers of its own. It runs one panel at a time without allocating, and is not safe for
// concurrent use.
type Machine struct{ machine[float64] }

// NewMachine returns a machine for panels of up to the given number of lanes. Parameters are zero until SetParam.
func (p *Program) NewMachine(lanes int) *Machine {
	m := &Machine{}
	m.init(p, lanes, simd.Best())
	return m
}

// A Machine32 is a Machine in float32: twice as fast and more, with seven digits. Sums over the batch are collected in float64.
// Denormal numbers count as zero.
type Machine32 struct{ machine[float32] }

// NewMachine32 returns a machine in float32 for panels of up to the given number of lanes.
func (p *Program) NewMachine32(lanes int) *Machine32 {
	m := &Machine32{}
	m.init(p, lanes, simd.Best())
	return m
}

// Run computes one panel of which the first active lanes hold samples, like Machine.Run.
func (m *Machine32) Run(active int) { simd.Flush(func() { m.machine.Run(active) }) }

// A machine is what the precisions have in common.
type machine[T simd.Float] struct {
	p      *Program
	set    *simd.Set[T]
	lanes  int
	active int
	alone  bool // nobody else works on the batch: large products may be shared out
	uni    []T
	pan    []T
	work   []T
	code   [3][]step
	sums   []*total[T]

	runs, batches int // how often Run and Begin were called
	sparse        map[ID]*sparse[T]
}

// A step computes one node; it is bound to its buffers.
type step func()

// A total is a sum over the batch: in float64 for what is added lane by lane, in place for products, which add many lanes at once.
type total[T simd.Float] struct {
	at    []T
	acc   []float64
	outer bool
}

func (m *machine[T]) init(p *Program, lanes int, level simd.Level) {
	m.p, m.lanes, m.set, m.sparse = p, lanes, simd.For[T](level), map[ID]*sparse[T]{}
	m.uni, m.pan = make([]T, p.uniSize), make([]T, p.lanesize*lanes)
	for _, c := range p.consts {
		convert(m.buffer(c.at), c.data)
	}
	m.code[before] = m.bindAll(p.code[before], 1, nil)
	m.code[after] = m.bindAll(p.code[after], 1, nil)
	m.bindSamples()
	m.Begin()
}

// scratch returns memory that a step may use while it runs.
func (m *machine[T]) scratch(n int) func() []T {
	if len(m.work) < n {
		m.work = make([]T, n)
	}
	return func() []T { return m.work[:n] } // the memory grows while steps are bound
}

func (m *machine[T]) buffer(r ref) []T {
	if r.uniform {
		return m.uni[r.off : r.off+r.size : r.off+r.size]
	}
	return m.pan[r.off*m.lanes : (r.off+r.size)*m.lanes : (r.off+r.size)*m.lanes]
}

// Lanes is the number of lanes of the machine.
func (m *machine[T]) Lanes() int { return m.lanes }

// In returns the buffer of the k-th input, to be filled before Run: element j of lane r at j·Lanes()+r. It keeps its contents
// over runs. An input that the program does not need has none: nil.
func (m *machine[T]) In(k int) []T {
	if k >= len(m.p.inputs) || m.p.inputs[k].size == 0 {
		return nil
	}
	return m.buffer(m.p.inputs[k])
}

// Out returns the buffer of the k-th result: per lane like In, or for a sum over the batch its elements once (valid after End).
func (m *machine[T]) Out(k int) []T { return m.buffer(m.p.results[k]) }

// SetParam sets the k-th parameter; Begin must follow. Parameters that the program does not need are ignored.
func (m *machine[T]) SetParam(k int, v []float64) {
	if k < len(m.p.params) && m.p.params[k].size > 0 {
		convert(m.buffer(m.p.params[k]), v)
	}
}

// SetParam32 is SetParam with a value in single precision.
func (m *Machine32) SetParam32(k int, v []float32) {
	if k < len(m.p.params) && m.p.params[k].size > 0 {
		copy(m.buffer(m.p.params[k]), v)
	}
}

// Begin starts a batch: it computes what depends on parameters only and clears the sums over the batch. A new machine has begun.
func (m *machine[T]) Begin() {
	m.batches++
	m.exec(before)
	for _, s := range m.p.spread {
		from, to := m.buffer(s.from), m.buffer(s.to)
		for e, v := range from {
			row := to[e*m.lanes : (e+1)*m.lanes]
			for l := range row {
				row[l] = v
			}
		}
	}
	m.clearSums()
}

func (m *machine[T]) clearSums() {
	for _, s := range m.sums {
		clear(s.acc)
		clear(s.at)
	}
}

// Run computes one panel of which the first active lanes hold samples. The others are computed too, from whatever they hold, but
// enter no sum.
func (m *machine[T]) Run(active int) {
	m.active = active
	m.runs++
	if m.runs == hot && m.small() {
		m.bindSamples()
	}
	m.exec(perSample)
}

// End computes what depends on sums over the batch.
func (m *machine[T]) End() {
	for _, s := range m.sums {
		if !s.outer {
			convert(s.at, s.acc)
		}
	}
	m.exec(after)
}

func (m *machine[T]) exec(st stage) {
	for _, run := range m.code[st] {
		run()
	}
}

// partial copies the sums so far, in the order of the program: products as they are, the others in double precision.
func (m *machine[T]) partial(to *partial[T]) {
	to.products, to.others = to.products[:0], to.others[:0]
	for _, s := range m.sums {
		if s.outer {
			to.products = append(to.products, s.at...)
		} else {
			to.others = append(to.others, s.acc...)
		}
	}
}

// A partial holds the sums over a part of a batch.
type partial[T simd.Float] struct {
	products []T
	others   []float64
}

// setSums replaces the sums by those of parts, added in order, and computes what depends on them. work is memory to be used again.
func (m *machine[T]) setSums(parts []partial[T], work []float64) []float64 {
	products, others := 0, 0
	for _, s := range m.sums {
		n := len(s.at)
		if s.outer {
			if cap(work) < n {
				work = make([]float64, n)
			}
			work = work[:n]
			clear(work)
			for _, p := range parts {
				addTo(work, p.products[products:products+n])
			}
			convert(s.at, work)
			products += n
			continue
		}
		clear(s.acc)
		for _, p := range parts {
			addTo(s.acc, p.others[others:others+n])
		}
		others += n
	}
	m.End()
	return work
}

// convert copies numbers of one precision to another.
func convert[T, U simd.Float](dst []T, src []U) {
	src = src[:min(len(src), len(dst))]
	dst = dst[:len(src)]
	switch d := any(dst).(type) {
	case []float64:
		if s, ok := any(src).([]float32); ok {
			simd.Widen(d, s)
		} else {
			copy(d, any(src).([]float64))
		}
	case []float32:
		if s, ok := any(src).([]float64); ok {
			simd.Narrow(d, s)
		} else {
			copy(d, any(src).([]float32))
		}
	}
}

// addTo adds numbers of a precision to others in double.
func addTo[T simd.Float](dst []float64, src []T) {
	switch s := any(src).(type) {
	case []float32:
		simd.Gather(dst, s)
	case []float64:
		simd.Float64(simd.Best()).Binary(simd.Add, dst, 1, rowsOf(dst, len(dst)), rowsOf(s, len(dst)))
	}
}

// LaneBytes32 is the memory that a lane of a machine in float32 takes.
func (p *Program) LaneBytes32() int { return 4 * p.lanesize }
