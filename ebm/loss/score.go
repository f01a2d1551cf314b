package loss

import "joule/ebm"

// SM is score matching (Hyvärinen, "Estimation of non-normalized statistical models by score matching", JMLR 6, 2005, equation
// 4, for the score −∇E):
//
//	½ ‖∇E(x)‖² − ΔE(x).
//
// The Laplacian Δ takes a second gradient for each dimension: it is for few. The energy must be smooth.
type SM struct{}

// Prepare returns the loss of a model.
func (SM) Prepare(s Setup) Objective {
	return s.perSample(0, nil, func(_ *ebm.Params, x, _ ebm.Tensor) ebm.Tensor {
		g := ebm.Grad(s.Model.Energy(x), x)
		loss := g.Square().Sum().Div(2)
		for j := range s.Model.Dim() {
			loss = loss.Sub(ebm.Grad(g.Col(j), x).Col(j))
		}
		return loss
	})
}

// SSM is sliced score matching: SM along random directions v, which takes one second gradient in any dimension (Song, Garg, Shi
// and Ermon, "Sliced score matching", UAI 2019, equation 8, with normal directions):
//
//	½ (vᵀ∇E(x))² − vᵀ∇²E(x)v.
type SSM struct{}

// Prepare returns the loss of a model.
func (SSM) Prepare(s Setup) Objective {
	return Func(func(e ebm.Energy, x, v ebm.Tensor) ebm.Tensor {
		slope := ebm.Grad(e.Energy(x), x).Dot(v)
		return slope.Square().Div(2).Sub(ebm.Grad(slope, x).Dot(v))
	}).Prepare(s)
}
