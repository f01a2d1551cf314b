package optim

import "math"

// scaledNorm is Norm for very large and very small numbers, and for those that are none.
func scaledNorm(gradient []float64) float64 {
	top := 0.0
	for _, g := range gradient {
		if math.IsNaN(g) {
			return g
		}
		top = math.Max(top, math.Abs(g))
	}
	if top == 0 || math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, g := range gradient {
		sum += (g / top) * (g / top)
	}
	return top * math.Sqrt(sum)
}

// Clip shortens a gradient to a norm of at most limit, and returns the norm that it had (Pascanu, Mikolov and Bengio, "On the
// difficulty of training recurrent neural networks", ICML 2013, algorithm 1). A limit of 0 changes nothing.
func Clip(gradient []float64, limit float64) float64 {
	n := Norm(gradient)
	if limit > 0 && n > limit {
		Scale(gradient, limit/n)
	}
	return n
}
