package ebm

import (
	"context"

	"joule/ebm/expr"
)

// At returns the energy of one point, given by its coordinates. It panics if their number is not the dimension.
func (m *Model) At(x ...float64) float64 {
	e := make([]float64, 1)
	m.check("At", len(x), 1)
	m.Eval(e, nil, x)
	return e[0]
}

// Gradient returns the gradient of the energy at one point, given by its coordinates.
func (m *Model) Gradient(x ...float64) []float64 {
	g := make([]float64, m.dim)
	m.check("Gradient", len(x), 1)
	m.Eval(nil, g, x)
	for j := range g {
		g[j] += 0 // −0 reads badly
	}
	return g
}

// Energies returns the energy of each point of a data set, one point per row.
func (m *Model) Energies(points [][]float64) []float64 {
	e := make([]float64, len(points))
	m.Eval(e, nil, m.flatten("Energies", points))
	return e
}

// Gradients returns the gradient of the energy at each point of a data set, one point per row.
func (m *Model) Gradients(points [][]float64) [][]float64 {
	g := make([]float64, len(points)*m.dim)
	m.Eval(nil, g, m.flatten("Gradients", points))
	rows := make([][]float64, len(points))
	for i := range rows {
		rows[i] = g[i*m.dim : (i+1)*m.dim : (i+1)*m.dim]
	}
	return rows
}

// Eval computes the energy and the gradient of n points that lie one after the other in x (n·Dim numbers), on all processors:
// energy receives n numbers and gradient n·Dim. Either may be nil, which saves its computation. The result for a point does not
// depend on the others.
func (m *Model) Eval(energy, gradient, x []float64) { m.eval(energy, gradient, x, nil) }

// EvalContext is Eval, and ends soon when ctx is cancelled: what is not computed by then is left as it was, and the error says so.
func (m *Model) EvalContext(ctx context.Context, energy, gradient, x []float64) error {
	m.eval(energy, gradient, x, ctx.Done())
	return ctx.Err()
}

func (m *Model) eval(energy, gradient, x []float64, done <-chan struct{}) {
	n := len(x) / m.dim
	m.check("Eval", len(x), n)
	if energy != nil && len(energy) != n || gradient != nil && len(gradient) != len(x) {
		expr.Fail("Eval", "room for %d energies and %d gradient numbers, for %d points", len(energy), len(gradient), n)
	}
	m.prepare()
	if gradient == nil {
		m.value.Run(expr.Batch{N: n, In: [][]float64{x}, Params: m.params.values(), Out: [][]float64{energy}, Done: done})
		return
	}
	m.program.Run(expr.Batch{N: n, In: [][]float64{x}, Params: m.params.values(), Out: [][]float64{energy, gradient}, Done: done})
}

// Eval32 is Eval in single precision, which is two to four times as fast. Denormal numbers count as zero.
func (m *Model) Eval32(energy, gradient, x []float32) {
	n := len(x) / m.dim
	m.check("Eval32", len(x), n)
	if energy != nil && len(energy) != n || gradient != nil && len(gradient) != len(x) {
		expr.Fail("Eval32", "room for %d energies and %d gradient numbers, for %d points", len(energy), len(gradient), n)
	}
	m.prepare()
	if gradient == nil {
		m.value.Run32(expr.Batch32{N: n, In: [][]float32{x}, Params: m.params.singles(), Out: [][]float32{energy}})
		return
	}
	m.program.Run32(expr.Batch32{N: n, In: [][]float32{x}, Params: m.params.singles(), Out: [][]float32{energy, gradient}})
}

// ParamGradient returns the gradient of the energy of one point with respect to the parameters, in the order of Params.Theta.
func (m *Model) ParamGradient(x ...float64) []float64 {
	g := make([]float64, m.params.Len())
	m.check("ParamGradient", len(x), 1)
	m.EvalParams(nil, g, x)
	return g
}

// ParamGradients returns the gradient of the energy of each point with respect to the parameters, one point per row.
func (m *Model) ParamGradients(points [][]float64) [][]float64 {
	rows := make([][]float64, len(points))
	for i, p := range points {
		rows[i] = m.ParamGradient(p...)
	}
	return rows
}

// EvalParams computes for n points, that lie one after the other in x, the sum of their energies, which it returns, and the
// gradient of that sum with respect to the parameters (Params.Len numbers). energy receives the energy of each; either slice may
// be nil.
func (m *Model) EvalParams(energy, gradient, x []float64) (sum float64) {
	n := len(x) / m.dim
	m.check("EvalParams", len(x), n)
	if energy != nil && len(energy) != n || gradient != nil && len(gradient) != m.params.Len() {
		expr.Fail("EvalParams", "room for %d energies and %d gradient numbers, for %d points and %d parameters", len(energy),
			len(gradient), n, m.params.Len())
	}
	if n == 0 {
		clear(gradient)
		return 0
	}
	m.prepareTheta()
	total := make([]float64, 1)
	out := [][]float64{energy, total}
	for _, q := range m.params.list {
		if size := q.shape.Size(); gradient == nil {
			out = append(out, nil)
		} else {
			out, gradient = append(out, gradient[:size]), gradient[size:]
		}
	}
	m.theta.Run(expr.Batch{N: n, In: [][]float64{x}, Params: m.params.values(), Out: out})
	return total[0]
}

// EvalParams32 is EvalParams in single precision, which is enough for training and about twice as fast. What is summed over the
// points keeps single precision too.
func (m *Model) EvalParams32(gradient, x []float32) (sum float32) {
	n := len(x) / m.dim
	m.check("EvalParams32", len(x), n)
	if gradient != nil && len(gradient) != m.params.Len() {
		expr.Fail("EvalParams32", "room for %d gradient numbers, for %d parameters", len(gradient), m.params.Len())
	}
	if n == 0 {
		clear(gradient)
		return 0
	}
	m.prepareTheta()
	total, out := m.thetaOut(gradient)
	m.theta.Run32(expr.Batch32{N: n, In: [][]float32{x}, Params: m.params.singles(), Out: out})
	return total[0]
}

// thetaOut is where the sum of energies and its gradient in each parameter go.
func (m *Model) thetaOut(gradient []float32) (total []float32, out [][]float32) {
	total = make([]float32, 1)
	out = [][]float32{nil, total}
	for _, q := range m.params.list {
		if size := q.shape.Size(); gradient == nil {
			out = append(out, nil)
		} else {
			out, gradient = append(out, gradient[:size]), gradient[size:]
		}
	}
	return total, out
}

// EvalAll32 computes for n points, in single precision, what Eval32 and EvalParams32 do, at the price of one: their energies, the
// gradient of each, and the gradient of the sum of the energies in the parameters. It returns that sum. Any of the slices but x may be nil.
func (m *Model) EvalAll32(energy, gradient, theta, x []float32) (sum float32) {
	n := len(x) / m.dim
	m.check("EvalAll32", len(x), n)
	if energy != nil && len(energy) != n || gradient != nil && len(gradient) != len(x) || theta != nil && len(theta) != m.params.Len() {
		expr.Fail("EvalAll32", "room for %d energies, %d and %d gradient numbers, for %d points and %d parameters", len(energy),
			len(gradient), len(theta), n, m.params.Len())
	}
	if n == 0 {
		clear(theta)
		return 0
	}
	m.prepareAll()
	total, out := m.thetaOut(theta)
	out[0] = energy
	m.all.Run32(expr.Batch32{N: n, In: [][]float32{x}, Params: m.params.singles(), Out: append(out, gradient)})
	return total[0]
}

func (m *Model) check(op string, numbers, n int) {
	if numbers != n*m.dim {
		expr.Fail(op, "%d numbers for points of dimension %d", numbers, m.dim)
	}
}

func (m *Model) flatten(op string, points [][]float64) []float64 {
	x := make([]float64, 0, len(points)*m.dim)
	for i, p := range points {
		if len(p) != m.dim {
			expr.Fail(op, "point %d has %d numbers, the energy has dimension %d", i, len(p), m.dim)
		}
		x = append(x, p...)
	}
	return x
}
