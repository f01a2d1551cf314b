package viz

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The inks of every figure.
var (
	ink   = color.NRGBA{0x26, 0x2b, 0x33, 0xff} // text
	rule  = color.NRGBA{0x59, 0x60, 0x6b, 0xff} // frames and ticks
	faint = color.NRGBA{0xe3, 0xe6, 0xea, 0xff} // grid lines
	void  = color.NRGBA{0xc8, 0xcb, 0xd0, 0xff} // where there is no value
	paper = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// series are the colours of sets of points, chains and curves: set apart in hue and, for those who see fewer hues, in lightness;
// the first one stands out against every colour of the map.
func series(i int) color.NRGBA {
	all := [...]color.NRGBA{
		{0xf2, 0x5c, 0x3b, 0xff}, {0x2f, 0x6d, 0xb5, 0xff}, {0xf5, 0xb8, 0x2e, 0xff}, {0x1f, 0x9e, 0x89, 0xff},
		{0x8c, 0x4f, 0xb0, 0xff}, {0xd1, 0x49, 0x7e, 0xff}, {0x6b, 0x8e, 0x23, 0xff}, {0x4a, 0x4f, 0x58, 0xff},
	}
	return all[i%len(all)]
}

// Sizes of text in points.
const (
	tickSize  = 8.5 * vg.Length(1)
	labelSize = 10 * vg.Length(1)
	titleSize = 12 * vg.Length(1)
)

// textStyle is sans serif text anchored as asked.
func textStyle(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign:  x,
		YAlign:  y,
		Handler: plot.DefaultTextHandler,
	}
}

func line(c color.Color, width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: width}
}

func withAlpha(c color.NRGBA, alpha uint8) color.NRGBA { c.A = alpha; return c }

func toNRGBA(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
