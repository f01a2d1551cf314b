package energy

import (
	"math"

	"joule/ebm"
)

// DoubleWell has two valleys along each coordinate, at −1 and 1, with a barrier between: Barrier·Σ (x_i² − 1)².
type DoubleWell struct {
	Barrier float64 // height at 0; 0 means 2
}

// Energy returns the energy.
func (w DoubleWell) Energy(x ebm.Tensor) ebm.Tensor {
	return x.Square().Sub(1).Square().Sum().Mul(or(w.Barrier, 2))
}

// Ring is a circular valley (‖x‖ − Radius)²/2Width²: of the plane, or a shell in more dimensions.
type Ring struct {
	Radius float64 // 0 means 2
	Width  float64 // 0 means 0.25
}

// Energy returns the energy.
func (r Ring) Energy(x ebm.Tensor) ebm.Tensor {
	w := or(r.Width, 0.25)
	return x.Norm().Sub(or(r.Radius, 2)).Square().Div(2 * w * w)
}

// LogZ is the logarithm of the integral of e^−E in the plane; NaN in other dimensions.
func (r Ring) LogZ(dim int) float64 {
	if dim != 2 {
		return math.NaN()
	}
	m, s := or(r.Radius, 2), or(r.Width, 0.25)
	return math.Log(2 * math.Pi * (s*s*math.Exp(-m*m/(2*s*s)) + m*s*math.Sqrt(math.Pi/2)*(1+math.Erf(m/(s*math.Sqrt2)))))
}
