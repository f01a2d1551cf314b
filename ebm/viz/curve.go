package viz

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"joule/ebm"
)

// curve computes the scene of a one-dimensional energy: its graph, over a wash that is deep where the energy is low.
func (f *Figure) curve(m *ebm.Model) *scene {
	lo, hi := f.bounds1(m)
	n := f.resolution
	if n == 0 {
		n = 800
	}
	x, e := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = between(lo, hi, i, n)
	}
	m.Eval(e, nil, x)
	s := &scene{x: span{lo, hi, or(f.xlabel, "x")}, y: span{0, 1, or(f.ylabel, "energy")}, grid: true}
	sc, ok := scaleOf(e)
	if !ok {
		s.note = "no finite energy in this box"
		return s
	}
	pad := 0.06 * (sc.hi - sc.lo)
	s.y.min, s.y.max = sc.lo-pad, sc.hi+pad
	if len(f.box) == 4 {
		s.y.min, s.y.max = f.box[2], f.box[3]
	}
	deep := colormap()[40]
	s.layers = append(s.layers,
		func(p *plane) {
			for _, run := range p.runs(x, e) {
				wash(p, run)
				p.StrokeLines(draw.LineStyle{Color: deep, Width: 1.6}, run)
			}
		},
		func(p *plane) { f.dots1(p, m) })
	return s
}

// runs are the stretches of a graph that have finite values, cut at the frame.
func (p *plane) runs(x, y []float64) [][]vg.Point {
	var out [][]vg.Point
	var run []vg.Point
	for i := range x {
		if y[i]-y[i] != 0 {
			out, run = append(out, run), nil
			continue
		}
		run = append(run, p.at(x[i], min(max(y[i], -1e150), 1e150)))
	}
	out = append(out, run)
	var clipped [][]vg.Point
	for _, r := range out {
		if len(r) > 1 {
			clipped = append(clipped, p.ClipLinesXY(r)...)
		}
	}
	return clipped
}

// wash fills the area below a graph, faintly.
func wash(p *plane, run []vg.Point) {
	if len(run) < 2 {
		return
	}
	c := colormap()[40]
	area := append([]vg.Point{{X: run[0].X, Y: p.Min.Y}}, run...)
	area = append(area, vg.Point{X: run[len(run)-1].X, Y: p.Min.Y})
	p.FillPolygon(withAlpha(toNRGBA(c), 0x1c), area)
}

// dots1 puts points on the graph.
func (f *Figure) dots1(p *plane, m *ebm.Model) {
	for i, set := range f.points {
		radius, alpha := dotStyle(len(set))
		for _, q := range set {
			if len(q) < 1 {
				continue
			}
			y := m.At(q[0])
			if y != y || !p.contains(q[0], y) {
				continue
			}
			p.dot(p.at(q[0], y), radius, withAlpha(series(i), alpha))
		}
	}
}

// dot draws a disc with a rim of paper, which sets it off from any ground.
func (p *plane) dot(at vg.Point, radius vg.Length, c color.NRGBA) {
	p.DrawGlyphNoClip(draw.GlyphStyle{Color: withAlpha(paper, c.A), Radius: radius + 0.55, Shape: draw.CircleGlyph{}}, at)
	p.DrawGlyphNoClip(draw.GlyphStyle{Color: c, Radius: radius, Shape: draw.CircleGlyph{}}, at)
}

// bounds1 is the horizontal range of a curve.
func (f *Figure) bounds1(m *ebm.Model) (lo, hi float64) {
	if len(f.box) > 0 {
		return f.box[0], f.box[1]
	}
	box, ok := f.pointsBox(1)
	if !ok {
		box = autobox(m)
	}
	if w := box[0][1] - box[0][0]; !(w > 0) || math.IsInf(w, 0) {
		return -3, 3
	}
	return box[0][0], box[0][1]
}
