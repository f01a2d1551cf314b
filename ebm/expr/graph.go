package expr

import "math"

// An ID names a node of a graph. Nodes are added after their operands, so the order of IDs is an order of evaluation.
type ID int32

// None is the ID of no node; as a gradient it means zero.
const None ID = -1

// An Attr holds the constants of an operation; the comments in the table of operations say which.
type Attr struct {
	F    float64
	I    [6]int
	Host *Host

	Index *Index
}

// A stage says when a value is known: before the batch is seen, per sample, or after the whole batch has been summed.
type stage uint8

const (
	before stage = iota
	perSample
	after
)

// A Node is one value of a graph.
type Node struct {
	Op    Op
	In    []ID
	Attr  Attr
	Shape Shape
	Data  []float64 // of a constant: Shape.Size() numbers, not to be changed
	Name  string    // of a parameter
	stage stage
}

// Uniform says that the value is the same for every sample: it depends on constants and parameters only, or is a sum over the
// batch.
func (n *Node) Uniform() bool { return n.stage != perSample }

// Summed says that the value is known only after the whole batch: it depends on a sum over it.
func (n *Node) Summed() bool { return n.stage == after }

// A Graph is a growing list of nodes. It is not safe for concurrent use.
type Graph struct {
	nodes []Node
	// ops is the table of operations. It is reached through the graph because the gradients in the table build nodes themselves,
	// and Go allows no variable whose initialisation refers to itself.
	ops *[numOps]rule
}

// New returns an empty graph.
func New() *Graph { return &Graph{ops: &table} }

// Node returns the node of an ID.
func (g *Graph) Node(id ID) Node { return g.nodes[id] }

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Shape returns the shape of a node.
func (g *Graph) Shape(id ID) Shape { return g.nodes[id].Shape }

// Input adds the k-th per-sample input.
func (g *Graph) Input(k int, s Shape) ID {
	return g.push(Node{Op: Input, Attr: Attr{I: [6]int{k}}, Shape: s, stage: perSample})
}

// Param adds a parameter: a value that is the same for all samples and may change between runs. Programs number their parameters
// in the order of k.
func (g *Graph) Param(k int, name string, s Shape) ID {
	return g.push(Node{Op: Param, Attr: Attr{I: [6]int{k}}, Shape: s, Name: name})
}

// Const adds a constant with its elements in row-major order. The graph keeps data.
func (g *Graph) Const(s Shape, data []float64) ID {
	if len(data) != s.Size() {
		Fail("Const", "%d numbers for %v", len(data), s)
	}
	return g.push(Node{Op: Const, Shape: s, Data: data})
}

// Number adds a scalar constant.
func (g *Graph) Number(v float64) ID { return g.Const(Scalar(), []float64{v}) }

// Apply adds a node of the operation after checking the shapes of its operands.
func (g *Graph) Apply(op Op, attr Attr, in ...ID) ID {
	r := &g.ops[op]
	if r.arity >= 0 && len(in) != r.arity {
		Fail(r.name, "%d operands for %d", len(in), r.arity)
	}
	shapes := make([]Shape, len(in))
	st := before
	if op == BatchSum {
		st = after
	}
	for i, id := range in {
		n := &g.nodes[id]
		shapes[i] = n.Shape
		if op == BatchSum && n.stage == after {
			Fail(r.name, "the operand is already summed over the batch")
		}
		if op != BatchSum {
			st = g.join(r, st, n)
		}
	}
	s, msg := r.shape(shapes, attr)
	if msg != "" {
		Fail(r.name, "%s", msg)
	}
	return g.push(Node{Op: op, In: append([]ID(nil), in...), Attr: attr, Shape: s, stage: st})
}

// join is the stage of a value that needs one of stage st and the operand n.
func (g *Graph) join(r *rule, st stage, n *Node) stage {
	if st == perSample && n.stage == after || st == after && n.stage == perSample {
		Fail(r.name, "a value per sample cannot be combined with a sum over the batch")
	}
	return max(st, n.stage)
}

func (g *Graph) push(n Node) ID {
	if len(g.nodes) == math.MaxInt32 {
		Fail(g.ops[n.Op].name, "the graph is full")
	}
	g.nodes = append(g.nodes, n)
	return ID(len(g.nodes) - 1)
}

// Copy adds to g the part of another graph that out depends on, with its k-th input replaced by in[k], and returns the copy of
// out. Parameters keep their numbers.
func (g *Graph) Copy(from *Graph, out ID, in ...ID) ID {
	return g.CopyWith(from, out, in, func(n Node) ID { return g.push(n) })
}

// CopyWith is Copy with the parameters replaced, too: param returns what stands in g for a parameter of the other graph.
func (g *Graph) CopyWith(from *Graph, out ID, in []ID, param func(n Node) ID) ID {
	to := make(map[ID]ID)
	for _, id := range from.reachable(out) {
		n := from.nodes[id]
		switch n.Op {
		case Input:
			to[id] = in[n.Attr.I[0]]
			continue
		case Param:
			to[id] = param(n)
			continue
		}
		if len(n.In) == 0 {
			to[id] = g.push(n)
			continue
		}
		operands := make([]ID, len(n.In))
		for i, o := range n.In {
			operands[i] = to[o]
		}
		to[id] = g.Apply(n.Op, n.Attr, operands...)
	}
	return to[out]
}

// reachable lists the nodes that outs depend on, operands first.
func (g *Graph) reachable(outs ...ID) []ID {
	seen := make([]bool, len(g.nodes))
	for _, o := range outs {
		seen[o] = true
	}
	var ids []ID
	for id := ID(len(g.nodes) - 1); id >= 0; id-- {
		if !seen[id] {
			continue
		}
		ids = append(ids, id)
		for _, in := range g.nodes[id].In {
			seen[in] = true
		}
	}
	for i, j := 0, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}
