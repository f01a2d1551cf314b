package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The conversions at every level, for all sizes and alignments, against those of the language.
func TestConversions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, l := range Levels() {
		for _, n := range sizes {
			for offset := range 3 {
				narrow, wide := inputs[float32](r, n+offset)[offset:], inputs[float64](r, n+offset)[offset:]
				got64, sum := make([]float64, n), inputs[float64](r, n)
				want := append([]float64(nil), sum...)
				widenAt(l, got64, narrow)
				gatherAt(l, sum, narrow)
				got32 := make([]float32, n)
				narrowAt(l, got32, wide)
				for i := range n {
					for _, c := range []struct{ got, want float64 }{{got64[i], float64(narrow[i])}, {sum[i], want[i] + float64(narrow[i])},
						{float64(got32[i]), float64(float32(wide[i]))}} {
						if c.got != c.want && !(math.IsNaN(c.got) && math.IsNaN(c.want)) {
							t.Fatalf("%v, %d numbers, offset %d: [%d] is %v, want %v", l, n, offset, i, c.got, c.want)
						}
					}
				}
			}
		}
	}
}
