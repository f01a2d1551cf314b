package viz

import (
	"image/color"
	"math"
)

// shades is the number of colours of the map.
const shades = 256

// colormap returns the map from low (dark indigo) over blue and green to high (pale yellow).
//
// It is a curve through Oklab (B. Ottosson, "A perceptual color space for image processing", 2020) whose lightness rises steadily
// while the hue turns, cut into pieces of equal length: equal steps of the value are equal steps of perceived colour, and it
// reads in grey and to colour-blind eyes by lightness alone.
func colormap() color.Palette {
	const fine = 2048
	at := make([][3]float64, fine+1)
	length := make([]float64, fine+1)
	for i := range at {
		at[i] = curvePoint(float64(i) / fine)
		if i > 0 {
			length[i] = length[i-1] + distance(at[i-1], at[i])
		}
	}
	p := make(color.Palette, shades)
	j := 0
	for k := range p {
		want := length[fine] * float64(k) / (shades - 1)
		for j < fine-1 && length[j+1] < want {
			j++
		}
		t := (want - length[j]) / (length[j+1] - length[j])
		var lab [3]float64
		for c := range lab {
			lab[c] = at[j][c] + t*(at[j+1][c]-at[j][c])
		}
		p[k] = oklabToRGB(lab)
	}
	return p
}

// curvePoint is the colour at t in [0, 1] along the curve before it is measured: lightness, a, b.
func curvePoint(t float64) [3]float64 {
	l := 0.235 + 0.725*t
	hue := spline(t, 292, 268, 232, 178, 138, 106) * math.Pi / 180
	chroma := spline(t, 0.105, 0.125, 0.105, 0.115, 0.135, 0.105)
	return [3]float64{l, chroma * math.Cos(hue), chroma * math.Sin(hue)}
}

// spline runs smoothly through evenly spaced values (Catmull–Rom).
func spline(t float64, v ...float64) float64 {
	n := len(v) - 1
	s := t * float64(n)
	i := min(max(int(s), 0), n-1)
	return catmullRom(v[max(i-1, 0)], v[i], v[i+1], v[min(i+2, n)], s-float64(i))
}

func distance(p, q [3]float64) float64 {
	return math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
}

// oklabToRGB converts to sRGB, cutting what lies outside.
func oklabToRGB(c [3]float64) color.NRGBA {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(c[0] + 0.3963377774*c[1] + 0.2158037573*c[2])
	m := cube(c[0] - 0.1055613458*c[1] - 0.0638541728*c[2])
	s := cube(c[0] - 0.0894841775*c[1] - 1.2914855480*c[2])
	gamma := func(x float64) uint8 {
		if x <= 0.0031308 {
			x *= 12.92
		} else {
			x = 1.055*math.Pow(x, 1/2.4) - 0.055
		}
		return uint8(math.Round(255 * min(max(x, 0), 1)))
	}
	return color.NRGBA{
		gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		0xff,
	}
}

// catmullRom interpolates between b and c, t in [0, 1], with neighbours a and d.
func catmullRom(a, b, c, d, t float64) float64 {
	return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
}
