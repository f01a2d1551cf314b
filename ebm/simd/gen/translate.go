package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A translation turns a graph into instructions of a target.
type translation struct {
	t    *target
	reg  map[*node]reg.VecVirtual
	mask map[*node]reg.OpmaskVirtual // AVX-512 keeps masks apart
	keys reg.Register
	left map[*node]int // uses to come
}

// forever keeps a register from being overwritten.
const forever = math.MaxInt32

// apply emits the graph for arguments in registers. Those in kept are needed again afterwards.
func (t *target) apply(g *graph, args []reg.VecVirtual, kept []bool, keys reg.Register) (outs []reg.VecVirtual, flag *translation) {
	x := &translation{t: t, reg: map[*node]reg.VecVirtual{}, mask: map[*node]reg.OpmaskVirtual{}, keys: keys, left: map[*node]int{}}
	nodes := g.live()
	for _, n := range nodes {
		for _, in := range n.in {
			if n.op != opBits && n.op != opFloat {
				x.left[in.root()]++
			}
		}
	}
	for _, o := range g.outs {
		x.left[o.root()] = forever
	}
	if g.flag != nil {
		x.left[g.flag] = forever
	}
	k := 0
	for _, n := range g.nodes { // also arguments that are not used count
		if n.op == opArg {
			x.reg[n] = args[k]
			if kept != nil && kept[k] {
				x.left[n] = forever
			}
			k++
		}
	}
	for _, n := range nodes {
		x.emit(n)
	}
	for _, o := range g.outs {
		r := o.root()
		if _, ok := x.reg[r]; !ok {
			x.reg[r] = x.register(r)
		}
		outs = append(outs, x.reg[r])
	}
	return outs, x
}

// use counts a use of a node's value.
func (x *translation) use(n *node) { x.left[n.root()]-- }

// dying says that no use of a register is left.
func (x *translation) dying(n *node) bool {
	n = n.root()
	return n.op != opConst && n.op != opKey && x.left[n] <= 0
}

// register returns the register of a value; constants are loaded.
func (x *translation) register(n *node) reg.VecVirtual {
	n = n.root()
	switch n.op {
	case opConst:
		if n.bits == 0 {
			return x.t.zero()
		}
		return x.t.broadcast(x.t.constant(n.bits))
	case opKey:
		v := x.t.vec()
		x.t.e("VPBROADCAST#", x.key(n), v)
		return v
	}
	return x.reg[n]
}

func (x *translation) key(n *node) operand.Mem {
	return operand.Mem{Base: x.keys, Disp: n.imm * x.t.size()}
}

// memory says whether a value can be a memory operand; with AVX-512 the instruction then has the suffix _BCST.
func (x *translation) memory(n *node) (m operand.Mem, ok bool) {
	n = n.root()
	switch {
	case n.op == opConst:
		return x.t.constant(n.bits), true
	case n.op == opKey && x.t.zmm:
		return x.key(n), true
	}
	return operand.Mem{}, false
}

// last is an operand of an instruction's last place: a register or memory.
func (x *translation) last(name string, n *node) (string, operand.Op) {
	if m, ok := x.memory(n); ok {
		if x.t.zmm {
			return name + "_BCST", m
		}
		return name, m
	}
	return name, x.register(n)
}

func (x *translation) emit(n *node) {
	switch n.op {
	case opArg, opKey, opConst, opBits, opFloat:
		return
	}
	for _, in := range n.in {
		x.use(in)
	}
	t := x.t
	logic := pick(t.zmm, "#", "")
	switch n.op {
	case opAdd:
		x.binary("VADDP%", n, true)
	case opSub:
		x.binary("VSUBP%", n, false)
	case opMul:
		x.binary("VMULP%", n, true)
	case opDiv:
		x.binary("VDIVP%", n, false)
	case opMin:
		x.binary("VMINP%", n, false)
	case opMax:
		x.binary("VMAXP%", n, false)
	case opAnd:
		x.binary("VPAND"+logic, n, true)
	case opOr:
		x.binary("VPOR"+logic, n, true)
	case opXor:
		x.binary("VPXOR"+logic, n, true)
	case opIAdd:
		x.binary("VPADD#", n, true)
	case opMul32:
		x.binary("VPMULUDQ", n, true)
	case opMulLo:
		x.binary("VPMULLD", n, true)
	case opMulHi:
		x.mulHi(n)
	case opShl:
		x.unary("VPSLL#", n, operand.U8(n.imm))
	case opShr:
		x.unary("VPSRL#", n, operand.U8(n.imm))
	case opSqrt:
		x.unary("VSQRTP%", n)
	case opToFloat:
		x.unary("VCVTDQ2PS", n)
	case opFMA:
		x.fused("VFMADD", n)
	case opFNMA:
		x.fused("VFNMADD", n)
	case opLT, opLE, opEQ:
		x.compare(n)
	case opNegative:
		x.negative(n)
	case opSelect:
		x.sel(n)
	}
}

func (x *translation) unary(name string, n *node, first ...operand.Op) {
	v := x.t.vec()
	x.t.e(name, append(first, x.register(n.in[0]), v)...)
	x.reg[n] = v
}

func (x *translation) binary(name string, n *node, commutes bool) {
	a, b := n.in[0], n.in[1]
	if _, ok := x.memory(a); ok && commutes {
		a, b = b, a
	}
	ra := x.register(a)
	name, rb := x.last(name, b)
	v := x.t.vec()
	x.t.e(name, rb, ra, v)
	x.reg[n] = v
}

// fused chooses the form of a fused multiplication whose overwritten operand is not needed any more, if there is one.
func (x *translation) fused(name string, n *node) {
	a, b, c := n.in[0], n.in[1], n.in[2]
	if _, ok := x.memory(a); ok {
		a, b = b, a
	}
	_, addend := x.memory(c)
	_, factor := x.memory(b)
	switch {
	case addend:
		if !x.dying(a) && x.dying(b) {
			a, b = b, a
		}
		rb := x.register(b)
		dst := x.own(a)
		in, m := x.last(name+"213P%", c)
		x.t.e(in, m, rb, dst)
		x.reg[n] = dst
	case x.dying(c) || !x.dying(a) && (factor || !x.dying(b)):
		ra := x.register(a)
		in, rb := x.last(name+"231P%", b)
		dst := x.own(c)
		x.t.e(in, rb, ra, dst)
		x.reg[n] = dst
	case factor:
		in, m := x.last(name+"132P%", b)
		dst := x.own(a)
		x.t.e(in, m, x.register(c), dst)
		x.reg[n] = dst
	default:
		if !x.dying(a) {
			a, b = b, a
		}
		rb := x.register(b)
		dst := x.own(a)
		x.t.e(name+"213P%", x.register(c), rb, dst)
		x.reg[n] = dst
	}
}

// own returns a register with the value that may be overwritten.
func (x *translation) own(n *node) reg.VecVirtual {
	if x.dying(n) || n.root().op == opConst {
		return x.register(n)
	}
	return x.t.copy(x.register(n))
}

func (x *translation) compare(n *node) {
	imm := map[opcode]operand.U8{opLT: 17, opLE: 18, opEQ: 0}[n.op] // ordered, quiet
	ra := x.register(n.in[0])
	if x.t.zmm {
		name, rb := x.last("VCMPP%", n.in[1])
		k := x.t.K()
		x.t.e(name, imm, rb, ra, k)
		x.mask[n] = k
		return
	}
	_, rb := x.last("", n.in[1])
	v := x.t.vec()
	x.t.e("VCMPP%", imm, rb, ra, v)
	x.reg[n] = v
}

// negative makes a mask of the top bit, which is all that a blend of AVX2 looks at.
func (x *translation) negative(n *node) {
	v := x.register(n.in[0])
	if x.t.zmm {
		k := x.t.K()
		x.t.e("VPMOV#2M", v, k)
		x.mask[n] = k
		return
	}
	x.reg[n] = v
	x.left[n.in[0].root()] = forever
}

func (x *translation) sel(n *node) {
	if x.t.zmm {
		x.merge(n)
		return
	}
	no, v := x.register(n.in[2]), x.t.vec()
	_, yes := x.last("", n.in[1])
	x.t.e("VBLENDVP%", x.reg[n.in[0]], yes, no, v)
	x.reg[n] = v
}

// merge overwrites the lanes of in[2] that the mask selects. (The blend instructions would do, but avo takes their result for an
// operand, which then occupies a register from the beginning.)
func (x *translation) merge(n *node) {
	yes := n.in[1].root()
	m, inMemory := x.memory(yes)
	v := x.own(n.in[2])
	if inMemory {
		x.t.e("VBROADCASTS%", m, x.mask[n.in[0]], v)
	} else {
		x.t.e("VMOVAP%", x.register(yes), x.mask[n.in[0]], v)
	}
	x.reg[n] = v
}

// mulHi multiplies the even and the odd lanes and puts the high halves together.
func (x *translation) mulHi(n *node) {
	t := x.t
	a, b := x.register(n.in[0]), x.register(n.in[1])
	even, odd, up := t.vec(), t.vec(), t.vec()
	t.e("VPMULUDQ", b, a, even)
	t.e("VPSRLQ", operand.U8(32), a, up)
	t.e("VPMULUDQ", b, up, odd) // b is a constant: its odd lanes are its even ones
	t.e("VPSRLQ", operand.U8(32), even, even)
	if t.zmm {
		t.e("VMOVAPS", odd, t.odd, even)
		x.reg[n] = even
		return
	}
	v := t.vec()
	t.e("VPBLENDD", operand.U8(0xAA), odd, even, v)
	x.reg[n] = v
}
