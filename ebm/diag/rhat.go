package diag

import "math"

// RHat returns the split potential scale reduction: the ratio of the spread of all draws to that within half chains. It is 1
// when the chains agree; above 1.01 they should run longer. NaN means that the draws do not say: fewer than four per chain,
// chains of unequal length, a value that is not finite, or no variation at all.
func RHat(chains [][]float64) float64 {
	if !usable(chains) {
		return math.NaN()
	}
	return rhat(split(chains))
}

// rhat is equation (4) of the paper.
func rhat(halves [][]float64) float64 {
	within, ofMeans := between(halves)
	n := float64(len(halves[0]))
	return math.Sqrt(((n-1)/n*within + ofMeans) / within)
}

// RankRHat returns the larger of the split R-hats of the normal scores of the draws and of their distances from the median: it
// also sees chains of equal mean that differ in spread, and works for heavy tails. This is the R-hat of Stan and ArviZ.
func RankRHat(chains [][]float64) float64 {
	if !usable(chains) {
		return math.NaN()
	}
	plain, folded := ranked(split(chains))
	return math.Max(rhat(plain), rhat(folded))
}
