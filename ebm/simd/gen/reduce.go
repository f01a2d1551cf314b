package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A fold is a reduction over rows, lane by lane.
type fold struct {
	name  string
	arity int
	first bool // begins with the first row, not with zero
	step  func(t *target, acc reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual
}

var folds = []fold{
	{"SumRows", 1, false, func(t *target, acc reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual {
		t.e("VADDP%", in[0], acc, acc)
		return acc
	}},
	{"MaxRows", 1, true, func(t *target, acc reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual {
		g := newGraph(t.wide)
		a, b := g.arg(), g.arg()
		g.outs = []*node{g.sel(g.eq(a, a), g.max(a, b), a)}
		outs, _ := t.apply(g, []reg.VecVirtual{acc, in[0]}, nil, nil)
		t.e("VMOVAP%", outs[0], acc)
		return acc
	}},
	{"DotRows", 2, false, func(t *target, acc reg.VecVirtual, in []reg.VecVirtual) reg.VecVirtual {
		t.e("VFMADD231P%", in[0], in[1], acc)
		return acc
	}},
}

// foldRows emits a fold: dst[l] over rows of the operands, which lie sa and sb apart.
func (t *target) foldRows(f fold) {
	params, strides := "dst, a", "sa"
	if f.arity == 2 {
		params, strides = "dst, a, b", "sa, sb"
	}
	t.function(lower(f.name)+t.suffix(), fmt.Sprintf("func(%s *%s, rows, n, %s int)", params, t.elem(), strides))
	dst := t.Load(t.Param("dst"), t.GP64())
	ptr, stride := make([]reg.GPVirtual, f.arity), make([]reg.GPVirtual, f.arity)
	for i := range ptr {
		ptr[i] = t.Load(t.Param(string(rune('a'+i))), t.GP64()).(reg.GPVirtual)
		stride[i] = t.Load(t.Param("s"+string(rune('a'+i))), t.GP64()).(reg.GPVirtual)
		t.SHLQ(operand.U8(bits.TrailingZeros(uint(t.size()))), stride[i])
	}
	rows := t.Load(t.Param("rows"), t.GP64())
	l := t.newRowLoop(t.Load(t.Param("n"), t.GP64()).(reg.GPVirtual))
	t.XORQ(l.i, l.i)
	four := 4 * t.width()
	wide, single, rest, done := t.label("wide"), t.label("single"), t.label("rest"), t.label("done")
	left := t.GP64()
	t.Label(wide) // four vectors side by side hide the latency of the additions
	t.MOVQ(l.full, left)
	t.SUBQ(l.i, left)
	t.CMPQ(left, operand.I32(four))
	t.JLT(operand.LabelRef(single))
	t.foldColumns(f, l, dst, ptr, stride, rows, 4, nil)
	t.ADDQ(operand.I32(four), l.i)
	t.JMP(operand.LabelRef(wide))
	t.Label(single)
	t.CMPQ(l.i, l.full)
	t.JGE(operand.LabelRef(rest))
	t.foldColumns(f, l, dst, ptr, stride, rows, 1, nil)
	t.ADDQ(operand.I32(t.width()), l.i)
	t.JMP(operand.LabelRef(single))
	t.Label(rest)
	t.TESTQ(l.rest, l.rest)
	t.JZ(operand.LabelRef(done))
	t.foldColumns(f, l, dst, ptr, stride, rows, 1, l.part)
	t.Label(done)
	t.VZEROUPPER()
	t.RET()
}

// foldColumns folds all rows of nv vectors at the offset i.
func (t *target) foldColumns(f fold, l *rowLoop, dst reg.Register, ptr, stride []reg.GPVirtual, rows reg.Register, nv int, part *tail) {
	at := make([]reg.GPVirtual, len(ptr))
	for k := range at {
		at[k] = t.GP64()
		t.LEAQ(l.at(ptr[k]), at[k])
	}
	left := t.GP64()
	t.MOVQ(rows, left)
	acc := make([]reg.VecVirtual, nv)
	for v := range acc {
		if f.first {
			acc[v] = t.load(operand.Mem{Base: at[0], Disp: v * t.width()}, part)
		} else {
			acc[v] = t.zero()
		}
	}
	loop := t.label("fold")
	t.Label(loop)
	for v := range acc {
		in := make([]reg.VecVirtual, len(ptr))
		for k := range in {
			in[k] = t.load(operand.Mem{Base: at[k], Disp: v * t.width()}, part)
		}
		acc[v] = f.step(t, acc[v], in)
	}
	for k := range at {
		t.ADDQ(stride[k], at[k])
	}
	t.DECQ(left)
	t.JNZ(operand.LabelRef(loop))
	for v := range acc {
		m := l.at(dst)
		m.Disp = v * t.width()
		t.store(acc[v], m, part)
	}
}

// sumLanes emits dst[r] = Σ a[r·sa+l]. Partial sums are those of 64 bytes of lanes, added in halves, on every instruction set.
func (t *target) sumLanes() {
	t.function("sumlanes"+t.suffix(), fmt.Sprintf("func(dst, a *%s, rows, n, sa int)", t.elem()))
	dst, a := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("a"), t.GP64())
	rows, n := t.Load(t.Param("rows"), t.GP64()), t.Load(t.Param("n"), t.GP64())
	sa := t.Load(t.Param("sa"), t.GP64())
	shift := operand.U8(bits.TrailingZeros(uint(t.size())))
	t.SHLQ(shift, sa)
	vectors := 64 / t.width()
	full, rest := t.GP64(), t.GP64()
	t.MOVQ(n, full)
	t.ANDQ(operand.I32(-64/t.size()), full)
	t.MOVQ(n, rest)
	t.SUBQ(full, rest)
	t.SHLQ(shift, full)
	parts := t.parts(rest, vectors)
	row, loop, tailed, sum := t.label("row"), t.label("loop"), t.label("rest"), t.label("sum")
	i := t.GP64()
	t.Label(row)
	t.XORQ(i, i)
	acc := make([]reg.VecVirtual, vectors)
	for v := range acc {
		acc[v] = t.zero()
	}
	t.TESTQ(full, full)
	t.JZ(operand.LabelRef(tailed))
	t.Label(loop)
	for v := range acc {
		t.e("VADDP%", operand.Mem{Base: a, Index: i, Scale: 1, Disp: v * t.width()}, acc[v], acc[v])
	}
	t.ADDQ(operand.I32(64), i)
	t.CMPQ(i, full)
	t.JLT(operand.LabelRef(loop))
	t.Label(tailed)
	t.TESTQ(rest, rest)
	t.JZ(operand.LabelRef(sum))
	for v := range acc {
		x := t.load(operand.Mem{Base: a, Index: i, Scale: 1, Disp: v * t.width()}, parts[v])
		t.e("VADDP%", x, acc[v], acc[v])
	}
	t.Label(sum)
	t.storeSum(acc, operand.Mem{Base: dst})
	t.ADDQ(operand.I32(t.size()), dst)
	t.ADDQ(sa, a)
	t.DECQ(rows)
	t.JNZ(operand.LabelRef(row))
	t.VZEROUPPER()
	t.RET()
}

// parts are the masks of up to n lanes over several vectors.
func (t *target) parts(n reg.Register, vectors int) []*tail {
	parts := make([]*tail, vectors)
	left, zero, most := t.GP64(), t.GP64(), t.GP64()
	t.MOVQ(n, left)
	t.XORQ(zero, zero)
	t.MOVQ(operand.I32(t.lanes()), most)
	for v := range parts {
		here := t.GP64()
		t.MOVQ(left, here)
		t.CMPQ(here, most)
		t.CMOVQGT(most, here)
		t.CMPQ(here, zero)
		t.CMOVQLT(zero, here)
		parts[v] = t.tailOf(here)
		t.SUBQ(most, left)
	}
	return parts
}

// storeSum adds the lanes of the vectors, halves onto halves.
func (t *target) storeSum(acc []reg.VecVirtual, m operand.Mem) {
	y := t.YMM()
	if t.zmm {
		hi := t.YMM()
		t.VEXTRACTF64X4(operand.U8(1), acc[0], hi)
		t.e("VADDP%", hi, acc[0].AsY(), y)
	} else {
		t.e("VADDP%", acc[1], acc[0], y)
	}
	x, hi := t.XMM(), t.XMM()
	t.VEXTRACTF128(operand.U8(1), y, hi)
	t.e("VADDP%", hi, y.AsX(), x)
	if t.wide {
		t.VPERMILPD(operand.U8(1), x, hi)
		t.VADDSD(hi, x, x)
		t.VMOVSD(x, m)
		return
	}
	t.VPERMILPS(operand.U8(0x4E), x, hi)
	t.VADDPS(hi, x, x)
	t.VPERMILPS(operand.U8(0xB1), x, hi)
	t.VADDSS(hi, x, x)
	t.VMOVSS(x, m)
}
