package viz

import (
	"math"

	"joule/ebm"
)

// depth is how far above the lowest energy a place still counts as low: there, exp(−E) has fallen to 0.0003 of its peak.
const depth = 8

// probe is the number of grid points along an axis while searching.
const probe = 40

// reach lists the half widths, around the origin, at which the search looks for low energy.
func reach() []float64 { return []float64{1.5, 5, 20, 80, 320} }

// autobox finds a box, one interval per dimension, round the region of low energy.
//
// It looks at several scales, from the neighbourhood of the origin to hundreds of units away. A scale whose lowest energy lies at
// its rim says only that the way down leads further out, so an energy that falls for ever has no such region; then, and where
// the energy is constant, the box is ±3. Of the other scales the points within depth of the lowest energy are boxed in, and the
// box is tightened on finer and finer grids, which never keep less than the lowest fiftieth of it: a valley narrower than the
// spacing of the first grid is found by the slope of its walls.
func autobox(m *ebm.Model) [][2]float64 {
	d := m.Dim()
	box := make([][2]float64, d)
	var inside []*lattice
	lowest := math.Inf(1)
	for _, r := range reach() {
		l := newLattice(m, cube(d, r))
		if l.rim() || l.flat() {
			continue
		}
		inside = append(inside, l)
		lowest = min(lowest, l.min)
	}
	if len(inside) == 0 {
		return cube(d, 3)
	}
	for k := range box {
		box[k] = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	for _, l := range inside {
		l.extend(box, lowest+depth)
	}
	for range 8 {
		l := newLattice(m, padded(box))
		lowest = min(lowest, l.min)
		tight := make([][2]float64, d)
		for k := range tight {
			tight[k] = [2]float64{math.Inf(1), math.Inf(-1)}
		}
		share := l.extend(tight, max(lowest+depth, l.quantile(0.02)))
		if share == 0 {
			break
		}
		shrunk := 1.0
		for k := range box {
			shrunk = min(shrunk, (tight[k][1]-tight[k][0])/(box[k][1]-box[k][0]))
		}
		box = tight
		if shrunk > 0.9 {
			break
		}
	}
	for k := range box { // room to see the walls
		w := box[k][1] - box[k][0]
		box[k][0] -= 0.06 * w
		box[k][1] += 0.06 * w
	}
	return box
}

// cube is the box of half width r round the origin.
func cube(d int, r float64) [][2]float64 {
	b := make([][2]float64, d)
	for k := range b {
		b[k] = [2]float64{-r, r}
	}
	return b
}

// padded is box with a margin of a cell on each side, and at least a little where it is a point.
func padded(box [][2]float64) [][2]float64 {
	out := make([][2]float64, len(box))
	for k, b := range box {
		pad := max((b[1]-b[0])/(probe-2), 1e-9*max(1, math.Abs(b[0])))
		out[k] = [2]float64{b[0] - pad, b[1] + pad}
	}
	return out
}

// A lattice holds the energies of a coarse grid in one or two dimensions.
type lattice struct {
	box [][2]float64
	x   []float64 // points, one after the other
	e   []float64
	min float64
	arg int
}

// newLattice evaluates m on probe points per axis. Their number is even, so that a box round the origin is not sampled on its axes,
// where many energies have a corner or a pole.
func newLattice(m *ebm.Model, box [][2]float64) *lattice {
	d := m.Dim()
	n := probe
	if d == 2 {
		n = probe * probe
	}
	l := &lattice{box: box, x: make([]float64, 0, n*d), e: make([]float64, n), min: math.Inf(1), arg: -1}
	for i := range n {
		l.x = append(l.x, between(box[0][0], box[0][1], i%probe, probe))
		if d == 2 {
			l.x = append(l.x, between(box[1][0], box[1][1], i/probe, probe))
		}
	}
	m.Eval(l.e, nil, l.x)
	for i, e := range l.e {
		if e < l.min && e-e == 0 {
			l.min, l.arg = e, i
		}
	}
	return l
}

// rim reports whether the lowest energy lies on the edge of the lattice, or nowhere.
func (l *lattice) rim() bool {
	if l.arg < 0 {
		return true
	}
	i, j := l.arg%probe, l.arg/probe
	return i == 0 || i == probe-1 || len(l.box) == 2 && (j == 0 || j == probe-1)
}

// flat reports whether all energies are the same.
func (l *lattice) flat() bool {
	for _, e := range l.e {
		if math.Abs(e-l.min) > 1e-12*max(1, math.Abs(l.min)) {
			return false
		}
	}
	return true
}

// extend makes box hold the points with energy up to most, with a cell round each, and returns their share.
func (l *lattice) extend(box [][2]float64, most float64) float64 {
	d, n := len(l.box), 0
	for i, e := range l.e {
		if !(e <= most) {
			continue
		}
		n++
		for k := range d {
			cell := (l.box[k][1] - l.box[k][0]) / (probe - 1)
			box[k][0] = min(box[k][0], l.x[i*d+k]-cell)
			box[k][1] = max(box[k][1], l.x[i*d+k]+cell)
		}
	}
	return float64(n) / float64(len(l.e))
}

// quantile is the energy below which the part q of the lattice lies.
func (l *lattice) quantile(q float64) float64 {
	sorted := sortedFinite(l.e)
	if len(sorted) == 0 {
		return math.Inf(-1)
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

// bounds2 is the box of a picture in the plane: what was asked for, what holds the points, or what the energy suggests.
func (f *Figure) bounds2(m *ebm.Model) [4]float64 {
	if len(f.box) == 2 {
		return [4]float64{f.box[0], f.box[1], f.box[0], f.box[1]}
	}
	if len(f.box) == 4 {
		return [4]float64(f.box)
	}
	box, ok := f.pointsBox(2)
	if !ok {
		box = autobox(m)
	}
	return square(box)
}

// pointsBox holds all points with a margin.
func (f *Figure) pointsBox(d int) ([][2]float64, bool) {
	box := make([][2]float64, d)
	for k := range box {
		box[k] = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	for _, set := range f.points {
		for _, q := range set {
			for k := range min(d, len(q)) {
				if q[k]-q[k] == 0 {
					box[k][0], box[k][1] = min(box[k][0], q[k]), max(box[k][1], q[k])
				}
			}
		}
	}
	for k, b := range box {
		if b[0] > b[1] {
			return nil, false
		}
		pad := 0.25 * (b[1] - b[0])
		if pad == 0 {
			pad = max(1, math.Abs(b[0])*0.1)
		}
		box[k] = [2]float64{b[0] - pad, b[1] + pad}
	}
	return box, true
}

// square widens the shorter side of a box that is nearly square, so that a circle can be drawn as one.
func square(b [][2]float64) [4]float64 {
	w, h := b[0][1]-b[0][0], b[1][1]-b[1][0]
	widen := func(k int, to float64) {
		c := (b[k][0] + b[k][1]) / 2
		b[k] = [2]float64{c - to/2, c + to/2}
	}
	const near = 1.25
	if w < h && h < near*w {
		widen(0, h)
	} else if h < w && w < near*h {
		widen(1, w)
	}
	return [4]float64{b[0][0], b[0][1], b[1][0], b[1][1]}
}
