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
	done := 0
	if m*k*int(unsafe.Sizeof(dst[0])) > farA {
		done = s.rowByRow(dst, m, n/s.columns, k, a, ars, acs, b, ldb, ldc, plus)
	}
	for j := done; j < n; j += s.columns {
		cols, tiles := min(s.columns, n-j), s.tiles
		switch {
		case 2*cols <= s.columns:
			tiles = s.narrow
		case cols < s.columns:
			tiles = s.masked
		}
		for i := 0; i < m; {
			t := fit(tiles, m-i)
			t.run(&dst[i*ldc+j], &a[i*ars], &b[j], k, ars, acs, ldb, ldc, cols, plus)
			i += t.rows
		}
	}
}

// farA is the size from which on a matrix A does not stay in the near caches while it meets one block of columns after the other.
const farA = 256 << 10

// rowByRow computes whole blocks of columns so that some rows of A meet all of them while they are near. It returns the number of columns.
func (s *Set[T]) rowByRow(dst []T, m, blocks, k int, a []T, ars, acs int, b []T, ldb, ldc, plus int) int {
	for i := 0; i < m; {
		t := fit(s.tiles, m-i)
		for j := range blocks {
			j *= s.columns
			t.run(&dst[i*ldc+j], &a[i*ars], &b[j], k, ars, acs, ldb, ldc, s.columns, plus)
		}
		i += t.rows
	}
	return blocks * s.columns
}

// Transpose sets dst[l·ldd + r] = src[r·stride + l] for the given numbers of rows and lanes.
func (s *Set[T]) Transpose(dst []T, ldd int, src []T, rows, lanes, stride int) {
	if rows < 1 || lanes < 1 {
		return
	}
	(&Rows[T]{Data: src, Stride: stride}).check(rows, lanes)
	(&Rows[T]{Data: dst, Stride: ldd}).check(lanes, rows)
	side := 32 / int(unsafe.Sizeof(dst[0]))
	switch {
	case s.transpose == nil:
	case lanes == 2 && stride == 2 && rows >= side:
		n := rows / side * side
		s.split(&src[0], &dst[0], &dst[ldd], n)
		dst, src, rows = dst[n:], src[2*n:], rows-n
	case rows == 2 && ldd == 2 && lanes >= side:
		n := lanes / side * side
		s.join(&dst[0], &src[0], &src[stride], n)
		dst, src, lanes = dst[2*n:], src[n:], lanes-n
	default:
		s.strips(dst, ldd, src, rows, lanes, stride, side)
		return
	}
	plainTranspose(dst, ldd, src, rows, 0, lanes, stride)
}

// strips transposes squares, and number by number what they leave.
func (s *Set[T]) strips(dst []T, ldd int, src []T, rows, lanes, stride, side int) {
	done, whole := 0, lanes/side*side // rows, and lanes of them
	for ; whole > 0 && done+side <= rows; done += side {
		s.transpose(&dst[done], &src[done*stride], whole/side, stride, ldd)
	}
	if done > 0 && whole < lanes {
		plainTranspose(dst, ldd, src, done, whole, lanes, stride)
	}
	if done < rows {
		plainTranspose(dst[done:], ldd, src[done*stride:], rows-done, 0, lanes, stride)
	}
}

// plainTranspose moves the lanes from first up.
func plainTranspose[T Float](dst []T, ldd int, src []T, rows, first, lanes, stride int) {
	for r := range rows {
		for l := first; l < lanes; l++ {
			dst[l*ldd+r] = src[r*stride+l]
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
