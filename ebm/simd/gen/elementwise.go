package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A mode says how the operands of a kernel over rows are read: a vector has a number per lane, a scalar one per row.
type mode struct {
	name   string
	scalar []bool
}

var modes = map[int][]mode{
	1: {{"", []bool{false}}},
	2: {{"VV", []bool{false, false}}, {"VS", []bool{false, true}}, {"SV", []bool{true, false}}},
	3: {{"VVV", []bool{false, false, false}}, {"VSV", []bool{false, true, false}}, {"VVS", []bool{false, false, true}},
		{"VSS", []bool{false, true, true}}},
}

// A rowLoop is the frame of a kernel over rows of n lanes.
type rowLoop struct {
	t    *target
	n    reg.Register // bytes per row
	full reg.Register // bytes in whole vectors
	rest reg.Register // lanes that are left
	part *tail
	i    reg.GPVirtual // offset within the row
}

// newRowLoop divides n lanes into whole vectors and the rest.
func (t *target) newRowLoop(n reg.GPVirtual) *rowLoop {
	l := &rowLoop{t: t, i: t.GP64()}
	full, rest := t.GP64(), t.GP64()
	t.MOVQ(n, full)
	t.ANDQ(operand.I32(-t.lanes()), full)
	t.MOVQ(n, rest)
	t.SUBQ(full, rest)
	l.part = t.tailOf(rest)
	shift := operand.U8(bits.TrailingZeros(uint(t.size())))
	t.SHLQ(shift, full)
	t.SHLQ(shift, n)
	l.n, l.full, l.rest = n, full, rest
	return l
}

// run emits the loop over one row: body works on the vector at offset i.
func (l *rowLoop) run(body func(part *tail)) {
	t := l.t
	loop, rest, done := t.label("loop"), t.label("rest"), t.label("done")
	t.XORQ(l.i, l.i)
	t.TESTQ(l.full, l.full)
	t.JZ(operand.LabelRef(rest))
	t.Label(loop)
	body(nil)
	t.ADDQ(operand.I32(t.width()), l.i)
	t.CMPQ(l.i, l.full)
	t.JLT(operand.LabelRef(loop))
	t.Label(rest)
	t.TESTQ(l.rest, l.rest)
	t.JZ(operand.LabelRef(done))
	body(l.part)
	t.Label(done)
}

func (l *rowLoop) at(base reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: l.i, Scale: 1}
}

// elementwise emits the kernel of a function in a mode.
func (t *target) elementwise(fn function, m mode) {
	build := func(k int) *graph {
		g := newGraph(t.wide)
		args := make([]*node, k)
		for i := range args {
			args[i] = g.arg()
		}
		g.outs = []*node{fn.body(g, args)}
		return g
	}
	flagged := build(fn.arity).flag != nil
	if fn.arity == 1 {
		t.unary(fn, build, flagged)
		return
	}
	params, strides := "dst", ""
	for i := range fn.arity {
		params += fmt.Sprintf(", %c", 'a'+i)
		strides += fmt.Sprintf(", s%c", 'a'+i)
	}
	t.function(lower(fn.name)+m.name+t.suffix(), fmt.Sprintf("func(%s *%s, rows, n%s int)", params, t.elem(), strides))
	dst := t.Load(t.Param("dst"), t.GP64()).(reg.GPVirtual)
	ptr, stride := make([]reg.GPVirtual, fn.arity), make([]reg.GPVirtual, fn.arity)
	for i := range ptr {
		ptr[i] = t.Load(t.Param(string(rune('a'+i))), t.GP64()).(reg.GPVirtual)
		stride[i] = t.Load(t.Param("s"+string(rune('a'+i))), t.GP64()).(reg.GPVirtual)
		t.SHLQ(operand.U8(bits.TrailingZeros(uint(t.size()))), stride[i])
	}
	rows := t.Load(t.Param("rows"), t.GP64())
	l := t.newRowLoop(t.Load(t.Param("n"), t.GP64()).(reg.GPVirtual))
	row := t.label("row")
	t.Label(row)
	args, kept := make([]reg.VecVirtual, fn.arity), make([]bool, fn.arity)
	for i := range args {
		if m.scalar[i] {
			args[i], kept[i] = t.broadcast(operand.Mem{Base: ptr[i]}), true
		}
	}
	l.run(func(part *tail) {
		now := append([]reg.VecVirtual(nil), args...)
		for i := range now {
			if !m.scalar[i] {
				now[i] = t.load(l.at(ptr[i]), part)
			}
		}
		outs, _ := t.apply(build(fn.arity), now, kept, nil)
		t.store(outs[0], l.at(dst), part)
	})
	t.ADDQ(l.n, dst)
	for i := range ptr {
		t.ADDQ(stride[i], ptr[i])
	}
	t.DECQ(rows)
	t.JNZ(operand.LabelRef(row))
	t.VZEROUPPER()
	t.RET()
}

// unary emits a kernel over n numbers in a row. One whose graph has a flag returns whether it was raised.
func (t *target) unary(fn function, build func(int) *graph, flagged bool) {
	t.function(lower(fn.name)+t.suffix(), fmt.Sprintf("func(dst, a *%s, n int)%s", t.elem(), pick(flagged, " int", "")))
	dst, a := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("a"), t.GP64())
	l := t.newRowLoop(t.Load(t.Param("n"), t.GP64()).(reg.GPVirtual))
	var raised reg.VecVirtual
	var raisedK reg.OpmaskVirtual
	if flagged && t.zmm {
		raisedK = t.K()
		t.KXORW(raisedK, raisedK, raisedK)
	} else if flagged {
		raised = t.zero()
	}
	l.run(func(part *tail) {
		g := build(1)
		outs, x := t.apply(g, []reg.VecVirtual{t.load(l.at(a), part)}, nil, nil)
		if flagged && t.zmm {
			t.KORW(x.mask[g.flag], raisedK, raisedK)
		} else if flagged {
			t.e("VORP%", x.reg[g.flag], raised, raised)
		}
		t.store(outs[0], l.at(dst), part)
	})
	if flagged {
		r := t.GP32()
		if t.zmm {
			t.KMOVW(raisedK, r)
		} else {
			t.e("VMOVMSKP%", raised, r)
		}
		t.Store(r.As64(), t.ReturnIndex(0))
	}
	t.VZEROUPPER()
	t.RET()
}
