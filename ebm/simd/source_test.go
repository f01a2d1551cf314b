package simd

import (
	"math"
	"slices"
	"testing"
)

// The known answers are those of the reference implementation of Random123 (kat_vectors, philox4x32 10).
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(c.ctr, c.key); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.ctr, c.key, got, c.want)
		}
	}
}

// Moments of 2¹⁸ numbers: the tolerance is five standard errors. The same numbers shifted by a tenth must fail.
func TestNormalMoments(t *testing.T) {
	const n = 1 << 18
	z := make([]float64, n)
	Source{Seed: 3, Stream: 9}.Normals(z, 1, 2)
	off := func(z []float64) float64 {
		var m [5]float64
		for _, v := range z {
			for k, p := 1, v; k <= 4; k, p = k+1, p*v {
				m[k] += p / n
			}
		}
		worst := 0.0 // in standard errors; the variances of the first four powers are 1, 2, 15, 96
		for k, want := range []float64{0, 0, 1, 0, 3} {
			if k > 0 {
				worst = max(worst, math.Abs(m[k]-want)/math.Sqrt([]float64{0, 1, 2, 15, 96}[k]/n))
			}
		}
		return worst
	}
	if d := off(z); d > 5 {
		t.Errorf("moments are %.1f standard errors off", d)
	}
	for i := range z {
		z[i] += 0.1
	}
	if d := off(z); d < 5 {
		t.Errorf("shifted numbers pass: %.1f standard errors", d)
	}
}

func TestUniformRangeAndSpread(t *testing.T) {
	u := make([]float64, 1<<16)
	Source{Seed: 1}.Uniforms(u, 0, 0)
	slices.Sort(u)
	worst := 0.0
	for i, v := range u {
		if v <= 0 || v > 1 {
			t.Fatalf("%v outside (0, 1]", v)
		}
		worst = max(worst, math.Abs(v-float64(i)/float64(len(u))))
	}
	if worst*math.Sqrt(float64(len(u))) > 1.95 { // Kolmogorov–Smirnov at 0.001
		t.Errorf("Kolmogorov–Smirnov distance %v", worst)
	}
}

// Every number depends on all that names it, and on nothing else.
func TestSourceNaming(t *testing.T) {
	base := Source{Seed: 1, Stream: 2}
	draw := func(s Source, chain uint32, step uint64) float64 {
		z := make([]float64, 3)
		s.Normals(z, chain, step)
		return z[2]
	}
	want := draw(base, 3, 4)
	for what, got := range map[string]float64{
		"seed": draw(Source{Seed: 1 | 1<<40, Stream: 2}, 3, 4), "stream": draw(Source{Seed: 1, Stream: 3}, 3, 4),
		"chain": draw(base, 4, 4), "step": draw(base, 3, 5), "high step": draw(base, 3, 4|1<<40),
	} {
		if got == want {
			t.Errorf("the number does not depend on the %s", what)
		}
	}
	if draw(base, 3, 4) != want {
		t.Error("the same name gave another number")
	}
}

func TestPanelsAgreeWithChains(t *testing.T) {
	s := Source{Seed: 8, Stream: 1}
	for dim := 1; dim <= 5; dim++ {
		const lanes, first, step = 7, 100, 3
		panel := make([]float64, dim*lanes)
		s.NormalPanel(panel, dim, lanes, first, step)
		u := make([]float64, lanes)
		s.UniformPanel(u, first, step)
		for l := range lanes {
			z, one := make([]float64, dim), make([]float64, 1)
			s.Normals(z, first+uint32(l), step)
			s.Uniforms(one, first+uint32(l), step)
			if u[l] != one[0] {
				t.Errorf("lane %d: uniform %v, want %v", l, u[l], one[0])
			}
			for j := range dim {
				if panel[j*lanes+l] != z[j] {
					t.Errorf("dim %d, lane %d, row %d: %v, want %v", dim, l, j, panel[j*lanes+l], z[j])
				}
			}
		}
	}
}

func BenchmarkNormalPanel(b *testing.B) {
	dst := make([]float64, 2*64)
	for i := 0; b.Loop(); i++ {
		Source{Seed: 1}.NormalPanel(dst, 2, 64, 0, uint64(i))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/128, "ns/number")
}

// TestRandomLevelsAgree: the numbers do not depend on the level, nor on how many chains are asked for at once.
func TestRandomLevelsAgree(t *testing.T) {
	s := Source{Seed: 0x123456789abcdef, Stream: 3}
	const first, step = 1<<32 - 5, 7 | 1<<40 // the chain counter wraps
	for _, l := range Levels() {
		for _, lanes := range []int{0, 1, 5, 8, 16, 31, 64} {
			for dim := 1; dim <= 9; dim += 2 {
				a, b := make([]float64, dim*lanes), make([]float64, dim*lanes)
				s.normalPanel(l, a, dim, lanes, first, step)
				s.normalPanel(Generic, b, dim, lanes, first, step)
				c, d := make([]float32, dim*lanes), make([]float32, dim*lanes)
				s.normalPanel32(l, c, dim, lanes, first, step)
				s.normalPanel32(Generic, d, dim, lanes, first, step)
				if !slices.Equal(a, b) || !slices.Equal(c, d) {
					t.Fatalf("%v, %d×%d: normal numbers differ", l, dim, lanes)
				}
			}
			a, b := make([]float64, lanes), make([]float64, lanes)
			s.uniformPanel(l, a, first, step)
			s.uniformPanel(Generic, b, first, step)
			c, d := make([]float32, lanes), make([]float32, lanes)
			s.uniformPanel32(l, c, first, step)
			s.uniformPanel32(Generic, d, first, step)
			if !slices.Equal(a, b) || !slices.Equal(c, d) {
				t.Fatalf("%v, %d lanes: uniform numbers differ", l, lanes)
			}
		}
	}
}

// The words behind the kernels are those of Philox: a number computed from the block by hand.
func TestUniformsArePhilox(t *testing.T) {
	s := Source{Seed: 77 | 5<<32, Stream: 9}
	u, v := make([]float64, 2), make([]float32, 3)
	s.Uniforms(u, 11, 13)
	s.UniformPanel32(v, 11, 13)
	w := Philox([4]uint32{0, 13, 11, 9 << 16}, [2]uint32{77, 5})
	for k := range 2 {
		word := uint64(w[2*k])<<32 | uint64(w[2*k+1])
		if want := float64(word>>11+1) * 0x1p-53; u[k] != want {
			t.Errorf("uniform number %d is %v, want %v", k, u[k], want)
		}
	}
	if want := float32(w[0]>>8+1) * 0x1p-24; v[0] != want {
		t.Errorf("float32: %v, want %v", v[0], want)
	}
}

// TestNormals64AreBoxMuller compares with the functions of the standard library.
func TestNormals64AreBoxMuller(t *testing.T) {
	s := Source{Seed: 5}
	z, u := make([]float64, 2000), make([]float64, 2000)
	s.Normals(z, 1, 2)
	s.Uniforms(u, 1, 2)
	for i := 0; i < len(z); i += 2 {
		r := math.Sqrt(-2 * math.Log(u[i]))
		sin, cos := math.Sincos(2 * math.Pi * u[i+1])
		if math.Abs(z[i]-r*cos) > 2e-15*(1+r) || math.Abs(z[i+1]-r*sin) > 2e-15*(1+r) {
			t.Fatalf("%v %v, want %v %v", z[i], z[i+1], r*cos, r*sin)
		}
	}
}

// Moments of the numbers of float32, like TestNormalMoments.
func TestNormal32Moments(t *testing.T) {
	const lanes, dim = 1 << 12, 64
	z := make([]float32, dim*lanes)
	Source{Seed: 4}.NormalPanel32(z, dim, lanes, 0, 1)
	var m [5]float64
	for _, v := range z {
		for k, p := 1, float64(v); k <= 4; k, p = k+1, p*float64(v) {
			m[k] += p / float64(len(z))
		}
	}
	for k, c := range map[int][2]float64{1: {0, 1}, 2: {1, 2}, 3: {0, 15}, 4: {3, 96}} {
		if d := math.Abs(m[k]-c[0]) / math.Sqrt(c[1]/float64(len(z))); d > 5 {
			t.Errorf("moment %d is %v: %.1f standard errors off", k, m[k], d)
		}
	}
}
