package optim

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

// quadratic is ½ Σ cᵢ (x − target)², with its gradient.
func quadratic(x, grad []float64) float64 {
	v := 0.0
	for i := range x {
		c, d := math.Pow(10, float64(i)), x[i]-float64(i)
		v += c * d * d / 2
		if grad != nil {
			grad[i] = c * d
		}
	}
	return v
}

// Three steps of each method by hand, from the papers' formulas on θ = 1 with gradient 2θ.
func TestFirstSteps(t *testing.T) {
	adam := func(b1, b2, decay float64) []float64 {
		th, m, v := 1.0, 0.0, 0.0
		var out []float64
		for k := 1.0; k <= 3; k++ {
			g := 2 * th
			m, v = b1*m+(1-b1)*g, b2*v+(1-b2)*g*g
			th -= 0.1 * ((m/(1-math.Pow(b1, k)))/(math.Sqrt(v/(1-math.Pow(b2, k)))+1e-8) + decay*th)
			out = append(out, th)
		}
		return out
	}
	rms := func(mom float64) []float64 {
		th, s, v := 1.0, 0.0, 0.0
		var out []float64
		for range 3 {
			g := 2 * th
			s = 0.99*s + 0.01*g*g
			v = mom*v + g/(math.Sqrt(s)+1e-8)
			th -= 0.1 * v
			out = append(out, th)
		}
		return out
	}
	for name, c := range map[string]struct {
		o    Optimizer
		want []float64
	}{
		"SGD":       {SGD{LR: 0.1}, []float64{0.8, 0.64, 0.512}},
		"momentum":  {SGD{LR: 0.1, Momentum: 0.5}, []float64{0.8, 0.8 - 0.1*(1+1.6), 0.54 - 0.1*(0.5*2.6+1.08)}},
		"Nesterov":  {SGD{LR: 0.1, Momentum: 0.5, Nesterov: true}, []float64{1 - 0.1*(2+0.5*2), 0.7 - 0.1*(1.4+0.5*2.4), 0.44 - 0.1*(0.88+0.5*2.08)}},
		"decay":     {SGD{LR: 0.1, Decay: 1}, []float64{0.7, 0.49, 0.343}},
		"Adam":      {Adam{LR: 0.1}, adam(0.9, 0.999, 0)},
		"Adam β₁=0": {Adam{LR: 0.1, Beta1: -1, Beta2: 0.9}, adam(0, 0.9, 0)},
		"AdamW":     {AdamW{LR: 0.1, Decay: 0.3}, adam(0.9, 0.999, 0.3)},
		"RMSprop":   {RMSprop{LR: 0.1, Momentum: 0.5}, rms(0.5)},
	} {
		r, th := c.o.New(1), []float64{1}
		for k, want := range c.want {
			r.Step(th, []float64{2 * th[0]}, 1)
			if math.Abs(th[0]-want) > 1e-14 {
				t.Errorf("%s: step %d: %v, want %v", name, k+1, th[0], want)
			}
		}
	}
}

// The same gradient at half the rate gives half the step.
func TestRate(t *testing.T) {
	for _, o := range []Optimizer{SGD{}, Adam{}, AdamW{}, RMSprop{}} {
		a, b := []float64{1}, []float64{1}
		o.New(1).Step(a, []float64{3}, 1)
		o.New(1).Step(b, []float64{3}, 0.5)
		if math.Abs((1-a[0])-2*(1-b[0])) > 1e-15 || a[0] >= 1 {
			t.Errorf("%T: steps %v and %v", o, 1-a[0], 1-b[0])
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		step int
		want float64
	}{
		{Cosine{}, 0, 1}, {Cosine{}, 50, 0.5}, {Cosine{}, 100, 0}, {Cosine{Floor: 0.2}, 100, 0.2}, {Cosine{Warmup: 10}, 0, 0.1},
		{Cosine{Warmup: 10}, 10, 1}, {Exponential{}, 0, 1}, {Exponential{}, 50, 0.1}, {Exponential{Final: 0.25}, 50, 0.5},
		{Steps{}, 33, 1}, {Steps{}, 34, 0.1}, {Steps{Every: 10, Factor: 0.5}, 25, 0.25}, {Inverse{}, 0, 1}, {Inverse{}, 10, 0.5},
		{Inverse{Half: 5}, 15, 0.25},
	} {
		if got := c.s.Rate(c.step, 100); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%#v at %d: %v, want %v", c.s, c.step, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	g := []float64{3, 4}
	if n := Clip(g, 10); n != 5 || g[0] != 3 {
		t.Errorf("norm %v, %v", n, g)
	}
	if n := Clip(g, 1); n != 5 || math.Abs(g[0]-0.6) > 1e-15 {
		t.Errorf("norm %v, %v", n, g)
	}
	if n := Norm([]float64{3e200, 4e200}); math.Abs(n/5e200-1) > 1e-15 {
		t.Errorf("norm %v", n)
	}
	if !math.IsNaN(Norm([]float64{1, math.NaN(), 2})) || !math.IsInf(Norm([]float64{1, math.Inf(-1)}), 1) || Norm(nil) != 0 {
		t.Error("norms of what is not finite, and of nothing")
	}
}

func TestLBFGS(t *testing.T) {
	rosenbrock := func(x, g []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		g[0], g[1] = -2*a-400*b*x[0], 200*b
		return a*a + 100*b*b
	}
	for name, c := range map[string]struct {
		f           func(x, g []float64) float64
		start, want []float64
	}{
		"quadratic":   {quadratic, []float64{3, 3, 3, 3}, []float64{0, 1, 2, 3}},
		"Rosenbrock":  {rosenbrock, []float64{-1.2, 1}, []float64{1, 1}},
		"at the goal": {rosenbrock, []float64{1, 1}, []float64{1, 1}},
	} {
		x, fx, err := LBFGS{}.Minimize(context.Background(), c.f, c.start)
		if err != nil || fx > 1e-12 {
			t.Errorf("%s: %v, %v", name, fx, err)
		}
		for i := range x {
			if math.Abs(x[i]-c.want[i]) > 1e-6 {
				t.Errorf("%s: %v, want %v", name, x, c.want)
			}
		}
	}
	if _, _, err := (LBFGS{Steps: 2}).Minimize(context.Background(), rosenbrock, []float64{-1.2, 1}); err == nil {
		t.Error("two steps suffice for Rosenbrock")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := (LBFGS{}).Minimize(ctx, rosenbrock, []float64{-1.2, 1}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	nan := func(x, g []float64) float64 { return math.NaN() }
	if x, _, err := (LBFGS{}).Minimize(ctx, nan, []float64{1}); err == nil || !strings.HasPrefix(err.Error(), "optim: ") || !slices.Equal(x, []float64{1}) {
		t.Errorf("no value: %v, %v", x, err)
	}
	abs := func(x, g []float64) float64 { g[0] = math.Copysign(1, x[0]); return math.Abs(x[0]) } // a kink at the minimum
	if x, _, err := (LBFGS{}).Minimize(context.Background(), abs, []float64{3}); err != nil || math.Abs(x[0]) > 1e-3 {
		t.Errorf("kink: %v, %v", x, err)
	}
}

func TestMisuse(t *testing.T) {
	for _, o := range []Optimizer{SGD{LR: -1}, SGD{Momentum: 2}, Adam{LR: math.NaN()}, Adam{Beta1: 1}, Adam{Beta2: 1}, AdamW{Decay: -1}, RMSprop{Decay: 1}} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.HasPrefix(err.Error(), "optim: ") {
					t.Errorf("%#v: %v", o, err)
				}
			}()
			o.New(1)
		}()
	}
}
