package sampler

import (
	"context"
	"math"
	"slices"
	"testing"

	"joule/ebm"
)

// On the ring, with a fixed step and with one that is found.
func TestHMC(t *testing.T) {
	for _, s := range []HMC{{}, {Step: 0.1, Leaps: 20}, {Step: 0.15, Jitter: -1}} {
		run := Sample(t.Context(), ring(), s, Schedule{Chains: 256, Draws: 500, Seed: 1})
		r, se := mean(run, func(x []float64) float64 { return math.Hypot(x[0], x[1]) })
		sigmas(t, "mean radius", r, se, 2+0.0625/2)
		if run.Diverged != 0 || run.Accept < 0.6 {
			t.Errorf("%+v: %v, %d diverged", s, run, run.Diverged)
		}
		if s.Step == 0 && math.Abs(run.Accept-0.8) > 0.08 {
			t.Errorf("the step is tuned to an acceptance of %v, not 0.8", run.Accept)
		}
	}
}

// The leapfrog reverses: with the momentum turned round it comes back, and its error in the energy falls with the square of the
// step.
func TestLeapfrog(t *testing.T) {
	target := newTarget(ring(), 1)
	moved := func(h float64, leaps int) (drift float64, back []float64) {
		k := HMC{Step: h, Leaps: leaps, Jitter: -1}.Kernel(target).(*hmc)
		k.y.X[0], k.y.X[1], k.v[0], k.v[1] = 1.7, 0.4, 0.3, -0.8
		target.Eval(k.y)
		before := k.y.Energy[0] + k.kinetic(0)
		for range leaps {
			k.leap(k.u[1:])
		}
		drift = math.Abs(k.y.Energy[0] + k.kinetic(0) - before)
		k.v[0], k.v[1] = -k.v[0], -k.v[1]
		for range leaps {
			k.leap(k.u[1:])
		}
		return drift, k.y.X
	}
	coarse, back := moved(0.02, 50)
	fine, _ := moved(0.01, 100)
	if math.Abs(back[0]-1.7) > 1e-10 || math.Abs(back[1]-0.4) > 1e-10 {
		t.Errorf("came back to %v", back)
	}
	if ratio := coarse / fine; ratio < 3 || ratio > 5 {
		t.Errorf("half the step has an error of 1/%.2f, want 1/4", ratio)
	}
}

// Closed forms of log Z: the ring of the contract (2.0637), normal distributions, an exponential half line behind a wall.
func TestAIS(t *testing.T) {
	for _, c := range []struct {
		name string
		e    ebm.Energy
		a    AIS
		want float64
	}{
		{"ring", ring(), AIS{Temps: 1000, Chains: 500, Seed: 1}, 2.06374},
		{"narrow", ebm.Define(3, func(x ebm.Tensor) ebm.Tensor { return x.Sub(1).Div(0.1).Square().Sum().Div(2).Add(7) }),
			AIS{Temps: 1500, Chains: 200, Seed: 2}, 3*(math.Log(2*math.Pi)/2+math.Log(0.1)) - 7},
		{"wide", ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Div(18) }),
			AIS{Temps: 300, Chains: 200, Seed: 3, Scale: 1}, math.Log(2*math.Pi)/2 + math.Log(3)},
		{"wall", ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(0), x, math.Inf(1)) }),
			AIS{Temps: 400, Chains: 2000, Seed: 4}, 0},
	} {
		logZ, se := c.a.LogZ(t.Context(), c.e)
		if !(math.Abs(logZ-c.want) < 4*se+1e-4 && se < 0.1) {
			t.Errorf("%s: log Z = %.4f ± %.4f, want %.4f", c.name, logZ, se, c.want)
		}
	}
	a := AIS{Temps: 50, Chains: 100, Seed: 1}
	if !slices.Equal(a.LogWeights(t.Context(), ring()), a.LogWeights(t.Context(), ring())) {
		t.Error("the same seed gives other weights")
	}
	a.Seed++
	if slices.Equal(a.LogWeights(t.Context(), ring()), (AIS{Temps: 50, Chains: 100, Seed: 1}).LogWeights(t.Context(), ring())) {
		t.Error("another seed gives the same weights")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if z, se := a.LogZ(ctx, ring()); !math.IsNaN(z) || !math.IsNaN(se) {
		t.Errorf("cancelled: %v ± %v", z, se)
	}
}

// The control: without moves the weights are those of plain importance sampling, whose error must show; and one that forgets the
// normalisation of its start is caught.
func TestAISControl(t *testing.T) {
	narrow := ebm.Define(6, func(x ebm.Tensor) ebm.Tensor { return x.Sub(2).Div(0.2).Square().Sum().Div(2) })
	want := 6 * (math.Log(2*math.Pi)/2 + math.Log(0.2))
	_, few := AIS{Temps: 2, Chains: 500, Seed: 1}.LogZ(t.Context(), narrow)
	got, many := AIS{Temps: 500, Chains: 500, Seed: 1}.LogZ(t.Context(), narrow)
	if few < 5*many || math.Abs(got-want) > 4*many {
		t.Errorf("standard errors %v with 2 turns, %v with 500; log Z %v, want %v", few, many, got, want)
	}
	if start := 6 * (math.Log(2*math.Pi)/2 + math.Log(2)); math.Abs(got-start-want) < 4*many {
		t.Error("the test does not notice the normalisation of the start")
	}
}

// A walk leaves the distribution as it is, follows the parameters, and does not depend on the number of processors.
func TestWalker(t *testing.T) {
	m := ebm.DefineModel(1, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return x.Square().Mul(p.Value("a", 1)).Div(2) })
	for name, s := range map[string]interface {
		Walker(m *ebm.Model, seed int) func(x []float64, steps int)
	}{"MALA": MALA{Step: 0.5}, "HMC": HMC{Step: 0.4}, "ULA": ULA{Step: 0.02}} {
		m.Params().Set("a", 1)
		move := s.Walker(m, 1)
		x := make([]float64, 3000)
		for _, a := range []float64{1, 4} {
			m.Params().Set("a", a)
			move(x, 300)
			v := 0.0
			for _, w := range x {
				v += w * w / 3000
			}
			if math.Abs(v*a-1) > 0.12 { // four standard errors, and the bias of ULA
				t.Errorf("%s: variance %v at precision %v", name, v, a)
			}
		}
		again := s.Walker(m, 1)
		y := make([]float64, 3000)
		m.Params().Set("a", 1)
		again(y, 100)
		again(y, 200)
		m.Params().Set("a", 4)
		again(y, 300)
		if !slices.Equal(x, y) {
			t.Errorf("%s: the same seed in two calls gives other points", name)
		}
	}
}
