package expr

import "joule/ebm/simd"

// Data are often mostly zero: bits, words of a text, one of many. A product of weights with an input needs only the rows of weights at what
// is not zero, and so does the gradient of these weights. Whether it is done so depends on the panel alone, and the result is that of
// the dense product bit for bit (see simd.Sparse), so it shows in the time only.

const (
	// fewest is the number of sums, and of terms in each, from which on it can pay to look for zeros.
	fewest = 32
	// scarce is the part of the numbers, one in so many, up to which the sparse product is the faster one.
	scarce = 5
)

// A sparse is what is not zero in a value of the panel.
type sparse[T simd.Float] struct {
	numbers simd.Sparse[T]
	run     int // of the machine, for which it was read
	few     bool
}

// given says that a node is an input or a part of one, and returns the node that its buffer is named after. What is computed from inputs is
// hardly ever zero, and so is not searched.
func (b binder[T]) given(i int) (root ID, ok bool) {
	g := b.p.graph
	id := g.nodes[b.of].In[i]
	for aliases(g.nodes[id].Op) {
		id = g.nodes[id].In[0]
	}
	root = id
	for aliases(g.nodes[id].Op) || g.nodes[id].Op == Slice {
		id = g.nodes[id].In[0]
	}
	return root, g.nodes[id].Op == Input
}

// searched returns a function that returns what is not zero in the i-th operand, k rows of lanes, or nil where that is too much. It is
// nil itself if the operand is none to search: sums is the number of them that it enters.
func (b binder[T]) searched(i, k, sums int) func() *simd.Sparse[T] {
	root, ok := b.given(i)
	if !ok || k < fewest || sums < fewest || b.lanes != b.machine.lanes {
		return nil
	}
	s := b.sparse[root]
	if s == nil {
		s = &sparse[T]{}
		b.sparse[root] = s
	}
	m, x := b.machine, b.buffer(b.in[i])
	return func() *simd.Sparse[T] {
		if s.run != m.runs {
			s.run = m.runs
			s.few = s.numbers.Read(x, k, m.active, m.lanes, k*m.active/scarce)
		}
		if !s.few {
			return nil
		}
		return &s.numbers
	}
}

// finite returns a function that says whether weights are, once for all panels between two calls of Begin.
func (b binder[T]) finite(weights []T) func() bool {
	m, batch, ok := b.machine, -1, false
	work := make([]T, simd.FiniteWork)
	return func() bool {
		if batch != m.batches {
			batch, ok = m.batches, m.set.Finite(weights, work)
		}
		return ok
	}
}

// sparseProduct returns dense, or where the i-th operand is an input and the columns of weights are contiguous, ld apart, a step that does
// without it if it can: dst, of m rows of lanes, is weights times the operand, of k rows.
func (b binder[T]) sparseProduct(dst []T, m, k int, weights []T, contiguous bool, ld, i int, dense step) step {
	var few func() *simd.Sparse[T]
	if contiguous {
		few = b.searched(i, k, m)
	}
	if few == nil {
		return dense
	}
	finite, L := b.finite(weights), b.machine.lanes
	work := b.scratch(m * L)
	return func() {
		if x := few(); x != nil && finite() {
			b.set.MulSparse(dst, m, weights, ld, x, L, work())
			return
		}
		dense()
	}
}
