package diag

import (
	"cmp"
	"math"
	"slices"
)

// normalScores replaces every draw by the normal quantile of its rank among all (equation 14 of the paper); equal draws share the mean
// of their ranks.
func normalScores(chains [][]float64) [][]float64 {
	n := len(chains[0])
	type item struct {
		v  float64
		at int32
	}
	all := make([]item, 0, len(chains)*n)
	for c, x := range chains {
		for t, v := range x {
			all = append(all, item{v, int32(c*n + t)})
		}
	}
	slices.SortFunc(all, func(a, b item) int { return cmp.Compare(a.v, b.v) })
	scores := make([]float64, len(all))
	size := float64(len(all))
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		rank := float64(i+1+j) / 2
		z := math.Sqrt2 * math.Erfinv(2*(rank-0.375)/(size+0.25)-1)
		for ; i < j; i++ {
			scores[all[i].at] = z
		}
	}
	return rowsOf(scores, n)
}

func rowsOf(data []float64, n int) [][]float64 {
	rows := make([][]float64, len(data)/n)
	for c := range rows {
		rows[c] = data[c*n : (c+1)*n]
	}
	return rows
}

// folded returns the distances from the median of all draws.
func folded(chains [][]float64) [][]float64 {
	n := len(chains[0])
	all := make([]float64, 0, len(chains)*n)
	for _, c := range chains {
		all = append(all, c...)
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	median := (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	for i := range all {
		all[i] = math.Abs(all[i] - median)
	}
	return rowsOf(all, n)
}
