package viz

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"joule/ebm"
)

// Hist draws the distribution of values as a histogram of density: its area is 1. The width of its bins follows Freedman and
// Diaconis (1981), or Resolution sets their number; values that are not finite are left out. See Against for the curve they
// should follow.
func Hist(values []float64) *Figure {
	return newFigure(func(f *Figure) *scene {
		s := &scene{x: span{0, 1, or(f.xlabel, "x")}, y: span{0, 1, or(f.ylabel, "density")}, grid: true}
		sorted := sortedFinite(values)
		if len(sorted) == 0 {
			s.note = "no finite values"
			return s
		}
		lo, hi := sorted[0], sorted[len(sorted)-1]
		if len(f.box) >= 2 {
			lo, hi = f.box[0], f.box[1]
		}
		if lo == hi {
			lo, hi = roomAround(lo, hi)
		}
		bins := density1(sorted, lo, hi, f.bins(sorted, lo, hi))
		s.x.min, s.x.max = lo, hi
		top := 0.0
		for _, b := range bins {
			top = max(top, b)
		}
		curve := f.against(lo, hi)
		for _, y := range curve {
			if y-y == 0 {
				top = max(top, y)
			}
		}
		s.y.max = 1.06 * top
		if s.y.max == 0 {
			s.y.max = 1
		}
		f.boxInto(s)
		s.layers = append(s.layers, func(p *plane) { bars(p, bins, lo, hi) })
		if curve != nil {
			x := make([]float64, len(curve))
			for i := range x {
				x[i] = between(lo, hi, i, len(x))
			}
			s.layers = append(s.layers, func(p *plane) {
				for _, run := range p.runs(x, curve) {
					p.StrokeLines(draw.LineStyle{Color: series(0), Width: 1.8}, run)
				}
			})
			s.legend = []key{{"exp(−E)/Z", series(0)}}
		}
		return s
	})
}

// Against draws over a histogram the density exp(−E)/Z of an energy of one dimension, with Z by the trapezium rule over the
// range shown.
func (f *Figure) Against(e ebm.Energy) *Figure {
	f.target = resolve("Against", e, 1)
	return f
}

// against is the density to compare with, on even points of the range; nil for none.
func (f *Figure) against(lo, hi float64) []float64 {
	if f.target == nil {
		return nil
	}
	const n = 1001
	x, e := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = between(lo, hi, i, n)
	}
	f.target.Eval(e, nil, x)
	lowest := math.Inf(1)
	for _, v := range e {
		if v-v == 0 {
			lowest = min(lowest, v)
		}
	}
	z := 0.0
	for i, v := range e {
		e[i] = math.Exp(lowest - v)
		if e[i]-e[i] != 0 {
			e[i] = 0
		}
		w := 1.0
		if i == 0 || i == n-1 {
			w = 0.5
		}
		z += w * e[i] * (hi - lo) / (n - 1)
	}
	for i := range e {
		e[i] /= z
	}
	return e
}

// bins is the number of bins for sorted values shown from lo to hi.
func (f *Figure) bins(sorted []float64, lo, hi float64) int {
	if f.resolution > 0 {
		return f.resolution
	}
	n := len(sorted)
	quartiles := sorted[3*(n-1)/4] - sorted[(n-1)/4]
	width := 2 * quartiles / math.Cbrt(float64(n))
	if !(width > 0) {
		return 20
	}
	return int(min(max(math.Ceil((hi-lo)/width), 5), 120))
}

// density1 counts sorted values in even bins and divides by the number of all and the width of a bin.
func density1(sorted []float64, lo, hi float64, bins int) []float64 {
	out := make([]float64, bins)
	w := (hi - lo) / float64(bins)
	for _, x := range sorted {
		if x >= lo && x <= hi {
			out[min(int((x-lo)/w), bins-1)] += 1 / (float64(len(sorted)) * w)
		}
	}
	return out
}

// bars draws bins as joined bars.
func bars(p *plane, bins []float64, lo, hi float64) {
	fill := color.NRGBA{0x5b, 0x8c, 0xc4, 0xff}
	for i, h := range bins {
		a := p.at(between(lo, hi, i, len(bins)+1), 0)
		b := p.at(between(lo, hi, i+1, len(bins)+1), h)
		box := []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
		if h > 0 {
			box = p.ClipPolygonXY(box)
			p.FillPolygon(fill, box)
			p.StrokeLines(line(paper, 0.5), append(box, box[0]))
		}
	}
}
