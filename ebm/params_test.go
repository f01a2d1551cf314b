package ebm

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func layer() *Model {
	return DefineModel(2, 1, func(p *Params, x Tensor) Tensor {
		return p.Weight("W", 2, 16).Apply(x).Add(p.Bias("b", 16)).Tanh().Square().Sum().Add(p.Value("c", 0.5).Mul(x.Norm()))
	})
}

// The cell of the contract against plain arithmetic with the weights as they are read.
func TestDefineModel(t *testing.T) {
	m := DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return p.Weight("W", 2, 16).Apply(x).Tanh().Square().Sum() })
	w, want := m.Params().Get("W"), 0.0
	for j := range 16 {
		h := math.Tanh(0.3*w[j] - 1.2*w[16+j])
		want += h * h
	}
	if got := m.At(0.3, -1.2); math.Abs(got-want) > 1e-14 {
		t.Errorf("%v, want %v", got, want)
	}
	again := DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return p.Weight("W", 2, 16).Apply(x).Tanh().Square().Sum() })
	other := DefineModel(2, 2, func(p *Params, x Tensor) Tensor { return p.Weight("W", 2, 16).Apply(x).Tanh().Square().Sum() })
	if again.At(1, 1) != m.At(1, 1) || other.At(1, 1) == m.At(1, 1) {
		t.Error("the seed does not decide the weights")
	}
}

// The variance of the weights is 1/in.
func TestWeightsAreScaled(t *testing.T) {
	m := DefineModel(64, 3, func(p *Params, x Tensor) Tensor { return p.Weight("W", 64, 200).Apply(x).Sum() })
	sum := 0.0
	for _, v := range m.Params().Get("W") {
		sum += v * v
	}
	if v := sum / (64 * 200); math.Abs(v*64-1) > 0.05 {
		t.Errorf("variance %v, want 1/64", v)
	}
}

// Gradients in the parameters against central differences, summed and per sample.
func TestParamGradient(t *testing.T) {
	m := layer()
	x := []float64{0.4, -0.3, 1.5, 0.2, -2, 1}
	grad := make([]float64, m.Params().Len())
	energy := make([]float64, 3)
	sum := m.EvalParams(energy, grad, x)
	if want := m.At(0.4, -0.3) + m.At(1.5, 0.2) + m.At(-2, 1); math.Abs(sum-want) > 1e-12 || energy[1] != m.At(1.5, 0.2) {
		t.Errorf("sum %v, want %v; energies %v", sum, want, energy)
	}
	theta := m.Params().Theta()
	const h = 1e-5
	total := func(k int, d float64) float64 {
		moved := slices.Clone(theta)
		moved[k] += d
		m.Params().SetTheta(moved)
		return m.EvalParams(nil, nil, x)
	}
	for k, g := range grad {
		if fd := (total(k, h) - total(k, -h)) / (2 * h); math.Abs(fd-g) > 1e-8*(1+math.Abs(g)) {
			t.Errorf("parameter %d: %v, differences %v", k, g, fd)
		}
	}
	m.Params().SetTheta(theta)
	for k := range grad {
		s := 0.0
		for _, row := range m.ParamGradients([][]float64{{0.4, -0.3}, {1.5, 0.2}, {-2, 1}}) {
			s += row[k]
		}
		if math.Abs(s-grad[k]) > 1e-12 {
			t.Errorf("parameter %d: the samples sum to %v, not %v", k, s, grad[k])
		}
	}
}

// Single precision gives the same gradients to seven digits.
func TestParamGradient32(t *testing.T) {
	m := layer()
	x := []float64{0.4, -0.3, 1.5, 0.2, -2, 1}
	want, got, x32 := make([]float64, m.Params().Len()), make([]float32, m.Params().Len()), make([]float32, len(x))
	for i, v := range x {
		x32[i] = float32(v)
	}
	sum := m.EvalParams(nil, want, x)
	if s := m.EvalParams32(got, x32); math.Abs(float64(s)-sum) > 1e-5*math.Abs(sum) {
		t.Errorf("sum %v, want %v", s, sum)
	}
	for k, g := range got {
		if math.Abs(float64(g)-want[k]) > 1e-5*(1+math.Abs(want[k])) {
			t.Errorf("parameter %d: %v, want %v", k, g, want[k])
		}
	}
}

// Parameters that enter the energy of no sample, or not at all.
func TestIdleParameters(t *testing.T) {
	m := DefineModel(2, 1, func(p *Params, x Tensor) Tensor { p.Bias("idle", 3); return p.Value("c", 2).Square() })
	g := make([]float64, 4)
	if sum := m.EvalParams(nil, g, make([]float64, 2*5)); sum != 20 || !slices.Equal(g, []float64{0, 0, 0, 20}) {
		t.Errorf("sum %v, gradient %v", sum, g)
	}
	if e := m.Energies([][]float64{{1, 2}, {3, 4}}); e[0] != 4 || e[1] != 4 {
		t.Errorf("energies %v", e)
	}
	if g := Define(2, func(x Tensor) Tensor { return x.Sum() }); g.EvalParams(nil, nil, []float64{1, 2}) != 3 || g.Params().Len() != 0 {
		t.Error("a model without parameters")
	}
}

// A model lends its parameters: a change is seen through both, and used twice they count once.
func TestParametersAreShared(t *testing.T) {
	m := layer()
	twice := Define(2, func(x Tensor) Tensor { return m.Energy(x).Add(m.Energy(x.Mul(2))) })
	if !slices.Equal(twice.Params().Names(), []string{"W", "b", "c"}) {
		t.Fatalf("names %v", twice.Params().Names())
	}
	m.Params().Set("c", 3)
	if got, want := twice.At(1, 1), m.At(1, 1)+m.At(2, 2); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	a, b := m.ParamGradient(1, 1), m.ParamGradient(2, 2)
	for k, g := range twice.ParamGradient(1, 1) {
		if math.Abs(g-a[k]-b[k]) > 1e-12 {
			t.Errorf("parameter %d: %v, want %v", k, g, a[k]+b[k])
		}
	}
	both := Define(2, func(x Tensor) Tensor { return m.Energy(x).Add(layer().Energy(x)) })
	if want := []string{"W", "b", "c", "W.2", "b.2", "c.2"}; !slices.Equal(both.Params().Names(), want) {
		t.Errorf("names %v", both.Params().Names())
	}
	own := DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return m.Energy(x).Mul(p.Value("s", 2)) })
	if got := own.At(1, 1); math.Abs(got-2*m.At(1, 1)) > 1e-12 {
		t.Errorf("%v", got)
	}
	if c := m.Energy(Const([]float64{1, 1})); math.Abs(Define(1, func(x Tensor) Tensor { return c }).At(0)-m.At(1, 1)) > 1e-14 {
		t.Error("the energy of a constant")
	}
}

// Reading a model while its parameters are set is safe (run with -race).
func TestConcurrentUse(t *testing.T) {
	m := layer()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			m.Params().Set("c", i)
		}
	})
	for range 200 {
		m.At(1, 2)
	}
	wg.Wait()
	if got := m.Params().Get("c"); got[0] != 199 {
		t.Errorf("c = %v", got)
	}
}

// What was read stays as it was, whole, while the parameters are set again and again (run with -race).
func TestViewsStay(t *testing.T) {
	const n = 40
	m := DefineModel(n, 1, func(p *Params, x Tensor) Tensor { return x.Dot(p.Bias("b", n)) })
	var wg sync.WaitGroup
	wg.Go(func() {
		theta := make([]float64, n)
		for i := range 2000 {
			for k := range theta {
				theta[k] = float64(i)
			}
			m.Params().SetTheta(theta)
		}
	})
	whole := func(v []float64, single []float32) {
		for k := range v {
			if v[k] != v[0] || single[k] != single[0] {
				t.Fatalf("values of two steps: %v, %v", v, single)
			}
		}
	}
	for range 500 {
		v, single := m.Params().View("b"), m.Params().View32("b")
		whole(v, single)
		first, narrow := v[0], single[0]
		m.Params().View("b")
		whole(v, single)
		if v[0] != first || single[0] != narrow {
			t.Fatal("a value that was read has changed")
		}
	}
	wg.Wait()
	if v, single := m.Params().View("b")[0], m.Params().View32("b")[0]; v != 1999 || single != 1999 {
		t.Errorf("%v, %v", v, single)
	}
	theta := make([]float64, n)
	for range 3 { // after which nobody keeps a value, nor asks for single precision
		m.Params().SetTheta(theta)
	}
	if a := testing.AllocsPerRun(20, func() { m.Params().SetTheta(theta) }); a > 1 {
		t.Errorf("%v allocations to set parameters: their memory is not used again", a)
	}
}

func TestMisuseOfParameters(t *testing.T) {
	m := layer()
	var leaked *Params
	in := func(f func(p *Params, x Tensor) Tensor) func() { return func() { DefineModel(2, 1, f) } }
	in(func(p *Params, x Tensor) Tensor { leaked = p; return x.Sum() })()
	for _, c := range []struct {
		do   func()
		want string
	}{
		{in(nil), "ebm: DefineModel: no function"},
		{in(func(p *Params, x Tensor) Tensor { return p.Weight("W", 0, 1) }), `ebm: Weight: "W" of 0 × 1`},
		{in(func(p *Params, x Tensor) Tensor { return p.Bias("", 1) }), "ebm: Bias: a parameter needs a name"},
		{in(func(p *Params, x Tensor) Tensor { return p.Bias("b", 1).Add(p.Bias("b", 1)) }), `ebm: Bias: there is a parameter "b" already`},
		{in(func(p *Params, x Tensor) Tensor { return p.Value("v", x) }), `ebm: Value: "v" must start at numbers`},
		{in(func(p *Params, x Tensor) Tensor { return p.Weight("W", 3, 1).Apply(x) }), "ebm: MatMul: width 2 and 3×1"},
		{func() { leaked.Bias("b", 1) }, "ebm: Bias: parameters are made in the function of the model only"},
		{func() { m.Params().Get("w") }, `ebm: Get: no parameter "w" among W, b, c`},
		{func() { m.Params().Set("b", []float64{1}) }, `ebm: Set: "b" has 16 numbers, not 1`},
		{func() { m.Params().SetTheta(nil) }, "ebm: SetTheta: 0 numbers"},
		{func() { m.EvalParams(nil, make([]float64, 3), nil) }, "ebm: EvalParams: room for 0 energies and 3"},
		{func() { DefineXY(0, 1, func(x, y Tensor) Tensor { return x }) }, "ebm: DefineXY: dimensions 0 and 1"},
		{func() { DefineXY(1, 1, func(x, y Tensor) Tensor { return x }).Given(1, 2) }, "ebm: Given: 2 numbers for x of width 1"},
	} {
		func() {
			defer func() {
				if err, ok := recover().(*Error); !ok || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}()
			c.do()
		}()
	}
}

func TestSaveAndLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "net.safetensors")
	m := layer()
	m.Params().Set("c", math.Pi)
	if err := m.Params().Save(file); err != nil {
		t.Fatal(err)
	}
	n := layer()
	if err := n.Params().Load(file); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(n.Params().Theta(), m.Params().Theta()) {
		t.Error("the parameters have changed on the way")
	}
	for name, other := range map[string]*Model{
		"extents":                    DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return p.Weight("W", 2, 8).Apply(x).Sum() }),
		"no \"V\"":                   DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return p.Weight("V", 2, 8).Apply(x).Sum() }),
		"the model has no parameter": DefineModel(2, 1, func(p *Params, x Tensor) Tensor { return p.Weight("W", 2, 16).Apply(x).Sum() }),
	} {
		before := other.Params().Theta()
		if err := other.Params().Load(file); err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "ebm: ") {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(before, other.Params().Theta()) {
			t.Errorf("%s: a failed load changed the parameters", name)
		}
	}
	if m.Params().Save(filepath.Join(t.TempDir(), "no", "where")) == nil || m.Params().Load("nowhere") == nil {
		t.Error("no error where there is no folder")
	}
}

func foreign() *Model {
	return DefineModel(2, 1, func(p *Params, x Tensor) Tensor {
		return p.Weight("W", 2, 3).Apply(x).Add(p.Bias("b", 3)).Sum().Add(p.Value("c", 0))
	})
}

// testdata/numpy.safetensors was written by the Python library: 32-bit W, 64-bit b and c, metadata.
func TestLoadFromPython(t *testing.T) {
	m := foreign()
	if err := m.Params().Load("testdata/numpy.safetensors"); err != nil {
		t.Fatal(err)
	}
	if want := []float64{1, 2, 3, 4, 5, 6.5, 0.25, -1, 1e-300, 7}; !slices.Equal(m.Params().Theta(), want) {
		t.Errorf("%v", m.Params().Theta())
	}
}

func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile("testdata/numpy.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(foreign().Params().encode())
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Add([]byte("\x41\x00\x00\x00\x00\x00\x00\x00" + `{"W":{"dtype":"F64","shape":[2,3],"data_offsets":[-8,40]},"b":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := foreign()
		before := m.Params().Theta()
		if err := m.Params().decode(data); err != nil {
			if !slices.Equal(before, m.Params().Theta()) {
				t.Error("a failed load changed the parameters")
			}
			return
		}
		if n := foreign(); n.Params().decode(m.Params().encode()) != nil {
			t.Error("what was loaded cannot be saved and loaded")
		}
	})
}

func TestXY(t *testing.T) {
	e := DefineXY(1, 1, func(x, y Tensor) Tensor { return y.Sub(x.Square()).Square() })
	if got := e.At([]float64{2}, []float64{5}); got != 1 {
		t.Errorf("E(2, 5) = %v", got)
	}
	if g := e.Given(2); g.At(5) != 1 || g.Gradient(5)[0] != 2 || e.Joint().Gradient(2, 5)[0] != -8 {
		t.Errorf("%v, %v, %v", g.At(5), g.Gradient(5), e.Joint().Gradient(2, 5))
	}
	m := DefineModelXY(2, 1, 1, func(p *Params, x, y Tensor) Tensor { return p.Weight("W", 2, 1).Apply(x).Sub(y).Square() })
	given := m.Given(1, 2)
	m.Params().Set("W", []float64{3, 4})
	if got := given.At(10); got != 1 {
		t.Errorf("the energy of y does not follow the parameters: %v", got)
	}
	if sum := DefineXY(2, 1, m.Energy); sum.At([]float64{1, 2}, []float64{10}) != 1 {
		t.Error("a model within another")
	}
}
