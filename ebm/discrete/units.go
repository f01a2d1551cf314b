package discrete

import (
	"joule/ebm/simd"
)

// units are the visible and hidden bits of a panel of machines with common parameters, in single precision.
type units struct {
	m       *machine
	lanes   int
	v, h, u []float32 // a row of lanes per bit; random numbers
	w, b, c []float32
}

// Pack returns the bits of a panel.
func (m *machine) Pack(lanes int) interface {
	Place(x []float64)
	Sweep(src simd.Source, first uint32, step uint64)
	Rows(dst []float64)
} {
	nv, nh := m.rbm.Visible, m.rbm.Hidden
	return &units{m: m, lanes: lanes, v: make([]float32, nv*lanes), h: make([]float32, nh*lanes), u: make([]float32, (nv+nh)*lanes)}
}

// Lanes is 64 chains: two of the columns that matrices are multiplied in.
func (m *machine) Lanes(n int) int { return min(n, 64) }

// Place sets the visible bits.
func (u *units) Place(x []float64) {
	u.w, u.b, u.c = u.m.p.View32("W"), u.m.p.View32("b"), u.m.p.View32("c")
	simd.Narrow(u.v, x)
}

// Rows reads them.
func (u *units) Rows(dst []float64) { simd.Widen(dst, u.v) }

// Sweep draws the hidden bits given the visible ones and then those given the hidden ones.
func (u *units) Sweep(src simd.Source, first uint32, step uint64) {
	nv, nh := u.m.rbm.Visible, u.m.rbm.Hidden
	src.UniformRows32(u.u, nv+nh, u.lanes, first, step)
	u.draw(u.h, u.v, nh, nv, 1, nh, u.c, u.u[nv*u.lanes:])
	u.draw(u.v, u.h, nv, nh, nh, 1, u.b, u.u[:nv*u.lanes])
}

// draw draws n bits given k others: weight (i, j) lies at i·row + j·column.
func (u *units) draw(to, from []float32, n, k, row, column int, bias, random []float32) {
	set, lanes := simd.Float32(simd.Best()), u.lanes
	set.MatMul(to, n, lanes, k, u.w, row, column, from, lanes, lanes, false)
	const tile = 32 // rows, for the nearest cache
	for i := 0; i < n; i += tile {
		rows := min(tile, n-i)
		part := to[i*lanes : (i+rows)*lanes]
		own := simd.Rows[float32]{Data: part, Stride: lanes}
		set.Binary(simd.Add, part, rows, own, simd.Rows[float32]{Data: bias[i:], Stride: 1, Scalar: true})
		set.Unary(simd.Sigmoid, part, part)
		set.Binary(simd.GreaterEqual, part, rows, own, simd.Rows[float32]{Data: random[i*lanes:], Stride: lanes})
	}
}
