package discrete

import (
	"fmt"
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// RBM is the restricted Boltzmann machine of bits: visible v and hidden h, coupled to each other and not among themselves
// (Smolensky, 1986; Hinton, "A practical guide to training restricted Boltzmann machines", 2010),
//
//	E(v, h) = −bᵀv − cᵀh − vᵀWh.
//
// As a model it is the free energy of the visible bits, in which the hidden ones are summed over:
//
//	F(v) = −bᵀv − Σ_j softplus(c_j + Σ_i v_i W_ij).
type RBM struct {
	Visible, Hidden int
	Seed            int     // of the weights
	Scale           float64 // standard deviation of the weights at the start; 0 means 0.01. The biases start at 0
}

// streamRBM is the stream of the random numbers that the weights start from.
const streamRBM = 0x500

var _ ebm.Binder = RBM{}

// New returns the machine as a model with the parameters W (visible × hidden), b and c.
func (r RBM) New() *ebm.Model {
	if r.Visible < 1 || r.Hidden < 1 {
		panic(fmt.Errorf("discrete: RBM: %d visible and %d hidden bits", r.Visible, r.Hidden))
	}
	return ebm.NewModel(r.Visible, r.Seed, r)
}

// Energy makes the parameters in p and returns the free energy of the visible bits.
func (r RBM) Energy(p *ebm.Params, v ebm.Tensor) ebm.Tensor {
	scale := r.Scale
	if scale == 0 {
		scale = 0.01
	}
	w, row := make([][]float64, v.Width()), make([]float64, v.Width()*r.Hidden)
	simd.Source{Seed: uint64(r.Seed), Stream: streamRBM}.Normals(row, 0, 0)
	for i := range row {
		row[i] *= scale
	}
	for i := range w {
		w[i] = row[i*r.Hidden : (i+1)*r.Hidden]
	}
	a := p.Value("W", w).Apply(v).Add(p.Bias("c", r.Hidden))
	return v.Dot(p.Bias("b", v.Width())).Neg().Sub(a.Softplus().Sum())
}

// Bind returns the energy with given parameters as one that can be sampled block by block.
func (r RBM) Bind(p *ebm.Params) ebm.Energy { return &machine{p: p, rbm: r} }

// machine is an RBM with parameters.
type machine struct {
	p   *ebm.Params
	rbm RBM
}

// Dim is the number of visible bits.
func (m *machine) Dim() int { return m.rbm.Visible }

// Values are 0 and 1.
func (m *machine) Values() []float64 { return []float64{0, 1} }

// Energy returns the free energy with the parameters as they are now.
func (m *machine) Energy(v ebm.Tensor) ebm.Tensor {
	a := v.MatMul(ebm.Const(m.p.View("W")).Reshape(m.rbm.Visible, m.rbm.Hidden)).Add(m.p.View("c"))
	return v.Dot(m.p.View("b")).Neg().Sub(a.Softplus().Sum())
}

// Uniforms is the number of bits of both kinds.
func (m *machine) Uniforms() int { return m.rbm.Visible + m.rbm.Hidden }

// Sweep draws the hidden bits given the visible ones and then those given the hidden ones.
func (m *machine) Sweep(x, u []float64, lanes int) { m.SweepAt(1, x, u, lanes) }

// SweepAt is Sweep for the energy beta·E(v, h).
func (m *machine) SweepAt(beta float64, x, u []float64, lanes int) {
	nv, nh := m.rbm.Visible, m.rbm.Hidden
	h := make([]float64, nh*lanes)
	m.drive(h, x, lanes)
	setBits(h, u[nv*lanes:], h, beta)
	w, b := m.p.View("W"), m.p.View("b")
	a := make([]float64, lanes)
	for i := range nv {
		fill(a, b[i])
		for j, wij := range w[i*nh : (i+1)*nh] {
			addScaled(a, wij, h[j*lanes:(j+1)*lanes])
		}
		setBits(x[i*lanes:(i+1)*lanes], u[i*lanes:], a, beta)
	}
}

// drive sets a to c + Wᵀv, a row of lanes for each hidden bit.
func (m *machine) drive(a, v []float64, lanes int) {
	nh := m.rbm.Hidden
	w, c := m.p.View("W"), m.p.View("c")
	for j := range nh {
		fill(a[j*lanes:(j+1)*lanes], c[j])
	}
	for i := range m.rbm.Visible {
		row := v[i*lanes : (i+1)*lanes]
		for j, wij := range w[i*nh : (i+1)*nh] {
			addScaled(a[j*lanes:(j+1)*lanes], wij, row)
		}
	}
}

func fill(a []float64, v float64) {
	for l := range a {
		a[l] = v
	}
}

func addScaled(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for l := range dst {
		dst[l] += s * a[l]
	}
}

// setBits draws bits that are 1 with probability 1/(1 + e^−beta·a). a may be b.
func setBits(b, u, a []float64, beta float64) {
	for l, v := range a {
		b[l] = 0
		if u[l] <= sigmoid(beta*v) {
			b[l] = 1
		}
	}
}

// Start draws visible bits that are 0 or 1 alike.
func (m *machine) Start(x, u []float64, lanes int) {
	for i := range x {
		x[i] = 0
		if u[i] <= 0.5 {
			x[i] = 1
		}
	}
}

// Weigh sets w to the logarithm of Σ_h e^−beta·E(v, h).
func (m *machine) Weigh(beta float64, w, x []float64, lanes int) {
	a := make([]float64, m.rbm.Hidden*lanes)
	m.drive(a, x, lanes)
	clear(w)
	b := m.p.View("b")
	for i := range m.rbm.Visible {
		addScaled(w, beta*b[i], x[i*lanes:(i+1)*lanes])
	}
	for k, v := range a {
		v *= beta
		w[k%lanes] += math.Max(v, 0) + math.Log1p(math.Exp(-math.Abs(v)))
	}
}

// LogStates is the number of bits of both kinds times log 2.
func (m *machine) LogStates() float64 { return float64(m.rbm.Visible+m.rbm.Hidden) * math.Ln2 }

// String describes the machine.
func (m *machine) String() string {
	return fmt.Sprintf("discrete.RBM(%d visible, %d hidden)", m.rbm.Visible, m.rbm.Hidden)
}
