package diag

import "math"

// meanVar returns the mean and the unbiased variance, in two passes for accuracy.
func meanVar(x []float64) (mean, variance float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	var ss, s float64
	for _, v := range x {
		d := v - mean
		ss += d * d
		s += d
	}
	return mean, (ss - s*s/n) / (n - 1)
}

// split returns the halves of every chain, without the middle draw of an odd length. Chains must be equally long.
func split(chains [][]float64) [][]float64 {
	halves := make([][]float64, 0, 2*len(chains))
	for _, c := range chains {
		h := len(c) / 2
		halves = append(halves, c[:h], c[len(c)-h:])
	}
	return halves
}

// usable says that there are at least four draws in each of equally long chains, and that all are finite: otherwise no statement
// can be made, and the diagnostics are NaN.
func usable(chains [][]float64) bool {
	if len(chains) == 0 || len(chains[0]) < 4 {
		return false
	}
	for _, c := range chains {
		if len(c) != len(chains[0]) {
			return false
		}
		for _, v := range c {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// between returns the mean of the variances within chains and the variance between their means.
func between(chains [][]float64) (within, ofMeans float64) {
	means := make([]float64, len(chains))
	for i, c := range chains {
		m, v := meanVar(c)
		means[i] = m
		within += v / float64(len(chains))
	}
	_, ofMeans = meanVar(means)
	return within, ofMeans
}
