package expr

// Lanes is the number of samples in a full panel. The result for a sample does not depend on its lane or on the number of lanes.
const Lanes = 64

// A Machine is a program with buffers of its own. It runs one panel at a time without allocating, and is not safe for concurrent
// use.
type Machine struct {
	p     *Program
	lanes int
	uni   []float64
	pan   []float64
	code  [3][]bound
	sums  []batchSum
}

// bound is an instruction with its buffers.
type bound struct {
	run kernel
	f   *frame
}

// batchSum adds the lanes of a panel to a uniform value.
type batchSum struct {
	dst, src []float64
}

// NewMachine returns a machine for panels of up to the given number of lanes. Parameters are zero until SetParam.
func (p *Program) NewMachine(lanes int) *Machine {
	m := &Machine{p: p, lanes: lanes, uni: make([]float64, p.uniSize), pan: make([]float64, p.lanesize*lanes)}
	for _, c := range p.consts {
		copy(m.buffer(c.at), c.data)
	}
	work := make([]float64, lanes)
	for st := range p.code {
		for _, in := range p.code[st] {
			m.bind(stage(st), in, work)
		}
	}
	m.Begin()
	return m
}

func (m *Machine) bind(st stage, in instr, work []float64) {
	if in.op == BatchSum {
		m.sums = append(m.sums, batchSum{m.buffer(in.at), m.buffer(in.in[0])})
		// The sums run in their place among the instructions, because the operand's buffer may be used again.
		m.code[st] = append(m.code[st], bound{run: nil, f: &frame{outer: len(m.sums) - 1}})
		return
	}
	g := m.p.graph
	n := &g.nodes[in.id]
	shapes := make([]Shape, len(n.In))
	for i, o := range n.In {
		shapes[i] = g.nodes[o].Shape
	}
	lanes := 1
	if st == perSample {
		lanes = m.lanes
	}
	f := newFrame(in.op, in.sub, n.Shape, shapes, lanes)
	f.dst, f.work = m.buffer(in.at), work[:lanes]
	for i, r := range in.in {
		f.in[i] = m.buffer(r)
		if i < len(f.flat) {
			f.flat[i] = r.uniform
		}
	}
	m.code[st] = append(m.code[st], bound{g.ops[in.op].value, f})
}

func (m *Machine) buffer(r ref) []float64 {
	if r.uniform {
		return m.uni[r.off : r.off+r.size : r.off+r.size]
	}
	return m.pan[r.off*m.lanes : (r.off+r.size)*m.lanes : (r.off+r.size)*m.lanes]
}

// Lanes is the number of lanes of the machine.
func (m *Machine) Lanes() int { return m.lanes }

// In returns the buffer of the k-th input, to be filled before Run: element j of lane r at j·Lanes()+r. It keeps its contents
// over runs. An input that the program does not need has none: nil.
func (m *Machine) In(k int) []float64 {
	if k >= len(m.p.inputs) || m.p.inputs[k].size == 0 {
		return nil
	}
	return m.buffer(m.p.inputs[k])
}

// Out returns the buffer of the k-th result: per lane like In, or for a sum over the batch its elements once (valid after End).
func (m *Machine) Out(k int) []float64 { return m.buffer(m.p.results[k]) }

// SetParam sets the k-th parameter; Begin must follow. Parameters that the program does not need are ignored.
func (m *Machine) SetParam(k int, v []float64) {
	if k < len(m.p.params) && m.p.params[k].size > 0 {
		copy(m.buffer(m.p.params[k]), v)
	}
}

// Begin starts a batch: it computes what depends on parameters only and clears the sums over the batch. A new machine has begun.
func (m *Machine) Begin() {
	m.exec(before, 0)
	for _, s := range m.p.spread {
		from, to := m.buffer(s.from), m.buffer(s.to)
		for e, v := range from {
			for l := range m.lanes {
				to[e*m.lanes+l] = v
			}
		}
	}
	for _, s := range m.p.sums {
		clear(m.buffer(s))
	}
}

// Run computes one panel of which the first active lanes hold samples. The others are computed too, from whatever they hold, but
// enter no sum.
func (m *Machine) Run(active int) { m.exec(perSample, active) }

// End computes what depends on sums over the batch.
func (m *Machine) End() { m.exec(after, 0) }

func (m *Machine) exec(st stage, active int) {
	code := m.code[st]
	for i := range code {
		b := &code[i]
		if b.run == nil {
			m.sums[b.f.outer].add(m.lanes, active)
			continue
		}
		b.run(b.f)
	}
}

// add sums the lanes in order, so that the result is the same for every way to run the batch.
func (s batchSum) add(lanes, active int) {
	for e := range s.dst {
		t := 0.0
		for _, v := range s.src[e*lanes : e*lanes+active] {
			t += v
		}
		s.dst[e] += t
	}
}
