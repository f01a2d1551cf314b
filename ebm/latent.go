package ebm

import "joule/ebm/expr"

// A latent variable z that takes few values can be eliminated where the energy is written. f, the energy at a value of z, runs once
// for each; what the values share is computed once. (LeCun, Chopra, Hadsell, Ranzato and Huang, "A tutorial on energy-based learning",
// 2006, section 4.)

// MinOver returns min_z f(z), the energy at the best of the candidates: numbers, each a scalar z, or rows, each a vector z.
func MinOver(candidates any, f func(z Tensor) Tensor) Tensor {
	return eachOf("MinOver", candidates, f).Min()
}

// FreeOver returns the free energy −1/β · log (1/n · Σ_z e^{−β·f(z)}) over n candidates. It falls from the mean of the energies at β → 0 to
// their minimum at β → ∞, and its gradient is the mean of the gradients under P(z) ∝ e^{−β·f(z)}. beta is a Tensor or a number, and positive.
func FreeOver(beta, candidates any, f func(z Tensor) Tensor) Tensor {
	b := operand("FreeOver", beta)
	if s := b.shape("FreeOver"); s.Size() != 1 {
		expr.Fail("FreeOver", "the inverse temperature is one number, not %v", s)
	}
	if b.free != nil && !(b.free.data[0] > 0) {
		expr.Fail("FreeOver", "the inverse temperature %v is not positive", b.free.data[0])
	}
	e := eachOf("FreeOver", candidates, f)
	return e.Mul(b.Neg()).LogSumExp().Sub(Const(e.Width()).Log()).Div(b).Neg()
}

// eachOf is the vector of the energies of all candidates.
func eachOf(op string, candidates any, f func(z Tensor) Tensor) Tensor {
	if f == nil {
		expr.Fail(op, "no function (nil)")
	}
	all := operand(op, candidates)
	s := all.shape(op)
	if s.Rank != 1 && s.Rank != 2 {
		expr.Fail(op, "needs candidates as numbers or rows, not %v", s)
	}
	parts := make([]any, s.Dim[0])
	for i := range parts {
		z := all.pick(op, 0, i)
		e := f(z)
		if t := e.shape(op); t.Size() != 1 {
			expr.Fail(op, "the energy of a candidate is one number, not %v", t)
		}
		parts[i] = e.Reshape()
	}
	return Stack(parts...)
}
