package optim

import "math"

// RMSprop divides the gradient by the root of a running mean of its square (Hinton, "Neural networks for machine learning",
// lecture 6e, 2012).
type RMSprop struct {
	LR       float64 // 0 means 0.001
	Decay    float64 // of the running mean; 0 means 0.99
	Momentum float64 // of the divided gradient
	Eps      float64 // added to the root; 0 means 1e-8
}

// New returns the method for n parameters.
func (o RMSprop) New(n int) Rule {
	o.LR = checked("RMSprop", "LR", o.LR, 0.001, 0, inf)
	o.Decay = checked("RMSprop", "Decay", o.Decay, 0.99, 0, 1-1e-12)
	o.Eps = checked("RMSprop", "Eps", o.Eps, 1e-8, 0, inf)
	checked("RMSprop", "Momentum", o.Momentum, 0, 0, 1)
	return &rmsprop{o, make([]float64, n), make([]float64, n)}
}

type rmsprop struct {
	RMSprop
	square, v []float64
}

// Step takes a step.
func (o *rmsprop) Step(theta, gradient []float64, rate float64) {
	for i, g := range gradient {
		o.square[i] = o.Decay*o.square[i] + (1-o.Decay)*g*g
		o.v[i] = o.Momentum*o.v[i] + g/(math.Sqrt(o.square[i])+o.Eps)
		theta[i] -= rate * o.LR * o.v[i]
	}
}
