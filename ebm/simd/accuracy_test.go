package simd

import (
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// names of the functions, for messages.
var names = [numUnary]string{"Neg", "Abs", "Square", "Sqrt", "Recip", "Sign", "Relu", "Exp", "Log", "Log1p", "Softplus", "Sigmoid",
	"Silu", "Tanh", "Sin", "Cos"}

// ranges are where a function is looked at: uniformly, and with logarithmically spread sizes.
var ranges = map[Unary][][2]float64{
	Exp: {{-708, 709}, {-1, 1}, {-20, 20}}, Log: {{1e-300, 1e300}, {0.5, 2}, {1e-3, 1e3}}, Log1p: {{-0.999, 1}, {1, 1e10}, {-1e-8, 1e-8}},
	Softplus: {{-700, 700}, {-5, 5}, {-40, -10}}, Sigmoid: {{-700, 700}, {-5, 5}, {-40, -10}}, Silu: {{-700, 700}, {-5, 5}, {-40, -10}},
	Tanh: {{-25, 25}, {-1, 1}, {-0.3, 0.3}}, Sin: {{-10, 10}, {-1e5, 1e5}, {-1e9, 1e9}}, Cos: {{-10, 10}, {-1e5, 1e5}, {-1e9, 1e9}},
}

// samples draws arguments of a range; every third has a logarithmically spread size.
func samples(r *rand.Rand, lo, hi float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = lo + r.Float64()*(hi-lo)
		if i%3 == 0 {
			x[i] *= math.Exp(-20 * r.Float64())
		}
		if lo > 0 && i%3 == 0 {
			x[i] = math.Exp(math.Log(lo) + r.Float64()*(math.Log(hi)-math.Log(lo)))
		}
	}
	return x
}

// ulp64 is the distance of got from the exact value in units of the last place of the exact value.
func ulp64(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	_, e := math.Frexp(w)
	d, _ := bigNew().Sub(bigOf(got), want).Float64()
	return math.Abs(d) / math.Ldexp(1, max(e, -1021)-53)
}

func ulp32(got float32, want float64) float64 {
	_, e := math.Frexp(float64(float32(want)))
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e, -125)-24)
}

// TestAccuracy64 holds the promise of 2 ulp against 200 bits. All levels compute the same bits (TestLevelsAgree), so one is enough.
func TestAccuracy64(t *testing.T) {
	s := Float64(Best())
	for _, f := range slices.Sorted(maps.Keys(exact)) {
		r, exact := rand.New(rand.NewPCG(1, uint64(f))), exact[f] // the same arguments in every run, whatever the others draw
		worst, at := 0.0, 0.0
		for _, lim := range ranges[f] {
			x := samples(r, lim[0], lim[1], 1500)
			y := make([]float64, len(x))
			s.Unary(f, y, x)
			for i := range x {
				if u := ulp64(y[i], exact(bigOf(x[i]))); u > worst || math.IsNaN(u) {
					worst, at = u, x[i]
				}
			}
		}
		t.Logf("%-8s float64: %.2f ulp, at %v", names[f], worst, at)
		if !(worst <= 2) {
			t.Errorf("%s: %.2f ulp at %v", names[f], worst, at)
		}
	}
}

// TestAccuracy32 holds the promise of 4 ulp against float64, which is exact enough.
func TestAccuracy32(t *testing.T) {
	s, wide := Float32(Best()), Float64(Best())
	for _, f := range slices.Sorted(maps.Keys(exact)) {
		r := rand.New(rand.NewPCG(3, uint64(f)))
		worst, at := 0.0, float32(0)
		for _, lim := range ranges[f] {
			lo, hi := narrow(f, lim[0]), narrow(f, lim[1])
			x := samples(r, lo, hi, 40000)
			x32, y32, want := make([]float32, len(x)), make([]float32, len(x)), make([]float64, len(x))
			for i := range x {
				x32[i] = float32(x[i])
				x[i] = float64(x32[i])
			}
			s.Unary(f, y32, x32)
			wide.Unary(f, want, x)
			for i := range x {
				if math.Abs(want[i]) < 0x1p-126 { // not a normal number
					continue
				}
				if u := ulp32(y32[i], want[i]); u > worst || math.IsNaN(u) {
					worst, at = u, x32[i]
				}
			}
		}
		t.Logf("%-8s float32: %.2f ulp, at %v", names[f], worst, at)
		if !(worst <= 4) {
			t.Errorf("%s: %.2f ulp at %v", names[f], worst, at)
		}
	}
}

// narrow brings the end of a range to where float32 has normal numbers.
func narrow(f Unary, x float64) float64 {
	switch f {
	case Exp, Softplus, Sigmoid, Silu:
		return max(min(x, 87), -87)
	case Sin, Cos:
		return max(min(x, 6e4), -6e4)
	}
	if x == 1e-300 {
		return 1e-37
	}
	return min(x, 1e37)
}

// TestSpecialValues: what the functions give at the edges, at every level, in both precisions.
func TestSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	cases := []struct {
		f       Unary
		x, want float64
		why     string
	}{
		{Exp, inf, inf, ""}, {Exp, -inf, 0, ""}, {Exp, nan, nan, ""}, {Exp, 0, 1, ""}, {Exp, 1e4, inf, "overflow"}, {Exp, -1e4, 0, "underflow"},
		{Log, 0, -inf, ""}, {Log, math.Copysign(0, -1), -inf, ""}, {Log, -1, nan, ""}, {Log, -inf, nan, ""}, {Log, inf, inf, ""}, {Log, nan, nan, ""}, {Log, 1, 0, ""},
		{Log1p, -1, -inf, ""}, {Log1p, -2, nan, ""}, {Log1p, inf, inf, ""}, {Log1p, -inf, nan, ""}, {Log1p, nan, nan, ""}, {Log1p, 0, 0, ""},
		{Log1p, 1e-30, 1e-30, "the identity near 0"},
		{Softplus, inf, inf, ""}, {Softplus, -inf, 0, ""}, {Softplus, nan, nan, ""}, {Softplus, 1000, 1000, ""},
		{Sigmoid, inf, 1, ""}, {Sigmoid, -inf, 0, ""}, {Sigmoid, nan, nan, ""}, {Sigmoid, 0, 0.5, ""},
		{Silu, inf, inf, ""}, {Silu, -inf, 0, "the limit"}, {Silu, nan, nan, ""}, {Silu, 0, 0, ""},
		{Tanh, inf, 1, ""}, {Tanh, -inf, -1, ""}, {Tanh, nan, nan, ""}, {Tanh, 0, 0, ""}, {Tanh, 1e-20, 1e-20, "the identity near 0"},
		{Sin, inf, nan, ""}, {Sin, nan, nan, ""}, {Sin, 0, 0, ""}, {Cos, 0, 1, ""}, {Cos, -inf, nan, ""}, {Cos, nan, nan, ""},
		{Sin, 0x1p60, math.Sin(0x1p60), "far away"}, {Cos, -0x1p60, math.Cos(0x1p60), "far away"},
		{Sqrt, -1, nan, ""}, {Sqrt, 4, 2, ""}, {Recip, 0, 0, "by definition"}, {Recip, inf, 0, ""}, {Recip, nan, nan, ""},
		{Sign, -3, -1, ""}, {Sign, 0, 0, ""}, {Sign, nan, nan, ""}, {Relu, -1, 0, ""}, {Relu, nan, nan, ""}, {Relu, 2, 2, ""},
		{Abs, -inf, inf, ""}, {Neg, 1, -1, ""}, {Square, -3, 9, ""},
	}
	for _, l := range Levels() {
		for _, c := range cases {
			for _, n := range []int{1, 16} {
				x, y := make([]float64, n), make([]float64, n)
				x32, y32 := make([]float32, n), make([]float32, n)
				x[n-1], x32[n-1] = c.x, float32(c.x)
				Float64(l).Unary(c.f, y, x)
				Float32(l).Unary(c.f, y32, x32)
				if got := y[n-1]; got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
					t.Errorf("%v: %s(%v) = %v, want %v %s", l, names[c.f], c.x, got, c.want, c.why)
				}
				if got := y32[n-1]; got != float32(c.want) && !(got != got && math.IsNaN(c.want)) {
					t.Errorf("%v: float32 %s(%v) = %v, want %v %s", l, names[c.f], c.x, got, float32(c.want), c.why)
				}
			}
		}
	}
}
