package diag

import (
	"math"
	"math/rand/v2"
	"testing"
)

// For normal distributions of dimension 1 with variance 1 and means apart by d, the discrepancy at width ℓ is
// 2(1 − e^(−d²/2s²))·ℓ/s with s² = ℓ² + 2.
func TestMMD(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int, mean float64) [][]float64 {
		x := make([][]float64, n)
		for i := range x {
			x[i] = []float64{mean + r.NormFloat64()}
		}
		return x
	}
	const l = 0.5
	for _, d := range []float64{0, 0.5, 2} {
		want := 2 * (1 - math.Exp(-d*d/(2*(l*l+2)))) * l / math.Sqrt(l*l+2)
		if got := MMD(draw(1500, 0), draw(1500, d), l); math.Abs(got-want) > 0.03 { // three standard errors
			t.Errorf("means %v apart: %v, want %v", d, got, want)
		}
	}
	if got := MMD([][]float64{{0}, {0}}, [][]float64{{100}, {100}}, 1); got != 2 {
		t.Errorf("far apart: %v", got)
	}
	for name, do := range map[string]func(){
		"one point": func() { MMD(draw(1, 0), draw(5, 0), 1) },
		"width":     func() { MMD(draw(2, 0), draw(5, 0), 0) },
		"columns":   func() { MMD(draw(2, 0), [][]float64{{1, 2}, {1, 2}}, 1) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error", name)
				}
			}()
			do()
		}()
	}
}
