package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"joule/ebm"
)

// An activation is a function of each element.
type activation struct {
	name string
	f    func(x ebm.Tensor) ebm.Tensor
}

func activations() []activation {
	return []activation{
		{"silu", ebm.Tensor.SiLU},
		{"tanh", ebm.Tensor.Tanh},
		{"softplus", ebm.Tensor.Softplus},
		{"gelu", gelu},
		{"elu", func(x ebm.Tensor) ebm.Tensor { return ebm.Where(x.Greater(0), x, x.Minimum(0).Exp().Sub(1)) }},
		{"relu", ebm.Tensor.ReLU},
		{"leakyrelu", func(x ebm.Tensor) ebm.Tensor { return x.LeakyReLU(0.01) }},
		{"sigmoid", ebm.Tensor.Sigmoid},
		{"sin", ebm.Tensor.Sin},
		{"square", ebm.Tensor.Square},
		{"linear", func(x ebm.Tensor) ebm.Tensor { return x }},
	}
}

// gelu is x·Φ(x) in the form with tanh (Hendrycks and Gimpel, "Gaussian error linear units", 2016, section 2).
func gelu(x ebm.Tensor) ebm.Tensor {
	inner := x.Add(x.Mul(x.Square()).Mul(0.044715)).Mul(math.Sqrt(2 / math.Pi))
	return x.Mul(inner.Tanh().Add(1)).Mul(0.5)
}

// Activations lists the names of the activations. Those before relu have a gradient without jumps, which samplers and score
// matching ask of an energy.
func Activations() []string {
	var names []string
	for _, a := range activations() {
		names = append(names, a.name)
	}
	return names
}

// Activate applies the activation of a name to each element; "" is silu.
func Activate(name string, x ebm.Tensor) ebm.Tensor {
	if name == "" {
		name = "silu"
	}
	all := activations()
	i := slices.IndexFunc(all, func(a activation) bool { return a.name == strings.ToLower(name) })
	if i < 0 {
		panic(fmt.Errorf("nn: no activation %q; there are %s", name, strings.Join(Activations(), ", ")))
	}
	return all[i].f(x)
}
