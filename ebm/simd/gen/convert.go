package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// conversions emits the ways between the precisions, for n numbers, a multiple of a vector of float64: widen and narrow copy, gather
// adds float32 to float64. They are emitted with the kernels of float64.
func (t *target) conversions() {
	half := func() reg.VecVirtual {
		if t.zmm {
			return t.YMM()
		}
		return t.XMM()
	}
	for _, name := range []string{"widen", "gather", "narrow"} {
		to, from := "float64", "float32"
		if name == "narrow" {
			to, from = from, to
		}
		t.function(name+pick(t.zmm, "512", "256"), fmt.Sprintf("func(dst *%s, src *%s, n int)", to, from))
		dst, src, n := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("src"), t.GP64()), t.Load(t.Param("n"), t.GP64())
		loop := t.label("loop")
		t.Label(loop)
		if name == "narrow" {
			v := half()
			t.e(pick(t.zmm, "VCVTPD2PS", "VCVTPD2PSY"), operand.Mem{Base: src}, v)
			t.VMOVUPS(v, operand.Mem{Base: dst})
			t.ADDQ(operand.I32(t.width()), src)
			t.ADDQ(operand.I32(t.width()/2), dst)
		} else {
			v := t.vec()
			t.VCVTPS2PD(operand.Mem{Base: src}, v)
			if name == "gather" {
				t.VADDPD(operand.Mem{Base: dst}, v, v)
			}
			t.VMOVUPD(v, operand.Mem{Base: dst})
			t.ADDQ(operand.I32(t.width()/2), src)
			t.ADDQ(operand.I32(t.width()), dst)
		}
		t.SUBQ(operand.I32(t.lanes()), n)
		t.JNZ(operand.LabelRef(loop))
		t.VZEROUPPER()
		t.RET()
	}
}
