package diag

import "fmt"

// Draws are samples of several chains of equal length, in one block of memory: coordinate j of draw t of chain c is
// Data[(c·Draws + t)·Dim + j].
type Draws struct {
	Chains int
	Draws  int // per chain
	Dim    int
	Data   []float64
}

// At returns one draw. It shares the memory of d.
func (d Draws) At(chain, draw int) []float64 {
	if chain < 0 || chain >= d.Chains || draw < 0 || draw >= d.Draws {
		panic(fmt.Errorf("diag: draw %d of chain %d, of %d draws of %d chains", draw, chain, d.Draws, d.Chains))
	}
	i := (chain*d.Draws + draw) * d.Dim
	return d.Data[i : i+d.Dim : i+d.Dim]
}

// Chain returns the draws of one chain, one per row, sharing the memory of d.
func (d Draws) Chain(chain int) [][]float64 {
	rows := make([][]float64, d.Draws)
	for t := range rows {
		rows[t] = d.At(chain, t)
	}
	return rows
}

// Rows returns all draws, one per row, chain after chain, sharing the memory of d.
func (d Draws) Rows() [][]float64 {
	rows := make([][]float64, 0, d.Chains*d.Draws)
	for c := range d.Chains {
		rows = append(rows, d.Chain(c)...)
	}
	return rows
}

// Coordinate returns a copy of one coordinate, one row per chain.
func (d Draws) Coordinate(j int) [][]float64 {
	if j < 0 || j >= d.Dim {
		panic(fmt.Errorf("diag: coordinate %d of %d", j, d.Dim))
	}
	all := make([]float64, d.Chains*d.Draws)
	for i := range all {
		all[i] = d.Data[i*d.Dim+j]
	}
	rows := make([][]float64, d.Chains)
	for c := range rows {
		rows[c] = all[c*d.Draws : (c+1)*d.Draws]
	}
	return rows
}
