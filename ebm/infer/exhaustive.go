package infer

import (
	"context"
	"fmt"
	"math"

	"joule/ebm"
)

// Exhaustive looks at every candidate: exact for what has few values, and the measure of every other solver.
type Exhaustive struct {
	Candidates [][]float64 // one per row; Grid makes some, discrete.Enumerate has States
}

// Minimize returns the candidate of lowest energy, the first of equal ones.
func (s Exhaustive) Minimize(ctx context.Context, m *ebm.Model) (y []float64, ey float64) {
	if len(s.Candidates) == 0 {
		panic(fmt.Errorf("infer: Exhaustive: no candidates"))
	}
	ey = math.NaN()
	const block = 4096 // between looks at ctx
	for lo := 0; lo < len(s.Candidates) && ctx.Err() == nil; lo += block {
		part := s.Candidates[lo:min(lo+block, len(s.Candidates))]
		for i, e := range m.Energies(part) {
			if lower(e, ey) {
				y, ey = part[i], e
			}
		}
	}
	return append([]float64(nil), y...), ey
}

// Grid returns the points of a regular grid with n points along each of dim axes, from lo to hi inclusive.
func Grid(dim, n int, lo, hi float64) [][]float64 {
	total := math.Pow(float64(n), float64(dim))
	if dim < 1 || n < 2 || !(hi > lo) || total > 1<<24 {
		panic(fmt.Errorf("infer: Grid: %d points along each of %d axes from %v to %v", n, dim, lo, hi))
	}
	rows := make([][]float64, int(total))
	for i := range rows {
		rows[i] = make([]float64, dim)
		for j, rest := dim-1, i; j >= 0; j-- {
			rows[i][j] = lo + (hi-lo)*float64(rest%n)/float64(n-1)
			rest /= n
		}
	}
	return rows
}
