package ring

import (
	"math"
	"testing"

	"joule/ebm"
	"joule/ebm/ebmtest"
	"joule/ebm/sampler"
	"joule/plugins"
)

func TestSound(t *testing.T) {
	for _, r := range []Ring{Default, {Radius: 5, Width: 1}, {Radius: 0, Width: 0.5}} {
		for _, dim := range []int{1, 2, 3, 10} {
			if err := ebmtest.CheckEnergy(r, dim); err != nil {
				t.Errorf("%+v at dimension %d: %v", r, dim, err)
			}
		}
	}
}

func TestEnergyByFormula(t *testing.T) {
	m := ebm.New(2, Ring{Radius: 3, Width: 0.5})
	for _, c := range []struct{ x, y, want float64 }{{3, 0, 0}, {0, -3, 0}, {0, 0, 18}, {3, 4, 8}} {
		if got := m.At(c.x, c.y); math.Abs(got-c.want) > 1e-13 {
			t.Errorf("E(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

// The energy is rotation invariant and its distance from the radius is what the width says: radii of samples have density r
// e^−E, so their mean is Radius + Width²/Radius, up to what is beyond the origin.
func TestWidthIsTheSpreadOfTheRadius(t *testing.T) {
	e := plugins.Energy("ring", plugins.Params{"Radius": 4, "Width": 0.3})
	run := sampler.Sample(t.Context(), e, sampler.MALA{}, sampler.Schedule{Chains: 500, Draws: 500, Seed: 1})
	var mean, square, n float64
	for _, x := range run.Samples() {
		r := math.Hypot(x[0], x[1])
		mean, square, n = mean+r, square+r*r, n+1
	}
	mean /= n
	sd := math.Sqrt(square/n - mean*mean)
	if math.Abs(mean-(4+0.09/4)) > 0.01 || math.Abs(sd-0.3) > 0.01 {
		t.Errorf("radius %.4f ± %.4f", mean, sd)
	}
}
