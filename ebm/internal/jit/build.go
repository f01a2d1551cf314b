package jit

import "math"

// An opcode is an operation on every lane of a vector.
type opcode uint8

const (
	opRow     opcode = iota // a row of the panel: one that moves with the loop
	opFixed                 // a row that does not
	opMoving                // a number of the uniform area, the next one for each row of the loop
	opUniform               // one that is the same for all rows
	opConst                 // bits in every lane
	opCopy                  // a row of the panel as it was at the beginning

	opAdd // floats
	opSub
	opMul
	opDiv
	opFMA  // a·b + c, rounded once
	opFNMA // c − a·b, rounded once
	opSqrt
	opMin // a where a < b, else b
	opMax // a where a > b, else b

	opAnd // integers of the width of a lane
	opOr
	opXor
	opShl
	opShr
	opIAdd

	opLT // masks; false where an operand is NaN
	opLE
	opEQ
	opSelect // in[0] ? in[1] : in[2]
)

// operands is how many operands an operation has.
func (op opcode) operands() int {
	switch {
	case op <= opConst:
		return 0
	case op == opCopy, op == opSqrt, op == opShl, op == opShr:
		return 1
	case op == opFMA, op == opFNMA, op == opSelect:
		return 3
	}
	return 2
}

func (op opcode) mask() bool { return op >= opLT && op <= opEQ }

// leaf says that a value lies in memory and can be read again.
func (op opcode) leaf() bool { return op <= opConst }

// A formula is an elementwise function: its steps refer to the arguments and then to the steps before them.
type formula struct {
	args  int
	steps []step
}

type step struct {
	op   opcode
	in   [3]int16
	bits uint64
}

// A Value is a number per lane: an index into the nodes of a Builder.
type Value int32

const none Value = -1

type node struct {
	op   opcode
	in   [3]Value
	bits uint64 // of a constant; the distance of a shift; the place of a leaf, in numbers or rows
}

type store struct {
	row   int
	value Value
}

// A Builder collects what is to be computed. Equal values are one.
type Builder struct {
	wide     bool
	formulas map[string]formula
	nodes    []node
	known    []Value // by hash of the node, or the next place that is free; none where there is nothing
	stores   []store
}

// NewBuilder returns a builder for float64 or float32.
func NewBuilder(wide bool) *Builder {
	b := &Builder{wide: wide, formulas: formulas32, known: table(256)}
	if wide {
		b.formulas = formulas64
	}
	return b
}

// Steps is how many values a function of a name makes; 0: there is none.
func Steps(name string) int { return len(formulas32[name].steps) }

// Len is the number of values so far.
func (b *Builder) Len() int { return len(b.nodes) }

// Row is a row of the panel. In the k-th row of a loop it is the one k rows on.
func (b *Builder) Row(row int) Value { return b.add(node{op: opRow, bits: uint64(row)}) }

// Fixed is a row of the panel that is the same for all rows of a loop.
func (b *Builder) Fixed(row int) Value { return b.add(node{op: opFixed, bits: uint64(row)}) }

// Moving is the number at a place of the uniform area; in the k-th row of a loop, k places on.
func (b *Builder) Moving(place int) Value { return b.add(node{op: opMoving, bits: uint64(place)}) }

// Uniform is the number at a place of the uniform area.
func (b *Builder) Uniform(place int) Value { return b.add(node{op: opUniform, bits: uint64(place)}) }

// Number is a constant.
func (b *Builder) Number(v float64) Value {
	bits := math.Float64bits(v)
	if !b.wide {
		bits = uint64(math.Float32bits(float32(v)))
	}
	return b.add(node{op: opConst, bits: bits})
}

// Apply is the function of a name, as package simd has it.
func (b *Builder) Apply(name string, args ...Value) Value {
	f := b.formulas[name]
	var buf [64]Value
	at := append(buf[:0], args...)
	for _, s := range f.steps {
		n := node{op: s.op, bits: s.bits}
		for k := range s.op.operands() {
			n.in[k] = at[s.in[k]]
		}
		at = append(at, b.add(n))
	}
	return at[len(at)-1]
}

// Zeroed is 0 where v is −Inf, or with both also where it is +Inf, and v elsewhere.
func (b *Builder) Zeroed(v Value, both bool) Value {
	size, limit := v, b.Number(math.Inf(-1))
	if both {
		size, limit = b.Apply("Abs", v), b.Number(math.Inf(1))
	}
	infinite := b.add(node{op: opEQ, in: [3]Value{size, limit}})
	return b.add(node{op: opSelect, in: [3]Value{infinite, b.Number(0), v}})
}

// Store writes a value to a row of the panel; in the k-th row of a loop, k rows on. A row is stored to once.
func (b *Builder) Store(row int, v Value) { b.stores = append(b.stores, store{row, v}) }

func (b *Builder) add(n node) Value {
	at := b.find(n)
	if v := b.known[at]; v != none {
		return v
	}
	b.nodes = append(b.nodes, n)
	v := Value(len(b.nodes) - 1)
	b.known[at] = v
	if 2*len(b.nodes) > len(b.known) {
		b.known = table(2 * len(b.known))
		for v, n := range b.nodes {
			b.known[b.find(n)] = Value(v)
		}
	}
	return v
}

// table is an empty table of known nodes; n is a power of two.
func table(n int) []Value {
	t := make([]Value, n)
	for i := range t {
		t[i] = none
	}
	return t
}

// find returns the place in the table where a node is, or would be.
func (b *Builder) find(n node) int {
	h := n.bits*0x9E3779B97F4A7C15 + uint64(n.op)
	for _, in := range n.in {
		h = (h ^ h>>29 ^ uint64(in)) * 0xBF58476D1CE4E5B9
	}
	mask := len(b.known) - 1
	at := int(h>>32) & mask
	for b.known[at] != none && b.nodes[b.known[at]] != n {
		at = (at + 1) & mask
	}
	return at
}
