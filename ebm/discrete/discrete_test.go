package discrete_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"joule/ebm"
	"joule/ebm/data"
	"joule/ebm/discrete"
	"joule/ebm/sampler"
	"joule/ebm/simd"
)

// glass returns random couplings and fields.
func glass(n int, size float64) (j [][]float64, h []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	j, h = make([][]float64, n), make([]float64, n)
	for i := range j {
		j[i] = make([]float64, n)
		h[i] = size * r.NormFloat64()
		for k := range i {
			j[i][k] = size * r.NormFloat64()
			j[k][i] = j[i][k]
		}
	}
	return j, h
}

// machine is an RBM whose parameters are large enough to matter.
func machine(visible, hidden int) *ebm.Model {
	m := discrete.RBM{Visible: visible, Hidden: hidden, Seed: 1, Scale: 0.8}.New()
	r := rand.New(rand.NewPCG(3, 4))
	b, c := m.Params().Get("b"), m.Params().Get("c")
	for i := range b {
		b[i] = 0.5 * r.NormFloat64()
	}
	for i := range c {
		c[i] = 0.5 * r.NormFloat64()
	}
	m.Params().Set("b", b)
	m.Params().Set("c", c)
	return m
}

func boltzmann(n int) *ebm.Model {
	m := discrete.Boltzmann{Spins: n}.New()
	j, h := glass(n, 0.4)
	m.Params().Set("J", j)
	m.Params().Set("h", h)
	return m
}

// The energies against double sums.
func TestEnergies(t *testing.T) {
	j, h := glass(6, 0.5)
	ising := discrete.Enumerate(discrete.NewIsing(j, h))
	learned := boltzmann(6)
	small, _ := glass(6, 0.4)
	for k, s := range ising.States {
		want, other := 0.0, 0.0
		for i := range s {
			want -= h[i] * s[i]
			other -= learned.Params().Get("h")[i] * s[i]
			for l := range i {
				want -= j[i][l] * s[i] * s[l]
				other -= small[i][l] * s[i] * s[l]
			}
		}
		if math.Abs(ising.Energy[k]-want) > 1e-12 || math.Abs(learned.At(s...)-other) > 1e-12 {
			t.Fatalf("E(%v) = %v, %v; want %v, %v", s, ising.Energy[k], learned.At(s...), want, other)
		}
	}
	if got := (discrete.Boltzmann{Spins: 6}).Ising(learned); math.Abs(discrete.Enumerate(got).LogZ-discrete.Enumerate(learned).LogZ) > 1e-12 {
		t.Error("the Ising model of a machine is another")
	}
}

// A lattice is the Ising model with the couplings of its neighbours; on two rows the neighbour above is also the one below.
func TestLattice(t *testing.T) {
	for _, size := range [][2]int{{3, 4}, {2, 3}, {2, 2}, {4, 2}} {
		rows, cols := size[0], size[1]
		n := rows * cols
		j := make([][]float64, n)
		for i := range j {
			j[i] = make([]float64, n)
		}
		h := make([]float64, n)
		for i := range n {
			h[i] = 0.2
			r, c := i/cols, i%cols
			for _, k := range []int{(r+1)%rows*cols + c, r*cols + (c+1)%cols} {
				j[i][k] += 0.3
				j[k][i] += 0.3
			}
		}
		a, b := discrete.Enumerate(discrete.Lattice(rows, cols, 0.3, 0.2)), discrete.Enumerate(discrete.NewIsing(j, h))
		for i := range a.Energy {
			if math.Abs(a.Energy[i]-b.Energy[i]) > 1e-12 {
				t.Fatalf("%v: E(%v) = %v, want %v", size, a.States[i], a.Energy[i], b.Energy[i])
			}
		}
	}
}

// The free energy of an RBM is the logarithm of the sum over its hidden bits.
func TestFreeEnergy(t *testing.T) {
	m := machine(4, 3)
	p := m.Params()
	w, b, c := p.Get("W"), p.Get("b"), p.Get("c")
	bits := discrete.Enumerate(ebm.Define(3, func(x ebm.Tensor) ebm.Tensor { return x.Sum() })).States
	for _, v := range discrete.Enumerate(m).States {
		sum := 0.0
		for _, h := range bits {
			e := 0.0
			for i := range v {
				e -= b[i] * v[i]
				for j := range h {
					e -= v[i] * w[i*3+j] * h[j]
				}
			}
			for j := range h {
				e -= c[j] * h[j]
			}
			sum += math.Exp(-e)
		}
		if got := m.At(v...); math.Abs(got+math.Log(sum)) > 1e-12 {
			t.Errorf("F(%v) = %v, want %v", v, got, -math.Log(sum))
		}
	}
}

func TestTable(t *testing.T) {
	tab := discrete.Enumerate(discrete.NewIsing([][]float64{{0, 0.7}, {0.7, 0}}, nil))
	if want := math.Log(2*math.Exp(0.7) + 2*math.Exp(-0.7)); math.Abs(tab.LogZ-want) > 1e-14 {
		t.Errorf("log Z %v, want %v", tab.LogZ, want)
	}
	if got, want := tab.Mean(func(s []float64) float64 { return s[0] * s[1] }), math.Tanh(0.7); math.Abs(got-want) > 1e-14 {
		t.Errorf("correlation %v, want %v", got, want)
	}
	if got := tab.MeanLogLikelihood([][]float64{{1, 1}, {1, -1}}); math.Abs(got+tab.LogZ) > 1e-14 {
		t.Errorf("log-likelihood %v", got)
	}
	if tab.Index([]float64{1, 0}) != -1 || tab.Index([]float64{-1, 1}) != 1 {
		t.Error("indices")
	}
	for name, do := range map[string]func(){
		"no state":      func() { tab.MeanLogLikelihood([][]float64{{0, 0}}) },
		"too many":      func() { discrete.Enumerate(discrete.Lattice(5, 5, 1, 0)) },
		"no dimension":  func() { discrete.Enumerate(nil) },
		"not symmetric": func() { discrete.NewIsing([][]float64{{0, 1}, {2, 0}}, nil) },
		"fields":        func() { discrete.NewIsing([][]float64{{0, 1}, {1, 0}}, []float64{1}) },
		"no spins":      func() { discrete.Boltzmann{}.New() },
		"no hidden":     func() { discrete.RBM{Visible: 3}.New() },
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error", name)
				}
			}()
			do()
		}()
	}
}

// chi compares frequencies with probabilities: χ²/n over states, about 1 when they agree.
func chi(f, p []float64, n int) float64 {
	sum := 0.0
	for i := range p {
		sum += (f[i] - p[i]) * (f[i] - p[i]) / p[i] * float64(n)
	}
	return sum / float64(len(p)-1)
}

// wrong is a machine whose sweeps draw from the energy at another temperature: the control.
type wrong struct{ sampler.Annealed }

func (w wrong) Sweep(x, u []float64, lanes int) { w.SweepAt(0.8, x, u, lanes) }
func (w wrong) Dim() int                        { return ebm.Dim(w.Annealed) }

// The states that Gibbs sampling visits at the end of many independent chains have the enumerated probabilities.
func TestGibbs(t *testing.T) {
	j, h := glass(5, 0.4)
	ising := discrete.NewIsing(j, h)
	for name, c := range map[string]struct {
		e    ebm.Energy
		good bool
	}{
		"Ising": {ising, true}, "lattice": {discrete.Lattice(2, 3, 0.3, 0.1), true},
		"board": {discrete.Lattice(2, 4, 0.3, 0.1), true}, "narrow board": {discrete.Lattice(4, 2, -0.2, -0.3), true}, "Boltzmann": {boltzmann(5), true},
		"RBM": {machine(5, 4), true}, "Ising, wrong": {wrong{ising}, false},
		"RBM, wrong": {wrong{machine(5, 4).Source().(sampler.Annealed)}, false},
	} {
		const chains, draws = 2000, 6
		run := sampler.Sample(t.Context(), c.e, sampler.Gibbs{}, sampler.Schedule{Chains: chains, Draws: draws, Warmup: 30, Thin: 10, Seed: 1})
		var values []float64
		if name == "Ising, wrong" {
			values = []float64{-1, 1}
		}
		tab := discrete.Enumerate(c.e, values...)
		x := chi(tab.Frequencies(run.Samples()), tab.P, chains*draws)
		if good := x < 2; good != c.good { // of 31 degrees of freedom: 2 is four standard deviations
			t.Errorf("%s: χ²/n = %.2f", name, x)
		}
	}
}

// AIS on discrete energies against enumeration; log Z and its error.
func TestAIS(t *testing.T) {
	j, h := glass(8, 0.5)
	for name, e := range map[string]ebm.Energy{
		"Ising": discrete.NewIsing(j, h), "lattice": discrete.Lattice(3, 4, 0.44, 0), "Boltzmann": boltzmann(7), "RBM": machine(10, 6),
	} {
		got, se := sampler.AIS{Temps: 300, Chains: 400, Seed: 2}.LogZ(t.Context(), e)
		want := discrete.Enumerate(e).LogZ
		if !(math.Abs(got-want) < 4*se && se < 0.05) {
			t.Errorf("%s: log Z = %v ± %v, want %v", name, got, se, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if z, _ := (sampler.AIS{}).LogZ(ctx, machine(4, 4)); !math.IsNaN(z) {
		t.Errorf("cancelled: %v", z)
	}
}

func TestBarsAndStripes(t *testing.T) {
	rows := data.BarsAndStripes(4)
	m := discrete.RBM{Visible: 16, Hidden: 4, Seed: 1}.New()
	if len(rows) != 30 {
		t.Errorf("%d patterns", len(rows))
	}
	// A machine that knows nothing gives every pattern the same probability.
	if got := discrete.Enumerate(m).MeanLogLikelihood(rows); math.Abs(got+16*math.Ln2) > 0.05 {
		t.Errorf("log-likelihood %v", got)
	}
}

// TestFewBits: a sweep over machines of which few visible bits are set is the one over those same machines beside others, of which so
// many are set that the product is a dense one; and weights that are not finite are not skipped.
func TestFewBits(t *testing.T) {
	const nv, nh, lanes = 150, 37, 64
	r := rand.New(rand.NewPCG(5, 6))
	for _, bad := range []float64{0, math.NaN(), math.Inf(1)} {
		m := machine(nv, nh)
		if bad != 0 {
			w := m.Params().Get("W")
			w[r.IntN(len(w))] = bad
			m.Params().Set("W", w)
		}
		few, many := make([]float64, nv*lanes), make([]float64, nv*lanes)
		for i := range few {
			if l := i % lanes; l < lanes/2 {
				if r.Float64() < 0.06 {
					few[i], many[i] = 1, 1
				}
			} else {
				many[i] = 1
			}
		}
		sweep := func(x []float64) []float64 {
			p := m.Source().(sampler.Packed).Pack(lanes)
			p.Place(x)
			p.Sweep(simd.Source{Seed: 1}, 0, 0)
			out := make([]float64, len(x))
			p.Rows(out)
			return out
		}
		a, b := sweep(few), sweep(many)
		for i := range a {
			if i%lanes < lanes/2 && a[i] != b[i] {
				t.Fatalf("a weight of %v: bit %d of machine %d is %v, beside crowded ones %v", bad, i/lanes, i%lanes, a[i], b[i])
			}
		}
	}
}
