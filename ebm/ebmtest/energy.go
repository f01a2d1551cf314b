package ebmtest

import (
	"errors"
	"fmt"
	"math"

	"joule/ebm"
	"joule/ebm/simd"
)

// probePoints is the number of points at each of the scales.
const probePoints = 32

func scales() []float64 { return []float64{0.3, 1, 3} }

// CheckEnergy checks an energy at a dimension (0: that which it says itself) on points drawn around the origin at the scales
// 0.3, 1 and 3:
//
//   - it can be traced, and twice with the same result;
//   - its energy is a number (+Inf is allowed: a wall), and finite somewhere;
//   - its gradient is finite where the energy is, and agrees with central differences to 1e-6, relative to its size;
//   - a point has the same energy alone and among others.
func CheckEnergy(e ebm.Energy, dim int) error {
	m, err := ebm.Resolve(e, dim)
	if err != nil {
		return fmt.Errorf("ebmtest: %w", err)
	}
	c := &energyCheck{m: m}
	c.points()
	c.values()
	c.gradients()
	if _, same := e.(*ebm.Model); !same {
		c.again(e)
	}
	return errors.Join(c.errs...)
}

type energyCheck struct {
	m    *ebm.Model
	x    [][]float64
	e    []float64
	errs []error
}

// report keeps the first few findings; more of them say nothing new.
func (c *energyCheck) report(format string, args ...any) {
	if len(c.errs) < 5 {
		c.errs = append(c.errs, fmt.Errorf("ebmtest: "+format, args...))
	}
}

func (c *energyCheck) points() {
	for k, s := range scales() {
		for i := range probePoints {
			p := make([]float64, c.m.Dim())
			simd.Source{Seed: 1, Stream: 0x300}.Normals(p, uint32(i), uint64(k))
			for j := range p {
				p[j] *= s
			}
			c.x = append(c.x, p)
		}
	}
}

func (c *energyCheck) values() {
	c.e = c.m.Energies(c.x)
	finite := 0
	for i, e := range c.e {
		switch {
		case math.IsNaN(e) || math.IsInf(e, -1):
			c.report("the energy at %.4v is %v", c.x[i], e)
		case !math.IsInf(e, 1):
			finite++
		}
		if alone := c.m.At(c.x[i]...); alone != e && !(math.IsNaN(alone) && math.IsNaN(e)) {
			c.report("the energy at %.4v is %v alone and %v among others", c.x[i], alone, e)
		}
	}
	if finite == 0 {
		c.report("the energy is finite at none of %d points", len(c.e))
	}
}

func (c *energyCheck) gradients() {
	for i, x := range c.x {
		if math.IsNaN(c.e[i]) || math.IsInf(c.e[i], 0) {
			continue
		}
		for j, g := range c.m.Gradient(x...) {
			if math.IsNaN(g) || math.IsInf(g, 0) {
				c.report("the gradient at %.4v is %v in coordinate %d", x, g, j)
				continue
			}
			if d, ok := c.agrees(x, j, g); !ok {
				c.report("the gradient at %.4v is %v in coordinate %d, central differences give %v", x, g, j, d)
			}
		}
	}
}

// agrees compares one component with differences of two widths: the wide one is exact to rounding for smooth energies, the
// narrow one hardly ever straddles a kink. A wrong gradient agrees with neither.
func (c *energyCheck) agrees(x []float64, j int, g float64) (difference float64, ok bool) {
	at := func(d float64) float64 {
		y := append([]float64(nil), x...)
		y[j] += d
		return c.m.At(y...)
	}
	unit := 1 + math.Abs(x[j])
	const tol = 1e-6
	for _, h := range []float64{1e-3 * unit, 1e-5 * unit} {
		difference = (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
		size := math.Max(1, math.Max(math.Abs(g), math.Abs(difference)))
		rounding := 0x1p-50 * math.Abs(at(0)) / h
		if math.Abs(difference-g) <= tol*size+rounding {
			return difference, true
		}
	}
	return difference, false
}

// again traces the energy a second time: a function that reads a clock, a random number or a variable that it changes differs.
func (c *energyCheck) again(e ebm.Energy) {
	m, err := ebm.Trace(c.m.Dim(), e)
	if err != nil {
		c.report("traced a second time: %w", err)
		return
	}
	for i, v := range m.Energies(c.x) {
		if v != c.e[i] && !(math.IsNaN(v) && math.IsNaN(c.e[i])) {
			c.report("traced a second time the energy at %.4v is %v, the first time it was %v", c.x[i], v, c.e[i])
			return
		}
	}
}
