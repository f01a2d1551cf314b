package viz

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"joule/ebm"
)

const (
	// px is a CSS pixel, 1/96 inch, in which sizes of figures are given.
	px = vg.Inch / 96
	// maxSVG is the size in bytes up to which a notebook gets the drawing rather than the pixels.
	maxSVG = 512 << 10
	// density is the number of pixels of a PNG for each CSS pixel, so that it is sharp on fine screens.
	density = 2
)

// A Figure is a picture in the making. Its methods set options and return the figure itself. It is computed each time it is
// drawn; drawing is safe from several goroutines, setting options meanwhile is not.
type Figure struct {
	compose func(f *Figure) *scene

	title          string
	xlabel, ylabel string
	width, height  float64 // CSS pixels; 0: chosen
	box            []float64
	points         [][][]float64
	levels         int
	resolution     int
	dim            int
	coordinate     int
	names          []string
	target         *ebm.Model // what a histogram is compared with
}

// newFigure is a figure of one kind; compose reads the options when the figure is drawn.
func newFigure(compose func(f *Figure) *scene) *Figure { return &Figure{compose: compose} }

// Title sets the line above the picture.
func (f *Figure) Title(s string) *Figure { f.title = s; return f }

// Labels sets the names of the axes; "" leaves one as it is.
func (f *Figure) Labels(x, y string) *Figure {
	if x != "" {
		f.xlabel = x
	}
	if y != "" {
		f.ylabel = y
	}
	return f
}

// Size sets the size of the whole figure in CSS pixels (96 to the inch), from 80 to 4000. Without it the figure is as large as
// suits it; a landscape is drawn with equal units on both axes where their ranges are comparable.
func (f *Figure) Size(width, height float64) *Figure {
	if !(width >= 80 && width <= 4000 && height >= 80 && height <= 4000) {
		panic(fmt.Errorf("viz: Size: %g × %g is not between 80 and 4000 pixels", width, height))
	}
	f.width, f.height = width, height
	return f
}

// Box sets the part of space that is shown: Box(xmin, xmax, ymin, ymax), or Box(xmin, xmax) for an energy of one dimension, and
// for figures whose vertical range follows from the data.
func (f *Figure) Box(bounds ...float64) *Figure {
	ok := len(bounds) == 2 || len(bounds) == 4
	for i := 0; ok && i < len(bounds); i += 2 {
		w := bounds[i+1] - bounds[i]
		ok = w > 0 && !math.IsInf(w, 0)
	}
	if !ok {
		panic(fmt.Errorf("viz: Box: %v is not xmin, xmax or xmin, xmax, ymin, ymax with each minimum below its maximum", bounds))
	}
	f.box = bounds
	return f
}

// Points draws points over the picture, one per row. Each call adds a set in a colour of its own. Without a Box the picture
// shows all of them.
func (f *Figure) Points(x [][]float64) *Figure {
	f.points = append(f.points, x)
	return f
}

// Levels sets the number of bands between contour lines (12); 1 draws no lines.
func (f *Figure) Levels(n int) *Figure {
	if n < 1 || n > 200 {
		panic(fmt.Errorf("viz: Levels: %d is not between 1 and 200", n))
	}
	f.levels = n
	return f
}

// Resolution sets the number of grid points along each axis at which the energy is evaluated (160, and 800 in one dimension).
func (f *Figure) Resolution(n int) *Figure {
	if n < 2 || n > 4000 {
		panic(fmt.Errorf("viz: Resolution: %d is not between 2 and 4000", n))
	}
	f.resolution = n
	return f
}

// SVG draws the figure as an SVG document. Text and lines stay sharp at any zoom; a heat map is an image inside.
func (f *Figure) SVG() string {
	s, g := f.prepare()
	return f.svg(s, g)
}

// PNG draws the figure as a PNG file with two pixels for each CSS pixel of its size.
func (f *Figure) PNG() []byte {
	s, g := f.prepare()
	return f.png(s, g)
}

// MIMEBundle returns the figure as a notebook shows it: the SVG, or the PNG where the SVG would exceed 512 KiB.
func (f *Figure) MIMEBundle() map[string]string {
	s, g := f.prepare()
	out := map[string]string{"text/plain": f.describe(g)}
	if svg := f.svg(s, g); len(svg) <= maxSVG {
		out["image/svg+xml"] = svg
	} else {
		out["image/png"] = string(f.png(s, g))
	}
	return out
}

// MIMEMetadata returns the size in CSS pixels at which a PNG is to be shown.
func (f *Figure) MIMEMetadata() map[string]any {
	if f.width > 0 {
		return map[string]any{"image/png": map[string]int{"width": int(f.width)}}
	}
	return map[string]any{"image/png": map[string]int{"width": int(defaultWidth)}}
}

// String describes the figure in a few words.
func (f *Figure) String() string {
	if f.title != "" {
		return fmt.Sprintf("viz.Figure(%q)", f.title)
	}
	return "viz.Figure"
}

func (f *Figure) describe(g *page) string {
	return fmt.Sprintf("%v %.0f×%.0f", f, float64(g.w/px), float64(g.h/px))
}

// prepare computes the figure's content and layout.
func (f *Figure) prepare() (*scene, *page) {
	s := f.compose(f)
	return s, layout(s, f)
}

func (f *Figure) svg(s *scene, g *page) string {
	c := vgsvg.New(g.w, g.h)
	g.draw(draw.New(c), s)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		panic(fmt.Errorf("viz: %w", err)) // writing to memory does not fail
	}
	return fixes().Replace(b.String())
}

// fixes mends what the canvas writes: fonts are named, not embedded, so others of the same widths are named beside; images are
// PNG, not JPEG, and fill their rectangle.
func fixes() *strings.Replacer {
	return strings.NewReplacer(
		"font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;",
		`xlink:href="data:image/jpg;`, `preserveAspectRatio="none" xlink:href="data:image/png;`,
	)
}

func (f *Figure) png(s *scene, g *page) []byte {
	c := vgimg.NewWith(vgimg.UseWH(g.w, g.h), vgimg.UseDPI(96*density))
	g.draw(draw.New(c), s)
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, c.Image()); err != nil {
		panic(fmt.Errorf("viz: %w", err))
	}
	return b.Bytes()
}
