package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiles lists the numbers of rows that matrix kernels exist for, largest first. 14×2 and 6×2 vectors are what the registers hold.
func (t *target) tiles(masked bool) []int {
	switch {
	case t.zmm:
		return []int{14, 8, 4, 2, 1}
	case masked:
		return []int{4, 2, 1}
	}
	return []int{6, 4, 2, 1}
}

// matMul emits dst = A·B, or dst += A·B, for mr rows and n columns, at most one or two vectors. A is read number by number at a + i·ars +
// p·acs, so it may be a matrix or its transpose; rows of B and dst are contiguous. Each element is one chain of fused
// multiplications in the order of k: the same bits on every instruction set.
func (t *target) matMul(mr, vectors int, masked bool) {
	name := t.matMulName(mr, vectors, masked)
	t.function(name, fmt.Sprintf("func(dst, a, b *%s, k, ars, acs, ldb, ldc, n, add int)", t.elem()))
	shift := operand.U8(bits.TrailingZeros(uint(t.size())))
	param := func(name string, scale bool) reg.GPVirtual {
		r := t.Load(t.Param(name), t.GP64()).(reg.GPVirtual)
		if scale {
			t.SHLQ(shift, r)
		}
		return r
	}
	masks := make([]*tail, vectors)
	if masked {
		masks = t.parts(param("n", false), vectors)
	}
	k, b := param("k", false), param("b", false)
	ars, acs, ldb := param("ars", true), param("acs", true), param("ldb", true)
	bases, rowOfA := t.rowBases(mr, param("a", false), ars)
	acc := make([][]reg.VecVirtual, mr)
	for i := range acc {
		for range vectors {
			acc[i] = append(acc[i], t.zero())
		}
	}
	loop, store := t.label("loop"), t.label("store")
	t.Label(loop)
	bv := make([]reg.VecVirtual, vectors)
	for v := range bv {
		bv[v] = t.load(operand.Mem{Base: b, Disp: v * t.width()}, masks[v])
	}
	for i := range mr {
		av := t.broadcast(rowOfA(i))
		for v := range bv {
			t.e("VFMADD231P%", bv[v], av, acc[i][v])
		}
	}
	t.ADDQ(ldb, b)
	for _, p := range bases {
		t.ADDQ(acs, p)
	}
	t.DECQ(k)
	t.JNZ(operand.LabelRef(loop))
	dst, ldc, add := param("dst", false), param("ldc", true), param("add", false)
	t.TESTQ(add, add)
	t.JZ(operand.LabelRef(store))
	at := t.GP64()
	t.MOVQ(dst, at)
	for i := range mr {
		for v := range bv {
			old := t.load(operand.Mem{Base: at, Disp: v * t.width()}, masks[v])
			t.e("VADDP%", old, acc[i][v], acc[i][v])
		}
		t.ADDQ(ldc, at)
	}
	t.Label(store)
	for i := range mr {
		for v := range bv {
			t.store(acc[i][v], operand.Mem{Base: dst, Disp: v * t.width()}, masks[v])
		}
		t.ADDQ(ldc, dst)
	}
	t.VZEROUPPER()
	t.RET()
}

func (t *target) matMulName(mr, vectors int, masked bool) string {
	return fmt.Sprintf("matmul%dx%d%s%s", mr, vectors, pick(masked && !t.zmm, "m", "r"), t.suffix())
}

// rowBases keeps a pointer for every three rows of A; the other two are reached by indexing.
func (t *target) rowBases(mr int, a, ars reg.GPVirtual) (bases []reg.GPVirtual, row func(i int) operand.Mem) {
	bases = []reg.GPVirtual{a}
	if mr > 3 {
		three := t.GP64()
		t.LEAQ(operand.Mem{Base: ars, Index: ars, Scale: 2}, three)
		for len(bases)*3 < mr {
			p := t.GP64()
			t.LEAQ(operand.Mem{Base: bases[len(bases)-1], Index: three, Scale: 1}, p)
			bases = append(bases, p)
		}
	}
	return bases, func(i int) operand.Mem {
		m := operand.Mem{Base: bases[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = ars, uint8(i%3)
		}
		return m
	}
}

// combine emits dst = Σ v[t]·B[at[t]], or dst += that, for k rows of B, which are n numbers long and lie ldb apart: eight vectors side by
// side hide the latency of the additions, and what is left goes by four that are masked. The order and the rounding are those of matMul.
func (t *target) combine() {
	t.function("combine"+t.suffix(), fmt.Sprintf("func(dst, b *%s, at *int, v *%s, k, ldb, n, add int)", t.elem(), t.elem()))
	load := func(name string) reg.GPVirtual { return t.Load(t.Param(name), t.GP64()).(reg.GPVirtual) }
	dst, b, at, v, k, ldb, left := load("dst"), load("b"), load("at"), load("v"), load("k"), load("ldb"), load("n")
	t.SHLQ(operand.U8(bits.TrailingZeros(uint(t.size()))), ldb)
	wide, rest, done := t.label("wide"), t.label("rest"), t.label("done")
	next := func(vectors int) {
		t.ADDQ(operand.I32(vectors*t.width()), dst)
		t.ADDQ(operand.I32(vectors*t.width()), b)
		t.SUBQ(operand.I32(vectors*t.lanes()), left)
	}
	t.Label(wide)
	t.CMPQ(left, operand.I32(8*t.lanes()))
	t.JLT(operand.LabelRef(rest))
	t.combineColumns(dst, b, at, v, k, ldb, make([]*tail, 8))
	next(8)
	t.JMP(operand.LabelRef(wide))
	t.Label(rest)
	t.CMPQ(left, operand.I32(0))
	t.JLE(operand.LabelRef(done))
	t.combineColumns(dst, b, at, v, k, ldb, t.parts(left, 4))
	next(4)
	t.JMP(operand.LabelRef(rest))
	t.Label(done)
	t.VZEROUPPER()
	t.RET()
}

// combineColumns does as many vectors as there are masks.
func (t *target) combineColumns(dst, b, at, v, k, ldb reg.GPVirtual, masks []*tail) {
	acc := make([]reg.VecVirtual, len(masks))
	for j := range acc {
		acc[j] = t.zero()
	}
	loop, store := t.label("loop"), t.label("store")
	i, row, add := t.GP64(), t.GP64(), t.GP64()
	t.XORQ(i, i)
	t.Label(loop)
	t.MOVQ(operand.Mem{Base: at, Index: i, Scale: 8}, row)
	t.IMULQ(ldb, row)
	t.ADDQ(b, row)
	x := t.broadcast(operand.Mem{Base: v, Index: i, Scale: uint8(t.size())})
	for j, part := range masks {
		m := operand.Mem{Base: row, Disp: j * t.width()}
		if part == nil {
			t.e("VFMADD231P%", m, x, acc[j])
		} else {
			t.e("VFMADD231P%", t.load(m, part), x, acc[j])
		}
	}
	t.INCQ(i)
	t.CMPQ(i, k)
	t.JLT(operand.LabelRef(loop))
	t.Load(t.Param("add"), add)
	t.TESTQ(add, add)
	t.JZ(operand.LabelRef(store))
	for j, part := range masks {
		t.e("VADDP%", t.load(operand.Mem{Base: dst, Disp: j * t.width()}, part), acc[j], acc[j])
	}
	t.Label(store)
	for j, part := range masks {
		t.store(acc[j], operand.Mem{Base: dst, Disp: j * t.width()}, part)
	}
}

// peak emits n times ten independent fused multiplications of vectors: the most that the processor can do, to compare with.
func (t *target) peak() {
	t.Function("peak" + t.suffix())
	t.Attributes(attr.NOSPLIT)
	t.SignatureExpr("func(n int)")
	n := t.Load(t.Param("n"), t.GP64())
	acc := make([]reg.VecVirtual, 10)
	for i := range acc {
		acc[i] = t.zero()
	}
	x := t.zero()
	loop := t.label("loop")
	t.Label(loop)
	for i := range acc {
		t.e("VFMADD231P%", x, x, acc[i])
	}
	t.DECQ(n)
	t.JNZ(operand.LabelRef(loop))
	t.VZEROUPPER()
	t.RET()
}
