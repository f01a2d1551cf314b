package optim

import "joule/ebm/simd"

// SGD is stochastic gradient descent, with momentum if it is set (Sutskever, Martens, Dahl and Hinton, "On the importance of
// initialization and momentum in deep learning", ICML 2013; velocity as in PyTorch: v ← μv + g, θ ← θ − LR·v).
type SGD struct {
	LR       float64 // 0 means 0.01
	Momentum float64 // μ, below 1
	Nesterov bool    // look ahead: θ ← θ − LR·(g + μv)
	Decay    float64 // of the weights: g ← g + Decay·θ
}

// New returns the method for n parameters.
func (o SGD) New(n int) Rule {
	o.LR = checked("SGD", "LR", o.LR, 0.01, 0, inf)
	checked("SGD", "Momentum", o.Momentum, 0, 0, 1)
	checked("SGD", "Decay", o.Decay, 0, 0, inf)
	return &sgd{SGD: o, v: make([]float64, n), c: newCalculator()}
}

type sgd struct {
	SGD
	v []float64
	c *calculator
}

// Step takes a step.
func (o *sgd) Step(theta, gradient []float64, rate float64) {
	c := o.c
	pieces(len(theta), func(lo, hi int) {
		t, g, v := theta[lo:hi], gradient[lo:hi], o.v[lo:hi]
		step := g
		if o.Decay != 0 {
			step = c.a[:hi-lo]
			copy(step, t)
			c.mix(step, o.Decay, g)
		}
		if o.Momentum != 0 {
			c.mix(v, o.Momentum, step)
			if o.Nesterov {
				copy(c.b[:], v)
				c.mix(c.b[:hi-lo], o.Momentum, step)
				step = c.b[:hi-lo]
			} else {
				step = v
			}
		}
		c.by(simd.Mul, c.a[:hi-lo], step, rate*o.LR)
		c.with(simd.Sub, t, t, c.a[:hi-lo])
	})
}
