package discrete

import (
	"runtime"

	"joule/ebm/simd"
)

// units are the visible and hidden bits of a panel of machines with common parameters, in single precision.
type units struct {
	m       *machine
	lanes   int
	v, h, u []float32 // a row of lanes per bit; random numbers
	w, b, c []float32
	finite  bool // w is

	few  simd.Sparse[float32] // the visible bits that are set, where they are few
	work []float32
}

// Pack returns the bits of a panel.
func (m *machine) Pack(lanes int) interface {
	Place(x []float64)
	Sweep(src simd.Source, first uint32, step uint64)
	Rows(dst []float64)
} {
	nv, nh := m.rbm.Visible, m.rbm.Hidden
	return &units{m: m, lanes: lanes, v: make([]float32, nv*lanes), h: make([]float32, nh*lanes), u: make([]float32, (nv+nh)*lanes),
		work: make([]float32, max(nh*lanes, simd.FiniteWork))}
}

// Lanes is a panel for each processor, of at least the columns that matrices are multiplied in and of not too many.
func (m *machine) Lanes(n int) int {
	const least, most = 32, 128
	panels := max((n+most-1)/most, min(runtime.GOMAXPROCS(0), n/least), 1)
	return (n + panels - 1) / panels
}

// Place sets the visible bits.
func (u *units) Place(x []float64) {
	u.w, u.b, u.c = u.m.p.View32("W"), u.m.p.View32("b"), u.m.p.View32("c")
	u.finite = simd.Float32(simd.Best()).Finite(u.w, u.work)
	simd.Narrow(u.v, x)
}

// Rows reads them.
func (u *units) Rows(dst []float64) { simd.Widen(dst, u.v) }

// Sweep draws the hidden bits given the visible ones and then those given the hidden ones.
func (u *units) Sweep(src simd.Source, first uint32, step uint64) {
	nv, nh := u.m.rbm.Visible, u.m.rbm.Hidden
	src.UniformRows32(u.u, nv+nh, u.lanes, first, step)
	u.drive()
	u.draw(u.h, u.c, u.u[nv*u.lanes:])
	set := simd.Float32(simd.Best())
	set.MatMul(u.v, nv, u.lanes, nh, u.w, nh, 1, u.h, u.lanes, u.lanes, false)
	u.draw(u.v, u.b, u.u[:nv*u.lanes])
}

// scarce is the part of the visible bits, one in so many, up to which it is faster to add only the weights of those that are set. In
// pictures of bits most are not. The sums are the same.
const scarce = 5

// drive sets the hidden bits to what the visible ones tell them: Wᵀv.
func (u *units) drive() {
	set, lanes, nv, nh := simd.Float32(simd.Best()), u.lanes, u.m.rbm.Visible, u.m.rbm.Hidden
	if u.finite && u.few.Read(u.v, nv, lanes, lanes, nv*lanes/scarce) {
		set.MulSparse(u.h, nh, u.w, nh, &u.few, lanes, u.work)
		return
	}
	set.MatMul(u.h, nh, lanes, nv, u.w, 1, nh, u.v, lanes, lanes, false)
}

// draw draws bits given what the others tell them.
func (u *units) draw(to, bias, random []float32) {
	set, lanes, n := simd.Float32(simd.Best()), u.lanes, len(bias)
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
