package diag

import (
	"fmt"
	"math"
)

// MMD returns the square of the maximum mean discrepancy between two sets of points, one per row: how far apart the averages of
// all smooth functions of the points are, with a Gaussian kernel of the given width (Gretton, Borgwardt, Rasch, Schölkopf and
// Smola, "A kernel two-sample test", JMLR 13, 2012, equation 3: the unbiased estimate, which may be below 0). It is near 0 for
// two samples of one distribution, and grows to at most 2.
func MMD(x, y [][]float64, width float64) float64 {
	if len(x) < 2 || len(y) < 2 || !(width > 0) {
		panic(fmt.Errorf("diag: MMD: %d and %d points, width %v", len(x), len(y), width))
	}
	within := func(a [][]float64) float64 {
		sum := 0.0
		for i := range a {
			for j := range i {
				sum += kernel(a[i], a[j], width)
			}
		}
		n := float64(len(a))
		return 2 * sum / (n * (n - 1))
	}
	cross := 0.0
	for _, a := range x {
		for _, b := range y {
			cross += kernel(a, b, width)
		}
	}
	return within(x) + within(y) - 2*cross/float64(len(x)*len(y))
}

// kernel is e^(−‖a − b‖²/2·width²).
func kernel(a, b []float64, width float64) float64 {
	if len(a) != len(b) {
		panic(fmt.Errorf("diag: MMD: points of %d and %d coordinates", len(a), len(b)))
	}
	d := 0.0
	for i, v := range a {
		d += (v - b[i]) * (v - b[i])
	}
	return math.Exp(-d / (2 * width * width))
}
