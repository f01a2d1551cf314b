package loss

import (
	"math"
	"testing"

	"joule/ebm"
	"joule/ebm/nn"
	"joule/ebm/simd"
)

// other is Langevin under another name: its chains begin with a gradient of their own.
type other struct{ Langevin }

// TestFirstStepIsShared: that the first step of the chains takes its gradient from where the parameters' is computed changes nothing but
// the time. Float64 is the oracle of both.
func TestFirstStepIsShared(t *testing.T) {
	net := nn.MLP{In: 3, Hidden: []int{17, 9}, Act: "silu", Seed: 4}.New()
	for name, c := range map[string]struct {
		by Langevin
		k  int
	}{
		"one step":   {Langevin{}, 1},
		"ten steps":  {Langevin{Step: 0.02}, 10},
		"no noise":   {Langevin{Step: 0.5, Noise: -1}, 3},
		"with limit": {Langevin{Step: 0.5, Clip: 0.01}, 4},
	} {
		for _, n := range []int{1, 20, 300} {
			batch := make([]float64, 3*n)
			simd.Source{Seed: 9}.Normals(batch, 0, 0)
			s := Setup{Model: net, Batch: n, Seed: 5, Single: true}
			shared, apart := CD{K: c.k, By: c.by}.Prepare(s), CD{K: c.k, By: other{c.by}}.Prepare(s)
			s.Single = false
			exact := CD{K: c.k, By: c.by}.Prepare(s)
			if _, ok := shared.(*contrastive); !ok {
				t.Fatalf("%s: the loss is a %T", name, shared)
			}
			for step := range 3 { // the noise goes on from call to call
				var loss [3]float64
				var grad [3][]float64
				for k, o := range []Objective{shared, apart, exact} {
					grad[k] = make([]float64, net.Params().Len())
					loss[k] = o.Gradient(grad[k], batch, step)
				}
				for k := range 2 {
					if !(math.Abs(loss[k]-loss[2]) < 1e-5) {
						t.Errorf("%s, %d samples, step %d: loss %v, in float64 %v", name, n, step, loss[k], loss[2])
					}
					for i, v := range grad[k] {
						if !(math.Abs(v-grad[2][i]) < 2e-5) {
							t.Fatalf("%s, %d samples, step %d: gradient %d is %v, in float64 %v", name, n, step, i, v, grad[2][i])
						}
					}
				}
				if v := shared.Gradient(nil, batch, step); math.IsNaN(v) {
					t.Errorf("%s: the loss alone is %v", name, v)
				}
				apart.Gradient(nil, batch, step)
				exact.Gradient(nil, batch, step)
			}
		}
	}
}

// TestTroubleOfContrast: where a chain runs away, the operation is named.
func TestTroubleOfContrast(t *testing.T) {
	m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
		return x.Sub(p.Bias("b", 1)).Exp().Sum()
	})
	o := CD{K: 3, By: Langevin{Step: 50, Noise: -1}}.Prepare(Setup{Model: m, Batch: 1, Single: true}).(*contrastive)
	o.Gradient(make([]float64, 1), []float64{800}, 0)
	if what := o.Trouble(); what == "" {
		t.Error("no trouble with e^800")
	}
	o.Gradient(make([]float64, 1), []float64{-3}, 0)
	if what := o.Trouble(); what != "" {
		t.Errorf("trouble with e^-3: %s", what)
	}
}
