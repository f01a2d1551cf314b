package diag

import "math"

// normalScores replaces every draw by the normal quantile of its rank among all (equation 14 of the paper); equal draws share
// the mean of their ranks.
func normalScores(chains [][]float64) [][]float64 {
	x := joined(chains)
	return rowsOf(scores(x, order(x)), len(chains[0]))
}

// scores are the normal scores of x, of which the order is known.
func scores(x []float64, idx []int32) []float64 {
	z := make([]float64, len(x))
	size := float64(len(x))
	for i := 0; i < len(idx); {
		j := i + 1
		for j < len(idx) && x[idx[j]] == x[idx[i]] {
			j++
		}
		rank := float64(i+1+j) / 2
		score := math.Sqrt2 * math.Erfinv(2*(rank-0.375)/(size+0.25)-1)
		for ; i < j; i++ {
			z[idx[i]] = score
		}
	}
	return z
}

// ranked returns the normal scores of the draws, and those of their distances from the median.
func ranked(chains [][]float64) (plain, folded [][]float64) {
	x, n := joined(chains), len(chains[0])
	idx := order(x)
	plain = rowsOf(scores(x, idx), n)
	median := (x[idx[(len(x)-1)/2]] + x[idx[len(x)/2]]) / 2
	for i := range x {
		x[i] = math.Abs(x[i] - median)
	}
	return plain, rowsOf(scores(x, order(x)), n)
}

func joined(chains [][]float64) []float64 {
	x := make([]float64, 0, len(chains)*len(chains[0]))
	for _, c := range chains {
		x = append(x, c...)
	}
	return x
}

func rowsOf(data []float64, n int) [][]float64 {
	rows := make([][]float64, len(data)/n)
	for c := range rows {
		rows[c] = data[c*n : (c+1)*n]
	}
	return rows
}
