package discrete_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"joule/ebm/discrete"
	"joule/ebm/sampler"
)

// perSpin is the mean energy of a spin of a lattice without a field, for coupling 1.
func perSpin(s []float64, rows, cols int) float64 {
	e := 0.0
	for i, v := range s {
		r, c := i/cols, i%cols
		e -= v * (s[(r+1)%rows*cols+c] + s[r*cols+(c+1)%cols])
	}
	return e / float64(rows*cols)
}

// Large boards have the energy that Onsager found ("Crystal statistics I", 1944, equation 116): −coth 2K (1 + 2/π (2 tanh²2K − 1) K₁(k))
// with k = 2 sinh 2K / cosh² 2K, evaluated here to four digits. Widths are chosen that vectors do not divide.
func TestOnsager(t *testing.T) {
	for coupling, want := range map[float64]float64{0.2: -0.4282, 0.3: -0.7044, 0.6: -1.9091} {
		const rows, cols = 130, 194
		init := make([]float64, rows*cols)
		for i := range init {
			init[i] = 1 // an ordered start does not freeze into stripes
		}
		run := sampler.Sample(t.Context(), discrete.Lattice(rows, cols, coupling, 0), sampler.Gibbs{},
			sampler.Schedule{Chains: 2, Draws: 40, Warmup: 300, Thin: 5, Seed: 1, Init: [][]float64{init}})
		mean := 0.0
		for _, s := range run.Samples() {
			mean += perSpin(s, rows, cols) / 80
		}
		if math.Abs(mean-want) > 0.006 { // five standard errors and the size of the board
			t.Errorf("coupling %v: energy %.4f, want %.4f", coupling, mean, want)
		}
	}
}

// The spins of a board that is drawn by several hands do not depend on their number.
func TestBoardOnAnyNumberOfProcessors(t *testing.T) {
	draw := func(procs, seed int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return sampler.Sample(t.Context(), discrete.Lattice(250, 262, 0.4, 0.01), sampler.Gibbs{},
			sampler.Schedule{Chains: 1, Draws: 1, Warmup: 4, Seed: seed}).Draws.Data
	}
	want := draw(1, 3)
	for _, procs := range []int{2, 5} {
		if !slices.Equal(draw(procs, 3), want) {
			t.Errorf("%d processors draw other spins", procs)
		}
	}
	if slices.Equal(draw(1, 4), want) {
		t.Error("another seed draws the same spins")
	}
}

// Spins that are placed are handed out as they are, in every shape.
func TestPlaceAndRows(t *testing.T) {
	for _, side := range [][2]int{{2, 2}, {4, 6}, {6, 66}} {
		m := discrete.Lattice(side[0], side[1], 0.1, 0)
		const lanes = 3
		b := m.Pack(lanes)
		x, got := make([]float64, lanes*m.Dim()), make([]float64, lanes*m.Dim())
		for i := range x {
			x[i] = float64(i*i%7%2*2 - 1)
		}
		b.Place(x)
		if b.Rows(got); !slices.Equal(got, x) {
			t.Errorf("%v: %v, want %v", side, got, x)
		}
	}
	if discrete.Lattice(3, 4, 0.1, 0).Pack(1) != nil || discrete.NewIsing([][]float64{{0, 1}, {1, 0}}, nil).Pack(1) != nil {
		t.Error("an odd lattice and a model without one have no two colours")
	}
}
