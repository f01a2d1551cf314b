package jit

import (
	"errors"
	"math"
)

// A generator turns instructions in order into machine code: it gives values registers, and memory where there are too few.
type generator struct {
	*assembler
	b     *Builder
	lanes int
	order []instruction
	tail  bool // the last vector of a row, of which the mask 1 says which lanes there are

	uses  [][]int32 // by value: the instructions that use it
	next  []int32   // by value: how many of them are done
	reg   []int8    // by value: its register, −1: none
	slot  []int32   // by value: its place in the memory, −1: none
	held  [32]Value // by register; −1: free
	kheld [8]Value  // by mask of AVX-512; −1: free
	most  int       // registers
	now   int32     // the instruction
	pins  uint32    // registers that the instruction needs
	spare []int32   // places that are free again
	slots int32
}

// never is the next use of a value that has none.
const never = math.MaxInt32

var errMasks = errors.New("jit: too many comparisons at once")

// body writes the instructions for one vector.
func (g *generator) body(tail bool) error {
	n := len(g.b.nodes)
	g.tail = tail
	g.uses, g.next, g.reg, g.slot = make([][]int32, n), make([]int32, n), make([]int8, n), make([]int32, n)
	for v := range g.reg {
		g.reg[v], g.slot[v] = -1, -1
	}
	for r := range g.held {
		g.held[r] = none
	}
	for k := range g.kheld {
		g.kheld[k] = none
	}
	g.spare, g.slots, g.most = g.spare[:0], 0, 32
	if !g.zmm {
		g.most = maskRegister
	}
	if tail && !g.zmm {
		g.vector(movLoad, maskRegister, 0, place{kind: inTable, mask: true}, 0, false, -1)
	}
	for i, in := range g.order {
		if in.row >= 0 {
			g.uses[in.value] = append(g.uses[in.value], int32(i))
			continue
		}
		for _, o := range g.b.operands(in.value) {
			g.uses[o] = append(g.uses[o], int32(i))
		}
	}
	for i, in := range g.order {
		g.now, g.pins = int32(i), 0
		if in.row >= 0 {
			g.put(g.load(in.value), g.panel(r9, in.row))
			g.done(in.value)
			continue
		}
		if err := g.compute(in.value); err != nil {
			return err
		}
	}
	return nil
}

// maskRegister holds the mask of the last vector for AVX2, which has sixteen registers.
const maskRegister = 15

// put stores a register in a row.
func (g *generator) put(r int, p place) {
	switch {
	case !g.tail:
		g.vector(movStore, r, 0, p, 0, false, -1)
	case g.zmm:
		g.vector(movStore, r, 0, p, 1, false, -1)
	default:
		g.vector(maskStore, r, maskRegister, p, 0, false, -1)
	}
}

// mask says that a value is in a register of masks.
func (g *generator) mask(v Value) bool { return g.zmm && g.b.nodes[v].op.mask() }

func (g *generator) panel(base, row int) place {
	return place{kind: inMemory, base: base, index: rcx, disp: row * g.lanes * g.size()}
}

// where is the memory of a value that is in no register; false if it must be loaded first, as the lanes of a tail must.
func (g *generator) where(v Value) (p place, direct bool) {
	n := &g.b.nodes[v]
	switch n.op {
	case opRow:
		return g.panel(r9, int(n.bits)), !g.tail
	case opFixed:
		return g.panel(rdi, int(n.bits)), !g.tail
	case opMoving:
		return place{kind: inMemory, base: r8, index: -1, disp: int(n.bits) * g.size(), each: true}, g.zmm
	case opUniform:
		return place{kind: inMemory, base: rsi, index: -1, disp: int(n.bits) * g.size(), each: true}, g.zmm
	case opConst:
		return place{kind: inTable, each: g.zmm, bits: n.bits}, true
	}
	return place{kind: inMemory, base: rdx, index: -1, disp: int(g.slot[v]) * g.width()}, true
}

// nextUse is the next instruction that uses a value, after the present one.
func (g *generator) nextUse(v Value) int32 {
	for k := g.next[v]; int(k) < len(g.uses[v]); k++ {
		if u := g.uses[v][k]; u > g.now {
			return u
		}
	}
	return never
}

// dying says that the present instruction is the last to use a value.
func (g *generator) dying(v Value) bool { return g.nextUse(v) == never }

// done counts the uses by the present instruction, and gives back what a value that is not needed any more has.
func (g *generator) done(v Value) {
	for int(g.next[v]) < len(g.uses[v]) && g.uses[v][g.next[v]] <= g.now {
		g.next[v]++
	}
	if int(g.next[v]) < len(g.uses[v]) {
		return
	}
	if g.mask(v) {
		if k := g.reg[v]; k >= 0 {
			g.kheld[k], g.reg[v] = none, -1
		}
		return
	}
	g.drop(v)
	if s := g.slot[v]; s >= 0 {
		g.spare = append(g.spare, s)
		g.slot[v] = -1
	}
}

func (g *generator) drop(v Value) {
	if r := g.reg[v]; r >= 0 {
		if g.held[r] == v {
			g.held[r] = none
		}
		g.reg[v] = -1
	}
}

// free returns a register that holds nothing, after saving what is needed last if it must.
func (g *generator) free() int {
	worst, far := -1, int32(-1)
	for r, v := range g.held[:g.most] {
		if g.pins>>r&1 == 1 {
			continue
		}
		if v == none {
			return r
		}
		u := g.nextUse(v)
		if g.b.nodes[v].op.leaf() || g.slot[v] >= 0 {
			u += (never - u) / 2 // it costs a load only
		}
		if u > far {
			worst, far = r, u
		}
	}
	v := g.held[worst]
	if !g.b.nodes[v].op.leaf() && g.slot[v] < 0 && g.nextUse(v) != never {
		g.slot[v] = g.place()
		p, _ := g.where(v)
		g.vector(movStore, worst, 0, p, 0, false, -1)
	}
	g.drop(v)
	return worst
}

func (g *generator) place() int32 {
	if n := len(g.spare); n > 0 {
		s := g.spare[n-1]
		g.spare = g.spare[:n-1]
		return s
	}
	g.slots++
	return g.slots - 1
}

func (g *generator) hold(r int, v Value) {
	g.held[r], g.reg[v] = v, int8(r)
	g.pin(r)
}

func (g *generator) pin(r int) { g.pins |= 1 << r }

// load returns a register with a value.
func (g *generator) load(v Value) int {
	if r := g.reg[v]; r >= 0 {
		g.pin(int(r))
		return int(r)
	}
	r := g.free()
	p, _ := g.where(v)
	switch {
	case g.b.nodes[v].op == opConst && g.b.nodes[v].bits == 0:
		g.vector(xorBits, r, r, place{reg: r}, 0, false, -1)
	case p.each:
		g.vector(broadcast, r, 0, p, 0, false, -1)
	case g.tail && p.kind == inMemory && g.b.nodes[v].op.leaf() && g.zmm:
		g.vector(movLoad, r, 0, p, 1, true, -1)
	case g.tail && p.kind == inMemory && g.b.nodes[v].op.leaf():
		g.vector(maskLoad, r, maskRegister, p, 0, false, -1)
	default:
		g.vector(movLoad, r, 0, p, 0, false, -1)
	}
	g.hold(r, v)
	return r
}

// last returns a value as a last operand: from memory, where it is not needed soon again.
func (g *generator) last(v Value) place {
	if r := g.reg[v]; r >= 0 {
		g.pin(int(r))
		return place{reg: int(r)}
	}
	p, direct := g.where(v)
	if !direct || g.b.nodes[v].op != opConst && !g.dying(v) && g.room() {
		return place{reg: g.load(v)}
	}
	return p
}

// room says that a register is free.
func (g *generator) room() bool {
	for _, v := range g.held[:g.most] {
		if v == none {
			return true
		}
	}
	return false
}

func (g *generator) inRegister(v Value) bool { return g.reg[v] >= 0 }

// result returns a register for the result, if possible that of an operand that is not needed any more.
func (g *generator) result(in []Value) int {
	for _, o := range in {
		if g.reg[o] >= 0 && !g.mask(o) && g.dying(o) {
			r := int(g.reg[o])
			g.drop(o)
			return r
		}
	}
	return g.free()
}

// own returns a register with a value that may be overwritten.
func (g *generator) own(v Value) int {
	r := g.load(v)
	if g.dying(v) {
		g.drop(v)
		return r
	}
	c := g.free()
	g.vector(movCopy, c, 0, place{reg: r}, 0, false, -1)
	g.pin(c)
	return c
}

func (g *generator) compute(v Value) error {
	n := g.b.nodes[v]
	in := n.in[:n.op.operands()]
	for _, o := range in {
		if r := g.reg[o]; r >= 0 && !g.mask(o) {
			g.pin(int(r)) // none must go to make room for another
		}
	}
	var dst int
	switch n.op {
	case opCopy:
		dst = g.own(in[0])
	case opShl, opShr:
		src := g.load(in[0])
		dst = g.result(in)
		g.assembler.shift(n.op == opShl, dst, src, int(n.bits))
	case opSqrt:
		src := g.last(in[0])
		dst = g.result(in)
		g.vector(encodings[opSqrt], dst, 0, src, 0, false, -1)
	case opFMA, opFNMA:
		dst = g.fused(n)
	case opLT, opLE, opEQ:
		if g.zmm {
			return g.compare(v, n)
		}
		ra, rb := g.load(in[0]), g.last(in[1])
		dst = g.result(in)
		g.vector(compare, dst, ra, rb, 0, false, orders[n.op])
	case opSelect:
		if !g.zmm {
			m, no, yes := g.load(in[0]), g.load(in[2]), g.last(in[1])
			dst = g.result(in)
			g.vector(choose, dst, no, yes, 0, false, m<<4)
			break
		}
		no, yes := g.load(in[2]), g.last(in[1])
		k := g.reg[in[0]]
		dst = g.result(in[1:])
		g.vector(blend, dst, no, yes, int(k), false, -1)
	default:
		a, b := in[0], in[1]
		if commutes(n.op) && !g.inRegister(a) && (g.inRegister(b) || g.b.nodes[a].op == opConst) {
			a, b = b, a
		}
		ra, rb := g.load(a), g.last(b)
		dst = g.result(in)
		g.vector(encodings[n.op], dst, ra, rb, 0, false, -1)
	}
	for _, o := range in {
		g.done(o)
	}
	if g.nextUse(v) == never { // nobody reads it
		return nil
	}
	g.hold(dst, v)
	return nil
}

func commutes(op opcode) bool {
	switch op {
	case opAdd, opMul, opAnd, opOr, opXor, opIAdd:
		return true
	}
	return false
}

// fused chooses the form whose overwritten operand is not needed any more, if there is one.
func (g *generator) fused(n node) int {
	a, b, c := n.in[0], n.in[1], n.in[2]
	if !g.inRegister(a) && g.inRegister(b) || g.b.nodes[a].op == opConst {
		a, b = b, a
	}
	dies := func(v Value) bool { return g.inRegister(v) && g.dying(v) }
	form := func(k int) encoding { return encoding{pp66, map38, fused[n.op][k], false} }
	if !dies(a) && dies(b) {
		a, b = b, a
	}
	switch {
	case dies(c) || !dies(a) && !g.inRegister(c) && g.inRegister(a):
		if !g.inRegister(a) && g.inRegister(b) {
			a, b = b, a
		}
		ra, rb := g.load(a), g.last(b)
		dst := g.own(c)
		g.vector(form(2), dst, ra, rb, 0, false, -1)
		return dst
	case !g.inRegister(c):
		rb := g.load(b)
		rc := g.last(c)
		dst := g.own(a)
		g.vector(form(1), dst, rb, rc, 0, false, -1)
		return dst
	}
	rc, rb := g.load(c), g.last(b)
	dst := g.own(a)
	g.vector(form(0), dst, rc, rb, 0, false, -1)
	return dst
}

// orders are the numbers of the comparisons: ordered and quiet.
var orders = map[opcode]int{opLT: 17, opLE: 18, opEQ: 0}

// compare puts the result into a register of masks.
func (g *generator) compare(v Value, n node) error {
	ra, rb := g.load(n.in[0]), g.last(n.in[1])
	for k := 2; k < len(g.kheld); k++ {
		if g.kheld[k] == none {
			g.vector(compare, k, ra, rb, 0, false, orders[n.op])
			for _, o := range n.in[:2] {
				g.done(o)
			}
			g.kheld[k], g.reg[v] = v, int8(k)
			return nil
		}
	}
	return errMasks
}
