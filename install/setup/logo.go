package setup

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The logo: a J that is also an energy well, with a state at rest at its bottom. It is described once, on a square of 64
// units, and drawn from that as SVG and as PNG.
var (
	logoBack  = color.RGBA{0x12, 0x35, 0x5b, 0xff}
	logoCurve = color.RGBA{0xf4, 0xf7, 0xfb, 0xff}
	logoBall  = color.RGBA{0xff, 0x9f, 0x1c, 0xff}
)

const (
	logoCorner = 12.0 // radius of the square's corners
	logoStroke = 6.0  // width of the curve
	ballX      = 31.0
	ballY      = 44.5
	ballRadius = 5.5
)

// logoWell is the curve as cubic Bézier segments that follow one another.
var logoWell = [][4][2]float64{
	{{14, 37}, {16, 49}, {23, 54}, {31, 54}},
	{{31, 54}, {42, 54}, {48, 46}, {48, 34}},
	{{48, 34}, {48, 27}, {48, 20}, {48, 11}},
}

func css(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// logoSVG returns the logo as an SVG file.
func logoSVG() []byte {
	var path bytes.Buffer
	fmt.Fprintf(&path, "M%g %g", logoWell[0][0][0], logoWell[0][0][1])
	for _, s := range logoWell {
		fmt.Fprintf(&path, " C%g %g %g %g %g %g", s[1][0], s[1][1], s[2][0], s[2][1], s[3][0], s[3][1])
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<rect width="64" height="64" rx="%g" fill="%s"/>
<path d="%s" fill="none" stroke="%s" stroke-width="%g" stroke-linecap="round"/>
<circle cx="%g" cy="%g" r="%g" fill="%s"/>
</svg>
`, logoCorner, css(logoBack), &path, css(logoCurve), logoStroke, ballX, ballY, ballRadius, css(logoBall))
}

// logoPNG returns the logo as a PNG file of size × size pixels.
func logoPNG(size int) []byte {
	const sub = 4 // each pixel is the mean of sub × sub points
	points := logoPoints()
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, a int
			for k := range sub * sub {
				x := (float64(px) + (float64(k%sub)+0.5)/sub) * 64 / float64(size)
				y := (float64(py) + (float64(k/sub)+0.5)/sub) * 64 / float64(size)
				c := logoAt(x, y, points)
				r, g, b, a = r+int(c.R), g+int(c.G), b+int(c.B), a+int(c.A)
			}
			const n = sub * sub
			img.SetRGBA(px, py, color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), uint8(a / n)})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a buffer takes every byte
	}
	return out.Bytes()
}

func logoPoints() (points [][2]float64) {
	for _, s := range logoWell {
		for k := range 65 {
			t := float64(k) / 64
			u := 1 - t
			points = append(points, [2]float64{
				u*u*u*s[0][0] + 3*u*u*t*s[1][0] + 3*u*t*t*s[2][0] + t*t*t*s[3][0],
				u*u*u*s[0][1] + 3*u*u*t*s[1][1] + 3*u*t*t*s[2][1] + t*t*t*s[3][1],
			})
		}
	}
	return points
}

func logoAt(x, y float64, points [][2]float64) color.RGBA {
	dx := max(logoCorner-x, x-(64-logoCorner), 0)
	dy := max(logoCorner-y, y-(64-logoCorner), 0)
	if math.Hypot(dx, dy) > logoCorner {
		return color.RGBA{}
	}
	if math.Hypot(x-ballX, y-ballY) < ballRadius {
		return logoBall
	}
	for _, p := range points {
		if math.Hypot(x-p[0], y-p[1]) < logoStroke/2 {
			return logoCurve
		}
	}
	return logoBack
}
