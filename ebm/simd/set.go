package simd

import (
	"fmt"
	"unsafe"
)

// Float is a precision.
type Float interface{ float32 | float64 }

// A Unary is an elementwise function of one operand.
type Unary uint8

// The functions of one operand. Errors are at most 2 ulp in float64 and 4 in float32 (see the tests for the measured ones).
const (
	Neg Unary = iota
	Abs
	Square
	Sqrt
	Recip // 1/x, and 0 at 0
	Sign  // −1, 1, or x itself where that is ±0 or NaN
	Relu
	Exp // 0 where the result would not be a normal number
	Log
	Log1p
	Softplus
	Sigmoid
	Silu
	Tanh
	Sin
	Cos
	numUnary
)

// A Binary is an elementwise function of two operands.
type Binary uint8

// The functions of two operands. Maximum and Minimum are NaN where an operand is; comparisons give 1 or 0.
const (
	Add Binary = iota
	Sub
	Mul
	Div
	Maximum
	Minimum
	Greater
	GreaterEqual
	numBinary
)

// A Ternary is an elementwise function of three operands.
type Ternary uint8

// The functions of three operands.
const (
	FMA   Ternary = iota // a·b + c, rounded once
	Where                // b where a ≠ 0, else c
	numTernary
)

// The ways that kernels over rows read their operands: V, a number per lane, or S, one per row.
const (
	modeVV = iota
	modeVS
	modeSV
	numBinaryModes
)

const (
	modeVVV = iota
	modeVSV
	modeVVS
	modeVSS
	numTernaryModes
)

// A Set holds the kernels of one precision at one level. It is immutable.
type Set[T Float] struct {
	level    Level
	unary    [numUnary]func(dst, a *T, n int)
	binary   [numBinary][numBinaryModes]func(dst, a, b *T, rows, n, sa, sb int)
	ternary  [numTernary][numTernaryModes]func(dst, a, b, c *T, rows, n, sa, sb, sc int)
	sumRows  func(dst, a *T, rows, n, sa int)
	maxRows  func(dst, a *T, rows, n, sa int)
	dotRows  func(dst, a, b *T, rows, n, sa, sb int)
	sumLanes func(dst, a *T, rows, n, sa int)
	combine  func(dst, b *T, at *int, v *T, k, ldb, n, add int)
	// transpose does a strip of 32 bytes of rows; nil: there is none.
	transpose func(dst, src *T, blocks, stride, ldd int)
	// split and join go between pairs of numbers and a row of each, 32 bytes of a row at a time; nil: there is none.
	split, join func(xy, x, y *T, n int)
	tiles       []tile[T] // for columns columns
	masked      []tile[T] // for fewer
	narrow      []tile[T] // for half of them or fewer
	columns     int
	peak        func(n int)
}

// A tile multiplies some rows of a matrix with a block of columns.
type tile[T Float] struct {
	rows int
	run  func(dst, a, b *T, k, ars, acs, ldb, ldc, n, add int)
}

var (
	sets64 = all(set64)
	sets32 = all(set32)
)

func all[T Float](make func(Level) *Set[T]) (sets [numLevels]*Set[T]) {
	for _, l := range Levels() {
		sets[l] = make(l)
	}
	return sets
}

// Float64 returns the kernels of float64 at a level, which must be one of Levels.
func Float64(l Level) *Set[float64] { return sets64[l] }

// Float32 returns the kernels of float32 at a level, which must be one of Levels.
func Float32(l Level) *Set[float32] { return sets32[l] }

// For returns the kernels of a precision at a level.
func For[T Float](l Level) *Set[T] {
	if s, ok := any(sets64[l]).(*Set[T]); ok {
		return s
	}
	return any(sets32[l]).(*Set[T])
}

// Level is the level of the kernels.
func (s *Set[T]) Level() Level { return s.level }

// Unary sets dst = f(a), number by number. dst may be a.
func (s *Set[T]) Unary(f Unary, dst, a []T) {
	if len(dst) != len(a) {
		panic("simd: operands of different length")
	}
	if len(dst) > 0 {
		s.unary[f](&dst[0], &a[0], len(dst))
	}
}

// A Rows is an operand of a kernel over rows: row r begins at Data[r·Stride] and has a number per lane, or just one for all lanes
// if it is Scalar. A stride of 0 repeats the first row.
type Rows[T Float] struct {
	Data   []T
	Stride int
	Scalar bool
}

// check panics if rows of n lanes are not there; the kernels do not look.
func (x *Rows[T]) check(rows, n int) {
	if x.Scalar {
		n = 1
	}
	if x.Stride < 0 || (rows-1)*x.Stride+n > len(x.Data) {
		panic(fmt.Errorf("simd: %d rows of %d, %d apart, in %d numbers", rows, n, x.Stride, len(x.Data)))
	}
}

// flat says that rows of n lanes lie one after the other, as one row of rows·n lanes would.
func (x *Rows[T]) flat(n int) bool {
	if x.Scalar {
		return x.Stride == 0 || n == 1 && x.Stride == 1
	}
	return x.Stride == n
}

// one turns flat rows into a single one.
func (x *Rows[T]) one() {
	if x.Stride == 1 && x.Scalar {
		x.Scalar = false // rows of one lane, one number each
	}
}

// Binary sets dst = f(a, b) for rows of len(dst)/rows lanes, which lie one after the other in dst. dst may begin where an operand
// does if that has the same rows.
func (s *Set[T]) Binary(f Binary, dst []T, rows int, a, b Rows[T]) {
	if len(dst) == 0 {
		return
	}
	n := lanesOf(dst, rows)
	a.check(rows, n)
	b.check(rows, n)
	if rows > 1 && a.flat(n) && b.flat(n) {
		a.one()
		b.one()
		rows, n = 1, len(dst)
	}
	mode := modeVV
	switch {
	case a.Scalar && b.Scalar:
		s.spread(dst, rows, n, a)
		a, mode = Rows[T]{Data: dst, Stride: n}, modeVS
	case b.Scalar:
		mode = modeVS
	case a.Scalar:
		mode = modeSV
	}
	s.binary[f][mode](&dst[0], &a.Data[0], &b.Data[0], rows, n, a.Stride, b.Stride)
}

// Ternary is Binary for three operands. The first must have a number per lane; operands may be scalars as the kernels have it: the
// second, the third, or both. In a product the order of the factors does not matter: give the scalar second.
func (s *Set[T]) Ternary(f Ternary, dst []T, rows int, a, b, c Rows[T]) {
	if len(dst) == 0 {
		return
	}
	n := lanesOf(dst, rows)
	a.check(rows, n)
	b.check(rows, n)
	c.check(rows, n)
	if a.Scalar {
		panic("simd: the first of three operands is a scalar")
	}
	if rows > 1 && a.flat(n) && b.flat(n) && c.flat(n) {
		b.one()
		c.one()
		rows, n = 1, len(dst)
	}
	mode := modeVVV
	switch {
	case b.Scalar && c.Scalar:
		mode = modeVSS
	case b.Scalar:
		mode = modeVSV
	case c.Scalar:
		mode = modeVVS
	}
	s.ternary[f][mode](&dst[0], &a.Data[0], &b.Data[0], &c.Data[0], rows, n, a.Stride, b.Stride, c.Stride)
}

// lanesOf is the length of a row of dst.
func lanesOf[T Float](dst []T, rows int) int {
	if rows < 1 || len(dst)%rows != 0 {
		panic(fmt.Errorf("simd: %d numbers in %d rows", len(dst), rows))
	}
	return len(dst) / rows
}

// spread writes the scalar of each row to its lanes.
func (s *Set[T]) spread(dst []T, rows, n int, a Rows[T]) {
	for r := range rows {
		v, d := a.Data[r*a.Stride], dst[r*n:(r+1)*n]
		for i := range d {
			d[i] = v
		}
	}
}

// at is the address of the i-th number from p.
func at[T Float](p *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), uintptr(i)*unsafe.Sizeof(*p)))
}
