package ebmtest_test

import (
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"joule/ebm"
	"joule/ebm/ebmtest"
	"joule/ebm/sampler"
	"joule/plugins"
	_ "joule/plugins/all"
)

type energy func(x ebm.Tensor) ebm.Tensor

func (f energy) Energy(x ebm.Tensor) ebm.Tensor { return f(x) }

func TestGoodEnergiesPass(t *testing.T) {
	for name, e := range map[string]ebm.Energy{
		"quadratic": energy(func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() }),
		"kinks":     energy(func(x ebm.Tensor) ebm.Tensor { return x.Abs().Sum().Add(x.Max()).Add(x.ReLU().Sum()) }),
		"a wall":    energy(func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Col(0).Greater(0), x.Square().Sum(), math.Inf(1)) }),
		"network": energy(func(x ebm.Tensor) ebm.Tensor {
			return x.MatMul([][]float64{{1, 2, 3}, {-1, 0.5, 0.2}}).SiLU().Square().Sum()
		}),
	} {
		if err := ebmtest.CheckEnergy(e, 2); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryBuiltInEnergy(t *testing.T) {
	names := plugins.Of("energy")
	if len(names) == 0 {
		t.Fatal("no energies are compiled in")
	}
	for _, name := range names {
		e := plugins.Energy(name)
		for _, dim := range []int{1, 2, 5} {
			if d := ebm.Dim(e); d != 0 && d != dim {
				continue
			}
			if err := ebmtest.CheckEnergy(e, dim); err != nil {
				t.Errorf("%s at dimension %d: %v", name, dim, err)
			}
		}
	}
}

func TestBadEnergiesFail(t *testing.T) {
	calls := 0.0
	for _, c := range []struct {
		name string
		e    energy
		want string
	}{
		{"no number", func(x ebm.Tensor) ebm.Tensor { return x.Sum().Log() }, "is NaN"},
		{"a hidden gradient", func(x ebm.Tensor) ebm.Tensor { return x.StopGradient().Square().Sum() }, "central differences"},
		{"not one number", func(x ebm.Tensor) ebm.Tensor { return x }, "one number per sample"},
		{"infinite everywhere", func(x ebm.Tensor) ebm.Tensor { return ebm.Const(math.Inf(1)) }, "finite at none"},
		{"changes", func(x ebm.Tensor) ebm.Tensor { calls++; return x.Square().Sum().Mul(calls) }, "second time"},
		{"a pole in the gradient", func(x ebm.Tensor) ebm.Tensor {
			return ebm.Where(1, x.Sum(), x.Sum().Mul(1e4).Exp())
		}, "gradient"},
	} {
		if err := ebmtest.CheckEnergy(c.e, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want an error that says %q", c.name, err, c.want)
		}
	}
}

func TestSamplersPass(t *testing.T) {
	for name, s := range map[string]sampler.Sampler{
		"MALA": sampler.MALA{Step: 0.3}, "tuned MALA": sampler.MALA{}, "HMC": sampler.HMC{Step: 0.3}, "tuned HMC": sampler.HMC{},
	} {
		for _, wide := range []bool{false, true} {
			if err := ebmtest.CheckSampler(s, ebmtest.Target{Float64: wide}); err != nil {
				t.Errorf("%s, double precision %v: %v", name, wide, err)
			}
		}
	}
	const h = 0.2
	for _, wide := range []bool{false, true} {
		biased := ebmtest.Target{Variance: func(v float64) float64 { return v / (1 - h/(2*v)) }, Float64: wide}
		if err := ebmtest.CheckSampler(sampler.ULA{Step: h}, biased); err != nil {
			t.Errorf("ULA with its known bias, double precision %v: %v", wide, err)
		}
	}
}

// broken samplers, each of which must fail for its own reason.
type broken struct {
	sampler.MALA
	spoil func(s *sampler.State, info *sampler.Info)
}

func (b broken) Kernel(t *sampler.Target) sampler.Kernel { return spoiled{b.MALA.Kernel(t), b.spoil} }

type spoiled struct {
	sampler.Kernel
	spoil func(s *sampler.State, info *sampler.Info)
}

func (k spoiled) Step(s *sampler.State, info *sampler.Info, noise sampler.Noise) {
	k.Kernel.Step(s, info, noise)
	k.spoil(s, info)
}

func TestBrokenSamplersFail(t *testing.T) {
	if err := ebmtest.CheckSampler(sampler.ULA{Step: 0.2}, ebmtest.Target{}); err == nil || !strings.Contains(err.Error(), "variance") {
		t.Errorf("ULA as if it were exact: %v", err)
	}
	var calls atomic.Int64
	for _, c := range []struct {
		name  string
		spoil func(s *sampler.State, info *sampler.Info)
		want  string
	}{
		{"drifts", func(s *sampler.State, _ *sampler.Info) {
			for i := range s.X {
				s.X[i] += 0.01
			}
		}, "mean"},
		{"shrinks", func(s *sampler.State, _ *sampler.Info) {
			for i := range s.X {
				s.X[i] *= 0.99
			}
		}, "variance"},
		{"forgets its seed", func(s *sampler.State, _ *sampler.Info) { s.X[0] += 1e-9 * float64(calls.Add(1)) }, "the same seed"},
		{"accepts too much", func(_ *sampler.State, info *sampler.Info) { info.Accept[0] = 1e6 }, "acceptance"},
		{"diverges", func(_ *sampler.State, info *sampler.Info) { info.Diverged[0] = true }, "diverged"},
	} {
		s := broken{sampler.MALA{Step: 0.3}, c.spoil}
		if err := ebmtest.CheckSampler(s, ebmtest.Target{Chains: 256}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a sampler that %s: %v; want an error that says %q", c.name, err, c.want)
		}
	}
}
