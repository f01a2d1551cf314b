package loss

import (
	"fmt"

	"joule/ebm"
)

// The losses of this file compare the energy of a sample with that of its neighbours, which differ in one coordinate: 0 for 1, or
// −1 for 1, whichever the data have. They need no Z and no sampling, and one energy for each coordinate.

// PseudoLikelihood is the negative logarithm of the probability of each coordinate given all others (Besag, "Statistical analysis
// of non-lattice data", 1975): Σ_d softplus(E(x) − E(x with d flipped)).
type PseudoLikelihood struct{}

// Prepare returns the loss of a model.
func (PseudoLikelihood) Prepare(s Setup) Objective { return s.flips(ebm.Tensor.Softplus) }

// RatioMatching makes the probability of each flip small: Σ_d σ(E(x) − E(x with d flipped))² (Hyvärinen, "Some extensions of score
// matching", 2007, equation 17).
type RatioMatching struct{}

// Prepare returns the loss of a model.
func (RatioMatching) Prepare(s Setup) Objective {
	return s.flips(func(d ebm.Tensor) ebm.Tensor { return d.Sigmoid().Square() })
}

// MPF is minimum probability flow: the rate at which probability would leave the data, Σ_d e^(½(E(x) − E(x with d flipped)))
// (Sohl-Dickstein, Battaglino and DeWeese, "Minimum probability flow learning", ICML 2011, equation 12).
type MPF struct{}

// Prepare returns the loss of a model.
func (MPF) Prepare(s Setup) Objective {
	return s.flips(func(d ebm.Tensor) ebm.Tensor { return d.Div(2).Exp() })
}

// flips returns the loss Σ_d f(E(x) − E(x with d flipped)).
func (s Setup) flips(f func(d ebm.Tensor) ebm.Tensor) Objective {
	low := lowValue(s.Data)
	return s.perSample(0, nil, func(_ *ebm.Params, x, _ ebm.Tensor) ebm.Tensor {
		e, differences := s.Model.Energy(x), []any{}
		for d := range s.Model.Dim() {
			// x ↦ low + 1 − x in one coordinate.
			sign, shift := make([]float64, s.Model.Dim()), make([]float64, s.Model.Dim())
			for k := range sign {
				sign[k] = 1
			}
			sign[d], shift[d] = -1, low+1
			differences = append(differences, e.Sub(s.Model.Energy(x.Mul(sign).Add(shift))))
		}
		return f(ebm.Concat(differences...)).Sum()
	})
}

// lowValue is the other value beside 1: 0 or −1.
func lowValue(data [][]float64) float64 {
	low, known := 0.0, false
	for i, row := range data {
		for _, v := range row {
			switch {
			case v == 1:
			case (v == 0 || v == -1) && (!known || v == low):
				low, known = v, true
			default:
				panic(fmt.Errorf("loss: row %d has the value %v: this loss is for bits, 0 and 1, or spins, −1 and 1", i, v))
			}
		}
	}
	return low
}
