package ebm_test

import (
	"context"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"joule/ebm"
	"joule/ebm/sampler"
)

// warning returns what do writes to the standard error.
func warning(t *testing.T, do func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = w
	do()
	os.Stderr = old
	w.Close()
	text, _ := io.ReadAll(r)
	return string(text)
}

// A plain function with a branch is an energy: it has values, a gradient by differences, can be used within another and be sampled.
func TestSlow(t *testing.T) {
	var slow *ebm.Model
	text := warning(t, func() {
		slow = ebm.Slow(2, func(x []float64) float64 {
			if x[0] > 0 {
				return x[0]*x[0] + math.Sin(x[1])
			}
			return 3 * x[0] * x[0] * x[1] * x[1]
		})
	})
	if !strings.Contains(text, "4 calls for a gradient") {
		t.Errorf("the warning is %q", text)
	}
	double := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return slow.Energy(x.Mul(2)).Add(x.Sum()) })
	for _, c := range []struct{ x, y, e, gx, gy float64 }{
		{1, 0.5, 1 + math.Sin(0.5), 2, math.Cos(0.5)}, {-1, 2, 12, -24, 12},
	} {
		g := slow.Gradient(c.x, c.y)
		if slow.At(c.x, c.y) != c.e || math.Abs(g[0]-c.gx) > 1e-8 || math.Abs(g[1]-c.gy) > 1e-8 {
			t.Errorf("at %v, %v: %v with gradient %v, want %v", c.x, c.y, slow.At(c.x, c.y), g, c)
		}
		g = double.Gradient(c.x/2, c.y/2)
		if math.Abs(g[0]-2*c.gx-1) > 1e-7 || math.Abs(g[1]-2*c.gy-1) > 1e-7 {
			t.Errorf("within another: gradient %v", g)
		}
	}
	busy := false // calls that met each other would race here, which the race detector sees
	_ = warning(t, func() {
		slow = ebm.Slow(1, func(x []float64) float64 { busy = !busy; return x[0] * x[0] / 2 })
	})
	run := sampler.Sample(t.Context(), slow, sampler.MALA{Step: 0.5}, sampler.Schedule{Chains: 200, Draws: 100, Seed: 1})
	sum := 0.0
	for _, x := range run.Samples() {
		sum += x[0] * x[0] / 20000
	}
	if math.Abs(sum-1) > 0.1 {
		t.Errorf("variance %v", sum)
	}
}

func TestTrouble(t *testing.T) {
	m := ebm.DefineModel(2, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
		return x.Sub(p.Value("edge", 1.5)).Log().Exp().Sum().Mul(2)
	})
	for _, c := range []struct {
		x    []float64
		want string
	}{
		{[]float64{2, 3}, ""},
		{[]float64{2, 1}, "Log gives NaN in element 1 of width 2 for -0.5"},
		{[]float64{1.5, 3}, "Log gives -Inf in element 0 of width 2 for 0"},
		{[]float64{math.Inf(1), 3}, "element 0 of the input is +Inf"},
	} {
		if got := m.Trouble(c.x...); got != c.want {
			t.Errorf("%v: %q, want %q", c.x, got, c.want)
		}
	}
	m.Params().Set("edge", math.NaN())
	if got := m.Trouble(1, 2); got != "element 0 of the parameter \"edge\" is NaN" {
		t.Errorf("%q", got)
	}
	steep := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Pow(0.5).Sum() })
	if got := steep.Trouble(0); !strings.HasPrefix(got, "in the gradient, Pow gives +Inf") {
		t.Errorf("%q", got)
	}
}

func TestExplain(t *testing.T) {
	text := ring().Explain()
	for _, want := range []string{"ebm.Model(width 2)", "per sample", "Sqrt(", "operations per sample"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The product of the Hessian of the quartic and a vector, as the derivative of a gradient along it.
func TestJVP(t *testing.T) {
	m := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
		g := ebm.Grad(x.Square().Square().Sum(), x)
		return ebm.JVP(g, x, []float64{1, -2}).Dot([]float64{1, 10})
	})
	if got, want := m.At(3, 0.5), 12*(9.0-0.25*2*10); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

// A cancelled evaluation says so and leaves what it has not computed.
func TestEvalContext(t *testing.T) {
	x, e := make([]float64, 2000), make([]float64, 1000)
	for i := range x {
		x[i] = 2
	}
	if err := ring().EvalContext(t.Context(), e, nil, x); err != nil || e[999] == 0 {
		t.Errorf("%v, energy %v", err, e[999])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e[999] = -1
	if err := ring().EvalContext(ctx, e, nil, x); err == nil || e[999] != -1 {
		t.Errorf("%v, energy %v", err, e[999])
	}
}
