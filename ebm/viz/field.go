package viz

import (
	"math"
	"slices"

	"joule/ebm"
)

// A field holds the energies of a grid of points that includes the edges of its box.
type field struct {
	nx, ny int
	box    [4]float64 // xmin, xmax, ymin, ymax
	e      []float64  // row by row from ymin upwards; NaN where there is no energy
}

// evaluate computes the energy of m, of dimension 2, on an nx × ny grid over box. −Inf and +Inf are kept.
func evaluate(m *ebm.Model, box [4]float64, nx, ny int) *field {
	f := &field{nx: nx, ny: ny, box: box, e: make([]float64, nx*ny)}
	x := make([]float64, 0, 2*nx*ny)
	for j := range ny {
		for i := range nx {
			x = append(x, f.x(i), f.y(j))
		}
	}
	m.Eval(f.e, nil, x)
	return f
}

func (f *field) x(i int) float64 { return between(f.box[0], f.box[1], i, f.nx) }
func (f *field) y(j int) float64 { return between(f.box[2], f.box[3], j, f.ny) }

// between is the i-th of n evenly spaced numbers from lo to hi, both included.
func between(lo, hi float64, i, n int) float64 {
	t := float64(i) / float64(n-1)
	return lo*(1-t) + hi*t
}

func (f *field) at(i, j int) float64 {
	return f.e[min(max(j, 0), f.ny-1)*f.nx+min(max(i, 0), f.nx-1)]
}

// sample interpolates at u, v in [0, 1]² (bicubic, Catmull–Rom; bilinear where a neighbour is not finite).
func (f *field) sample(u, v float64) float64 {
	s, t := u*float64(f.nx-1), v*float64(f.ny-1)
	i, j := min(int(s), f.nx-2), min(int(t), f.ny-2)
	s, t = s-float64(i), t-float64(j)
	var row [4]float64
	for k := range row {
		jj := j + k - 1
		row[k] = catmullRom(f.at(i-1, jj), f.at(i, jj), f.at(i+1, jj), f.at(i+2, jj), s)
	}
	z := catmullRom(row[0], row[1], row[2], row[3], t)
	if z-z == 0 { // finite
		// Beside a cliff a cubic swings over; a value stays within its four corners' range.
		a, b, c, d := f.at(i, j), f.at(i+1, j), f.at(i, j+1), f.at(i+1, j+1)
		lo, hi := min(a, b, c, d), max(a, b, c, d)
		slack := 0.25 * (hi - lo)
		return min(max(z, lo-slack), hi+slack)
	}
	return (f.at(i, j)*(1-s)+f.at(i+1, j)*s)*(1-t) + (f.at(i, j+1)*(1-s)+f.at(i+1, j+1)*s)*t
}

// A scale maps energies to positions in [0, 1] along the colours: the square root of the part of the range above the lowest.
type scale struct {
	lo, hi float64
	open   bool // energies above hi exist
}

// clip is the quantile of the energies at which colours end.
const clip = 0.92

// scaleOf is the colour range of a set of energies; ok is false when none is finite.
func scaleOf(e []float64) (s scale, ok bool) {
	finite := sortedFinite(e)
	if len(finite) == 0 {
		return scale{}, false
	}
	n := len(finite)
	s = scale{lo: finite[0], hi: finite[int(clip*float64(n-1))]}
	top := finite[n-1]
	if top-s.lo <= 2.5*(s.hi-s.lo) { // nothing runs away: show all of it
		s.hi = top
	}
	if !(s.hi > s.lo) {
		s.hi = top
	}
	if !(s.hi > s.lo) || math.IsInf(s.hi-s.lo, 0) { // a constant, or a range beyond float64
		s.hi = s.lo + max(1, math.Abs(s.lo)*1e-3)
	}
	s.open = top > s.hi || n < len(e) && slices.Contains(e, math.Inf(1))
	return s, true
}

// sortedFinite returns the finite numbers of e in order.
func sortedFinite(e []float64) []float64 {
	out := make([]float64, 0, len(e))
	for _, x := range e {
		if x-x == 0 {
			out = append(out, x)
		}
	}
	slices.Sort(out)
	return out
}

// position of an energy; below 0 or above 1 outside of the range.
func (s scale) position(e float64) float64 {
	t := (e - s.lo) / (s.hi - s.lo)
	if t < 0 {
		return t
	}
	return math.Sqrt(t)
}

// energy at a position: the inverse of position.
func (s scale) energy(t float64) float64 { return s.lo + t*t*(s.hi-s.lo) }

// ticks returns round energies, about n of them evenly spread along the bar, with one at its foot.
func (s scale) ticks(n int) []tick {
	var out []tick
	half := 0.32 / float64(n)
	hair := 0.002 * (s.hi - s.lo) // what the eye cannot tell from the foot
	largest := max(math.Abs(s.lo), math.Abs(s.hi))
	for k := range n + 1 {
		t := float64(k) / float64(n)
		lo, hi := s.energy(max(0, t-half)), s.energy(min(1, t+half))
		if k == 0 {
			lo, hi = s.lo-hair, max(s.lo+hair, s.energy(half/3))
		}
		x, step := roundest(lo, hi)
		if len(out) > 0 && s.position(x)-out[len(out)-1].at < half {
			continue
		}
		out = append(out, tick{s.position(max(x, s.lo)), label(x, step, largest)})
	}
	return out
}
