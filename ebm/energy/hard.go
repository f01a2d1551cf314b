package energy

import (
	"math"

	"joule/ebm"
)

// Rosenbrock is a bent, narrow valley with its lowest point at (1, …, 1): Σ Scale·(x_{i+1} − x_i²)² + (1 − x_i)², from two
// dimensions on (Rosenbrock, 1960).
type Rosenbrock struct {
	Scale float64 // 0 means 100
}

// Energy returns the energy.
func (r Rosenbrock) Energy(x ebm.Tensor) ebm.Tensor {
	n := x.Width()
	a, b := x.Slice(0, n-1), x.Slice(1, n)
	return b.Sub(a.Square()).Square().Mul(or(r.Scale, 100)).Add(a.Sub(1).Square()).Sum()
}

// Rastrigin is a bowl full of dents, with its lowest point at 0: Depth·n + Σ x_i² − Depth·cos 2πx_i (Rastrigin, 1974).
type Rastrigin struct {
	Depth float64 // 0 means 10
}

// Energy returns the energy.
func (r Rastrigin) Energy(x ebm.Tensor) ebm.Tensor {
	d := or(r.Depth, 10)
	return x.Square().Sub(x.Mul(2 * math.Pi).Cos().Mul(d)).Add(d).Sum()
}

// Ackley is a plain full of dents around one deep hole at 0 (Ackley, 1987):
// −20·exp(−0.2·√(Σx_i²/n)) − exp(Σcos(2πx_i)/n) + 20 + e.
type Ackley struct{}

// Energy returns the energy.
func (Ackley) Energy(x ebm.Tensor) ebm.Tensor {
	far := x.Norm().Mul(-0.2 / math.Sqrt(float64(x.Width()))).Exp().Mul(-20)
	return far.Sub(x.Mul(2 * math.Pi).Cos().Mean().Exp()).Add(20 + math.E)
}

// Funnel is wide above and narrow below: x_1 is normal with standard deviation Spread, and the others are normal with the
// variance e^{x_1} (Neal, "Slice sampling", 2003, section 8), from two dimensions on. No step size suits all of it.
type Funnel struct {
	Spread float64 // 0 means 3
}

// Energy returns the energy.
func (f Funnel) Energy(x ebm.Tensor) ebm.Tensor {
	n, s := x.Width(), or(f.Spread, 3)
	v, rest := x.Col(0), x.Slice(1, n)
	return v.Square().Div(2 * s * s).Add(rest.Square().Sum().Mul(v.Neg().Exp()).Div(2)).Add(v.Mul(float64(n-1) / 2))
}

// LogZ is the logarithm of the integral of e^−E.
func (f Funnel) LogZ(dim int) float64 {
	return float64(dim)*math.Log(2*math.Pi)/2 + math.Log(or(f.Spread, 3))
}
