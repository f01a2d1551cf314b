package nn_test

import (
	"math"
	"slices"
	"testing"

	"joule/ebm"
	"joule/ebm/ebmtest"
	"joule/ebm/nn"
)

// The network of the contract against plain loops over its parameters.
func TestMLP(t *testing.T) {
	net := nn.MLP{In: 2, Hidden: []int{8, 5}, Act: "silu", Seed: 1, Confine: 0.5}.New()
	p := net.Params()
	for _, b := range []string{"b1", "b2", "b3"} {
		v := p.Get(b)
		for i := range v {
			v[i] = 0.1*float64(i) - 0.2
		}
		p.Set(b, v)
	}
	x := []float64{0.7, -1.1}
	h := x
	for i, layer := range []string{"1", "2", "3"} {
		w, b := p.Get("W"+layer), p.Get("b"+layer)
		next := slices.Clone(b)
		for j := range next {
			for k, v := range h {
				next[j] += v * w[k*len(next)+j]
			}
			if i < 2 {
				next[j] /= 1 + math.Exp(-next[j])
			}
		}
		h = next
	}
	want := h[0] + 0.25*(x[0]*x[0]+x[1]*x[1])
	if got := net.At(x...); math.Abs(got-want) > 1e-13 {
		t.Errorf("%v, want %v", got, want)
	}
	if n := p.Len(); n != 2*8+8+8*5+5+5+1 {
		t.Errorf("%d parameters", n)
	}
}

// Every activation by its formula, and its gradient by differences.
func TestActivations(t *testing.T) {
	formula := map[string]func(x float64) float64{
		"silu": func(x float64) float64 { return x / (1 + math.Exp(-x)) }, "tanh": math.Tanh,
		"softplus": func(x float64) float64 { return math.Log1p(math.Exp(x)) },
		"gelu":     func(x float64) float64 { return x * 0.5 * math.Erfc(-x/math.Sqrt2) },
		"elu":      func(x float64) float64 { return math.Max(x, math.Expm1(math.Min(x, 0))) },
		"relu":     func(x float64) float64 { return math.Max(x, 0) }, "leakyrelu": func(x float64) float64 { return math.Max(x, x/100) },
		"sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, "sin": math.Sin,
		"square": func(x float64) float64 { return x * x }, "linear": func(x float64) float64 { return x },
	}
	for _, name := range nn.Activations() {
		m := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return nn.Activate(name, x) })
		tol := 1e-14
		if name == "gelu" {
			tol = 1e-3 // of the form with tanh
		}
		for x := -3.0; x < 3; x += 0.37 {
			if got, want := m.At(x), formula[name](x); math.Abs(got-want) > tol {
				t.Errorf("%s(%v) = %v, want %v", name, x, got, want)
			}
		}
		if err := ebmtest.CheckEnergy(nn.MLP{In: 3, Hidden: []int{6, 6}, Act: name, Seed: 2, Confine: 1}.New(), 3); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMisuse(t *testing.T) {
	for name, do := range map[string]func(){
		"no width":   func() { nn.MLP{Hidden: []int{3}}.New() },
		"layer of 0": func() { nn.MLP{In: 1, Hidden: []int{0}}.New() },
		"activation": func() { nn.MLP{In: 1, Hidden: []int{3}, Act: "swish!"}.New() },
		"other width": func() {
			ebm.DefineModel(3, 1, func(p *ebm.Params, x ebm.Tensor) ebm.Tensor { return nn.MLP{In: 2}.Apply(p, x) })
		},
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok {
					t.Errorf("%s: %v", name, err)
				}
			}()
			do()
		}()
	}
}
