package sampler

import (
	"testing"

	"joule/ebm/diag"
)

func TestPointsAreOfAllChainsAndTimes(t *testing.T) {
	for _, c := range []struct{ chains, draws, n, want int }{
		{512, 2000, 500, 500}, // more chains than points: no chain twice
		{4, 1000, 300, 300},
		{3, 5, 100, 15}, // all there are, each once
		{2, 3, 0, 0},
	} {
		flat := make([]float64, 0, c.chains*c.draws*2)
		for chain := range c.chains {
			for draw := range c.draws {
				flat = append(flat, float64(chain), float64(draw))
			}
		}
		run := &Run{Draws: diag.Draws{Chains: c.chains, Draws: c.draws, Dim: 2, Data: flat}}
		points := run.Points(c.n)
		if len(points) != c.want {
			t.Fatalf("%v: %d points", c, len(points))
		}
		seen, chains := map[[2]float64]bool{}, map[float64]int{}
		mean := 0.0
		for _, p := range points {
			seen[[2]float64{p[0], p[1]}] = true
			chains[p[0]]++
			mean += p[1] / float64(len(points))
		}
		if len(seen) != c.want {
			t.Errorf("%v: %d different draws", c, len(seen))
		}
		if want := min(c.chains, c.want); len(chains) != want {
			t.Errorf("%v: points of %d chains, want %d", c, len(chains), want)
		}
		if middle := float64(c.draws-1) / 2; c.want > 0 && (mean < 0.9*middle-1 || mean > 1.1*middle+1) {
			t.Errorf("%v: mean time %.1f, want about %.1f", c, mean, middle)
		}
	}
}
