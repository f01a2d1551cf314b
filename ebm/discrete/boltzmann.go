package discrete

import (
	"fmt"
	"math"

	"joule/ebm"
)

// Boltzmann is an Ising model that learns its couplings J and fields h (Ackley, Hinton and Sejnowski, "A learning algorithm for
// Boltzmann machines", 1985), fully visible. J is kept as a matrix of which the part above the diagonal counts; all start at 0.
type Boltzmann struct {
	Spins int
}

var _ ebm.Binder = Boltzmann{}

// New returns the machine as a model with the parameters J and h.
func (b Boltzmann) New() *ebm.Model {
	if b.Spins < 1 {
		panic(fmt.Errorf("discrete: Boltzmann: %d spins", b.Spins))
	}
	return ebm.NewModel(b.Spins, 0, b)
}

// Energy makes the parameters in p and returns −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i.
func (b Boltzmann) Energy(p *ebm.Params, s ebm.Tensor) ebm.Tensor {
	n := s.Width()
	above, zero := make([][]float64, n), make([][]float64, n)
	for i := range above {
		above[i], zero[i] = make([]float64, n), make([]float64, n)
		for k := i + 1; k < n; k++ {
			above[i][k] = 1
		}
	}
	j := p.Value("J", zero).Mul(above)
	return s.MatMul(j).Dot(s).Neg().Sub(s.Dot(p.Bias("h", n)))
}

// Bind returns the energy with given parameters as one that can be sampled block by block.
func (b Boltzmann) Bind(p *ebm.Params) ebm.Energy { return &spins{p: p, n: b.Spins} }

// spins is a Boltzmann machine with parameters: an Ising model that is read off them at each use.
type spins struct {
	p *ebm.Params
	n int
}

// Ising returns a trained machine as an Ising model with its couplings and fields as they are now.
func (b Boltzmann) Ising(m *ebm.Model) *Ising { return (&spins{p: m.Params(), n: b.Spins}).ising() }

func (s *spins) ising() *Ising {
	v, n := s.p.View("J"), s.n
	j := make([][]float64, n)
	for i := range j {
		j[i] = make([]float64, n)
		for k := range n {
			switch {
			case i < k:
				j[i][k] = v[i*n+k]
			case k < i:
				j[i][k] = v[k*n+i]
			}
		}
	}
	return NewIsing(j, s.p.View("h"))
}

// Dim is the number of spins.
func (s *spins) Dim() int { return s.n }

// Values are −1 and 1.
func (s *spins) Values() []float64 { return []float64{-1, 1} }

// Energy returns the energy with the parameters as they are now.
func (s *spins) Energy(x ebm.Tensor) ebm.Tensor { return s.ising().Energy(x) }

// Uniforms is the number of spins.
func (s *spins) Uniforms() int { return s.n }

// Sweep draws each spin in turn, given the others.
func (s *spins) Sweep(x, u []float64, lanes int) { s.SweepAt(1, x, u, lanes) }

// SweepAt is Sweep for the energy beta·E.
func (s *spins) SweepAt(beta float64, x, u []float64, lanes int) {
	s.ising().SweepAt(beta, x, u, lanes)
}

// Start draws spins that are up or down alike.
func (s *spins) Start(x, u []float64, lanes int) { (&Ising{n: s.n}).Start(x, u, lanes) }

// Weigh sets w to −beta·E.
func (s *spins) Weigh(beta float64, w, x []float64, lanes int) { s.ising().Weigh(beta, w, x, lanes) }

// LogStates is n·log 2.
func (s *spins) LogStates() float64 { return float64(s.n) * math.Ln2 }
