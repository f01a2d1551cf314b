package expr

import "sync"

// A Program computes some nodes of a graph for any number of samples. It is safe for concurrent use; the buffers belong to its machines.
type Program struct {
	graph    *Graph
	outs     []ID
	inputs   []ref // by number; size 0 for one that is not needed
	params   []ref
	consts   []placed
	spread   []move     // uniform values that per-sample operations need in every lane
	code     [3][]instr // by stage
	sums     []ref      // results of BatchSum
	results  []ref      // of outs
	carried  []move     // results that replace inputs at the end of a run
	uniSize  int        // numbers in the area of uniform values
	lanesize int        // numbers per lane in the panel

	planning sync.Mutex
	plans    map[planKey][]part

	free64 pool[float64]
	free32 pool[float32]
}

// A ref is where a value lies: in the panel, once per lane, or in the uniform area, once.
type ref struct {
	uniform bool
	off     int
	size    int
}

type move struct{ from, to ref }

type placed struct {
	at   ref
	data []float64
}

// An instr computes one node.
type instr struct {
	op    Op
	at    ref
	in    []ref
	id    ID
	of    ID   // the node whose operands are read: id, or for an outer BatchSum the product
	outer bool // a BatchSum of a product of values per sample, which is computed as one: the gradient of weights
}

// Compile returns a program that computes outs, after Optimize.
func Compile(g *Graph, outs ...ID) *Program {
	h, moved := g.Optimize(outs...)
	return compile(h, moved, nil)
}

// CompileLoop is Compile for a program that runs again and again on what it has computed: at the end of a run of a machine, the k-th
// result becomes the input of number carry[k]; −1 is for one that does not.
func CompileLoop(g *Graph, carry []int, outs ...ID) *Program {
	h, moved := g.Optimize(outs...)
	return compile(h, moved, carry)
}

// CompileAsWritten returns a program that computes outs node by node as they were traced: the reference for the optimised one.
func CompileAsWritten(g *Graph, outs ...ID) *Program {
	h, moved := g.compact(outs)
	return compile(h, moved, nil)
}

func compile(g *Graph, outs []ID, carry []int) *Program {
	c := &compiler{
		p:     &Program{graph: g, outs: outs},
		g:     g,
		at:    make([]ref, len(g.nodes)),
		root:  make([]ID, len(g.nodes)),
		wide:  map[ID]ref{},
		freed: map[int][]int{},
	}
	c.carries(carry)
	c.liveness()
	for id := range g.nodes {
		c.place(ID(id))
	}
	c.finish()
	return c.p
}

// outerSize is the number of elements in sums of products.
func (p *Program) outerSize() (n int) {
	seen := map[ref]bool{}
	for _, in := range p.code[perSample] {
		if in.outer && !seen[in.at] {
			seen[in.at] = true
			n += in.at.size
		}
	}
	return n
}

// A compiler places the values of a program.
type compiler struct {
	p     *Program
	g     *Graph
	at    []ref
	root  []ID          // the node whose buffer a node uses: itself, except for aliases
	last  []ID          // by root: the node that reads the buffer last
	outer []bool        // products that only a BatchSum reads
	uses  []int         // how often a node is read
	wide  map[ID]ref    // uniform values copied to every lane
	freed map[int][]int // by size: panel offsets that may be used again
	carry map[ID]ID     // by result: the input that it replaces
	kept  map[ID]bool   // inputs that are replaced
	into  map[int]ID    // by number of the result: the input that it replaces
	joins map[ID]ID     // by sum over the batch, or by the addition of two: the sum that it is collected in
}

// carries notes which results replace which inputs.
func (c *compiler) carries(numbers []int) {
	c.carry, c.kept, c.into = map[ID]ID{}, map[ID]bool{}, map[int]ID{}
	inputs := map[int]ID{}
	for id := range c.g.nodes {
		if n := &c.g.nodes[id]; n.Op == Input {
			inputs[n.Attr.I[0]] = ID(id)
		}
	}
	for k, number := range numbers {
		if in, ok := inputs[number]; ok && in != c.p.outs[k] {
			c.carry[c.p.outs[k]], c.kept[in], c.into[k] = in, true, in
		}
	}
}

// forever is the last reader of what must stay: outputs, inputs, and what is copied once before the first panel.
const forever = ID(1<<31 - 1)

// aliases says that a node is its operand under another name.
func aliases(op Op) bool { return op == Reshape || op == StopGradient }

func (c *compiler) liveness() {
	c.findOuter()
	c.joinSums()
	c.last = make([]ID, len(c.g.nodes))
	for id := range c.g.nodes {
		n := &c.g.nodes[id]
		c.root[id] = ID(id)
		if aliases(n.Op) {
			c.root[id] = c.root[n.In[0]]
		}
		for _, in := range c.operands(ID(id)) {
			r := c.root[in]
			c.last[r] = max(c.last[r], ID(id))
		}
		if n.Op == Input && !c.kept[ID(id)] {
			c.last[id] = forever
		}
	}
	for _, o := range c.p.outs {
		c.last[c.root[o]] = forever
	}
}

// findOuter marks the products of values per sample that are summed over the batch and not used otherwise: their sum is one matrix
// product over the lanes, and they themselves, which may be large, are never computed.
func (c *compiler) findOuter() {
	c.outer = make([]bool, len(c.g.nodes))
	uses := make([]int, len(c.g.nodes))
	for _, o := range c.p.outs {
		uses[o]++
	}
	for id := range c.g.nodes {
		for _, in := range c.g.nodes[id].In {
			uses[in]++
		}
	}
	c.uses = uses
	for id := range c.g.nodes {
		n := &c.g.nodes[id]
		if n.Op != BatchSum {
			continue
		}
		if m := &c.g.nodes[n.In[0]]; m.Op == MatMul && uses[n.In[0]] == 1 && c.perSample(m.In[0]) && c.perSample(m.In[1]) {
			c.outer[n.In[0]] = true
		}
	}
}

// joinSums finds sums over the batch that are only there to be added to each other, as those of data and of what they are contrasted with:
// they are collected in one place.
func (c *compiler) joinSums() {
	c.joins = map[ID]ID{}
	for i := range c.g.nodes {
		id, n := ID(i), &c.g.nodes[i]
		if n.Op == BatchSum {
			c.joins[id] = id
		}
		if n.Op != Add || n.stage != after || c.g.Shape(n.In[0]).Size() != c.g.Shape(n.In[1]).Size() {
			continue
		}
		a, here := c.joins[n.In[0]]
		b, there := c.joins[n.In[1]]
		if !here || !there || a == b || c.uses[n.In[0]] != 1 || c.uses[n.In[1]] != 1 || c.summand(a) != c.summand(b) {
			continue
		}
		first, last := min(a, b), max(a, b)
		for other, to := range c.joins {
			if to == last {
				c.joins[other] = first
			}
		}
		c.joins[id] = first
	}
}

// summand says that what a sum adds up is a product.
func (c *compiler) summand(sum ID) bool { return c.outer[c.g.nodes[sum].In[0]] }

func (c *compiler) perSample(id ID) bool { return c.g.nodes[id].stage == perSample }

// operands are the nodes that the instruction of a node reads.
func (c *compiler) operands(id ID) []ID {
	n := &c.g.nodes[id]
	if n.Op == BatchSum && c.outer[n.In[0]] {
		return c.g.nodes[n.In[0]].In
	}
	return n.In
}

// place finds room for a node and emits its instruction.
func (c *compiler) place(id ID) {
	n := &c.g.nodes[id]
	size := n.Shape.Size()
	switch {
	case c.outer[id]:
		return
	case aliases(n.Op):
		c.at[id] = c.at[n.In[0]]
		return
	case n.Op == Add && c.joined(id):
		c.at[id] = c.at[c.joins[id]]
		return
	case n.Op == Input:
		c.at[id] = c.panel(size)
		c.p.inputs = put(c.p.inputs, n.Attr.I[0], c.at[id])
		return
	case n.Op == Param:
		c.at[id] = c.uniform(size)
		c.p.params = put(c.p.params, n.Attr.I[0], c.at[id])
		return
	case n.Op == Const:
		c.at[id] = c.uniform(size)
		c.p.consts = append(c.p.consts, placed{c.at[id], n.Data})
		return
	}
	operands := c.operands(id)
	in := make([]ref, len(operands))
	for i, o := range operands {
		in[i] = c.operand(n, i, o)
	}
	if n.Op == BatchSum && c.joins[id] != id {
		c.at[id] = c.at[c.joins[id]]
		c.release(id, operands)
	} else {
		c.at[id] = c.result(id, n, operands)
	}
	st := n.stage
	if n.Op == BatchSum { // it adds up while the panels run
		st = perSample
		if c.joins[id] == id {
			c.p.sums = append(c.p.sums, c.at[id])
		}
	}
	ins := instr{op: n.Op, at: c.at[id], in: in, id: id, of: id}
	if n.Op == BatchSum && c.outer[n.In[0]] {
		ins.of, ins.outer = n.In[0], true
	}
	c.p.code[st] = append(c.p.code[st], ins)
}

func (c *compiler) joined(id ID) bool { _, ok := c.joins[id]; return ok }

// operand is where a node reads its i-th operand. Uniform values are copied to every lane for operations that have no kernel which
// repeats them.
func (c *compiler) operand(n *Node, i int, o ID) ref {
	r := c.at[o]
	if r.uniform && (n.stage == perSample || n.Op == BatchSum) && !repeats(n.Op, i) {
		return c.widen(o)
	}
	return r
}

// widen returns a copy of a uniform value in every lane, made once for all its users.
func (c *compiler) widen(o ID) ref {
	o = c.root[o]
	r, ok := c.wide[o]
	if !ok {
		r = c.panel(c.at[o].size)
		c.wide[o] = r
		c.p.spread = append(c.p.spread, move{c.at[o], r})
	}
	return r
}

// result allocates the buffer of a node and gives back those that it reads last. An elementwise result may take the place of a
// dying operand.
func (c *compiler) result(id ID, n *Node, operands []ID) ref {
	size := n.Shape.Size()
	if n.Op == BatchSum {
		c.release(id, operands)
	}
	if n.Uniform() {
		return c.uniform(size)
	}
	if c.g.ops[n.Op].elementwise {
		c.release(id, operands)
		if in, ok := c.carry[id]; ok && c.last[in] <= id {
			return c.at[in] // nobody reads it any more
		}
		return c.take(size)
	}
	r := c.take(size)
	c.release(id, operands)
	return r
}

func (c *compiler) release(id ID, operands []ID) {
	for i, o := range operands {
		root := c.root[o]
		if r := c.at[root]; !r.uniform && c.last[root] == id && !c.kept[root] && !repeated(operands[:i], root, c.root) {
			c.freed[r.size] = append(c.freed[r.size], r.off)
		}
	}
}

// repeated says that one of ids shares its buffer with root.
func repeated(ids []ID, root ID, roots []ID) bool {
	for _, id := range ids {
		if roots[id] == root {
			return true
		}
	}
	return false
}

func (c *compiler) take(size int) ref {
	if free := c.freed[size]; len(free) > 0 {
		c.freed[size] = free[:len(free)-1]
		return ref{off: free[len(free)-1], size: size}
	}
	return c.panel(size)
}

func (c *compiler) panel(size int) ref {
	r := ref{off: c.p.lanesize, size: size}
	c.p.lanesize += size
	return r
}

func (c *compiler) uniform(size int) ref {
	r := ref{uniform: true, off: c.p.uniSize, size: size}
	c.p.uniSize += size
	return r
}

// finish records where the results are: those that are uniform before the batch are read per sample like all others.
func (c *compiler) finish() {
	var replaced []move
	for k, o := range c.p.outs {
		r := c.at[o]
		if c.g.nodes[o].stage == before {
			r = c.widen(o)
		}
		if root := c.root[o]; c.kept[root] { // an input that is replaced: what it was is saved first
			was := c.panel(r.size)
			c.p.carried = append(c.p.carried, move{r, was})
			r = was
		}
		c.p.results = append(c.p.results, r)
		if in, ok := c.into[k]; ok && r != c.at[in] {
			replaced = append(replaced, move{r, c.at[in]})
		}
	}
	c.p.carried = append(c.p.carried, replaced...)
}

func put(refs []ref, k int, r ref) []ref {
	for len(refs) <= k {
		refs = append(refs, ref{})
	}
	refs[k] = r
	return refs
}

// newFrame binds what does not depend on buffers.
func newFrame(op Op, attr Attr, out Shape, in []Shape, lanes int) *frame {
	f := &frame{lanes: lanes, attr: attr, in: make([][]float64, len(in)), size: make([]int, len(in))}
	for i, s := range in {
		f.size[i] = s.Size()
	}
	if len(in) > 0 {
		f.shape = in[0]
	}
	switch op {
	case MatMul:
		k := in[0].Dim[1]
		if attr.I[0] == 1 {
			k = in[0].Dim[0]
		}
		f.outer, f.n, f.inner = out.Dim[0], k, out.Dim[1]
	case Broadcast, Concat:
		f.outer, f.n, f.inner = out.around(attr.I[0])
	case Sum, Max, LogSumExp, Softmax, OneHot, Slice, Pad:
		f.outer, f.n, f.inner = in[0].around(attr.I[0])
	case Transpose:
		f.outer, f.n, f.inner = in[0].around(0)
	}
	return f
}
