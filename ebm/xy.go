package ebm

import (
	"fmt"

	"joule/ebm/expr"
)

// A ModelXY is an energy E(x, y) that says how well a prediction y fits an observation x. It is a Model of the two side by side,
// in which x can be held fast: Given.
type ModelXY struct {
	dx, dy int
	joint  *Model
}

// DefineXY returns the energy of pairs of vectors of widths dx and dy. f runs once, on symbols.
func DefineXY(dx, dy int, f func(x, y Tensor) Tensor) *ModelXY {
	if f == nil {
		expr.Fail("DefineXY", "no function (nil)")
	}
	return defineXY("DefineXY", dx, dy, 0, func(_ *Params, x, y Tensor) Tensor { return f(x, y) })
}

// DefineModelXY is DefineXY for an energy with parameters, made with the methods of p from the seed.
func DefineModelXY(dx, dy, seed int, f func(p *Params, x, y Tensor) Tensor) *ModelXY {
	if f == nil {
		expr.Fail("DefineModelXY", "no function (nil)")
	}
	return defineXY("DefineModelXY", dx, dy, seed, f)
}

func defineXY(op string, dx, dy, seed int, f func(p *Params, x, y Tensor) Tensor) *ModelXY {
	if dx < 1 || dy < 1 {
		expr.Fail(op, "dimensions %d and %d", dx, dy)
	}
	m, err := traced(op, dx+dy, seed, nil, func(p *Params, z Tensor) Tensor {
		return f(p, z.Slice(0, dx), z.Slice(dx, dx+dy))
	})
	if err != nil {
		panic(err)
	}
	return &ModelXY{dx: dx, dy: dy, joint: m}
}

// Dims returns the widths of x and y.
func (m *ModelXY) Dims() (dx, dy int) { return m.dx, m.dy }

// Joint returns the energy of the vector (x, y), of dimension dx + dy: a Model like any other, with the same parameters.
func (m *ModelXY) Joint() *Model { return m.joint }

// Params returns the parameters.
func (m *ModelXY) Params() *Params { return m.joint.params }

// Given returns the energy of y for an observed x: a model to be drawn, sampled or minimised, with the same parameters.
func (m *ModelXY) Given(x ...float64) *Model {
	if len(x) != m.dx {
		expr.Fail("Given", "%d numbers for x of width %d", len(x), m.dx)
	}
	return Define(m.dy, func(y Tensor) Tensor { return m.joint.Energy(Concat(x, y)) })
}

// Energy lets the model be used within the function of another.
func (m *ModelXY) Energy(x, y Tensor) Tensor {
	if x.Width() != m.dx || y.Width() != m.dy {
		expr.Fail("Energy", "the energy is of widths %d and %d, the operands of %d and %d", m.dx, m.dy, x.Width(), y.Width())
	}
	return m.joint.Energy(Concat(x, y))
}

// At returns the energy of one pair.
func (m *ModelXY) At(x, y []float64) float64 {
	if len(x) != m.dx || len(y) != m.dy {
		expr.Fail("At", "%d and %d numbers for widths %d and %d", len(x), len(y), m.dx, m.dy)
	}
	return m.joint.At(append(append(make([]float64, 0, m.dx+m.dy), x...), y...)...)
}

// String describes the model.
func (m *ModelXY) String() string {
	return fmt.Sprintf("ebm.ModelXY(x of width %d, y of width %d)", m.dx, m.dy)
}
