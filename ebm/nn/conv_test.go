package nn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"joule/ebm"
	"joule/ebm/ebmtest"
	"joule/ebm/nn"
)

// plane is an image in plain Go: channels of rows.
type plane [][][]float64

// filtered moves filters over an image by the definition, zeros around it, and applies silu.
func filtered(x plane, k, b []float64, count, size, stride int) plane {
	rows, cols, pad := len(x[0]), len(x[0][0]), size/2
	var out plane
	for f := range count {
		var channel [][]float64
		for r := 0; r+size <= rows+2*pad; r += stride {
			var line []float64
			for c := 0; c+size <= cols+2*pad; c += stride {
				sum := b[f]
				for ch := range x {
					for i := range size {
						for j := range size {
							if y, z := r+i-pad, c+j-pad; y >= 0 && y < rows && z >= 0 && z < cols {
								sum += k[((f*len(x)+ch)*size+i)*size+j] * x[ch][y][z]
							}
						}
					}
				}
				line = append(line, sum/(1+math.Exp(-sum)))
			}
			channel = append(channel, line)
		}
		out = append(out, channel)
	}
	return out
}

func TestConv(t *testing.T) {
	net := nn.Conv{Channels: 2, Rows: 7, Cols: 6, Seed: 3, Confine: 0.5, Layers: []nn.Filters{{Count: 3, Size: 5, Stride: 2}, {Count: 4}}}.New()
	p, r := net.Params(), rand.New(rand.NewPCG(1, 1))
	for _, b := range []string{"b1", "b2"} {
		v := p.Get(b)
		for i := range v {
			v[i] = 0.3*float64(i) - 0.2
		}
		p.Set(b, v)
	}
	x, image, square := make([]float64, 2*7*6), plane{}, 0.0
	for i := range x {
		x[i] = r.NormFloat64()
		square += x[i] * x[i]
	}
	for c := range 2 {
		image = append(image, nil)
		for y := range 7 {
			image[c] = append(image[c], x[(c*7+y)*6:(c*7+y+1)*6])
		}
	}
	h := filtered(filtered(image, p.Get("K1"), p.Get("b1"), 3, 5, 2), p.Get("K2"), p.Get("b2"), 4, 3, 1)
	want, w, i := 0.25*square, p.Get("W"), 0
	for _, channel := range h {
		for _, line := range channel {
			for _, v := range line {
				want += w[i] * v
				i++
			}
		}
	}
	if got := net.At(x...); i != len(w) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%v with %d weights, want %v with %d", got, len(w), want, i)
	}
}

// Gradients by differences, with pooling; and both kinds of gradient at once are those one by one.
func TestConvGradients(t *testing.T) {
	net := nn.Conv{Rows: 6, Cols: 8, Seed: 1, Confine: 1, Act: "tanh",
		Layers: []nn.Filters{{Count: 3, MeanPool: 2}, {Count: 2, Size: 2, MaxPool: 2}}}.New()
	if err := ebmtest.CheckEnergy(net, net.Dim()); err != nil {
		t.Error(err)
	}
	const n = 70
	r := rand.New(rand.NewPCG(2, 2))
	x, x64 := make([]float32, n*net.Dim()), make([]float64, n*net.Dim())
	for i := range x {
		x[i] = float32(r.NormFloat64())
		x64[i] = float64(x[i])
	}
	e, g, theta := make([]float32, n), make([]float32, len(x)), make([]float32, net.Params().Len())
	sum := net.EvalAll32(e, g, theta, x)
	e64, g64, theta64 := make([]float64, n), make([]float64, len(x)), make([]float64, len(theta))
	net.Eval(e64, g64, x64)
	if want := net.EvalParams(nil, theta64, x64); math.Abs(float64(sum)-want) > 1e-3*math.Abs(want) {
		t.Errorf("sum %v, want %v", sum, want)
	}
	for what, c := range map[string]struct {
		got  []float32
		want []float64
	}{"energy": {e, e64}, "gradient": {g, g64}, "gradient in the parameters": {theta, theta64}} {
		for i, v := range c.got {
			if math.Abs(float64(v)-c.want[i]) > 2e-3*(1+math.Abs(c.want[i])) {
				t.Fatalf("%s: [%d] is %v, want %v", what, i, v, c.want[i])
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("room for two numbers is taken for that of a batch")
		}
	}()
	net.EvalAll32(make([]float32, 2), nil, nil, x)
}

func TestConvMisuse(t *testing.T) {
	for name, do := range map[string]func(){
		"no rows":     func() { nn.Conv{Cols: 3}.New() },
		"no filters":  func() { nn.Conv{Rows: 3, Cols: 3, Layers: []nn.Filters{{}}}.New() },
		"other width": func() { ebm.DefineModel(5, 1, nn.Conv{Rows: 2, Cols: 2}.Energy) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no error", name)
				}
			}()
			do()
		}()
	}
}
