package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sparseMatrix is a matrix of which about a fraction is not zero: bits, or any numbers.
func sparseMatrix[T Float](r *rand.Rand, rows, cols, ldx int, density float64, bits bool) []T {
	x := make([]T, (rows-1)*ldx+cols)
	for i := range rows {
		for j := range cols {
			if r.Float64() < density {
				x[i*ldx+j] = 1
				if !bits {
					x[i*ldx+j] = T(r.NormFloat64())
				}
			}
		}
	}
	return x
}

func normals[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

// TestSparse: products with what is not zero are the dense ones, bit for bit, at every level.
func TestSparse(t *testing.T) {
	for _, l := range Levels() {
		t.Run(l.String()+"/float64", func(t *testing.T) { sparseIsDense(t, Float64(l)) })
		t.Run(l.String()+"/float32", func(t *testing.T) { sparseIsDense(t, Float32(l)) })
	}
}

func sparseIsDense[T Float](t *testing.T, s *Set[T]) {
	r := rand.New(rand.NewPCG(7, 8))
	x := &Sparse[T]{} // one for all: its memory is used again
	for _, c := range []struct{ m, k, n int }{
		{1, 1, 1}, {3, 784, 1}, {500, 784, 4}, {64, 100, 32}, {129, 33, 33}, {257, 7, 19}, {31, 65, 64}, {128, 40, 8}, {15, 9, 100}, {192, 3, 5},
	} {
		for _, density := range []float64{0, 1. / 784, 0.06, 0.3, 1} {
			for _, bits := range []bool{true, false} {
				compareSparse(t, s, r, x, c.m, c.k, c.n, density, bits)
			}
		}
	}
}

func compareSparse[T Float](t *testing.T, s *Set[T], r *rand.Rand, x *Sparse[T], m, k, n int, density float64, bits bool) {
	ldx, ldc := n+r.IntN(3), n+r.IntN(3)
	dense := sparseMatrix[T](r, k, n, ldx, density, bits)
	if !x.Read(dense, k, n, ldx, k*n) {
		t.Fatal("gives up below its limit")
	}
	size := (m-1)*ldc + n
	a := normals[T](r, (k-1)*(m+1)+m)
	offset := r.IntN(3)
	all, got := field[T](size, offset)
	copy(got, normals[T](r, size))
	want := append([]T(nil), got...)
	s.MulSparse(got, m, a, m+1, x, ldc, make([]T, m*n))
	s.MatMul(want, m, n, k, a, 1, m+1, dense, ldx, ldc, false)
	if i := differ(got, want); i >= 0 {
		t.Errorf("%d×%d times %d×%d, density %g: [%d] = %v, dense %v", m, k, k, n, density, i, got[i], want[i])
	}
	if !guarded(all, offset, size) {
		t.Errorf("%d×%d times %d×%d writes outside", m, k, k, n)
	}
	b := normals[T](r, (n-1)*(m+2)+m)
	sum := normals[T](r, (k-1)*(m+1)+m)
	want = append([]T(nil), sum...)
	s.AddSparse(sum, m, x, b, m+2, m+1)
	s.MatMul(want, k, m, n, dense, ldx, 1, b, m+2, m+1, true)
	if i := differ(sum, want); i >= 0 {
		t.Errorf("adding %d×%d times %d×%d, density %g: [%d] = %v, dense %v", k, n, n, m, density, i, sum[i], want[i])
	}
}

// differ compares; a zero may have either sign.
func differ[T Float](a, b []T) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// combinations are sums of chosen rows, some more than once, of numbers of all kinds.
func (c *comparison[T]) combinations() {
	b := inputs[T](c.r, 7*(c.n+2))
	for _, k := range []int{1, 2, 9} {
		rows, v := make([]int, k), inputs[T](c.r, k)
		for i := range rows {
			rows[i] = c.r.IntN(7)
		}
		for add := range 2 {
			c.same("combine", c.n, func(s *Set[T], dst []T) {
				if len(dst) > 0 {
					s.combine(&dst[0], &b[0], &rows[0], &v[0], k, c.n+2, c.n, add)
				}
			})
		}
	}
}

// TestSparseGivesUp: above the limit, wherever it is passed.
func TestSparseGivesUp(t *testing.T) {
	x := make([]float32, 5*20)
	for i := 3; i < len(x); i += 11 {
		x[i] = float32(i)
	}
	n := 0
	for _, v := range x {
		if v != 0 {
			n++
		}
	}
	s := &Sparse[float32]{}
	for most := range 2 * n {
		if got := s.Read(x, 5, 20, 20, most); got != (n <= most) {
			t.Errorf("%d numbers, at most %d: %v", n, most, got)
		}
	}
	if s.Read(nil, 0, 20, 20, 5) || s.Read(nil, 5, 0, 20, 5) {
		t.Error("an empty matrix is read")
	}
}

func TestFinite(t *testing.T) {
	for _, l := range Levels() {
		s := Float32(l)
		for _, n := range []int{0, 1, 63, 64, 65, 500} {
			x := normals[float32](rand.New(rand.NewPCG(9, uint64(n))), n)
			if !s.Finite(x, make([]float32, FiniteWork)) {
				t.Errorf("%v: %d normal numbers are not finite", l, n)
			}
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				for i := 0; i < n; i += max(n/7, 1) {
					y := append([]float32(nil), x...)
					y[i], y[n-1] = float32(bad), float32(bad)
					if s.Finite(y, make([]float32, FiniteWork)) {
						t.Errorf("%v: %v at %d of %d is finite", l, bad, i, n)
					}
				}
			}
		}
	}
}
