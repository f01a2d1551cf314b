package energy

import (
	"fmt"
	"math"

	"joule/ebm"
)

// Gaussian is the energy of a normal distribution with independent coordinates: Σ (x_i − Mean_i)²/2SD_i².
type Gaussian struct {
	Mean []float64 // nil means 0
	SD   []float64 // of each coordinate, or one for all; nil means 1
}

// Energy returns the energy.
func (g Gaussian) Energy(x ebm.Tensor) ebm.Tensor {
	if g.Mean != nil {
		x = x.Sub(g.Mean)
	}
	if g.SD != nil {
		x = x.Div(g.SD)
	}
	return x.Square().Sum().Div(2)
}

// LogZ is the logarithm of the integral of e^−E.
func (g Gaussian) LogZ(dim int) float64 {
	z := float64(dim) * math.Log(2*math.Pi) / 2
	for i := range dim {
		if n := len(g.SD); n > 0 {
			z += math.Log(g.SD[i%n])
		}
	}
	return z
}

// Mixture is the energy of a mixture of normal distributions of the same weight and width: −log Σ_k e^−‖x − Means_k‖²/2SD².
type Mixture struct {
	Means [][]float64 // one per row; nil means eight on a circle of radius 2 in the plane
	SD    float64     // 0 means 0.3
}

// Energy returns the energy.
func (m Mixture) Energy(x ebm.Tensor) ebm.Tensor {
	var modes []any
	for i, mean := range m.means() {
		if len(mean) != x.Width() {
			panic(fmt.Errorf("energy: Mixture: mean %d has %d numbers, x has width %d", i, len(mean), x.Width()))
		}
		modes = append(modes, x.Sub(mean).Square().Sum().Div(-2*m.sd()*m.sd()))
	}
	return ebm.Concat(modes...).LogSumExp().Neg()
}

func (m Mixture) means() [][]float64 {
	if m.Means != nil {
		return m.Means
	}
	var circle [][]float64
	for k := range 8 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 8)
		circle = append(circle, []float64{2 * cos, 2 * sin})
	}
	return circle
}

func (m Mixture) sd() float64 { return or(m.SD, 0.3) }

// Dim is the width of the means.
func (m Mixture) Dim() int { return len(m.means()[0]) }

// LogZ is the logarithm of the integral of e^−E.
func (m Mixture) LogZ(dim int) float64 {
	return math.Log(float64(len(m.means()))) + float64(dim)*(math.Log(2*math.Pi)/2+math.Log(m.sd()))
}

func or(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
