package viz

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"joule/ebm"
)

// Landscape draws an energy of two dimensions as a map, low energy dark, with contour lines; an energy of one dimension as a
// curve. An energy that does not say its dimension is taken at 2, or at the width of the first Points, or at that of Dim. It
// panics when the energy has another dimension or cannot be traced.
func Landscape(e ebm.Energy) *Figure { return energyFigure("Landscape", e, true) }

// Contour draws an energy of two dimensions as contour lines alone, in the colours of Landscape, on white: to be printed, or to
// have much drawn over it.
func Contour(e ebm.Energy) *Figure { return energyFigure("Contour", e, false) }

// Dim sets the dimension, 1 or 2, at which an energy that does not say its own is taken.
func (f *Figure) Dim(n int) *Figure {
	if n != 1 && n != 2 {
		panic(fmt.Errorf("viz: Dim: a picture has 1 or 2 dimensions, not %d", n))
	}
	f.dim = n
	return f
}

// energyFigure resolves e now, where a mistake is the caller's, or when drawn if its dimension is still to be set.
func energyFigure(name string, e ebm.Energy, filled bool) *Figure {
	if e == nil {
		panic(fmt.Errorf("viz: %s: no energy (nil)", name))
	}
	sized := ebm.Dim(e)
	if sized != 0 && sized != 1 && sized != 2 {
		panic(fmt.Errorf("viz: %s draws energies of dimension 1 or 2, this one has %d", name, sized))
	}
	var model *ebm.Model
	if sized != 0 {
		model = resolve(name, e, sized)
	}
	return newFigure(func(f *Figure) *scene {
		m := model
		if m == nil {
			m = resolve(name, e, f.useDim())
		}
		if m.Dim() == 1 {
			return f.curve(m)
		}
		return f.landscape(m, filled)
	})
}

// useDim is the dimension asked of an energy that has none of its own.
func (f *Figure) useDim() int {
	if f.dim != 0 {
		return f.dim
	}
	for _, set := range f.points {
		if len(set) > 0 && len(set[0]) == 1 {
			return 1
		}
	}
	return 2
}

func resolve(name string, e ebm.Energy, dim int) *ebm.Model {
	m, err := ebm.Resolve(e, dim)
	if err != nil {
		panic(fmt.Errorf("viz: %s: %w", name, err))
	}
	return m
}

// landscape computes the scene of a two-dimensional energy.
func (f *Figure) landscape(m *ebm.Model, filled bool) *scene {
	box := f.bounds2(m)
	n := f.resolution
	if n == 0 {
		n = 160
	}
	field := evaluate(m, box, n, n)
	s := &scene{
		x: span{box[0], box[1], or(f.xlabel, "x₁")}, y: span{box[2], box[3], or(f.ylabel, "x₂")},
		equal: true,
	}
	sc, ok := scaleOf(field.e)
	if !ok {
		s.note = "no finite energy in this box"
	} else {
		palette := colormap()
		levels := f.levels
		if levels == 0 {
			levels = 12
		}
		s.bar = &bar{label: "energy", palette: palette, ticks: sc.ticks(5), open: sc.open, linesOnly: !filled}
		for k := 1; k < levels; k++ {
			s.bar.lines = append(s.bar.lines, float64(k)/float64(levels))
		}
		if filled {
			s.layers = append(s.layers, func(p *plane) { heat(p, field, sc, palette) })
		}
		s.layers = append(s.layers, func(p *plane) { contours(p, field, sc, s.bar) })
	}
	s.layers = append(s.layers, f.dots)
	return s
}

// heat draws the field as an image of two pixels per CSS pixel.
func heat(p *plane, f *field, sc scale, palette color.Palette) {
	size := p.Size()
	w := min(max(int(math.Ceil(float64(size.X/px)*density)), 2), 2000)
	h := min(max(int(math.Ceil(float64(size.Y/px)*density)), 2), 2000)
	// 255 colours and one for nothing keep the image at a byte per pixel.
	img := image.NewPaletted(image.Rect(0, 0, w, h), append(palette[:shades-1:shades-1], void))
	lookup := shading(sc)
	for r := range h {
		v := 1 - (float64(r)+0.5)/float64(h)
		row := img.Pix[r*img.Stride:][:w]
		for c := range row {
			row[c] = lookup(f.sample((float64(c)+0.5)/float64(w), v))
		}
	}
	p.DrawImage(p.Rectangle, img)
}

// shading returns the index of the colour of an energy, and the last index for what has none.
func shading(sc scale) func(e float64) uint8 {
	const last = shades - 2
	return func(e float64) uint8 {
		switch t := sc.position(e); {
		case t != t:
			return shades - 1
		case t <= 0:
			return 0
		case t >= 1:
			return last
		default:
			return uint8(t*last + 0.5)
		}
	}
}

// contours draws the lines of equal energy.
func contours(p *plane, f *field, sc scale, b *bar) {
	for _, t := range b.lines {
		sty := line(contourInk(t), 0.6)
		if b.linesOnly {
			sty = line(b.palette[int(t*(shades-1))], 1.1)
		}
		for _, l := range isolines(f, sc.energy(t)) {
			pts := make([]vg.Point, len(l))
			for i, q := range l {
				pts[i] = p.at(q[0], q[1])
			}
			p.StrokeLines(sty, pts)
		}
	}
}

// contourInk is a line that shows on the colour at position t: light on dark, dark on light.
func contourInk(t float64) color.NRGBA {
	if t < 0.55 {
		return color.NRGBA{0xff, 0xff, 0xff, 0x59}
	}
	return color.NRGBA{0x10, 0x20, 0x30, 0x40}
}

// dots draws the sets of points that lie in the frame.
func (f *Figure) dots(p *plane) {
	for i, set := range f.points {
		radius, alpha := dotStyle(len(set))
		fill := withAlpha(series(i), alpha)
		for _, q := range set {
			if len(q) < 2 || !p.contains(q[0], q[1]) {
				continue
			}
			p.dot(p.at(q[0], q[1]), radius, fill)
		}
	}
}

// dotStyle makes many points small and translucent.
func dotStyle(n int) (radius vg.Length, alpha uint8) {
	switch {
	case n <= 60:
		return 2.6, 0xff
	case n <= 500:
		return 1.9, 0xf0
	case n <= 3000:
		return 1.3, 0xc8
	}
	return 0.9, 0x90
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
