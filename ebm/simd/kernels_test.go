package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// sizes are the lengths that kernels are tried on: empty, odd, around every vector, and longer than several.
var sizes = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 48, 63, 64, 65, 100, 257}

// guard is what must still stand around a result.
const guard = 12345

// A field is room for n numbers at some offset from an aligned address, with guards around.
func field[T Float](n, offset int) (all, part []T) {
	all = make([]T, n+64+32)
	for uintptr(unsafe.Pointer(&all[0]))%64 != 0 {
		all = all[1:]
	}
	for i := range all {
		all[i] = guard
	}
	return all, all[16+offset : 16+offset+n : 16+offset+n]
}

func guarded[T Float](all []T, offset, n int) bool {
	for i, v := range all {
		if (i < 16+offset || i >= 16+offset+n) && v != guard {
			return false
		}
	}
	return true
}

// inputs are numbers of all sizes and the special ones.
func inputs[T Float](r *rand.Rand, n int) []T {
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 1e-40, 3e38, 710, -746, 88.8, -104, 1e15}
	x := make([]T, n)
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = T(special[r.IntN(len(special))])
		case 1:
			x[i] = T(r.NormFloat64() * math.Exp(60*r.NormFloat64()))
		default:
			x[i] = T(r.NormFloat64() * 3)
		}
	}
	return x
}

// equal compares bit for bit; any NaN is as good as another, because the processor chooses among those of its operands.
func equal[T Float](a, b []T) int {
	for i := range a {
		if a[i] != b[i] && !(a[i] != a[i] && b[i] != b[i]) || a[i] == 0 && math.Signbit(float64(a[i])) != math.Signbit(float64(b[i])) {
			return i
		}
	}
	return -1
}

// TestLevelsAgree: every kernel at every level gives the bits of the plain one and writes nothing else.
func TestLevelsAgree(t *testing.T) {
	for _, l := range Levels() {
		t.Run(l.String()+"/float64", func(t *testing.T) { levelAgrees(t, Float64(l), Float64(Generic)) })
		t.Run(l.String()+"/float32", func(t *testing.T) { levelAgrees(t, Float32(l), Float32(Generic)) })
	}
}

func levelAgrees[T Float](t *testing.T, s, plain *Set[T]) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range sizes {
		for offset := range 3 {
			c := &comparison[T]{t: t, s: s, plain: plain, r: r, n: n, offset: offset}
			c.elementwise()
			c.overRows()
			c.folds()
			c.pairs()
			c.products()
			c.combinations()
		}
	}
}

// A comparison tries kernels on rows of n lanes at an offset.
type comparison[T Float] struct {
	t         testing.TB
	s, plain  *Set[T]
	r         *rand.Rand
	n, offset int
}

// same runs a kernel of both sets on results of the given size that begin with the same numbers.
func (c *comparison[T]) same(what string, size int, run func(s *Set[T], dst []T)) {
	c.t.Helper()
	begin := inputs[T](c.r, size)
	all, got := field[T](size, c.offset)
	copy(got, begin)
	want := append([]T(nil), begin...)
	run(c.s, got)
	run(c.plain, want)
	if i := equal(got, want); i >= 0 {
		c.t.Errorf("%s of %d lanes, offset %d: [%d] = %v, plain %v", what, c.n, c.offset, i, got[i], want[i])
	}
	if !guarded(all, c.offset, size) {
		c.t.Errorf("%s of %d lanes, offset %d writes outside", what, c.n, c.offset)
	}
}

func (c *comparison[T]) elementwise() {
	_, x := field[T](c.n, c.offset+1)
	copy(x, inputs[T](c.r, c.n))
	for f := range numUnary {
		c.same(names[f], c.n, func(s *Set[T], dst []T) { s.Unary(f, dst, x) })
		c.same(names[f]+" in place", c.n, func(s *Set[T], dst []T) { s.Unary(f, dst, dst) })
	}
}

// operands are ways to give three rows of n lanes: apart, one after the other, repeated, scalars, one scalar.
func (c *comparison[T]) operands() []Rows[T] {
	n := c.n
	return []Rows[T]{
		{Data: inputs[T](c.r, 3*n+8), Stride: n + 2}, {Data: inputs[T](c.r, 3*n+1), Stride: n}, {Data: inputs[T](c.r, n+1)},
		{Data: inputs[T](c.r, 4), Stride: 1, Scalar: true}, {Data: inputs[T](c.r, 1), Scalar: true},
	}
}

func (c *comparison[T]) overRows() {
	for i, a := range c.operands() {
		for j, b := range c.operands() {
			for f := range numBinary {
				c.same("binary "+string('0'+rune(f))+" "+string('0'+rune(i))+string('0'+rune(j)), 3*c.n, func(s *Set[T], dst []T) { s.Binary(f, dst, 3, a, b) })
			}
			if a.Scalar {
				continue
			}
			for k, d := range c.operands() {
				for f := range numTernary {
					c.same("ternary "+string('0'+rune(f))+" "+string('0'+rune(i))+string('0'+rune(j))+string('0'+rune(k)), 3*c.n,
						func(s *Set[T], dst []T) { s.Ternary(f, dst, 3, a, b, d) })
				}
			}
		}
	}
}

func (c *comparison[T]) folds() {
	for _, rows := range []int{1, 2, 7, 8, 21} {
		stride := c.n + 3
		a, b := inputs[T](c.r, rows*stride), inputs[T](c.r, rows*stride)
		c.same("SumRows", c.n, func(s *Set[T], dst []T) { s.SumRows(dst, a, rows, stride) })
		c.same("MaxRows", c.n, func(s *Set[T], dst []T) { s.MaxRows(dst, a, rows, stride) })
		c.same("DotRows", c.n, func(s *Set[T], dst []T) { s.DotRows(dst, a, b, rows, stride, stride) })
		c.same("Transpose", rows*c.n, func(s *Set[T], dst []T) { s.Transpose(dst, rows, a, rows, c.n, stride) })
		c.same("Transpose apart", max(c.n-1, 0)*(rows+2)+rows, func(s *Set[T], dst []T) { s.Transpose(dst, rows+2, a, rows, c.n, stride) })
		c.same("SumLanes", rows, func(s *Set[T], dst []T) { s.SumLanes(dst, a, c.n, stride) })
	}
}

// pairs are the transpositions of two columns and of two rows.
func (c *comparison[T]) pairs() {
	xy, rows := inputs[T](c.r, 2*c.n), inputs[T](c.r, 2*c.n+5)
	c.same("Transpose of pairs", 2*c.n+3, func(s *Set[T], dst []T) { s.Transpose(dst, c.n+3, xy, c.n, 2, 2) })
	c.same("Transpose to pairs", 2*c.n, func(s *Set[T], dst []T) { s.Transpose(dst, 2, rows, 2, c.n, c.n+5) })
}

func (c *comparison[T]) products() {
	for _, m := range []int{1, 2, 3, 5, 6, 7, 13, 14, 29} {
		for _, k := range []int{0, 1, 3, 10} {
			a, b := inputs[T](c.r, m*k), inputs[T](c.r, k*c.n)
			add := (m+k)%2 == 0
			c.same("MatMul", m*c.n, func(s *Set[T], dst []T) { s.MatMul(dst, m, c.n, k, a, k, 1, b, c.n, c.n, add) })
			c.same("MatMul of a transpose", m*c.n, func(s *Set[T], dst []T) { s.MatMul(dst, m, c.n, k, a, 1, m, b, c.n, c.n, !add) })
		}
	}
}

// The plain kernels are what the others are held to: they must themselves be right.
func TestPlainKernels(t *testing.T) {
	s := Float64(Generic)
	const m, n, k = 3, 5, 4
	a, b, dst := make([]float64, m*k), make([]float64, k*n), make([]float64, m*n)
	for i := range a {
		a[i] = float64(i%7) - 3
	}
	for i := range b {
		b[i] = float64(i%5) - 1
	}
	s.MatMul(dst, m, n, k, a, k, 1, b, n, n, false)
	for i := range m {
		for j := range n {
			want := 0.0
			for p := range k {
				want += a[i*k+p] * b[p*n+j]
			}
			if dst[i*n+j] != want {
				t.Errorf("(%d, %d): %v, want %v", i, j, dst[i*n+j], want)
			}
		}
	}
	sums := make([]float64, 2)
	s.SumLanes(sums, []float64{1, 2, 3, 4, 5, 6}, 3, 3)
	if sums[0] != 6 || sums[1] != 15 {
		t.Errorf("SumLanes %v", sums)
	}
	s.Ternary(FMA, sums, 2, Rows[float64]{Data: []float64{2, 3}, Stride: 1}, Rows[float64]{Data: []float64{5, 7}, Stride: 1, Scalar: true},
		Rows[float64]{Data: []float64{1}, Scalar: true})
	if sums[0] != 11 || sums[1] != 22 {
		t.Errorf("FMA %v", sums)
	}
}

// TestFMA32 compares with arithmetic that is wide enough to be exact.
func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200000 {
		a, b, c := float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())
		if r.IntN(2) == 0 { // products that end near the middle between two numbers
			a, b, c = 1+float32(r.IntN(16))*0x1p-12, 1+float32(r.IntN(16))*0x1p-12, float32(math.Ldexp(r.NormFloat64(), r.IntN(60)-30))
		}
		want, _ := bigNew().Add(bigNew().Mul(bigOf(float64(a)), bigOf(float64(b))), bigOf(float64(c))).Float32()
		if got := fma32(a, b, c); got != want {
			t.Fatalf("%v·%v + %v = %v, want %v", a, b, c, got, want)
		}
	}
}

func FuzzLevels(f *testing.F) {
	f.Add(uint64(1), uint16(33), uint8(1))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, offset uint8) {
		r := rand.New(rand.NewPCG(seed, 7))
		for _, l := range Levels() {
			c := &comparison[float64]{t: t, s: Float64(l), plain: Float64(Generic), r: r, n: int(n % 300), offset: int(offset % 16)}
			d := &comparison[float32]{t: t, s: Float32(l), plain: Float32(Generic), r: r, n: int(n % 300), offset: int(offset % 16)}
			c.elementwise()
			c.folds()
			c.pairs()
			d.elementwise()
			d.folds()
			d.pairs()
			c.overRows()
			d.overRows()
		}
	})
}

// TestMisuse: operands that are too short are refused, because assembly would not notice.
func TestMisuse(t *testing.T) {
	s := Float64(Best())
	v := func(n int) []float64 { return make([]float64, n) }
	for name, do := range map[string]func(){
		"unary": func() { s.Unary(Exp, v(3), v(2)) },
		"rows":  func() { s.Binary(Add, v(6), 2, Rows[float64]{Data: v(5), Stride: 3}, Rows[float64]{Data: v(3)}) },
		"scalars": func() {
			s.Binary(Add, v(6), 2, Rows[float64]{Data: v(6), Stride: 3}, Rows[float64]{Data: v(1), Stride: 1, Scalar: true})
		},
		"fold":   func() { s.SumRows(v(3), v(5), 2, 3) },
		"matrix": func() { s.MatMul(v(4), 2, 2, 3, v(5), 3, 1, v(6), 2, 2, false) },
		"back":   func() { s.MatMul(v(4), 2, 2, 3, v(6), 3, -1, v(6), 2, 2, false) },
		"uneven": func() {
			s.Binary(Add, v(5), 2, Rows[float64]{Data: v(6), Stride: 3}, Rows[float64]{Data: v(6), Stride: 3})
		},
		"no result": func() { s.MatMul(v(3), 2, 2, 3, v(6), 3, 1, v(6), 2, 2, false) },
		"negative":  func() { s.SumLanes(v(2), v(9), 3, -1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: not refused", name)
				}
			}()
			do()
		}()
	}
}
