package expr

import (
	bin "encoding/binary"
	"math"
)

// Optimize returns a graph that computes outs with fewer nodes, and the IDs of outs in it. It is one walk from the operands up:
// each needed node (so dead code is never visited) is rebuilt from operands that are already simplified, through a chain that
// folds constants, applies the algebra of simplify.go, and shares equal nodes.
//
// Values change by rounding only, except that the sign of a zero may, and that products of constants are regrouped, which matters
// only at the ends of the range of numbers. StopGradient disappears, so differentiate before.
func (g *Graph) Optimize(outs ...ID) (*Graph, []ID) {
	r := &rewriter{g: New(), known: map[key]ID{}}
	to := make(map[ID]ID)
	for _, id := range g.reachable(outs...) {
		n := g.nodes[id]
		in := make([]ID, len(n.In))
		for i, o := range n.In {
			in[i] = to[o]
		}
		to[id] = r.rebuild(n, in)
	}
	res := make([]ID, len(outs))
	for i, o := range outs {
		res[i] = to[o]
	}
	h, moved := r.g.compact(res)
	return h, moved
}

// compact drops what simplification left behind.
func (g *Graph) compact(outs []ID) (*Graph, []ID) {
	h, to := New(), make(map[ID]ID)
	for _, id := range g.reachable(outs...) {
		n := g.nodes[id]
		in := make([]ID, len(n.In))
		for i, o := range n.In {
			in[i] = to[o]
		}
		n.In = in
		to[id] = h.push(n)
	}
	res := make([]ID, len(outs))
	for i, o := range outs {
		res[i] = to[o]
	}
	return h, res
}

// A rewriter builds the simplified graph.
type rewriter struct {
	g     *Graph
	known map[key]ID
}

// A key tells equal nodes: same operation, constants, operands and data.
type key struct {
	op     Op
	attr   Attr
	shape  Shape
	in     string
	data   string
	memory *float64
}

func (r *rewriter) rebuild(n Node, in []ID) ID {
	switch n.Op {
	case Input, Param, Const:
		return r.share(n)
	case StopGradient:
		return in[0]
	}
	return r.add(n.Op, n.Attr, in...)
}

// add is Apply with simplification.
func (r *rewriter) add(op Op, attr Attr, in ...ID) ID {
	if id, ok := r.fold(op, attr, in); ok {
		return id
	}
	if id, ok := r.simplify(op, attr, in); ok && r.shape(id) == r.result(op, attr, in) {
		return id // a rule may drop the operand that gives the result its shape: then it does not apply
	}
	if commutes(op) && in[0] > in[1] {
		in = []ID{in[1], in[0]} // so that a+b and b+a are one node
	}
	k := key{op: op, attr: attr, in: bytesOf(in)}
	if id, ok := r.known[k]; ok {
		return id
	}
	id := r.g.Apply(op, attr, in...)
	r.known[k] = id
	return id
}

// result is the shape that Apply would give.
func (r *rewriter) result(op Op, attr Attr, in []ID) Shape {
	shapes := make([]Shape, len(in))
	for i, id := range in {
		shapes[i] = r.shape(id)
	}
	s, _ := r.g.ops[op].shape(shapes, attr)
	return s
}

func commutes(op Op) bool { return op == Add || op == Mul }

// share returns the one leaf that is equal to n.
func (r *rewriter) share(n Node) ID {
	k := key{op: n.Op, attr: n.Attr, shape: n.Shape}
	if n.Op == Const {
		k.identify(n.Data)
	}
	if id, ok := r.known[k]; ok {
		return id
	}
	id := r.g.push(n)
	r.known[k] = id
	return id
}

// constant adds a constant of the same number everywhere.
func (r *rewriter) constant(s Shape, v float64) ID {
	data := make([]float64, s.Size())
	for i := range data {
		data[i] = v
	}
	return r.share(Node{Op: Const, Shape: s, Data: data})
}

// bytesOf packs operands so that they can be part of a key.
func bytesOf(ids []ID) string {
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = bin.LittleEndian.AppendUint32(b, uint32(id))
	}
	return string(b)
}

// identify sets the part of a key that tells constants apart: small ones by content, bit for bit; large ones by their memory,
// which is enough for weights that the person uses twice.
func (k *key) identify(data []float64) {
	if len(data) > 64 {
		k.memory = &data[0]
		return
	}
	b := make([]byte, 0, 8*len(data))
	for _, v := range data {
		b = bin.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	k.data = string(b)
}

// maxFold bounds the size of a constant that folding makes: a broadcast of one number is better done at run time.
const maxFold = 4096

// fold computes a node whose operands are all constants.
func (r *rewriter) fold(op Op, attr Attr, in []ID) (ID, bool) {
	k := r.g.ops[op].value
	if k == nil || attr.Host != nil { // what a plain function says may change
		return None, false
	}
	shapes := make([]Shape, len(in))
	for i, id := range in {
		n := &r.g.nodes[id]
		if n.Op != Const {
			return None, false
		}
		shapes[i] = n.Shape
	}
	s, msg := r.g.ops[op].shape(shapes, attr)
	if msg != "" || s.Size() > maxFold {
		return None, false
	}
	f := newFrame(op, attr, s, shapes, 1)
	f.dst = make([]float64, s.Size())
	f.work = make([]float64, 1)
	for i, id := range in {
		f.in[i] = r.g.nodes[id].Data
		if i < len(f.flat) {
			f.flat[i] = true
		}
	}
	k(f)
	return r.share(Node{Op: Const, Shape: s, Data: f.dst}), true
}

// number reports the value of a constant whose elements are all equal.
func (r *rewriter) number(id ID) (v float64, ok bool) {
	n := &r.g.nodes[id]
	if n.Op != Const || len(n.Data) == 0 {
		return 0, false
	}
	for _, w := range n.Data[1:] {
		if w != n.Data[0] {
			return 0, false
		}
	}
	return n.Data[0], !math.IsNaN(n.Data[0])
}
