package optim

import "joule/ebm/simd"

// Adam divides running means of the gradient by those of its square (Kingma and Ba, "Adam: a method for stochastic
// optimization", ICLR 2015, algorithm 1).
type Adam struct {
	LR    float64 // 0 means 0.001
	Beta1 float64 // of the mean; 0 means 0.9, negative means none (0), as is usual for energies with replay buffers
	Beta2 float64 // of the square; 0 means 0.999
	Eps   float64 // added to the root; 0 means 1e-8
}

// New returns the method for n parameters.
func (o Adam) New(n int) Rule { return newAdam("Adam", o, 0, n) }

// AdamW is Adam with weight decay that does not pass through the means (Loshchilov and Hutter, "Decoupled weight decay
// regularization", ICLR 2019, algorithm 2, in the form of PyTorch: θ ← θ − LR·Decay·θ).
type AdamW struct {
	LR    float64 // 0 means 0.001
	Beta1 float64 // 0 means 0.9, negative means none
	Beta2 float64 // 0 means 0.999
	Eps   float64 // 0 means 1e-8
	Decay float64 // 0 means 0.01
}

// New returns the method for n parameters.
func (o AdamW) New(n int) Rule {
	decay := checked("AdamW", "Decay", o.Decay, 0.01, 0, inf)
	return newAdam("AdamW", Adam{LR: o.LR, Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps}, decay, n)
}

func newAdam(name string, o Adam, decay float64, n int) Rule {
	o.LR = checked(name, "LR", o.LR, 0.001, 0, inf)
	o.Beta1 = max(checked(name, "Beta1", o.Beta1, 0.9, -inf, 1-1e-12), 0)
	o.Beta2 = checked(name, "Beta2", o.Beta2, 0.999, 0, 1-1e-12)
	o.Eps = checked(name, "Eps", o.Eps, 1e-8, 0, inf)
	return &adam{Adam: o, decay: decay, m: make([]float64, n), v: make([]float64, n), p1: 1, p2: 1, c: newCalculator()}
}

type adam struct {
	Adam
	decay  float64
	m, v   []float64
	c      *calculator
	p1, p2 float64 // Beta1 and Beta2 to the number of steps
}

// Step takes a step.
func (o *adam) Step(theta, gradient []float64, rate float64) {
	o.p1 *= o.Beta1
	o.p2 *= o.Beta2
	lr, c1, c2 := rate*o.LR, 1/(1-o.p1), 1/(1-o.p2)
	c := o.c
	pieces(len(theta), func(lo, hi int) {
		t, g, m, v, a, b := theta[lo:hi], gradient[lo:hi], o.m[lo:hi], o.v[lo:hi], c.a[:hi-lo], c.b[:hi-lo]
		c.by(simd.Mul, a, g, 1-o.Beta1)
		c.mix(m, o.Beta1, a)
		c.set.Unary(simd.Square, a, g)
		c.by(simd.Mul, a, a, 1-o.Beta2)
		c.mix(v, o.Beta2, a)
		c.by(simd.Mul, a, v, c2)
		c.set.Unary(simd.Sqrt, a, a)
		c.by(simd.Add, a, a, o.Eps)
		c.by(simd.Mul, b, m, lr*c1)
		c.with(simd.Div, b, b, a)
		if o.decay != 0 {
			c.by(simd.Mul, t, t, 1-lr*o.decay)
		}
		c.with(simd.Sub, t, t, b)
	})
}
