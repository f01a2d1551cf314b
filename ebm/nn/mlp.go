package nn

import (
	"fmt"

	"joule/ebm"
)

// An MLP is a multilayer perceptron: layers h ← act(h·W + b), and a last one without activation.
type MLP struct {
	In     int    // width of the input, for New; elsewhere the input says it
	Hidden []int  // widths of the layers between
	Out    int    // width of the last layer; 0 means 1. The energy is the sum of its elements
	Act    string // one of Activations; "" means silu
	Seed   int    // of the weights, for New
	Name   string // what the names of the parameters begin with
	// Confine adds Confine·‖x‖²/2 to the energy. A network alone need not grow far from the data, and then e^−E has no integral
	// and samplers leave.
	Confine float64
}

var _ ebm.Family = MLP{}

// New returns the network as an energy of dimension In with parameters of its own: W1, b1, W2, b2, …
func (n MLP) New() *ebm.Model {
	if n.In < 1 {
		panic(fmt.Errorf("nn: MLP: the input has width %d: set In", n.In))
	}
	return ebm.NewModel(n.In, n.Seed, n)
}

// Energy builds the network on x, with the parameters in p, and returns one number.
func (n MLP) Energy(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
	e := n.Apply(p, x).Sum()
	if n.Confine != 0 {
		e = e.Add(x.Square().Sum().Mul(n.Confine / 2))
	}
	return e
}

// Apply builds the network on x, with the parameters in p, and returns the last layer, a vector of width Out.
func (n MLP) Apply(p *ebm.Params, x ebm.Tensor) ebm.Tensor {
	if n.Out < 0 {
		panic(fmt.Errorf("nn: MLP: an output of width %d", n.Out))
	}
	if n.In != 0 && n.In != x.Width() {
		panic(fmt.Errorf("nn: MLP: an input of width %d, and In is %d", x.Width(), n.In))
	}
	h, width := x, x.Width()
	for i, w := range append(append([]int{}, n.Hidden...), max(n.Out, 1)) {
		if w < 1 {
			panic(fmt.Errorf("nn: MLP: layer %d of width %d", i+1, w))
		}
		h = p.Weight(fmt.Sprintf("%sW%d", n.Name, i+1), width, w).Apply(h).Add(p.Bias(fmt.Sprintf("%sb%d", n.Name, i+1), w))
		if i < len(n.Hidden) {
			h = Activate(n.Act, h)
		}
		width = w
	}
	return h
}
