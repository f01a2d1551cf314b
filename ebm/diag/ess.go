package diag

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// ESS returns the number of independent samples that would estimate the mean as well as the draws of all chains do. It uses
// Geyer's initial monotone sequence on the autocorrelations of split chains (equations 10 to 13 of the paper), so chains that
// disagree lower it. Draws that alternate around the mean can be worth more than their number. NaN means that the draws do not
// say; see RHat.
func ESS(chains [][]float64) float64 {
	if !usable(chains) {
		return math.NaN()
	}
	return ess(split(chains))
}

// BulkESS returns the ESS of the normal scores of the draws, which is defined also where mean and variance are not. This is the
// "bulk" effective sample size of Stan and ArviZ.
func BulkESS(chains [][]float64) float64 {
	if !usable(chains) {
		return math.NaN()
	}
	return ess(normalScores(split(chains)))
}

func ess(halves [][]float64) float64 {
	n := len(halves[0])
	total := float64(n * len(halves))
	within, ofMeans := between(halves)
	all := within*float64(n-1)/float64(n) + ofMeans
	if all == 0 {
		return math.NaN()
	}
	cov := autocovariance(halves)
	rho := func(t int) float64 { return 1 - (within-cov[t])/all }
	tau := geyer(n, rho)
	return total / math.Max(tau, 1/math.Log10(total)) // the bound of Stan for alternating chains
}

// geyer sums the autocorrelations over the initial sequence of pairs that are positive, made decreasing (Geyer 1992, section
// 3.3).
func geyer(n int, rho func(t int) float64) float64 {
	sum, last := 0.0, math.Inf(1)
	t := 0
	for ; t+1 < n; t += 2 {
		even := rho(t)
		if t == 0 {
			even = 1
		}
		pair := even + rho(t+1)
		if !(pair > 0) {
			if even > 0 { // one more term reduces the variance for alternating chains
				sum += even / 2
			}
			break
		}
		last = math.Min(last, pair)
		sum += last
	}
	return 2*sum - 1
}

// autocovariance returns the mean over chains of the autocovariance at each lag, divided by the length at every lag, as Stan and
// ArviZ have it. The transform is padded to twice the length, so that no chain meets its own beginning.
func autocovariance(chains [][]float64) []float64 {
	n := len(chains[0])
	size := 1
	for size < 2*n {
		size *= 2
	}
	fft := fourier.NewFFT(size)
	x, mean := make([]float64, size), make([]float64, n)
	coeff := make([]complex128, size/2+1)
	power := make([]complex128, size/2+1)
	for _, c := range chains {
		m, _ := meanVar(c)
		clear(x)
		for i, v := range c {
			x[i] = v - m
		}
		fft.Coefficients(coeff, x)
		for i, v := range coeff {
			power[i] += complex(real(v)*real(v)+imag(v)*imag(v), 0)
		}
	}
	fft.Sequence(x, power)
	for t := range mean {
		mean[t] = x[t] / float64(size) / float64(n) / float64(len(chains))
	}
	return mean
}
