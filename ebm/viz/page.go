package viz

import (
	"image"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A scene is the content of a figure, computed and ready to be placed on a page.
type scene struct {
	x, y   span
	equal  bool // one unit is as long on both axes where the ranges allow it
	grid   bool // faint lines at the ticks
	layers []func(p *plane)
	bar    *bar
	note   string // said in the middle of the picture
	legend []key
}

// A span is the range of an axis and its name.
type span struct {
	min, max float64
	label    string
}

// A bar explains colours: position 0 is its foot, 1 its top.
type bar struct {
	label     string
	palette   color.Palette
	ticks     []tick    // at positions
	lines     []float64 // positions of contour lines
	open      bool      // values above the top exist
	linesOnly bool
}

// A key is one entry of a legend.
type key struct {
	name  string
	color color.NRGBA
}

// A plane is the part of the page inside the frame.
type plane struct {
	draw.Canvas
	x, y span
}

// at maps data to the page.
func (p *plane) at(x, y float64) vg.Point {
	return vg.Point{
		X: p.Min.X + vg.Length((x-p.x.min)/(p.x.max-p.x.min))*(p.Max.X-p.Min.X),
		Y: p.Min.Y + vg.Length((y-p.y.min)/(p.y.max-p.y.min))*(p.Max.Y-p.Min.Y),
	}
}

// contains reports whether a point of the data is inside the frame.
func (p *plane) contains(x, y float64) bool {
	return x >= p.x.min && x <= p.x.max && y >= p.y.min && y <= p.y.max
}

const (
	defaultWidth = 540  // CSS pixels
	maxStretch   = 2.5  // ranges that differ by more than this factor do not get equal units
	flat         = 0.58 // height of a frame without equal units, as a part of its width
	tickLength   = 3.5 * px
	gap          = 5 * px  // between a tick and its label, a label and the next thing
	barGap       = 12 * px // between the frame and the colour bar
	barWidth     = 13 * px
	keyWidth     = 14 * px     // of the stroke beside a name in the legend
	frameInk     = 0.75        // points
	minFrame     = vg.Inch / 4 // what remains of a frame whose figure is too small
)

// A page is where everything goes.
type page struct {
	w, h           vg.Length
	frame          vg.Rectangle
	xticks, yticks []tick
	title          string
}

// layout measures texts and places the frame among them.
func layout(s *scene, f *Figure) *page {
	g := &page{w: vg.Length(f.width) * px, h: vg.Length(f.height) * px, title: f.title}
	if g.w == 0 {
		g.w = defaultWidth * px
	}
	tickHeight := textStyle(tickSize, 0, 0).Rectangle("0").Size().Y
	labelHeight := textStyle(labelSize, 0, 0).Rectangle("x").Size().Y

	bottom := tickLength + gap + tickHeight + gap
	if s.x.label != "" {
		bottom += labelHeight + gap
	}
	top := 12 * px
	if g.title != "" {
		top += textStyle(titleSize, 0, 0).Rectangle(g.title).Size().Y + gap
	}
	g.yticks = ticks(s.y.min, s.y.max, 6)
	left := tickLength + gap + widest(g.yticks) + gap
	if s.y.label != "" {
		left += labelHeight + gap
	}
	right := 14 * px
	if s.bar != nil {
		right = barGap + barWidth + tickLength + gap + widest(s.bar.ticks) + gap
		if s.bar.label != "" {
			right += labelHeight + gap
		}
	}
	if len(s.legend) > 0 {
		right += legendWidth(s.legend)
	}
	width := max(g.w-left-right, minFrame)
	if g.h == 0 {
		ratio := flat
		if r := (s.y.max - s.y.min) / (s.x.max - s.x.min); s.equal && r < maxStretch && r > 1/maxStretch {
			ratio = r
		}
		// A tall picture is narrowed to be no higher than wide; its width on the page stays.
		height := width * vg.Length(min(ratio, 1))
		if ratio > 1 {
			margin := (width - height/vg.Length(ratio)) / 2
			left, width = left+margin, height/vg.Length(ratio)
		}
		g.h = height + top + bottom
	}
	g.frame.Min = vg.Point{X: left, Y: bottom}
	g.frame.Max = vg.Point{X: left + width, Y: max(g.h-top, bottom+minFrame)}
	size := g.frame.Size()
	g.xticks = ticks(s.x.min, s.x.max, max(2, int(size.X/(52*px))))
	g.yticks = ticks(s.y.min, s.y.max, max(2, int(size.Y/(46*px))))
	return g
}

// widest is the width of the longest label.
func widest(ts []tick) (w vg.Length) {
	sty := textStyle(tickSize, 0, 0)
	for _, t := range ts {
		w = max(w, sty.Rectangle(t.label).Size().X)
	}
	return w
}

// draw puts the scene on a canvas of the page's size.
func (g *page) draw(c draw.Canvas, s *scene) {
	c.SetColor(paper)
	c.Fill(c.Rectangle.Path())
	p := &plane{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: g.frame}, x: s.x, y: s.y}
	if s.grid {
		for _, t := range g.xticks {
			stroke(c, line(faint, 0.6), p.at(t.at, s.y.min), p.at(t.at, s.y.max))
		}
		for _, t := range g.yticks {
			stroke(c, line(faint, 0.6), p.at(s.x.min, t.at), p.at(s.x.max, t.at))
		}
	}
	for _, l := range s.layers {
		l(p)
	}
	g.axes(c, p)
	if g.title != "" {
		c.FillText(textStyle(titleSize, text.XCenter, text.YTop),
			vg.Point{X: (g.frame.Min.X + g.frame.Max.X) / 2, Y: g.h - 9*px}, g.title)
	}
	if s.bar != nil {
		s.bar.draw(c, g)
	}
	if s.note != "" {
		c.FillText(textStyle(labelSize, text.XCenter, text.YCenter), p.Center(), s.note)
	}
	drawLegend(c, g, s.legend)
}

// axes draws the frame, its ticks and its labels.
func (g *page) axes(c draw.Canvas, p *plane) {
	frame := line(rule, frameInk)
	a, b := g.frame.Min, g.frame.Max
	stroke(c, frame, a, vg.Point{X: b.X, Y: a.Y}, b, vg.Point{X: a.X, Y: b.Y}, a)
	below := textStyle(tickSize, text.XCenter, text.YTop)
	for _, t := range g.xticks {
		x := p.at(t.at, 0).X
		stroke(c, frame, vg.Point{X: x, Y: a.Y}, vg.Point{X: x, Y: a.Y - tickLength})
		c.FillText(below, vg.Point{X: x, Y: a.Y - tickLength - gap*0.6}, t.label)
	}
	beside := textStyle(tickSize, text.XRight, text.YCenter)
	for _, t := range g.yticks {
		y := p.at(0, t.at).Y
		stroke(c, frame, vg.Point{X: a.X, Y: y}, vg.Point{X: a.X - tickLength, Y: y})
		c.FillText(beside, vg.Point{X: a.X - tickLength - gap*0.8, Y: y}, t.label)
	}
	drawLabel(c, vg.Point{X: (a.X + b.X) / 2, Y: gap + descent()}, p.x.label, false)
	drawLabel(c, vg.Point{X: a.X - tickLength - gap*2.2 - widest(g.yticks), Y: (a.Y + b.Y) / 2}, p.y.label, true)
}

// descent is how far the letters of a label reach below their line.
func descent() vg.Length { return 0.22 * labelSize }

// drawLabel centres a label on a point of its base line, running upwards where asked. Digits written as subscripts (x₁) at its
// end are set from small ones, because few fonts have them.
func drawLabel(c draw.Canvas, at vg.Point, s string, up bool) {
	base := strings.TrimRight(s, "₀₁₂₃₄₅₆₇₈₉")
	sub := strings.Map(func(r rune) rune { return r - '₀' + '0' }, s[len(base):])
	large, small := textStyle(labelSize, text.XLeft, text.YBottom), textStyle(0.72*labelSize, text.XLeft, text.YBottom)
	w := large.Rectangle(base).Size().X
	start := -(w + small.Rectangle(sub).Size().X) / 2
	put := func(sty text.Style, along, drop vg.Length, s string) {
		if s == "" {
			return
		}
		q := vg.Point{X: at.X + along, Y: at.Y - drop}
		if up {
			sty.Rotation = math.Pi / 2
			q = vg.Point{X: at.X + drop, Y: at.Y + along}
		}
		c.FillText(sty, q, s)
	}
	put(large, start, 0, base)
	put(small, start+w, 0.18*labelSize, sub)
}

// draw puts the bar to the right of the frame, as high as it.
func (b *bar) draw(c draw.Canvas, g *page) {
	lo := vg.Point{X: g.frame.Max.X + barGap, Y: g.frame.Min.Y}
	hi := vg.Point{X: lo.X + barWidth, Y: g.frame.Max.Y}
	at := func(t float64) vg.Length { return lo.Y + vg.Length(t)*(hi.Y-lo.Y) }
	if !b.linesOnly {
		img := image.NewPaletted(image.Rect(0, 0, 1, len(b.palette)), b.palette)
		for i := range img.Pix {
			img.Pix[i] = uint8(len(b.palette) - 1 - i)
		}
		c.DrawImage(vg.Rectangle{Min: lo, Max: hi}, img)
	}
	for _, t := range b.lines {
		sty := line(contourInk(t), 0.6)
		if b.linesOnly {
			sty = line(b.palette[int(t*(shades-1))], 1.6)
		}
		stroke(c, sty, vg.Point{X: lo.X, Y: at(t)}, vg.Point{X: hi.X, Y: at(t)})
	}
	frame := line(rule, frameInk)
	outline := []vg.Point{lo, {X: hi.X, Y: lo.Y}, hi, {X: lo.X, Y: hi.Y}, lo}
	if b.open && !b.linesOnly { // an arrow: there is more above
		tip := vg.Point{X: (lo.X + hi.X) / 2, Y: hi.Y + 7*px}
		c.SetColor(b.palette[len(b.palette)-1])
		var arrow vg.Path
		arrow.Move(vg.Point{X: lo.X, Y: hi.Y})
		arrow.Line(tip)
		arrow.Line(hi)
		arrow.Close()
		c.Fill(arrow)
		outline = []vg.Point{lo, {X: hi.X, Y: lo.Y}, hi, tip, {X: lo.X, Y: hi.Y}, lo}
	}
	stroke(c, frame, outline...)
	sty := textStyle(tickSize, text.XLeft, text.YCenter)
	for _, t := range b.ticks {
		stroke(c, frame, vg.Point{X: hi.X, Y: at(t.at)}, vg.Point{X: hi.X + tickLength, Y: at(t.at)})
		c.FillText(sty, vg.Point{X: hi.X + tickLength + gap*0.8, Y: at(t.at)}, t.label)
	}
	drawLabel(c, vg.Point{X: hi.X + tickLength + gap*1.8 + widest(b.ticks) + 0.75*labelSize, Y: (lo.Y + hi.Y) / 2}, b.label, true)
}

// drawLegend lists names and colours to the right of the frame.
func drawLegend(c draw.Canvas, g *page, keys []key) {
	sty := textStyle(tickSize, text.XLeft, text.YCenter)
	row := legendRow()
	x := g.frame.Max.X + barGap
	for i, k := range keys {
		y := g.frame.Max.Y - row*(vg.Length(i)+0.5)
		stroke(c, line(k.color, 2.2), vg.Point{X: x, Y: y}, vg.Point{X: x + keyWidth, Y: y})
		c.FillText(sty, vg.Point{X: x + keyWidth + gap, Y: y}, k.name)
	}
}

// legendRow is the height of a line of the legend.
func legendRow() vg.Length { return textStyle(tickSize, 0, 0).Rectangle("x").Size().Y + 4*px }

// legendWidth is the room that a legend needs beside the frame.
func legendWidth(keys []key) (w vg.Length) {
	for _, k := range keys {
		w = max(w, textStyle(tickSize, 0, 0).Rectangle(k.name).Size().X)
	}
	return barGap + keyWidth + gap + w + gap
}

// stroke draws connected lines.
func stroke(c draw.Canvas, sty draw.LineStyle, points ...vg.Point) { c.StrokeLines(sty, points) }
