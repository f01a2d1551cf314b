package jit

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"joule/ebm/simd"
)

// special numbers, beside random ones.
var special = []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 1e-40, -1e-40, 88.8, -88, -104, 710, -745, 1e30, -1e30,
	0.55, 0.5, 2, 1e-8}

// unaries, binaries and ternaries are the functions that package simd has, too.
var (
	unaries = map[string]simd.Unary{"Neg": simd.Neg, "Abs": simd.Abs, "Square": simd.Square, "Sqrt": simd.Sqrt, "Recip": simd.Recip, "Sign": simd.Sign,
		"Relu": simd.Relu, "Exp": simd.Exp, "Log": simd.Log, "Log1p": simd.Log1p, "Softplus": simd.Softplus, "Sigmoid": simd.Sigmoid,
		"Silu": simd.Silu, "Tanh": simd.Tanh}
	binaries = map[string]simd.Binary{"Add": simd.Add, "Sub": simd.Sub, "Mul": simd.Mul, "Div": simd.Div, "Maximum": simd.Maximum,
		"Minimum": simd.Minimum, "Greater": simd.Greater, "GreaterEqual": simd.GreaterEqual}
	ternaries = map[string]simd.Ternary{"FMA": simd.FMA, "Where": simd.Where}
)

func TestFormulas(t *testing.T) {
	for _, fs := range []map[string]formula{formulas32, formulas64} {
		if len(fs) != len(unaries)+len(binaries)+len(ternaries) {
			t.Errorf("%d formulas", len(fs))
		}
	}
}

// An oracle computes the same values with the kernels of package simd, one after the other.
type oracle[T simd.Float] struct {
	set   *simd.Set[T]
	lanes int
}

func (o oracle[T]) rows(x []T) simd.Rows[T] { return simd.Rows[T]{Data: x, Stride: o.lanes} }

func (o oracle[T]) apply(name string, in ...[]T) []T {
	dst := make([]T, o.lanes)
	switch len(in) {
	case 1:
		o.set.Unary(unaries[name], dst, in[0])
	case 2:
		o.set.Binary(binaries[name], dst, 1, o.rows(in[0]), o.rows(in[1]))
	default:
		o.set.Ternary(ternaries[name], dst, 1, o.rows(in[0]), o.rows(in[1]), o.rows(in[2]))
	}
	return dst
}

func same[T simd.Float](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

func random[T simd.Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = T(special[r.IntN(len(special))])
		case 1:
			x[i] = T(math.Ldexp(r.NormFloat64(), r.IntN(60)-30))
		default:
			x[i] = T(4 * r.NormFloat64())
		}
	}
	return x
}

// TestPrograms builds random programs, small ones and ones that need far more values at once than there are registers, and compares
// every bit with the kernels.
func TestPrograms(t *testing.T) {
	tested := 0
	for _, level := range simd.Levels() {
		vector := map[simd.Level]int{simd.AVX2: 32, simd.AVX512: 64}[level]
		if !Supported(vector) {
			continue
		}
		tested++
		for seed := range uint64(400) {
			program[float32](t, vector, level, seed)
			program[float64](t, vector, level, seed)
		}
	}
	if tested == 0 {
		t.Skip("no processor with AVX2, or no memory for code: the kernels are used")
	}
}

func program[T simd.Float](t *testing.T, vector int, level simd.Level, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	lanes := []int{1, 3, 8, 16, 17, 32, 36, 64, 100}[r.IntN(9)]
	rows := 1 + r.IntN(4)*r.IntN(2)
	wide := unsafe.Sizeof(T(0)) == 8
	b, o := NewBuilder(wide), oracle[T]{simd.For[T](level), lanes}
	// The panel: blocks of rows that are read, one row that does not move, blocks that are written.
	const blocks = 5
	panel, uni := random[T](r, (3*blocks*rows+1)*lanes), random[T](r, 2*blocks*rows)
	before := append([]T(nil), panel...)
	fixed := 3 * blocks * rows
	type made struct {
		v   Value
		row [][]T // by row of the loop
	}
	var all []made
	leaf := func(v Value, at func(k int) []T) {
		m := made{v: v}
		for k := range rows {
			m.row = append(m.row, at(k))
		}
		all = append(all, m)
	}
	spread := func(x T) []T {
		row := make([]T, lanes)
		for l := range row {
			row[l] = x
		}
		return row
	}
	for i := range 2 * blocks {
		leaf(b.Row(i*rows), func(k int) []T { return before[(i*rows+k)*lanes : (i*rows+k+1)*lanes] })
		leaf(b.Moving(i*rows), func(k int) []T { return spread(uni[i*rows+k]) })
	}
	leaf(b.Fixed(fixed), func(int) []T { return before[fixed*lanes : (fixed+1)*lanes] })
	leaf(b.Uniform(3), func(int) []T { return spread(uni[3]) })
	leaf(b.Number(1.5), func(int) []T { return spread(1.5) })
	var names [4][]string
	for n := range unaries {
		names[1] = append(names[1], n)
	}
	for n := range binaries {
		names[2] = append(names[2], n)
	}
	for n := range ternaries {
		names[3] = append(names[3], n)
	}
	for range names {
		for _, n := range names {
			for i := range n { // maps are in no order
				for j := range i {
					if n[i] < n[j] {
						n[i], n[j] = n[j], n[i]
					}
				}
			}
		}
	}
	for range 1 + r.IntN(60)*(1+3*r.IntN(2)) {
		arity := 1 + r.IntN(3)
		name := names[arity][r.IntN(len(names[arity]))]
		args, m := make([]Value, arity), made{row: make([][]T, rows)}
		in := make([][][]T, rows)
		for i := range args {
			a := all[r.IntN(len(all))]
			args[i] = a.v
			for k := range rows {
				in[k] = append(in[k], a.row[k])
			}
		}
		m.v = b.Apply(name, args...)
		for k := range rows {
			m.row[k] = o.apply(name, in[k]...)
		}
		all = append(all, m)
	}
	if seed%2 == 0 { // everything at once: all values are needed until the end
		last := all[len(all)-1]
		for _, pass := range []string{"Add", "Minimum"} {
			for _, m := range all[:len(all)-1] {
				next := made{v: b.Apply(pass, last.v, m.v)}
				for k := range rows {
					next.row = append(next.row, o.apply(pass, last.row[k], m.row[k]))
				}
				last = next
			}
		}
		all = append(all, last)
	}
	// Results go to rows of their own and to rows that are read.
	want := append([]T(nil), before...)
	for i := range blocks * 2 {
		m := all[len(all)-1-r.IntN(min(len(all), 30))]
		at := (blocks + i) * rows
		b.Store(at, m.v)
		for k := range rows {
			copy(want[(at+k)*lanes:], m.row[k])
		}
	}
	c, err := b.Compile(vector, lanes, rows)
	if err != nil {
		if err == errMasks {
			return
		}
		t.Fatal(err)
	}
	work := make([]byte, c.Work()+64)
	c.Run(unsafe.Pointer(&panel[0]), unsafe.Pointer(&uni[0]), unsafe.Pointer(&work[0]))
	for i := range want {
		if !same(panel[i], want[i]) {
			t.Fatalf("seed %d, %v, %T, %d lanes, %d rows: row %d, lane %d: %v, want %v", seed, level, want[0], lanes, rows, i/lanes, i%lanes, panel[i], want[i])
		}
	}
}

// TestFarPanels: distances that do not fit into an instruction are refused, not cut off.
func TestFarPanels(t *testing.T) {
	for _, c := range []struct {
		row, place int
		far        bool
	}{{1 << 21, 0, false}, {1 << 22, 0, true}, {1 << 24, 0, true}, {0, 1 << 27, false}, {0, 1 << 28, true}} {
		b := NewBuilder(true)
		b.Store(c.row, b.Apply("Add", b.Row(0), b.Uniform(c.place)))
		for _, vector := range []int{32, 64} {
			if _, _, err := b.assemble(vector, 64, 1); (err != nil) != c.far {
				t.Errorf("row %d of 64 numbers, place %d: %v", c.row, c.place, err)
			}
		}
	}
}
