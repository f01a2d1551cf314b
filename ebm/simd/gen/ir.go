package main

import (
	"fmt"
	"math"
)

// opcode is an operation on every lane of a vector.
type opcode uint8

const (
	opArg   opcode = iota // a register that the loop has loaded
	opKey                 // the imm-th element of a table of the caller, in every lane
	opConst               // bits in every lane

	opAdd // floats
	opSub
	opMul
	opDiv
	opFMA  // a·b + c, rounded once
	opFNMA // c − a·b, rounded once
	opSqrt
	opMin // a where a < b, else b: the second where one is NaN
	opMax // a where a > b, else b

	opAnd // integers of the width of a lane
	opOr
	opXor
	opShl
	opShr
	opIAdd
	opMul32 // product of the low halves (64-bit lanes only)
	opMulHi // high and low half of the product (32-bit lanes only)
	opMulLo
	opToFloat // from a signed 32-bit integer (32-bit lanes only)

	opBits  // a float seen as an integer
	opFloat // and back

	opLT // masks; false where an operand is NaN
	opLE
	opEQ
	opNegative // the top bit of an integer
	opSelect   // in[0] ? in[1] : in[2]
)

// A node is a value per lane.
type node struct {
	op   opcode
	in   []*node
	bits uint64
	imm  int
	id   int
}

// A graph is a formula in static single assignment form. It is written once (functions.go, random.go) and translated three times:
// to AVX-512, to AVX2 with FMA, and to Go. Each lane goes through the same correctly rounded operations in the same order
// everywhere, so all three give the same bits.
type graph struct {
	wide   bool // float64; else float32
	nodes  []*node
	outs   []*node
	flag   *node // a mask: some lane needs the attention of the caller
	consts map[uint64]*node
}

func newGraph(wide bool) *graph { return &graph{wide: wide, consts: map[uint64]*node{}} }

func (g *graph) push(op opcode, in ...*node) *node {
	n := &node{op: op, in: in, id: len(g.nodes)}
	g.nodes = append(g.nodes, n)
	return n
}

func (g *graph) arg() *node { return g.push(opArg) }

func (g *graph) key(k int) *node {
	n := g.push(opKey)
	n.imm = k
	return n
}

// i is an integer constant, or a float constant by its bits.
func (g *graph) i(bits uint64) *node {
	if !g.wide {
		bits &= 1<<32 - 1
	}
	if n, ok := g.consts[bits]; ok {
		return n
	}
	n := g.push(opConst)
	n.bits = bits
	g.consts[bits] = n
	return n
}

// f is a float constant.
func (g *graph) f(v float64) *node { return g.i(g.bitsOf(v)) }

func (g *graph) bitsOf(v float64) uint64 {
	if g.wide {
		return math.Float64bits(v)
	}
	return uint64(math.Float32bits(float32(v)))
}

// by returns the constant of the graph's precision.
func by[T any](g *graph, wide, narrow T) T {
	if g.wide {
		return wide
	}
	return narrow
}

func (g *graph) add(a, b *node) *node     { return g.push(opAdd, a, b) }
func (g *graph) sub(a, b *node) *node     { return g.push(opSub, a, b) }
func (g *graph) mul(a, b *node) *node     { return g.push(opMul, a, b) }
func (g *graph) div(a, b *node) *node     { return g.push(opDiv, a, b) }
func (g *graph) fma(a, b, c *node) *node  { return g.push(opFMA, a, b, c) }
func (g *graph) fnma(a, b, c *node) *node { return g.push(opFNMA, a, b, c) }
func (g *graph) sqrt(a *node) *node       { return g.push(opSqrt, a) }
func (g *graph) min(a, b *node) *node     { return g.push(opMin, a, b) }
func (g *graph) max(a, b *node) *node     { return g.push(opMax, a, b) }
func (g *graph) and(a, b *node) *node     { return g.push(opAnd, a, b) }
func (g *graph) or(a, b *node) *node      { return g.push(opOr, a, b) }
func (g *graph) xor(a, b *node) *node     { return g.push(opXor, a, b) }
func (g *graph) iadd(a, b *node) *node    { return g.push(opIAdd, a, b) }
func (g *graph) bits(a *node) *node       { return g.push(opBits, a) }
func (g *graph) float(a *node) *node      { return g.push(opFloat, a) }
func (g *graph) lt(a, b *node) *node      { return g.push(opLT, a, b) }
func (g *graph) le(a, b *node) *node      { return g.push(opLE, a, b) }
func (g *graph) eq(a, b *node) *node      { return g.push(opEQ, a, b) }
func (g *graph) negative(a *node) *node   { return g.push(opNegative, a) }

func (g *graph) sel(mask, yes, no *node) *node { return g.push(opSelect, mask, yes, no) }

func (g *graph) shl(a *node, by int) *node {
	n := g.push(opShl, a)
	n.imm = by
	return n
}

func (g *graph) shr(a *node, by int) *node {
	n := g.push(opShr, a)
	n.imm = by
	return n
}

// horner evaluates a polynomial, highest coefficient first.
func (g *graph) horner(x *node, coefficients ...float64) *node {
	p := g.f(coefficients[0])
	for _, c := range coefficients[1:] {
		p = g.fma(p, x, g.f(c))
	}
	return p
}

// root sees through changes of view, which cost nothing.
func (n *node) root() *node {
	for n.op == opBits || n.op == opFloat {
		n = n.in[0]
	}
	return n
}

// live drops what no output needs and keeps the order.
func (g *graph) live() []*node {
	need := map[*node]bool{}
	for _, o := range g.outs {
		need[o] = true
	}
	if g.flag != nil {
		need[g.flag] = true
	}
	var keep []*node
	for k := len(g.nodes) - 1; k >= 0; k-- {
		n := g.nodes[k]
		if !need[n] {
			continue
		}
		keep = append(keep, n)
		for _, in := range n.in {
			need[in] = true
		}
	}
	for a, b := 0, len(keep)-1; a < b; a, b = a+1, b-1 {
		keep[a], keep[b] = keep[b], keep[a]
	}
	return keep
}

func (n *node) String() string { return fmt.Sprintf("v%d", n.id) }
