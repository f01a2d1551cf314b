package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The table of the caller: the keys of the ten rounds in pairs, then the counter.
const (
	keyIndex   = 20 // the number of the block within the step
	keyStep    = 21
	keyChain   = 22 // of the first lane
	keyPurpose = 23
	keyCount   = 24
)

// philox is Philox4x32-10, one counter per lane: see philox.go of package simd. In 64-bit lanes the upper halves may hold anything
// until they are masked.
func (g *graph) philox(lane *node) [4]*node {
	c := [4]*node{g.key(keyIndex), g.key(keyStep), g.iadd(lane, g.key(keyChain)), g.key(keyPurpose)}
	for r := range 10 {
		h0, l0 := g.product(c[0], 0xD2511F53)
		h1, l1 := g.product(c[2], 0xCD9E8D57)
		c = [4]*node{g.xor(g.xor(h1, c[1]), g.key(2*r)), l1, g.xor(g.xor(h0, c[3]), g.key(2*r+1)), l0}
	}
	return c
}

// product is the upper and lower half of a product of 32-bit numbers.
func (g *graph) product(a *node, m uint64) (hi, lo *node) {
	if g.wide {
		p := g.push(opMul32, a, g.i(m))
		return g.shr(p, 32), p
	}
	return g.push(opMulHi, a, g.i(m)), g.push(opMulLo, a, g.i(m))
}

// words are the random bits of a lane: two of 64 or four of 32 bits.
func (g *graph) words(lane *node) []*node {
	w := g.philox(lane)
	if !g.wide {
		return w[:]
	}
	join := func(hi, lo *node) *node { return g.or(g.shl(hi, 32), g.and(lo, g.i(1<<32-1))) }
	return []*node{join(w[0], w[1]), join(w[2], w[3])}
}

// unit maps a word to (0, 1]: all multiples of 2⁻⁵³ (2⁻²⁴) are equally likely.
func (g *graph) unit(w *node) *node {
	if !g.wide {
		return g.mul(g.add(g.push(opToFloat, g.shr(w, 8)), g.f(1)), g.f(0x1p-24))
	}
	v := g.shr(w, 11)
	lo := g.sub(g.float(g.or(g.and(v, g.i(1<<32-1)), g.f(0x1p52))), g.f(0x1p52))
	hi := g.sub(g.float(g.or(g.shr(v, 32), g.f(0x1p84))), g.f(0x1p84))
	return g.mul(g.add(g.add(hi, lo), g.f(1)), g.f(0x1p-53))
}

// radiusUnit is unit with a finer grid near 0 in float32, so that normal numbers up to 6.6 occur.
func (g *graph) radiusUnit(w *node) *node {
	if g.wide {
		return g.unit(w)
	}
	return g.fma(g.push(opToFloat, g.shr(w, 1)), g.f(0x1p-31), g.f(0x1p-32))
}

// boxMuller turns two words into two normal numbers. The angle is reduced exactly, in turns.
func (g *graph) boxMuller(a, b *node) (cos, sin *node) {
	k, f := g.logParts(g.radiusUnit(a))
	r := g.sqrt(g.mul(g.logOf(k, f, nil), g.f(-2)))
	turns := g.mul(g.unit(b), g.f(4))
	t := g.add(turns, g.shifter())
	angle := g.mul(g.sub(turns, g.sub(t, g.shifter())), g.f(math.Pi/2))
	z := g.mul(angle, angle)
	s, c, q := g.sinNear(angle, z), g.cosNear(z), g.bits(t)
	return g.mul(r, g.quadrant(g.iadd(q, g.i(1)), s, c)), g.mul(r, g.quadrant(q, s, c))
}

// uniforms and normals are the graphs of the kernels; the argument is the number of the lane.
func uniforms(wide bool) *graph {
	g := newGraph(wide)
	for _, w := range g.words(g.arg()) {
		g.outs = append(g.outs, g.unit(w))
	}
	return g
}

func normals(wide bool) *graph {
	g := newGraph(wide)
	w := g.words(g.arg())
	for k := 0; k < len(w); k += 2 {
		c, s := g.boxMuller(w[k], w[k+1])
		g.outs = append(g.outs, c, s)
	}
	return g
}

// bits32 is the graph of the kernel that writes the words as they are.
func bits32(wide bool) *graph {
	g := newGraph(wide)
	for _, w := range g.words(g.arg()) {
		g.outs = append(g.outs, g.float(w))
	}
	return g
}

// randoms are the kernels of random numbers of a precision.
func randoms(wide bool) map[string]func(bool) *graph {
	if wide {
		return map[string]func(bool) *graph{"uniforms": uniforms, "normals": normals}
	}
	return map[string]func(bool) *graph{"uniforms": uniforms, "normals": normals, "words": bits32}
}

// randomNames lists them.
func randomNames(wide bool) []string { return slices.Sorted(maps.Keys(randoms(wide))) }

func rowNames(n int) string {
	names := make([]string, n)
	for k := range names {
		names[k] = fmt.Sprintf("d%d", k)
	}
	return strings.Join(names, ", ")
}

// random emits a kernel that fills rows of n lanes, one per output of the graph. Rows are written last to first, so that a caller
// who wants fewer gives the first one again.
func (t *target) random(name string, build func(wide bool) *graph) {
	rows := len(build(t.wide).outs)
	t.function(name+t.suffix(), fmt.Sprintf("func(%s *%s, n int, keys *%s)", rowNames(rows), t.elem(), pick(t.wide, "uint64", "uint32")))
	dst := make([]reg.Register, rows)
	for k := range dst {
		dst[k] = t.Load(t.Param(fmt.Sprintf("d%d", k)), t.GP64())
	}
	keys := t.Load(t.Param("keys"), t.GP64())
	l := t.newRowLoop(t.Load(t.Param("n"), t.GP64()).(reg.GPVirtual))
	if t.zmm && !t.wide {
		m := t.GP32()
		t.MOVL(operand.U32(0xAAAA), m)
		t.odd = t.K()
		t.KMOVW(m, t.odd)
	}
	lane := t.vec()
	t.e("VMOVUP%", operand.NewDataAddr(operand.NewStaticSymbol("iota"+t.suffix()), 0), lane)
	l.run(func(part *tail) {
		outs, _ := t.apply(build(t.wide), []reg.VecVirtual{lane}, []bool{true}, keys)
		for k := rows - 1; k >= 0; k-- {
			t.store(outs[k], l.at(dst[k]), part)
		}
		step := t.constant(uint64(t.lanes()))
		if t.zmm {
			t.e("VPADD#_BCST", step, lane, lane)
		} else {
			t.e("VPADD#", step, lane, lane)
		}
	})
	t.VZEROUPPER()
	t.RET()
}

// goRandom writes the plain kernels.
func goRandom(b *strings.Builder, wide bool) {
	for _, name := range randomNames(wide) {
		g := randoms(wide)[name](wide)
		w := &goWriter{g: g}
		uint := w.uint()
		outs := w.body([]string{"lane"})
		fmt.Fprintf(b, "func %s%s(%s *%s, n int, table *%s) {\nkeys := unsafe.Slice(table, %d)\n", name,
			"Go"+pick(wide, "x64", "x32"), rowNames(len(outs)), w.float(), uint, keyCount)
		fmt.Fprintf(b, "for i := range n {\nlane := %s(i)\n%s\n", uint, strings.Join(w.lines, "\n"))
		for r := len(outs) - 1; r >= 0; r-- {
			fmt.Fprintf(b, "*at(d%d, i) = %s\n", r, outs[r])
		}
		b.WriteString("}\n}\n\n")
	}
}
