package energy_test

import (
	"math"
	"testing"

	"joule/ebm"
	"joule/ebm/ebmtest"
	"joule/ebm/energy"
	"joule/ebm/infer"
	"joule/ebm/sampler"
)

// Values by hand, and gradients by differences at several dimensions.
func TestEnergies(t *testing.T) {
	for _, c := range []struct {
		name string
		e    ebm.Energy
		x    []float64
		want float64
	}{
		{"Gaussian", energy.Gaussian{}, []float64{1, 2}, 2.5},
		{"Gaussian, moved", energy.Gaussian{Mean: []float64{1, 0}, SD: []float64{2, 0.5}}, []float64{3, 1}, 2.5},
		{"Mixture", energy.Mixture{Means: [][]float64{{0}, {2}}, SD: 1}, []float64{1}, 0.5 - math.Ln2},
		{"eight modes", energy.Mixture{}, []float64{2, 0}, 0},
		{"DoubleWell", energy.DoubleWell{}, []float64{0, 1, -1}, 2},
		{"Ring", energy.Ring{}, []float64{3, 0}, 8},
		{"Rosenbrock", energy.Rosenbrock{}, []float64{0, 1, 1}, 100 + 1},
		{"Rosenbrock, lowest", energy.Rosenbrock{}, []float64{1, 1}, 0},
		{"Rastrigin", energy.Rastrigin{}, []float64{0.5, 0}, 20.25},
		{"Ackley", energy.Ackley{}, []float64{0, 0}, 0},
		{"Funnel", energy.Funnel{}, []float64{3, 1}, 0.5 + math.Exp(-3)/2 + 1.5},
	} {
		if got := ebm.New(len(c.x), c.e).At(c.x...); math.Abs(got-c.want) > 1e-5 {
			t.Errorf("%s: E(%v) = %v, want %v", c.name, c.x, got, c.want)
		}
		if err := ebmtest.CheckEnergy(c.e, len(c.x)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Integrals over a grid, and for the ring by annealing too, are the closed forms.
func TestLogZ(t *testing.T) {
	for name, e := range map[string]interface {
		ebm.Energy
		LogZ(dim int) float64
	}{
		"Gaussian": energy.Gaussian{Mean: []float64{1, 0}, SD: []float64{2, 0.5}}, "one width": energy.Gaussian{SD: []float64{0.7}},
		"Mixture": energy.Mixture{}, "Ring": energy.Ring{Radius: 1, Width: 0.5}, "Funnel": energy.Funnel{Spread: 0.7},
	} {
		m := ebm.New(2, e)
		sum := 0.0
		points := infer.Grid(2, 901, -12, 12)
		for _, v := range m.Energies(points) {
			sum += math.Exp(-v)
		}
		h := 24.0 / 900
		if got := math.Log(sum * h * h); math.Abs(got-e.LogZ(2)) > 1e-4 {
			t.Errorf("%s: log Z %v on a grid, %v in closed form", name, got, e.LogZ(2))
		}
	}
	if z := (energy.Ring{}).LogZ(2); math.Abs(z-2.0637) > 1e-4 {
		t.Errorf("the ring: %v", z)
	}
	got, se := sampler.AIS{Chains: 300, Temps: 500, Seed: 1}.LogZ(t.Context(), energy.Mixture{})
	if want := (energy.Mixture{}).LogZ(2); math.Abs(got-want) > 4*se || se > 0.1 {
		t.Errorf("annealing: %v ± %v, want %v", got, se, want)
	}
}

func TestMisuse(t *testing.T) {
	for name, do := range map[string]func(){
		"other width":    func() { ebm.New(2, energy.Mixture{Means: [][]float64{{1}}}) },
		"one coordinate": func() { ebm.New(1, energy.Rosenbrock{}) },
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
