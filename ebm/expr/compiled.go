package expr

import (
	"unsafe"

	"joule/ebm/internal/jit"
	"joule/ebm/simd"
)

// Instructions that follow each other and work lane by lane are compiled together to machine code, where the processor and the system
// allow it (see package jit): values pass from one to the next in registers, and those that nobody reads later are not stored at all. Each
// does the same rounded operations in the same order as its kernel, so the bits of the results are the same.
//
// There are two forms. Small values are taken apart: every element is a value of its own, and any operation whose elements are sums,
// choices and elementwise functions of elements takes part. Long ones stay together: the code is a loop over rows, for elementwise
// operations on values of one size.

const (
	// mostValues bounds the code of the first form to what the cache of instructions holds.
	mostValues = 2500
	// fewValues is up to where the first form is preferred when both cover the same instructions.
	fewValues = 400
	// smallProduct is how many multiplications a matrix product may have to be taken apart.
	smallProduct = 64
)

// A part is a run of instructions, from up to to: compiled, or nil where they run one after the other.
type part struct {
	from, to int
	code     *jit.Code
}

// A planKey tells the ways apart in which a program is compiled.
type planKey struct {
	lanes  int
	wide   bool
	vector int // bytes
}

// vectors are the bytes of a vector at the levels that programs are compiled for.
var vectors = map[simd.Level]int{simd.AVX2: 32, simd.AVX512: 64}

// parts returns the compiled parts of the instructions per sample; none where nothing can be compiled. Machines of the same kind share them.
func (p *Program) parts(key planKey) []part {
	if !jit.Supported(key.vector) {
		return nil
	}
	p.planning.Lock()
	defer p.planning.Unlock()
	parts, ok := p.plans[key]
	if !ok {
		parts = p.plan(key)
		if p.plans == nil {
			p.plans = map[planKey][]part{}
		}
		p.plans[key] = parts
	}
	return parts
}

// hot is how often a machine of less than a vector runs before it is compiled: one for a single point is mostly used once or twice.
const hot = 200

// small says that a machine has less than a vector of lanes.
func (m *machine[T]) small() bool { return m.lanes*int(unsafe.Sizeof(T(0))) < vectors[m.set.Level()] }

// bindSamples binds the instructions per sample, compiled where that pays.
func (m *machine[T]) bindSamples() {
	var parts []part
	if !m.small() || m.runs >= hot {
		parts = m.p.parts(m.planKey())
	}
	m.code[perSample] = m.bindAll(m.p.code[perSample], m.lanes, parts)
	for _, c := range m.p.carried {
		from, to := m.buffer(c.from), m.buffer(c.to)
		m.code[perSample] = append(m.code[perSample], func() { copy(to, from) })
	}
}

func (m *machine[T]) planKey() planKey {
	return planKey{m.lanes, unsafe.Sizeof(T(0)) == 8, vectors[m.set.Level()]}
}

func (p *Program) plan(key planKey) (parts []part) {
	code := p.code[perSample]
	for i := 0; i < len(code); {
		l, n, size := p.lower(code[i:], key.wide)
		if n > 1 || n == 1 && composed(code[i].op) {
			l.store(i + n)
			if c, err := l.b.Compile(key.vector, key.lanes, size); err == nil {
				parts = append(parts, part{i, i + n, c})
				i += n
				continue
			}
		}
		i++
	}
	return parts
}

// lower lowers as many instructions as it can, in the form that covers more of them or gives less code, and returns how many, and how many
// rows the loop has.
func (p *Program) lower(code []instr, wide bool) (l *lowering, n, size int) {
	rows := newLowering(p, wide)
	together, size := rows.rows(code), code[0].at.size
	if together > 0 && rows.b.Len()*size > mostValues {
		return rows, together, size // apart, even these would be too much
	}
	elements := newLowering(p, wide)
	apart := elements.elements(code)
	if together > apart || together == apart && elements.b.Len() > fewValues {
		return rows, together, size
	}
	return elements, apart, 1
}

// composed says that the step of an operation passes over its operand several times.
func composed(op Op) bool { return op == LogSumExp || op == Softmax }

// compiledStep is the step of a part.
func (m *machine[T]) compiledStep(c *jit.Code) step {
	work := m.scratch(c.Work()/int(unsafe.Sizeof(T(0))) + 64)
	pan, uni := unsafe.Pointer(unsafe.SliceData(m.pan)), unsafe.Pointer(unsafe.SliceData(m.uni))
	return func() {
		w := unsafe.Pointer(unsafe.SliceData(work()))
		c.Run(pan, uni, unsafe.Add(w, -uintptr(w)&63))
	}
}

// A lowering turns instructions into values of a builder.
type lowering struct {
	p    *Program
	b    *jit.Builder
	made map[int][]jit.Value // by place in the panel: what has been computed to be there
	at   []int               // those places, in order

	fixed map[int]bool // by place: every row of the loop reads all of it, so no row may write there
}

func newLowering(p *Program, wide bool) *lowering {
	return &lowering{p: p, b: jit.NewBuilder(wide), made: map[int][]jit.Value{}, fixed: map[int]bool{}}
}

func (l *lowering) put(at ref, v []jit.Value) {
	if _, ok := l.made[at.off]; !ok {
		l.at = append(l.at, at.off)
	}
	l.made[at.off] = v
}

// store stores what is read after the instructions before end.
func (l *lowering) store(end int) {
	for _, off := range l.at {
		if l.p.readAfter(end, off) {
			for e, v := range l.made[off] {
				l.b.Store(off+e, v)
			}
		}
	}
}

// readAfter says that the value at a place of the panel is read by instructions from end on, before another one is put there, or is there
// to stay.
func (p *Program) readAfter(end, off int) bool {
	for _, in := range p.code[perSample][end:] {
		for _, r := range in.in {
			if !r.uniform && r.off == off {
				return true
			}
		}
		if !in.at.uniform && in.at.off == off {
			return false
		}
	}
	for _, refs := range [][]ref{p.results, p.inputs} {
		for _, r := range refs {
			if !r.uniform && r.size > 0 && r.off == off {
				return true
			}
		}
	}
	for _, c := range p.carried {
		if c.from.off == off || c.to.off == off {
			return true
		}
	}
	return false
}

// formula is the name of an elementwise operation's formula; "" if it has none.
func (p *Program) formula(op Op) string {
	name := op.String()
	if op == Relu {
		name = "Relu"
	}
	if !p.graph.ops[op].elementwise || jit.Steps(name) == 0 {
		return ""
	}
	return name
}

// rows lowers elementwise instructions on values of one size to a loop, and returns how many.
func (l *lowering) rows(code []instr) int {
	size := code[0].at.size
	for k, in := range code {
		if in.at.size != size || in.at.uniform || l.fixed[in.at.off] || l.b.Len() > mostValues {
			return k
		}
		if v, ok := l.affine(in); ok {
			l.put(in.at, []jit.Value{v})
			continue
		}
		name := l.p.formula(in.op)
		if name == "" {
			return k
		}
		args := make([]jit.Value, len(in.in))
		for i, r := range in.in {
			made, ok := l.made[r.off]
			switch {
			case r.uniform && r.size == size:
				args[i] = l.b.Moving(r.off)
			case r.uniform:
				args[i] = l.b.Uniform(r.off)
			case ok:
				args[i] = made[0]
			case r.size == size:
				args[i] = l.b.Row(r.off)
			default:
				args[i] = l.b.Fixed(r.off)
			}
		}
		l.put(in.at, []jit.Value{l.b.Apply(name, args...)})
	}
	return len(code)
}

// shortSum is how many terms the elements of a product may have that takes part in a loop over them.
const shortSum = 8

// affine lowers the product of a short row with weights, an element of the result for each row of the loop.
func (l *lowering) affine(in instr) (v jit.Value, ok bool) {
	if in.op != MatMul || !in.in[1].uniform || in.in[0].uniform {
		return 0, false
	}
	g := l.p.graph
	n := &g.nodes[in.of]
	t := g.Shape(n.In[1])
	terms := in.in[0].size
	if n.Attr.I[1] == 1 || terms != t.Dim[0] || terms > shortSum || terms*t.Dim[1] != in.in[1].size || in.at.size != t.Dim[1] {
		return 0, false
	}
	if _, made := l.made[in.in[0].off]; made { // in this loop: of a row further on there is nothing yet
		return 0, false
	}
	l.fixed[in.in[0].off] = true
	v = l.b.Number(0)
	for p := range terms {
		v = l.b.Apply("FMA", l.b.Fixed(in.in[0].off+p), l.b.Moving(in.in[1].off+p*t.Dim[1]), v)
	}
	return v, true
}

// elements lowers instructions element by element, and returns how many.
func (l *lowering) elements(code []instr) int {
	for k, in := range code {
		v := l.lower(in)
		if v == nil || l.b.Len() > mostValues {
			return k
		}
		l.put(in.at, v)
	}
	return len(code)
}

// operand returns the elements of an operand.
func (l *lowering) operand(r ref) []jit.Value {
	if made, ok := l.made[r.off]; ok && !r.uniform {
		return made
	}
	v := make([]jit.Value, r.size)
	for e := range v {
		if r.uniform {
			v[e] = l.b.Uniform(r.off + e)
		} else {
			v[e] = l.b.Row(r.off + e)
		}
	}
	return v
}

// lower returns the elements of the result of an instruction; nil if it cannot be taken apart.
func (l *lowering) lower(in instr) []jit.Value {
	size := in.at.size
	for _, r := range in.in {
		size = max(size, r.size)
	}
	if size > mostValues || in.op == BatchSum || in.at.uniform {
		return nil
	}
	g := l.p.graph
	n := &g.nodes[in.of]
	shape := func(i int) Shape { return g.nodes[n.In[i]].Shape }
	arg := func(i int) []jit.Value { return l.operand(in.in[i]) }
	out := make([]jit.Value, in.at.size)
	if name := l.p.formula(in.op); name != "" {
		if l.b.Len()+len(out)*jit.Steps(name) > mostValues {
			return nil
		}
		var operands [3][]jit.Value
		for i := range in.in {
			operands[i] = arg(i)
		}
		var each [3]jit.Value
		for e := range out {
			for i := range in.in {
				each[i] = operands[i][0]
				if len(operands[i]) > 1 {
					each[i] = operands[i][e]
				}
			}
			out[e] = l.b.Apply(name, each[:len(in.in)]...)
		}
		return out
	}
	switch in.op {
	case Sum, Max, LogSumExp, Softmax:
		outer, count, inner := shape(0).around(n.Attr.I[0])
		a, line := arg(0), make([]jit.Value, count)
		if len(a)*4 > mostValues {
			return nil
		}
		for o := range outer {
			for i := range inner {
				for k := range line {
					line[k] = a[(o*count+k)*inner+i]
				}
				l.reduce(in.op, out, o, i, inner, line)
			}
		}
	case Broadcast:
		outer, count, inner := n.Shape.around(n.Attr.I[0])
		a := arg(0)
		for o := range outer {
			for k := range count {
				copy(out[(o*count+k)*inner:][:inner], a[o*inner:])
			}
		}
	case Slice:
		outer, count, inner := shape(0).around(n.Attr.I[0])
		lo, hi := n.Attr.I[1], n.Attr.I[2]
		copyBlocks(out, arg(0)[lo*inner:], outer, (hi-lo)*inner, (hi-lo)*inner, count*inner)
	case Pad:
		outer, count, inner := shape(0).around(n.Attr.I[0])
		lo, total := n.Attr.I[1], n.Attr.I[2]
		zero := l.b.Number(0)
		for e := range out {
			out[e] = zero
		}
		copyBlocks(out[lo*inner:], arg(0), outer, count*inner, total*inner, count*inner)
	case Concat:
		outer, _, _ := n.Shape.around(n.Attr.I[0])
		at := 0
		for i := range in.in {
			a := arg(i)
			count := len(a) / outer
			copyBlocks(out[at:], a, outer, count, len(out)/outer, count)
			at += count
		}
	case Transpose:
		_, rows, columns := shape(0).around(0)
		a := arg(0)
		for e := range out {
			out[e] = a[e%rows*columns+e/rows]
		}
	case Gather:
		a := arg(0)
		inner := len(a) / shape(0).Dim[0]
		gatherRows(out, a, *n.Attr.Index, inner)
	case MatMul:
		return l.product(in, n, shape(0), shape(1), out)
	default:
		return nil
	}
	return out
}

// reduce writes what becomes of a line of elements to out, which has inner of them side by side.
func (l *lowering) reduce(op Op, out []jit.Value, o, i, inner int, line []jit.Value) {
	b := l.b
	sum := func(line []jit.Value) jit.Value {
		v := b.Number(0)
		for _, a := range line {
			v = b.Apply("Add", v, a)
		}
		return v
	}
	largest := func() jit.Value {
		v := line[0]
		for _, a := range line {
			v = b.Apply("Maximum", v, a)
		}
		return v
	}
	exps := func(both bool) (e []jit.Value, top jit.Value) {
		top = b.Zeroed(largest(), both)
		for _, a := range line {
			e = append(e, b.Apply("Exp", b.Apply("Sub", a, top)))
		}
		return e, top
	}
	switch at := o*inner + i; op {
	case Sum:
		out[at] = sum(line)
	case Max:
		out[at] = largest()
	case LogSumExp:
		e, top := exps(true)
		out[at] = b.Apply("Add", b.Apply("Log", sum(e)), top)
	case Softmax:
		e, _ := exps(false)
		inverse := b.Apply("Recip", sum(e))
		for k, v := range e {
			out[(o*len(line)+k)*inner+i] = b.Apply("Mul", v, inverse)
		}
	}
}

// product is a small matrix product.
func (l *lowering) product(in instr, n *Node, s, t Shape, out []jit.Value) []jit.Value {
	rowsOf := func(s Shape, transposed bool) (rows, columns, down, right int) {
		if transposed {
			return s.Dim[1], s.Dim[0], 1, s.Dim[1]
		}
		return s.Dim[0], s.Dim[1], s.Dim[1], 1
	}
	m, k, down, right := rowsOf(s, n.Attr.I[0] == 1)
	_, columns, below, beside := rowsOf(t, n.Attr.I[1] == 1)
	if m*k*columns > smallProduct {
		return nil
	}
	x, y := l.operand(in.in[0]), l.operand(in.in[1])
	for i := range m {
		for j := range columns {
			v := l.b.Number(0)
			for p := range k {
				v = l.b.Apply("FMA", x[i*down+p*right], y[p*below+j*beside], v)
			}
			out[i*columns+j] = v
		}
	}
	return out
}
