package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose emits the transposition of a strip: 8 rows of float32 (4 of float64), stride apart, and as many lanes as there are in
// blocks of 8 (4), become rows of dst, ldd apart. Both instruction sets do it with 32-byte registers.
func (t *target) transpose() {
	t.function("transpose"+t.suffix(), fmt.Sprintf("func(dst, src *%s, blocks, stride, ldd int)", t.elem()))
	side := 32 / t.size()
	shift := operand.U8(bits.TrailingZeros(uint(t.size())))
	dst, src := t.Load(t.Param("dst"), t.GP64()).(reg.GPVirtual), t.Load(t.Param("src"), t.GP64()).(reg.GPVirtual)
	blocks := t.Load(t.Param("blocks"), t.GP64())
	stride, ldd := t.Load(t.Param("stride"), t.GP64()).(reg.GPVirtual), t.Load(t.Param("ldd"), t.GP64()).(reg.GPVirtual)
	t.SHLQ(shift, stride)
	t.SHLQ(shift, ldd)
	bases, row := t.rowBases(side, src, stride)
	loop := t.label("block")
	t.Label(loop)
	rows := make([]reg.VecVirtual, side)
	for i := range rows {
		rows[i] = t.YMM()
		t.e("VMOVUP%", row(i), rows[i])
	}
	for _, column := range t.columns(rows) {
		t.e("VMOVUP%", column, operand.Mem{Base: dst})
		t.ADDQ(ldd, dst)
	}
	for _, b := range bases {
		t.ADDQ(operand.I32(32), b)
	}
	t.DECQ(blocks)
	t.JNZ(operand.LabelRef(loop))
	t.VZEROUPPER()
	t.RET()
}

// pairs emits both directions between numbers in pairs, x₀ y₀ x₁ y₁ …, and a row of each: the plane is where people draw. n counts the
// pairs, a multiple of what 32 bytes hold.
func (t *target) pairs() {
	cross := operand.U8(0xD8) // the order of 64-bit quarters: 0, 2, 1, 3
	for _, join := range []bool{false, true} {
		t.function(pick(join, "join", "split")+t.suffix(), fmt.Sprintf("func(xy, x, y *%s, n int)", t.elem()))
		xy, x, y := t.Load(t.Param("xy"), t.GP64()), t.Load(t.Param("x"), t.GP64()), t.Load(t.Param("y"), t.GP64())
		n := t.Load(t.Param("n"), t.GP64())
		loop := t.label("loop")
		t.Label(loop)
		a, b, c, d := t.YMM(), t.YMM(), t.YMM(), t.YMM()
		switch {
		case join:
			t.VPERMQ(cross, operand.Mem{Base: x}, a)
			t.VPERMQ(cross, operand.Mem{Base: y}, b)
			t.e("VUNPCKLP%", b, a, c)
			t.e("VUNPCKHP%", b, a, d)
			t.e("VMOVUP%", c, operand.Mem{Base: xy})
			t.e("VMOVUP%", d, operand.Mem{Base: xy, Disp: 32})
		default:
			t.e("VMOVUP%", operand.Mem{Base: xy}, a)
			t.e("VMOVUP%", operand.Mem{Base: xy, Disp: 32}, b)
			if t.wide {
				t.VUNPCKLPD(b, a, c)
				t.VUNPCKHPD(b, a, d)
			} else {
				t.VSHUFPS(operand.U8(0x88), b, a, c)
				t.VSHUFPS(operand.U8(0xDD), b, a, d)
			}
			t.VPERMQ(cross, c, c)
			t.VPERMQ(cross, d, d)
			t.e("VMOVUP%", c, operand.Mem{Base: x})
			t.e("VMOVUP%", d, operand.Mem{Base: y})
		}
		t.ADDQ(operand.I32(64), xy)
		t.ADDQ(operand.I32(32), x)
		t.ADDQ(operand.I32(32), y)
		t.SUBQ(operand.I32(32/t.size()), n)
		t.JNZ(operand.LabelRef(loop))
		t.VZEROUPPER()
		t.RET()
	}
}

// columns turns a square of rows into its columns: pairs are interleaved, then pairs of pairs, then the halves of registers.
func (t *target) columns(rows []reg.VecVirtual) []reg.VecVirtual {
	two := func(name string, a, b reg.VecVirtual, imm ...operand.Op) reg.VecVirtual {
		v := t.YMM()
		t.e(name, append(imm, b, a, v)...)
		return v
	}
	var mixed []reg.VecVirtual
	for i := 0; i < len(rows); i += 2 {
		mixed = append(mixed, two("VUNPCKLP%", rows[i], rows[i+1]), two("VUNPCKHP%", rows[i], rows[i+1]))
	}
	if !t.wide {
		var fours []reg.VecVirtual
		for i := 0; i < len(mixed); i += 4 {
			for k := range 2 {
				fours = append(fours, two("VSHUFPS", mixed[i+k], mixed[i+2+k], operand.U8(0x44)), two("VSHUFPS", mixed[i+k], mixed[i+2+k], operand.U8(0xEE)))
			}
		}
		mixed = fours
	}
	var out []reg.VecVirtual
	for _, half := range []operand.U8{0x20, 0x31} {
		for i := range len(mixed) / 2 {
			out = append(out, two("VPERM2F128", mixed[i], mixed[i+len(mixed)/2], half))
		}
	}
	return out
}
