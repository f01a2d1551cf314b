package expr

import "fmt"

// An Index is a list of places, for Gather and Scatter. It is not to be changed.
type Index []int

func indexed(a Attr, places int) string {
	if a.Index == nil || len(*a.Index) == 0 {
		return "no indices"
	}
	for _, i := range *a.Index {
		if i < 0 || i >= places {
			return fmt.Sprintf("no %d in %d", i, places)
		}
	}
	return ""
}

func gathered(in []Shape, a Attr) (Shape, string) {
	s := in[0]
	if s.Rank == 0 {
		return s, "a scalar has no elements to choose from"
	}
	if msg := indexed(a, s.Dim[0]); msg != "" {
		return s, msg
	}
	return s.set(0, len(*a.Index)), ""
}

func scattered(in []Shape, a Attr) (Shape, string) {
	s, places := in[0], a.I[0]
	if msg := indexed(a, places); msg != "" {
		return s, msg
	}
	if s.Rank == 0 || s.Dim[0] != len(*a.Index) {
		return s, fmt.Sprintf("%d indices for %v", len(*a.Index), s)
	}
	return s.set(0, places), ""
}

// places are the numbers of a panel that belong to one index.
func (f *frame) places() int { return f.size[0] / f.shape.Dim[0] * f.lanes }

func gather(f *frame) { gatherRows(f.dst, f.in[0], *f.attr.Index, f.places()) }

func scatter(f *frame) {
	n := f.places()
	clear(f.dst)
	for k, i := range *f.attr.Index {
		d := f.dst[i*n : (i+1)*n]
		add(d, d, f.in[0][k*n:])
	}
}

func gatherRows[T any](dst, src []T, index []int, n int) {
	for k, i := range index {
		copy(dst[k*n:(k+1)*n], src[i*n:])
	}
}

func vjpGather(g *Graph, n Node, _, ct ID) []ID {
	a := n.Attr
	a.I[0] = g.Shape(n.In[0]).Dim[0]
	return []ID{g.Apply(Scatter, a, ct)}
}

func vjpScatter(g *Graph, n Node, _, ct ID) []ID {
	return []ID{g.Apply(Gather, Attr{Index: n.Attr.Index}, ct)}
}

// Gather chooses elements of a vector, rows of a matrix or channels of an image, in any order and as often as is wanted.
func (g *Graph) Gather(a ID, index []int) ID {
	list := append(Index(nil), index...)
	return g.Apply(Gather, Attr{Index: &list}, a)
}

// Diag is the diagonal of a square matrix, and the diagonal matrix of a vector.
func (g *Graph) Diag(a ID) ID {
	s := g.Shape(a)
	if s.Rank != 1 && squareMatrix(s) != "" {
		Fail("Diag", "needs a vector or a square matrix, not %v", s)
	}
	n := s.Dim[0]
	list := make(Index, n)
	for i := range list {
		list[i] = i * (n + 1)
	}
	if s.Rank == 2 {
		return g.Apply(Gather, Attr{Index: &list}, g.Flat(a))
	}
	return g.Reshape(g.Apply(Scatter, Attr{I: [6]int{n * n}, Index: &list}, a), Matrix(n, n))
}
