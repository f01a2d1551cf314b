package viz

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"joule/ebm/sampler"
)

// maxTraces is the number of chains that Trace draws; more could not be told apart.
const maxTraces = 8

// Trace draws how one coordinate moved over the draws of a sampler, one line per chain; Coordinate chooses another than the first.
// It shows whether the chains have forgotten where they started, and mix.
func Trace(run *sampler.Run) *Figure {
	if run == nil {
		panic(errors.New("viz: Trace: no run (nil)"))
	}
	d := run.Draws
	return newFigure(func(f *Figure) *scene {
		k := f.coordinate
		if k >= d.Dim {
			panic(fmt.Errorf("viz: Coordinate: the run has %d coordinates, there is no number %d", d.Dim, k))
		}
		g := *f
		g.xlabel, g.ylabel = or(f.xlabel, "draw"), or(f.ylabel, "x"+subscript(k+1))
		if g.names == nil {
			for c := range min(d.Chains, maxTraces) {
				g.names = append(g.names, "chain "+strconv.Itoa(c))
			}
		}
		return g.lines(d.Coordinate(k))
	})
}

// Coordinate chooses which coordinate of a run Trace draws, counted from 0.
func (f *Figure) Coordinate(k int) *Figure {
	if k < 0 {
		panic(fmt.Errorf("viz: Coordinate: %d is negative", k))
	}
	f.coordinate = k
	return f
}

// Names names the lines of a figure in its legend.
func (f *Figure) Names(names ...string) *Figure { f.names = names; return f }

// Lines draws rows of numbers as lines over their index: losses over the steps of training, a statistic of each chain over its
// draws. Of more than eight rows the first eight are drawn, and the range of all is shaded. Numbers that are not finite are gaps.
func Lines(rows [][]float64) *Figure {
	return newFigure(func(f *Figure) *scene { return f.lines(rows) })
}

// subscript writes n in small digits.
func subscript(n int) string {
	var b strings.Builder
	for _, d := range strconv.Itoa(n) {
		b.WriteRune('₀' + d - '0')
	}
	return b.String()
}

// lines computes the scene of Trace and Lines.
func (f *Figure) lines(chains [][]float64) *scene {
	longest := 0
	for _, c := range chains {
		longest = max(longest, len(c))
	}
	s := &scene{x: span{0, float64(max(longest-1, 1)), or(f.xlabel, "step")}, y: span{0, 1, f.ylabel}, grid: true}
	lo, hi, ok := extremes(chains)
	if !ok {
		s.note = "no finite values"
		return s
	}
	s.y.min, s.y.max = roomAround(lo, hi)
	f.boxInto(s)
	if len(chains) > maxTraces {
		s.layers = append(s.layers, func(p *plane) { envelope(p, chains, longest) })
	}
	shown := chains[:min(len(chains), maxTraces)]
	s.layers = append(s.layers, func(p *plane) {
		for i, c := range shown {
			x := make([]float64, len(c))
			for k := range x {
				x[k] = float64(k)
			}
			for _, run := range p.runs(x, c) {
				jagged(p, draw.LineStyle{Color: withAlpha(series(i), 0xc0), Width: 0.8}, thinned(run))
			}
		}
	})
	if len(shown) > 1 || len(f.names) > 0 && f.names[0] != "chain 0" {
		for i := range shown {
			name := strconv.Itoa(i)
			if i < len(f.names) {
				name = f.names[i]
			}
			s.legend = append(s.legend, key{name, series(i)})
		}
	}
	if n := len(chains) - len(shown); n > 0 {
		s.legend = append(s.legend, key{fmt.Sprintf("range of %d", len(chains)), envelopeInk()})
	}
	return s
}

func envelopeInk() color.NRGBA { return color.NRGBA{0xd5, 0xda, 0xe1, 0xff} }

// envelope shades the range of all chains at each draw, on at most 400 columns.
func envelope(p *plane, chains [][]float64, longest int) {
	columns := min(longest, 400)
	upper := make([]vg.Point, 0, columns)
	lower := make([]vg.Point, 0, columns)
	for k := range columns {
		from, to := k*longest/columns, (k+1)*longest/columns
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, c := range chains {
			for _, y := range c[min(from, len(c)):min(to, len(c))] {
				if y-y == 0 {
					lo, hi = min(lo, y), max(hi, y)
				}
			}
		}
		if lo > hi {
			continue
		}
		x := float64(from+to-1) / 2
		upper = append(upper, p.at(x, min(hi, p.y.max)))
		lower = append(lower, p.at(x, max(lo, p.y.min)))
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	if len(upper) > 2 {
		p.FillPolygon(envelopeInk(), p.ClipPolygonXY(upper))
	}
}

// jagged strokes a line in pieces: the rasterizer's time grows with the square of how often one path crosses a row of pixels.
func jagged(p *plane, sty draw.LineStyle, l []vg.Point) {
	const piece = 60
	for len(l) > 1 {
		n := min(piece, len(l))
		p.StrokeLines(sty, l[:n])
		l = l[n-1:]
	}
}

// thinned keeps of a line with very many points the lowest and the highest in each narrow column: it looks the same.
func thinned(run []vg.Point) []vg.Point {
	const most = 1200
	if len(run) <= most {
		return run
	}
	var out []vg.Point
	columns := most / 2
	for k := range columns {
		part := run[k*len(run)/columns : (k+1)*len(run)/columns]
		lo, hi := 0, 0
		for i := range part {
			if part[i].Y < part[lo].Y {
				lo = i
			}
			if part[i].Y > part[hi].Y {
				hi = i
			}
		}
		out = append(out, part[min(lo, hi)], part[max(lo, hi)])
	}
	return out
}

// extremes is the range of the finite numbers of all rows.
func extremes(rows [][]float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		for _, x := range r {
			if x-x == 0 {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	return lo, hi, lo <= hi
}

// roomAround widens a range a little, and one that is a single number to something around it.
func roomAround(lo, hi float64) (float64, float64) {
	pad := 0.05 * (hi - lo)
	if pad == 0 {
		pad = max(0.5, 0.1*math.Abs(lo))
	}
	return lo - pad, hi + pad
}

// boxInto applies the Box that was asked for to the axes of a scene.
func (f *Figure) boxInto(s *scene) {
	if len(f.box) >= 2 {
		s.x.min, s.x.max = f.box[0], f.box[1]
	}
	if len(f.box) == 4 {
		s.y.min, s.y.max = f.box[2], f.box[3]
	}
}
