package optim

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
	return &sgd{o, make([]float64, n)}
}

type sgd struct {
	SGD
	v []float64
}

// Step takes a step.
func (o *sgd) Step(theta, gradient []float64, rate float64) {
	for i, g := range gradient {
		g += o.Decay * theta[i]
		o.v[i] = o.Momentum*o.v[i] + g
		if o.Nesterov {
			g += o.Momentum * o.v[i]
		} else {
			g = o.v[i]
		}
		theta[i] -= rate * o.LR * g
	}
}
