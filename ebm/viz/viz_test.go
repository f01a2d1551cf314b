package viz

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"joule/ebm"
	"joule/ebm/diag"
	"joule/ebm/sampler"
)

var update = flag.Bool("update", false, "rewrite the golden pictures")

func ring() *ebm.Model {
	return ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Sub(2).Square().Div(0.125) })
}

func tilted() *ebm.Model {
	return ebm.Define(2, func(x ebm.Tensor) ebm.Tensor {
		a, b := x.Col(0), x.Col(1)
		return a.Square().Sub(1).Square().Mul(4).Add(b.Square()).Add(a.Mul(0.3))
	})
}

func double() *ebm.Model {
	return ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sub(1).Square().Mul(4).Add(x.Mul(0.5)) })
}

// unsized is an energy that leaves its dimension to its use.
type unsized struct{}

func (unsized) Energy(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() }

// walk is an autoregressive series of standard deviation 1, the shape of a sampler's trace.
func walk(chains, draws int, rho float64) [][]float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float64, chains)
	for c := range rows {
		x := 3 * rng.NormFloat64()
		for range draws {
			x = rho*x + math.Sqrt(1-rho*rho)*rng.NormFloat64()
			rows[c] = append(rows[c], x)
		}
	}
	return rows
}

func flat1(rows [][]float64) (all []float64) {
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

func fakeRun(rows [][]float64) *sampler.Run {
	return &sampler.Run{Draws: diag.Draws{Chains: len(rows), Draws: len(rows[0]), Dim: 1, Data: flat1(rows)}}
}

// TestGolden compares the pictures with those that a person has looked at and liked.
func TestGolden(t *testing.T) {
	points := [][]float64{{-1, 0}, {1, 0}, {0, 1}, {-0.9, -1.5}, {100, 100}}
	gauss := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Div(2) })
	hole := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Col(0).Log().Square().Add(x.Col(1).Square()) })
	for name, f := range map[string]*Figure{
		"ring":    Landscape(ring()),
		"well":    Landscape(tilted()).Points(points).Points(points[:2]).Box(-2, 2, -3, 3).Title("a tilted double well").Levels(20),
		"curve":   Landscape(double()).Points([][]float64{{-1}, {0}, {1}}),
		"contour": Contour(tilted()).Labels("a", "b"),
		"hole":    Landscape(hole).Box(-1, 4, -2, 2),
		"trace":   Trace(fakeRun(walk(12, 300, 0.9))),
		"hist":    Hist(flat1(walk(4, 2000, 0))).Against(gauss).Labels("y", ""),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".png")
			got := decode(t, f.Size(300, 250).PNG())
			if *update {
				write(t, path, got)
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (go test -update draws it)", err)
			}
			if d := difference(got, decode(t, file)); d > 0.4 {
				write(t, filepath.Join(t.ArtifactDir(), name+".png"), got) // kept by go test -artifacts
				t.Errorf("differs by %.2f of 255 on average", d)
			}
		})
	}
}

func decode(t *testing.T, file []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func write(t *testing.T, path string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// difference is the mean absolute difference of two images in 1/255, 255 when their sizes differ.
func difference(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	sum, r := 0.0, a.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p, q := toNRGBA(a.At(x, y)), toNRGBA(b.At(x, y))
			sum += math.Abs(float64(p.R)-float64(q.R)) + math.Abs(float64(p.G)-float64(q.G)) + math.Abs(float64(p.B)-float64(q.B))
		}
	}
	return sum / float64(3*r.Dx()*r.Dy())
}

func TestDifferenceSeesAnotherPicture(t *testing.T) {
	a := decode(t, Landscape(ring()).Size(300, 250).PNG())
	b := decode(t, Landscape(ring()).Size(300, 250).Levels(13).PNG())
	if d := difference(a, b); d < 0.4 {
		t.Errorf("one contour line more is a difference of %.2f: the golden test would not see it", d)
	}
}

// TestColoursFollowTheEnergy checks pixels of the drawn file against the closed form of the energy.
func TestColoursFollowTheEnergy(t *testing.T) {
	closed := func(x, y float64) float64 { d := math.Hypot(x, y) - 2; return d * d / 0.125 }
	f := Landscape(ring()).Levels(1).Box(-3, 3, -3, 3)
	_, g := f.prepare()
	img := decode(t, f.PNG())
	at := func(x, y float64) float64 { // the lightness of the pixel that shows (x, y)
		px := float64(g.frame.Min.X) + (x+3)/6*float64(g.frame.Max.X-g.frame.Min.X)
		py := float64(g.frame.Min.Y) + (y+3)/6*float64(g.frame.Max.Y-g.frame.Min.Y)
		scale := float64(img.Bounds().Dx()) / float64(g.w)
		return lightness(toNRGBA(img.At(int(px*scale), img.Bounds().Dy()-1-int(py*scale))))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		x, y := 5.9*rng.Float64()-2.95, 5.9*rng.Float64()-2.95
		u, v := 5.9*rng.Float64()-2.95, 5.9*rng.Float64()-2.95
		// The distance from the floor of the valley differs by more than a pixel.
		if math.Sqrt(closed(x, y)) < math.Sqrt(closed(u, v))-0.1 && at(x, y) >= at(u, v) {
			t.Fatalf("(%.2f, %.2f), energy %.2f, is not darker than (%.2f, %.2f), energy %.2f", x, y, closed(x, y), u, v, closed(u, v))
		}
	}
	darkest, lightest := at(2, 0), at(0, 0)
	for a := range 64 {
		s, c := math.Sincos(float64(a) / 64 * 2 * math.Pi)
		darkest = max(darkest, at(2*c, 2*s))
	}
	if darkest > 0.3 || lightest < 0.5 {
		t.Errorf("the valley is as light as %.2f, the peak as dark as %.2f", darkest, lightest)
	}
}

// lightness is the L of Oklab.
func lightness(c color.NRGBA) float64 { return oklab(c)[0] }

func oklab(c color.NRGBA) [3]float64 {
	linear := func(b uint8) float64 {
		x := float64(b) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func TestColormapIsPerceptuallyUniform(t *testing.T) {
	p := colormap()
	if len(p) != shades {
		t.Fatalf("%d colours", len(p))
	}
	const stride = 15 // 17 steps, long enough that rounding to 8 bits does not matter
	var steps []float64
	mean := 0.0
	for i := 0; i+stride < len(p); i += stride {
		a, b := oklab(toNRGBA(p[i])), oklab(toNRGBA(p[i+stride]))
		steps = append(steps, distance(a, b))
		mean += distance(a, b)
		if b[0] <= a[0] {
			t.Errorf("colour %d is not lighter than colour %d", i+stride, i)
		}
	}
	mean /= float64(len(steps))
	for i, s := range steps {
		if math.Abs(s/mean-1) > 0.12 {
			t.Errorf("step %d is %.2f of the mean step", i, s/mean)
		}
	}
}

func TestOptionsRefuseNonsense(t *testing.T) {
	three := ebm.Define(3, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum() })
	for want, f := range map[string]func(){
		"viz: Landscape: no energy (nil)":                                   func() { Landscape(nil) },
		"viz: Landscape draws energies of dimension 1 or 2, this one has 3": func() { Landscape(three) },
		"viz: Contour draws energies of dimension 1 or 2, this one has 3":   func() { Contour(three) },
		"viz: Box: [1 0] is not xmin, xmax or xmin, xmax, ymin, ymax":       func() { Landscape(ring()).Box(1, 0) },
		"viz: Box: [1] is not":                                              func() { Landscape(ring()).Box(1) },
		"viz: Box: [0 NaN] is not":                                          func() { Landscape(ring()).Box(0, math.NaN()) },
		"viz: Box: [0 +Inf] is not":                                         func() { Landscape(ring()).Box(0, math.Inf(1)) },
		"viz: Levels: 0 is not between 1 and 200":                           func() { Landscape(ring()).Levels(0) },
		"viz: Resolution: 1 is not between 2 and 4000":                      func() { Landscape(ring()).Resolution(1) },
		"viz: Size: 10 × 300 is not between 80 and 4000 pixels":             func() { Landscape(ring()).Size(10, 300) },
		"viz: Dim: a picture has 1 or 2 dimensions, not 3":                  func() { Landscape(unsized{}).Dim(3) },
		"viz: Trace: no run (nil)":                                          func() { Trace(nil) },
		"viz: Coordinate: -1 is negative":                                   func() { Trace(fakeRun(walk(1, 2, 0))).Coordinate(-1) },
		"viz: Coordinate: the run has 1 coordinates, there is no number 1":  func() { Trace(fakeRun(walk(1, 2, 0))).Coordinate(1).PNG() },
		"viz: Against: ebm:":                                                func() { Hist(nil).Against(ring()) },
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				if err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}()
			f()
		}()
	}
	func() {
		defer func() {
			var e *ebm.Error
			if err, _ := recover().(error); !errors.As(err, &e) {
				t.Errorf("the energy's own error is not wrapped: %v", err)
			}
		}()
		Hist(nil).Against(ring())
	}()
}

// TestOddFiguresAreDrawn draws what has no good picture: it must be a picture all the same.
func TestOddFiguresAreDrawn(t *testing.T) {
	nan := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Neg().Sub(1).Log() })
	nan1 := ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Neg().Sub(1).Log() })
	constant := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Sum().Mul(0).Add(7) })
	pole := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Norm().Pow(-12).Add(x.Norm()) })
	cliff := ebm.Define(2, func(x ebm.Tensor) ebm.Tensor { return x.Square().Sum().Exp().Exp() })
	for name, f := range map[string]*Figure{
		"no energy is a number":       Landscape(nan),
		"on a line too":               Landscape(nan1),
		"contours of nothing":         Contour(nan),
		"constant":                    Landscape(constant),
		"a pole":                      Landscape(pole),
		"overflow":                    Landscape(cliff).Box(-9, 9, -9, 9),
		"two points":                  Landscape(ring()).Resolution(2),
		"tiny":                        Landscape(ring()).Size(80, 80).Title("a title much wider than the picture"),
		"far away":                    Landscape(ring()).Box(1e9, 1e9+1, 1e9, 1e9+1),
		"one point":                   Landscape(ring()).Points([][]float64{{3, 3}}),
		"no points":                   Landscape(ring()).Points(nil),
		"points of the wrong width":   Landscape(ring()).Points([][]float64{{1}, {}, {math.NaN(), 1}, {0, 0, 0}}),
		"an energy without dimension": Landscape(unsized{}),
		"the same on a line":          Landscape(unsized{}).Dim(1),
		"the same by its points":      Landscape(unsized{}).Points([][]float64{{1}}),
		"no values":                   Hist(nil),
		"equal values":                Hist([]float64{2, 2, 2}),
		"values that are none":        Hist([]float64{math.NaN(), math.Inf(1), 3}),
		"no chains":                   Lines(nil),
		"empty chains":                Lines([][]float64{{}, {}}),
		"one draw":                    Lines([][]float64{{1}}),
		"gaps":                        Lines([][]float64{{1, math.NaN(), 2, 3}, {math.Inf(-1)}}),
		"very long":                   Lines(walk(10, 50_000, 0.5)),
	} {
		t.Run(name, func(t *testing.T) {
			if f.width == 0 {
				f.Size(200, 180)
			}
			decode(t, f.PNG())
			svg := f.SVG()
			wellFormed(t, svg)
			if strings.Contains(regexp.MustCompile(`base64,[^"]*`).ReplaceAllString(svg, ""), "NaN") {
				t.Error("the SVG has coordinates that are no numbers")
			}
			b := f.MIMEBundle()
			if b["text/plain"] == "" || b["image/svg+xml"] == "" && b["image/png"] == "" || len(b["image/svg+xml"]) > maxSVG {
				t.Errorf("bundle of %d", len(b))
			}
		})
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSVG(t *testing.T) {
	svg := Landscape(ring()).Title("a < b & \"c\"").SVG()
	wellFormed(t, svg)
	for _, want := range []string{"a &lt; b &amp;", "data:image/png;base64,", `preserveAspectRatio="none"`, "Arial", ">energy<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(svg, "image/jpg") || len(svg) > maxSVG {
		t.Errorf("%d bytes", len(svg))
	}
}

func TestSizeAndBundle(t *testing.T) {
	f := Landscape(ring()).Size(400, 300)
	if r := decode(t, f.PNG()).Bounds(); r.Dx() != 800 || r.Dy() != 600 {
		t.Errorf("a figure of 400 × 300 has %v pixels", r)
	}
	if b := f.MIMEBundle(); b["text/plain"] != "viz.Figure 400×300" {
		t.Error(b["text/plain"])
	}
	if got := fmt.Sprint(f.MIMEMetadata()); got != "map[image/png:map[width:400]]" {
		t.Error(got)
	}
	// A picture whose vectors alone exceed the bound becomes pixels.
	many := make([][]float64, 20_000)
	for i := range many {
		many[i] = []float64{math.Cos(float64(i)), math.Sin(float64(i))}
	}
	if b := Landscape(ring()).Points(many).MIMEBundle(); b["image/png"] == "" || b["image/svg+xml"] != "" {
		t.Error("twenty thousand points are sent as SVG")
	}
	// A circle is drawn as a circle.
	_, g := Landscape(ring()).prepare()
	if s := g.frame.Size(); math.Abs(float64(s.X/s.Y)-1) > 0.01 {
		t.Errorf("the frame of a square box is %v × %v", s.X, s.Y)
	}
}

func TestDrawingIsRepeatableAndConcurrent(t *testing.T) {
	f := Landscape(tilted()).Points([][]float64{{0, 1}})
	want := f.PNG()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !bytes.Equal(f.PNG(), want) {
				t.Error("the same figure gave another file")
			}
		})
	}
	wg.Wait()
}

func TestHistogramHasAreaOneAndFollowsItsEnergy(t *testing.T) {
	values := flat1(walk(4, 5000, 0))
	sorted := sortedFinite(append(values, math.NaN()))
	lo, hi := sorted[0], sorted[len(sorted)-1]
	f := Hist(values).Against(ebm.Define(1, func(x ebm.Tensor) ebm.Tensor { return x.Square().Div(2).Add(5) }))
	bins := density1(sorted, lo, hi, f.bins(sorted, lo, hi))
	area := 0.0
	for _, b := range bins {
		area += b * (hi - lo) / float64(len(bins))
	}
	if math.Abs(area-1) > 1e-9 {
		t.Errorf("area %v", area)
	}
	curve := f.against(-8, 8)
	if got, want := curve[500], 1/math.Sqrt(2*math.Pi); math.Abs(got-want) > 1e-9 {
		t.Errorf("density at 0 is %v, want %v", got, want)
	}
}

func BenchmarkLandscapeSVG(b *testing.B) {
	f := Landscape(ring())
	for b.Loop() {
		f.SVG()
	}
}

func BenchmarkLandscapePNG(b *testing.B) {
	f := Landscape(ring())
	for b.Loop() {
		f.PNG()
	}
}
