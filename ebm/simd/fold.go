package simd

import "unsafe"

// SumRows sets dst[l] = Σ a[r·stride + l] over rows, added in order, for the len(dst) lanes.
func (s *Set[T]) SumRows(dst, a []T, rows, stride int) {
	if s.folds(dst, a, rows, stride) {
		s.sumRows(&dst[0], &a[0], rows, len(dst), stride)
	}
}

// MaxRows sets dst[l] to the largest a[r·stride + l], NaN if one is.
func (s *Set[T]) MaxRows(dst, a []T, rows, stride int) {
	if rows < 1 {
		panic("simd: the largest of no rows")
	}
	if s.folds(dst, a, rows, stride) {
		s.maxRows(&dst[0], &a[0], rows, len(dst), stride)
	}
}

// DotRows sets dst[l] = Σ a[r·sa + l]·b[r·sb + l] over rows, in order, each term rounded once.
func (s *Set[T]) DotRows(dst, a, b []T, rows, sa, sb int) {
	if s.folds(dst, a, rows, sa) && s.folds(dst, b, rows, sb) {
		s.dotRows(&dst[0], &a[0], &b[0], rows, len(dst), sa, sb)
	}
}

// folds checks the operand of a fold; it clears dst and reports false if there is nothing to fold.
func (s *Set[T]) folds(dst, a []T, rows, stride int) bool {
	if rows < 1 || len(dst) == 0 {
		clear(dst)
		return false
	}
	(&Rows[T]{Data: a, Stride: stride}).check(rows, len(dst))
	return true
}

// SumLanes sets dst[r] = Σ a[r·stride + l] over n lanes. The order of the additions is that of 64 bytes of partial sums, at every
// level.
func (s *Set[T]) SumLanes(dst, a []T, n, stride int) {
	if len(dst) == 0 {
		return
	}
	if n < 1 {
		clear(dst)
		return
	}
	(&Rows[T]{Data: a, Stride: stride}).check(len(dst), n)
	s.sumLanes(&dst[0], &a[0], len(dst), n, stride)
}

// MatMul sets dst = A·B, or dst += A·B, for A of m×k, B of k×n and dst of m×n. Element (i, p) of A is a[i·ars + p·acs]: with the
// strides exchanged it is the transpose. Rows of B and dst are contiguous, ldb and ldc apart. Each element is the sum over k in
// order, in fused multiplications.
func (s *Set[T]) MatMul(dst []T, m, n, k int, a []T, ars, acs int, b []T, ldb, ldc int, add bool) {
	if m < 1 || n < 1 {
		return
	}
	(&Rows[T]{Data: dst, Stride: ldc}).check(m, n)
	if k < 1 {
		if !add {
			for i := range m {
				clear(dst[i*ldc : i*ldc+n])
			}
		}
		return
	}
	(&Rows[T]{Data: b, Stride: ldb}).check(k, n)
	(&Rows[T]{Data: a[(k-1)*acs:], Stride: ars}).check(m, 1) // the slice refuses a negative stride
	plus := 0
	if add {
		plus = 1
	}
	for j := 0; j < n; j += s.columns {
		cols, tiles := min(s.columns, n-j), s.tiles
		if cols < s.columns || tiles == nil {
			tiles = s.masked
		}
		for i := 0; i < m; {
			t := fit(tiles, m-i)
			t.run(&dst[i*ldc+j], &a[i*ars], &b[j], k, ars, acs, ldb, ldc, cols, plus)
			i += t.rows
		}
	}
}

// Transpose sets dst[l·rows + r] = src[r·stride + l] for the given numbers of rows and lanes.
func (s *Set[T]) Transpose(dst, src []T, rows, lanes, stride int) {
	if rows < 1 || lanes < 1 {
		return
	}
	(&Rows[T]{Data: src, Stride: stride}).check(rows, lanes)
	_ = dst[:rows*lanes]
	done, whole := 0, 0 // rows, and lanes of them
	if s.transpose != nil {
		side := 32 / int(unsafe.Sizeof(dst[0]))
		whole = lanes / side * side
		for ; whole > 0 && done+side <= rows; done += side {
			s.transpose(&dst[done], &src[done*stride], whole/side, stride, rows)
		}
	}
	for r := range rows {
		first := 0
		if r < done {
			first = whole
		}
		for l := first; l < lanes; l++ {
			dst[l*rows+r] = src[r*stride+l]
		}
	}
}

// fit returns the largest tile of at most m rows.
func fit[T Float](tiles []tile[T], m int) *tile[T] {
	for k := range tiles {
		if tiles[k].rows <= m {
			return &tiles[k]
		}
	}
	panic("simd: no tile")
}
