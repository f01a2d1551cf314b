package loss

import (
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// NCE is noise-contrastive estimation: data are told from samples of a known density q by the energy (Gutmann and Hyvärinen,
// "Noise-contrastive estimation of unnormalized statistical models", JMLR 13, 2012, equation 8). It learns the constant c = log Z
// with the energy, as the parameter "c" of the objective: p(x) = e^(−E(x)−c).
//
//	softplus(E(x) + c + log νq(x)) + Σ softplus(−E(y) − c − log νq(y)) over ν samples y of q.
//
// q is the normal distribution with the means and Spread times the deviations of the data in each coordinate.
type NCE struct {
	Ratio  int     // ν; 0 means 1
	Spread float64 // 0 means 1
}

// Prepare returns the loss of a model.
func (l NCE) Prepare(s Setup) Objective {
	nu := int(option("NCE", "Ratio", float64(l.Ratio), 1, 1))
	spread := option("NCE", "Spread", l.Spread, 1, 1e-6)
	dim := s.Model.Dim()
	mean, sd := box(s.Data, dim)
	logNorm := math.Log(float64(nu)) - float64(dim)*math.Log(2*math.Pi)/2
	for j := range sd {
		sd[j] *= spread
		logNorm -= math.Log(sd[j])
	}
	logit := func(x, c ebm.Tensor) ebm.Tensor { // of being noise
		logNoise := x.Sub(mean).Div(sd).Square().Sum().Div(-2).Add(logNorm)
		return s.Model.Energy(x).Add(c).Add(logNoise)
	}
	src := simd.Source{Seed: uint64(s.Seed), Stream: streamNoise}
	fill := func(aux, _ []float64, step int) {
		for i := range len(aux) / (nu * dim) {
			row := aux[i*nu*dim : (i+1)*nu*dim]
			src.Normals(row, uint32(i), uint64(step))
			for k := range row {
				row[k] = mean[k%dim] + sd[k%dim]*row[k]
			}
		}
	}
	return s.perSample(nu*dim, fill, func(p *ebm.Params, x, noise ebm.Tensor) ebm.Tensor {
		c := p.Value("c", 0)
		loss := logit(x, c).Softplus()
		for k := range nu {
			loss = loss.Add(logit(noise.Slice(k*dim, (k+1)*dim), c).Neg().Softplus())
		}
		return loss
	})
}
