package simd

import "slices"

// A Sparse is a matrix of which most numbers are zero, by those that are not: bits, words of a text, one of many. A product with it needs
// only these. Where nothing is infinite or NaN, products are those of MatMul to the bit (but for the sign of a zero): a term that is
// zero does not change a sum, and the others are added in the same order. With such numbers they are not, because 0·∞ is not zero:
// see Finite. Its memory is used again by the next Read.
type Sparse[T Float] struct {
	rows, cols      int
	byRow, byColumn list[T]
}

// A list holds the numbers of one row, or column, after the other.
type list[T Float] struct {
	first []int // where each begins, and where the last ends
	at    []int // the place of each number within its row or column
	v     []T
}

// entries are the places and numbers of the i-th row or column.
func (l *list[T]) entries(i int) (at []int, v []T) {
	lo, hi := l.first[i], l.first[i+1]
	return l.at[lo:hi], l.v[lo:hi]
}

// Read takes the numbers of a matrix that are not zero. Rows are contiguous and ldx apart. If there are more than most, or seem to be
// more than twice as many, it gives up and reports false.
func (s *Sparse[T]) Read(x []T, rows, cols, ldx, most int) bool {
	if rows < 1 || cols < 1 {
		return false
	}
	(&Rows[T]{Data: x, Stride: ldx}).check(rows, cols)
	if crowded(x, rows, cols, ldx, most) {
		return false
	}
	s.rows, s.cols = rows, cols
	l := &s.byRow
	l.first = slices.Grow(l.first[:0], rows+1)[:rows+1]
	l.at, l.v = slices.Grow(l.at[:0], most+cols)[:most+cols], slices.Grow(l.v[:0], most+cols)[:most+cols]
	n := 0
	for r := range rows {
		if n > most {
			return false
		}
		l.first[r] = n
		n = l.read(x[r*ldx:r*ldx+cols], n)
	}
	if n > most {
		return false
	}
	l.first[rows] = n
	l.at, l.v = l.at[:n], l.v[:n]
	s.transpose()
	return true
}

// crowded looks at one row of sixteen, so that giving up costs little: it finds at least twice as many numbers as could be.
func crowded[T Float](x []T, rows, cols, ldx, most int) bool {
	const apart = 16
	n := 0
	for r := 0; r < rows; r += apart {
		for _, v := range x[r*ldx : r*ldx+cols] {
			if v != 0 {
				n++
			}
		}
		if n > most || rows > 2*apart && n*apart > 2*most+apart*cols {
			return true
		}
	}
	return false
}

// read takes those of a row, from the n-th place on.
func (l *list[T]) read(row []T, n int) int {
	c := 0
	for ; c+8 <= len(row); c += 8 {
		x := row[c : c+8 : c+8]
		if x[0] == 0 && x[1] == 0 && x[2] == 0 && x[3] == 0 && x[4] == 0 && x[5] == 0 && x[6] == 0 && x[7] == 0 {
			continue
		}
		for j, v := range x { // without a branch: nobody could foresee it
			l.at[n], l.v[n] = c+j, v
			if v != 0 {
				n++
			}
		}
	}
	for ; c < len(row); c++ {
		if row[c] != 0 {
			l.at[n], l.v[n] = c, row[c]
			n++
		}
	}
	return n
}

// transpose lists by columns what is listed by rows.
func (s *Sparse[T]) transpose() {
	from, to := &s.byRow, &s.byColumn
	n := len(from.at)
	to.first = slices.Grow(to.first[:0], s.cols+1)[:s.cols+1]
	to.at, to.v = slices.Grow(to.at[:0], n)[:n], slices.Grow(to.v[:0], n)[:n]
	clear(to.first)
	for _, c := range from.at {
		to.first[c+1]++
	}
	for c := range s.cols {
		to.first[c+1] += to.first[c]
	}
	for r := range s.rows {
		at, v := from.entries(r)
		for t, c := range at {
			k := to.first[c]
			to.at[k], to.v[k] = r, v[t]
			to.first[c]++
		}
	}
	copy(to.first[1:], to.first) // each has become the beginning of the next
	to.first[0] = 0
}

// MulSparse sets dst = A·X for A of m×k, X of k×n, and dst of m×n, whose rows are ldc apart. The columns of A are contiguous and lda apart,
// as in MatMul with the strides 1 and lda. work is room for m·n numbers.
func (s *Set[T]) MulSparse(dst []T, m int, a []T, lda int, x *Sparse[T], ldc int, work []T) {
	if m < 1 {
		return
	}
	(&Rows[T]{Data: a, Stride: lda}).check(x.rows, m)
	for c := range x.cols {
		s.choose(work[c*m:(c+1)*m], a, lda, &x.byColumn, c, false)
	}
	s.Transpose(dst, ldc, work, x.cols, m, m)
}

// AddSparse sets dst += X·B for X of m×k, B of k×n and dst of m×n. Rows of B and dst are contiguous, ldb and ldc apart.
func (s *Set[T]) AddSparse(dst []T, n int, x *Sparse[T], b []T, ldb, ldc int) {
	if n < 1 {
		return
	}
	(&Rows[T]{Data: b, Stride: ldb}).check(x.cols, n)
	(&Rows[T]{Data: dst, Stride: ldc}).check(x.rows, n)
	for r := range x.rows {
		s.choose(dst[r*ldc:r*ldc+n], b, ldb, &x.byRow, r, true)
	}
}

// choose sets dst, or adds to it, the sum of those rows of b that a row of a list says.
func (s *Set[T]) choose(dst, b []T, ldb int, l *list[T], i int, add bool) {
	at, v := l.entries(i)
	switch {
	case len(at) > 0 && add:
		s.combine(&dst[0], &b[0], &at[0], &v[0], len(at), ldb, len(dst), 1)
	case len(at) > 0:
		s.combine(&dst[0], &b[0], &at[0], &v[0], len(at), ldb, len(dst), 0)
	case !add:
		clear(dst)
	}
}

// FiniteWork is the room that Finite works in.
const FiniteWork = 64

// Finite says that no number is infinite or NaN. Of numbers so large that their sum overflows it does not say so.
func (s *Set[T]) Finite(x, work []T) bool {
	work = work[:FiniteWork]
	n := len(x) / FiniteWork
	s.SumRows(work, x, n, FiniteWork)
	total := T(0)
	for _, v := range work {
		total += v
	}
	for _, v := range x[n*FiniteWork:] {
		total += v
	}
	return total-total == 0
}
