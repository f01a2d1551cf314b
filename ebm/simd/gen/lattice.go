package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lattice emits the update of a row of bits, one per byte, given the four neighbours of each and a random byte: a bit is set where the
// random byte is below the threshold that the table has for the number of neighbours that are set. Where the two are equal the byte does
// not decide; ties gets a bit there. n is a multiple of 32.
func (t *target) lattice() {
	t.function("lattice256", "func(own, up, down, beside, aside, random, table *byte, ties *uint32, n int)")
	names := []string{"own", "up", "down", "beside", "aside", "random", "ties"}
	p := map[string]reg.Register{}
	for _, name := range names {
		p[name] = t.Load(t.Param(name), t.GP64())
	}
	n, i := t.Load(t.Param("n"), t.GP64()), t.GP64()
	table, one := t.YMM(), t.YMM()
	at := t.Load(t.Param("table"), t.GP64())
	t.VBROADCASTI128(operand.Mem{Base: at}, table)
	t.VPCMPEQB(one, one, one)
	t.VPABSB(one, one)
	t.XORQ(i, i)
	loop := t.label("loop")
	t.Label(loop)
	row := func(name string) operand.Mem { return operand.Mem{Base: p[name], Index: i, Scale: 1} }
	sum, u, top := t.YMM(), t.YMM(), t.YMM()
	t.VMOVDQU(row("up"), sum)
	for _, name := range []string{"down", "beside", "aside"} {
		t.VPADDB(row(name), sum, sum)
	}
	t.VPSHUFB(sum, table, sum)
	t.VMOVDQU(row("random"), u)
	t.VPMAXUB(u, sum, top)
	t.VPCMPEQB(u, top, top) // not below
	t.VPANDN(one, top, top)
	t.VMOVDQU(top, row("own"))
	t.VPCMPEQB(u, sum, sum)
	bits := t.GP32()
	t.VPMOVMSKB(sum, bits)
	t.MOVL(bits, operand.Mem{Base: p["ties"]})
	t.ADDQ(operand.I32(4), p["ties"])
	t.ADDQ(operand.I32(32), i)
	t.CMPQ(i, n)
	t.JLT(operand.LabelRef(loop))
	t.VZEROUPPER()
	t.RET()
}
