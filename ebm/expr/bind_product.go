package expr

import (
	"runtime"
	"sync/atomic"

	"joule/ebm/simd"
)

// Short names for the kernels that steps are composed of.
const (
	simdAdd   = simd.Add
	simdSub   = simd.Sub
	simdMul   = simd.Mul
	simdExp   = simd.Exp
	simdLog   = simd.Log
	simdRecip = simd.Recip
)

// rowsOf is an operand of rows some numbers apart.
func rowsOf[T simd.Float](data []T, stride int) simd.Rows[T] {
	return simd.Rows[T]{Data: data, Stride: stride}
}

// A factor is an operand of a product: element (i, j) of the matrix, after transposition, lies at i·row + j·col elements.
type factor[T simd.Float] struct {
	data     []T
	row, col int
	uniform  bool
}

func (b binder[T]) factors() (x, y factor[T], m, k, n int) {
	attr := b.p.graph.nodes[b.of].Attr
	s, t := b.shape(0), b.shape(1)
	x = factor[T]{b.buffer(b.in[0]), s.Dim[1], 1, b.in[0].uniform}
	y = factor[T]{b.buffer(b.in[1]), t.Dim[1], 1, b.in[1].uniform}
	m, k, n = s.Dim[0], s.Dim[1], t.Dim[1]
	if attr.I[0] == 1 {
		x.row, x.col = 1, s.Dim[1]
		m, k = k, m
	}
	if attr.I[1] == 1 {
		y.row, y.col = 1, t.Dim[1]
		n = t.Dim[0]
	}
	return x, y, m, k, n
}

// product is a matrix product per lane. A panel of rows is what the kernel multiplies with a matrix of single numbers, so weights,
// which all samples share, are read where they are, transposed or not.
func (b binder[T]) product() step {
	x, y, m, k, n := b.factors()
	dst, L := b.buffer(b.at), b.lanes
	switch {
	case x.uniform && y.uniform:
		return nil
	case x.uniform && y.col == 1: // all columns at once
		dense := func() { b.matMul(dst, m, n*L, k, x.data, x.row, x.col, y.data, y.row*L, n*L, false) }
		if n > 1 {
			return dense
		}
		return b.sparseProduct(dst, m, k, x.data, x.row == 1, x.col, 1, dense)
	case x.uniform:
		return func() {
			for j := range n {
				b.matMul(dst[j*L:], m, L, k, x.data, x.row, x.col, y.data[j*y.col*L:], y.row*L, n*L, false)
			}
		}
	case y.uniform && m == 1:
		dense := func() { b.matMul(dst, n, L, k, y.data, y.col, y.row, x.data, x.col*L, L, false) }
		return b.sparseProduct(dst, n, k, y.data, y.col == 1, y.row, 0, dense)
	case y.uniform: // row i is the product of the transpose with row i
		return func() {
			for i := range m {
				b.matMul(dst[i*n*L:], n, L, k, y.data, y.col, y.row, x.data[i*x.row*L:], x.col*L, L, false)
			}
		}
	}
	return func() {
		for i := range m {
			for j := range n {
				at := (i*n + j) * L
				b.set.DotRows(dst[at:at+L], x.data[i*x.row*L:], y.data[j*y.col*L:], k, x.col*L, y.row*L)
			}
		}
	}
}

// batchSum adds the active lanes of a panel to a total.
func (b binder[T]) batchSum() step {
	t := b.total()
	if b.outer {
		return b.outerSum(t)
	}
	src, L := b.buffer(b.in[0]), b.machine.lanes
	work := b.scratch(len(t.at))
	return func() {
		w := work()
		b.set.SumLanes(w, src, b.active, L)
		for e, v := range w {
			t.acc[e] += float64(v)
		}
	}
}

// total is where a sum is collected; several may share it.
func (b binder[T]) total() *total[T] {
	at := b.buffer(b.at)
	for _, t := range b.sums {
		if &t.at[0] == &at[0] {
			return t
		}
	}
	t := &total[T]{at: at, outer: b.outer}
	if !b.outer {
		t.acc = make([]float64, len(at))
	}
	b.sums = append(b.sums, t)
	return t
}

// outerSum adds the product of two values per sample, over all active lanes, as one product of matrices: lanes are what is summed
// over. For that the second operand is transposed to a row per lane.
func (b binder[T]) outerSum(t *total[T]) step {
	x, y, m, k, n := b.factors()
	L := b.machine.lanes
	if k > 1 && x.col == 1 && y.row == 1 { // the elements that are summed over lie together, like lanes
		work := b.scratch(n * k * L)
		return func() {
			if b.active < L { // lanes that hold no sample must count as zeros
				b.idle(x.data)
				b.idle(y.data)
			}
			w := work()
			b.set.Transpose(w, n, y.data, n, k*L, y.col*L)
			b.matMul(t.at, m, n, k*L, x.data, x.row*L, 1, w, n, n, true)
		}
	}
	work := b.scratch(n * L)
	sums := make([]T, simd.FiniteWork)
	var few func() *simd.Sparse[T]
	if k == 1 {
		few = b.searched(0, m, n)
	}
	return func() {
		w := work()
		if few != nil {
			if z := few(); z != nil {
				b.set.Transpose(w, n, y.data, n, b.active, y.col*L)
				if b.set.Finite(w[:n*b.active], sums) {
					b.set.AddSparse(t.at, n, z, w, n, n)
					return
				}
			}
		}
		for p := range k {
			b.set.Transpose(w, n, y.data[p*y.row*L:], n, b.active, y.col*L)
			b.matMul(t.at, m, n, b.active, x.data[p*x.col*L:], x.row*L, 1, w, n, n, true)
		}
	}
}

// idle clears the lanes that hold no sample. Nobody reads them.
func (b binder[T]) idle(rows []T) {
	for at := 0; at < len(rows); at += b.machine.lanes {
		clear(rows[at+b.active : at+b.machine.lanes])
	}
}

// sharing is the number of multiplications from which on a product is worth several hands.
const sharing = 1 << 23

// matMul is simd's, shared out row by row where it is large and nobody else is working. The result is the same.
func (m *machine[T]) matMul(dst []T, rows, n, k int, a []T, ars, acs int, c []T, ldb, ldc int, add bool) {
	const least = 28 // rows
	hands := min(runtime.GOMAXPROCS(0), rows/least)
	if !m.alone || hands < 2 || rows*n*k < sharing {
		m.set.MatMul(dst, rows, n, k, a, ars, acs, c, ldb, ldc, add)
		return
	}
	parts := 2 * hands
	var next atomic.Int64
	Parallel(hands, func() {
		flushed[T](func() {
			for p := int(next.Add(1)) - 1; p < parts; p = int(next.Add(1)) - 1 {
				lo, hi := p*rows/parts, (p+1)*rows/parts
				m.set.MatMul(dst[lo*ldc:], hi-lo, n, k, a[lo*ars:], ars, acs, c, ldb, ldc, add)
			}
		})
	})
}
