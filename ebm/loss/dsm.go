package loss

import "joule/ebm"

// DSM is denoising score matching: noise moves a sample, and the gradient of the energy has to point back (Vincent, "A connection
// between score matching and denoising autoencoders", Neural Computation 23, 2011, equation 9, times σ², for the score −∇E):
//
//	½ ‖σ∇E(x + σε) − ε‖².
//
// Its minimum is the energy of the data with that noise added, so Sigma is the finest detail that is learned. It needs no
// sampling.
type DSM struct {
	Sigma float64 // 0 means 0.1
}

// Prepare returns the loss of a model.
func (l DSM) Prepare(s Setup) Objective {
	sigma := option("DSM", "Sigma", l.Sigma, 0.1, 1e-300)
	return Func(func(e ebm.Energy, x, noise ebm.Tensor) ebm.Tensor {
		moved := x.Add(noise.Mul(sigma))
		return ebm.Grad(e.Energy(moved), moved).Mul(sigma).Sub(noise).Square().Sum().Div(2)
	}).Prepare(s)
}
