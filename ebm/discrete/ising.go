package discrete

import (
	"fmt"
	"math"

	"joule/ebm"
)

// An Ising model is an energy of spins, −1 or 1, that like to agree with some neighbours and to differ from others:
//
//	E(s) = −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i.
type Ising struct {
	n          int
	field      []float64
	near       [][]bond // by spin
	rows, cols int      // of a lattice; 0 otherwise
	coupling   float64  // of a lattice
}

// A bond is a neighbour and the coupling to it.
type bond struct {
	to int
	j  float64
}

// NewIsing returns the model with couplings J (symmetric; the diagonal is not used) and fields h (nil: none). It panics with an
// error where their sizes do not fit.
func NewIsing(j [][]float64, h []float64) *Ising {
	m := &Ising{n: len(j), field: append([]float64(nil), h...), near: make([][]bond, len(j))}
	if h == nil {
		m.field = make([]float64, m.n)
	}
	if m.n == 0 || len(m.field) != m.n {
		panic(fmt.Errorf("discrete: NewIsing: %d rows of couplings and %d fields", m.n, len(m.field)))
	}
	for i, row := range j {
		if len(row) != m.n {
			panic(fmt.Errorf("discrete: NewIsing: row %d of the couplings has %d numbers, there are %d rows", i, len(row), m.n))
		}
		for k, v := range row {
			if v != j[k][i] {
				panic(fmt.Errorf("discrete: NewIsing: the couplings of %d and %d are %v and %v", i, k, v, j[k][i]))
			}
			if v != 0 && i != k {
				m.near[i] = append(m.near[i], bond{k, v})
			}
		}
	}
	return m
}

// Lattice returns spins on a square lattice that closes on itself, each coupled to its four neighbours. Without a field it orders
// above a coupling of log(1+√2)/2 = 0.4407 (Onsager, 1944).
func Lattice(rows, cols int, coupling, field float64) *Ising {
	if rows < 2 || cols < 2 {
		panic(fmt.Errorf("discrete: Lattice: %d × %d", rows, cols))
	}
	m := &Ising{n: rows * cols, field: make([]float64, rows*cols), rows: rows, cols: cols, coupling: coupling}
	m.near = make([][]bond, m.n)
	for i := range m.n {
		r, c := i/cols, i%cols
		m.field[i] = field
		for _, k := range []int{(r+1)%rows*cols + c, (r+rows-1)%rows*cols + c, r*cols + (c+1)%cols, r*cols + (c+cols-1)%cols} {
			m.near[i] = append(m.near[i], bond{k, coupling})
		}
	}
	return m
}

// Dim is the number of spins.
func (m *Ising) Dim() int { return m.n }

// Values are −1 and 1.
func (m *Ising) Values() []float64 { return []float64{-1, 1} }

// Energy returns the energy of spins.
func (m *Ising) Energy(s ebm.Tensor) ebm.Tensor {
	if m.rows > 0 {
		return m.lattice(s)
	}
	j := make([][]float64, m.n)
	for i := range j {
		j[i] = make([]float64, m.n)
		for _, b := range m.near[i] {
			j[i][b.to] = b.j
		}
	}
	return s.MatMul(j).Dot(s).Div(-2).Sub(s.Dot(m.field))
}

// lattice meets each neighbour once: the one below and the one to the right.
func (m *Ising) lattice(s ebm.Tensor) ebm.Tensor {
	down := ebm.Concat(s.Slice(m.cols, m.n), s.Slice(0, m.cols))
	t := s.Reshape(m.rows, m.cols)
	right := ebm.Concat(t.Slice(1, m.cols), t.Slice(0, 1))
	return s.Dot(down).Add(t.Mul(right).Sum()).Mul(-m.coupling).Sub(s.Dot(m.field))
}

// Uniforms is the number of spins.
func (m *Ising) Uniforms() int { return m.n }

// Sweep draws each spin in turn, given the others.
func (m *Ising) Sweep(x, u []float64, lanes int) { m.SweepAt(1, x, u, lanes) }

// SweepAt is Sweep for the energy beta·E.
func (m *Ising) SweepAt(beta float64, x, u []float64, lanes int) {
	sum := make([]float64, lanes)
	for i := range m.n {
		for l := range sum {
			sum[l] = m.field[i]
		}
		for _, b := range m.near[i] {
			row := x[b.to*lanes : (b.to+1)*lanes]
			for l, s := range row {
				sum[l] += b.j * s
			}
		}
		setSpins(x[i*lanes:(i+1)*lanes], u[i*lanes:(i+1)*lanes], sum, 2*beta)
	}
}

// setSpins draws spins that are up with probability 1/(1 + e^−scale·a).
func setSpins(s, u, a []float64, scale float64) {
	for l, v := range a {
		s[l] = -1
		if u[l] <= sigmoid(scale*v) {
			s[l] = 1
		}
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Start draws spins that are up or down alike.
func (m *Ising) Start(x, u []float64, lanes int) {
	for i := range x {
		x[i] = 1
		if u[i] <= 0.5 {
			x[i] = -1
		}
	}
}

// Weigh sets w to −beta·E.
func (m *Ising) Weigh(beta float64, w, x []float64, lanes int) {
	clear(w)
	for i := range m.n {
		s := x[i*lanes : (i+1)*lanes]
		for l := range w {
			w[l] += beta * m.field[i] * s[l]
		}
		for _, b := range m.near[i] {
			t := x[b.to*lanes : (b.to+1)*lanes]
			for l := range w {
				w[l] += beta * b.j * s[l] * t[l] / 2 // each pair is met twice
			}
		}
	}
}

// LogStates is n·log 2.
func (m *Ising) LogStates() float64 { return float64(m.n) * math.Ln2 }

// String describes the model.
func (m *Ising) String() string {
	if m.rows > 0 {
		return fmt.Sprintf("discrete.Ising(%d×%d)", m.rows, m.cols)
	}
	return fmt.Sprintf("discrete.Ising(%d spins)", m.n)
}
